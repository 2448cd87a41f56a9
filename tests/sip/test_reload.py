"""Real programs load changed files while they run, and get the old ones back if they do not register with the new ones."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sip.clients import client
from sip.processes import HOST, free_port, wait_for
from sip.records import connections
from sip.registrar import Registrar

from playbooks import Run

SECONDS = {"asterisk": 13, "freeswitch": 6, "kamailio": 6}  # Asterisk registers up to 10 seconds after it was asked to


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """The content and the mode of each of the files that the role wrote."""
    names = ("pjsip_wizard_telnyx.conf", "pjsip_transport_telnyx.conf", "uacreg", "version", "*.xml")
    paths = [path for name in names for path in folder.glob(name)]
    return {path.name: (path.read_bytes(), path.stat().st_mode) for path in paths}


def backups(folder: Path) -> list[Path]:
    """The backups of a folder, the oldest first."""
    return sorted((folder / ".telnyx-backups").iterdir())


@pytest.mark.parametrize("program_name", ["asterisk", "freeswitch", "kamailio"])
def test_reload_is_verified_and_rolled_back(program_name: str, render: Callable[..., Run], tmp_path: Path) -> None:
    records = connections(["kept password", "changed password", "removed password", "added password"])
    kept, changed, removed, added = records
    seconds = SECONDS[program_name]
    wrong = {**changed, "password": "c4n4ry wrong"}
    users = {id(record): record["user_name"] for record in records}
    passwords = {record["user_name"]: record["password"] for record in records}
    with Registrar(tmp_path / "registrar", passwords).started() as registrar:
        files = client(program_name, tmp_path, registrar.ca_file)
        options: dict[str, Any] = {"registrar": registrar.address("udp"), "bind": f"{HOST}:{free_port()}"}
        assert render(program_name, files.dest, [kept, wrong, removed], **options).exit_code == 0
        before = contents(files.dest)
        with files.start() as program:
            wait_for("two are registered", lambda: program.registered() == {users[id(kept)], users[id(removed)]})
            wait_for("the other is refused", lambda: users[id(changed)] in registrar.refused())
            options["console_command"] = shlex.join(program.console)
            options["verify_timeout"] = seconds

            run = render(program_name, files.dest, [kept, changed, added], **options)
            assert run.exit_code == 0, run.output
            now = {users[id(kept)], users[id(changed)], users[id(added)]}
            assert program.registered() == now
            assert now <= registrar.registered().keys()
            if program_name != "kamailio":  # which does not unregister
                assert users[id(removed)] not in registrar.registered()
            good = contents(files.dest)
            kept_backups = backups(files.dest)
            refused = len(registrar.log_matches(f"REFUSED {users[id(changed)]}"))

            run = render(program_name, files.dest, [kept, wrong, added], "-vvv", "--diff", **options)
            assert run.exit_code == 2, run.output
            flat = run.flat().replace("\\n", " ")
            assert f"did not register 1 of 3 accounts within {seconds} seconds: {users[id(changed)]} (" in flat
            assert f"The old files were put back. With them, {program_name} registered all accounts." in flat
            assert "c4n4ry" not in run.output
            assert "changed password" not in run.output
            assert len(registrar.log_matches(f"REFUSED {users[id(changed)]}")) > refused
            assert contents(files.dest) == good
            assert backups(files.dest) == kept_backups
            assert program.registered() == now
            assert now <= registrar.registered().keys()

            options["verify_timeout"] = 0
            run = render(program_name, files.dest, [], tasks_from="rollback", **options)
            assert run.exit_code == 0, run.output
            assert contents(files.dest) == before
            wait_for(
                "the first files are loaded", lambda: program.registered() == {users[id(kept)], users[id(removed)]}
            )
            assert [path.stat().st_mode & 0o777 for path in backups(files.dest)] == [0o700]
