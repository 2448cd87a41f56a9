"""The reload of FreeSWITCH's gateways, with a console that answers like a real one: tests/fake_fs_cli.py.

tests/sip/test_reload.py does the same with a real one, where it is installed.
"""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

from integration.sip_config.hosts import GOOD, Configure
from sandbox.process import SandboxProcess

FAKE = Path(__file__).parents[2] / "fake_fs_cli.py"
HOSTS = ("plain", "verified", "wrong", "refused", "tls", "profile")


def test_gateways_are_killed_and_loaded_again(configure: Configure, sandbox: SandboxProcess, tmp_path: Path) -> None:
    names = ("kept01", "changed02", "removed03", "added04")
    overrides: list[dict[str, Any]] = [{**GOOD, "user_name": name, "password": f"c4n4ry of {name}"} for name in names]
    sandbox.reset(connections=4, overrides=overrides)
    records = sandbox.seen()["records"]
    sandbox.change(fields={records[3]["id"]: {"active": False}})
    common: dict[str, dict[str, Any]] = {
        host: {
            "program": "freeswitch",
            "reload": "changed",
            "console_command": shlex.join(
                [sys.executable, str(FAKE), *(str(tmp_path / p) for p in (f"{host}.json", host)), "-x"]
            ),
        }
        for host in HOSTS
    }

    def state(host: str) -> Any:
        return json.loads((tmp_path / f"{host}.json").read_text())

    def loaded(host: str) -> dict[str, str]:
        return {each["name"].removeprefix("telnyx-"): each["password"] for each in state(host)["gateways"]}

    first = configure(common)
    assert first.recap("failed") == dict.fromkeys(HOSTS, 0), first.output
    assert "was not reloaded" not in first.output
    old = {name: f"c4n4ry of {name}" for name in ("kept01", "changed02", "removed03")}
    assert {host: loaded(host) for host in HOSTS} == dict.fromkeys(HOSTS, old)
    before = {host: first.files(host) for host in HOSTS}

    sandbox.change(
        change={"delete": [2]},
        fields={records[1]["id"]: {"password": "c4n4ry new"}, records[3]["id"]: {"active": True}},
    )
    common["verified"]["verify_timeout"] = 5
    common["wrong"].update(verify_timeout=3, passwords={"changed02": "c4n4ry wrong"})
    common["tls"]["transport"] = "tls"
    common["profile"]["profile"] = "internal"
    (tmp_path / "refused" / "mine.xml").write_text("<include><gateway></include>")
    before["refused"]["mine.xml"] = "<include><gateway></include>"
    second = configure(common, "-vvv", "--diff")
    failing = {"wrong", "refused", "tls", "profile"}
    assert second.failed() == failing, second.output
    new = {"kept01": old["kept01"], "changed02": "c4n4ry new", "added04": "c4n4ry of added04"}
    assert loaded("plain") == loaded("verified") == new
    assert {host: state(host)["races"] for host in HOSTS} == dict.fromkeys(HOSTS, 0)
    # The unchanged gateway stays loaded.
    assert [command for command in state("plain")["commands"] if "kept01" in command] == []

    # Refused XML is noticed before a gateway is killed.
    assert not any("killgw" in command for command in state("refused")["commands"])
    assert "With the new files, freeswitch was not reloaded: +OK [[error near line 51]" in second.flat
    # Nothing is loaded into a profile without TLS, or another profile than the folder's.
    assert "it did not load telnyx-added04, telnyx-changed02, telnyx-kept01; its log may say why" in second.flat
    assert "Invalid Profile [internal]" in second.flat

    # The old files are there again, and loaded.
    for host in failing:
        assert second.files(host) == before[host]
        assert loaded(host) == old
    assert "did not register 1 of 3 accounts within 3 seconds: changed02 (FAIL_WAIT)" in second.flat
    assert "The old files were put back. With them, freeswitch registered all accounts." in second.flat
    assert "c4n4ry" not in second.output
