"""When the program loads the files, and what is put back; tests/sip does it with real programs."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from integration.sip_config.hosts import Configure
from sandbox.process import SandboxProcess

# Consoles that answer as Kamailio's does: one loads everything, one refuses, one prints what it has read.
LISTING = 'uac.reg_dump) printf "{\\n\\tl_uuid: telnyx-alice01\\n\\tflags: 20\\n}\\n";;'
GOOD = f'case "$1" in {LISTING} *) echo "$@" >> "$0.log";; esac\n'
REFUSING = f'case "$1" in {LISTING} *) echo "error: 500 - command $1 not found";; esac\n'
LEAKING = (
    f'case "$1" in {LISTING} *) echo "error: 500 - row"; grep -h telnyx-alice01 $(dirname "$0")/leaking/uacreg;; esac\n'
)


@pytest.mark.usefixtures("trunks")
def test_reload_that_fails_while_the_program_runs_puts_the_old_files_back(configure: Configure, tmp_path: Path) -> None:
    for name, text in {"good.sh": GOOD, "refusing.sh": REFUSING, "leaking.sh": LEAKING}.items():
        (tmp_path / name).write_text(text)
    hosts: dict[str, dict[str, Any]] = {
        "good": {"console_command": f"sh {tmp_path}/good.sh"},
        "refusing": {"console_command": f"sh {tmp_path}/refusing.sh"},
        "leaking": {"console_command": f"sh {tmp_path}/leaking.sh"},
        "stopped": {"console_command": "false", "verify_timeout": 5},
        "absent": {"console_command": "no-such-command"},
        "unregistered": {"console_command": f"sh {tmp_path}/good.sh", "verify_timeout": 1},
        "no-backup": {"console_command": f"sh {tmp_path}/refusing.sh", "backups": 0},
        "command": {"program": "baresip", "reload_command": "false"},
        "no-command": {"program": "baresip"},
        "never": {"console_command": f"sh {tmp_path}/refusing.sh", "reload": "never"},
    }
    run = configure(hosts, "-vvv", "--diff", **{"program": "kamailio", "reload": "changed"})
    failing = {"refusing", "leaking", "unregistered", "no-backup", "command"}
    assert run.failed() == failing, run.output
    # The next run sees the change again, except where there is no backup.
    assert {host for host in hosts if not run.files(host)} == failing - {"no-backup"}
    assert run.recap("changed")["good"] == 2
    assert "refusing" in run.flat
    assert "With the new files, kamailio was not reloaded: error: 500 - command uac.reg_reload not found." in run.flat
    assert "The old files were put back. With them, kamailio was not reloaded: error: 500" in run.flat
    assert "The new files stay, because there is no backup of the old ones." in run.flat
    assert "did not register 1 of 2 accounts within 1 seconds: bob02 (not loaded)" in run.flat
    assert "With the new files, baresip was not reloaded: the command printed no reason." in run.flat
    assert "kamailio was not reloaded: its answer is not shown, because it holds a password." in run.flat
    assert run.flat.count("it does not run, and reads the files when it starts") >= 2
    assert (
        "baresip was not reloaded: there is no sip_config_reload_command. Restart it, or set sip_config_reload"
        in run.flat
    )
    assert "c4n4ry" not in run.output
    assert (tmp_path / "good.sh.log").read_text().startswith("uac.reg_reload\n")


def test_program_loads_the_files_after_a_change_or_always(
    configure: Configure, trunks: SandboxProcess, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    hosts = {"host": {"reload_command": f"touch {ran}"}}
    common: dict[str, Any] = {"program": "kamailio", "reload": "changed"}
    checked = configure(hosts, "--check", **common)
    assert (checked.changed(), ran.exists()) == ({"host"}, False)
    first = configure(hosts, **common)
    assert (first.recap("changed"), ran.exists()) == ({"host": 2}, True)
    ran.unlink()
    second = configure(hosts, **common)
    assert (second.failed(), second.changed(), ran.exists()) == (set(), set(), False)
    # A program that could not read the files may be able to now.
    assert configure(hosts, **common, mode="0640").recap("changed") == {"host": 2}
    assert ran.exists()
    assert stat.S_IMODE((tmp_path / "host" / "uacreg").stat().st_mode) == 0o640
    ran.unlink()
    always = configure(hosts, **{**common, "reload": "always", "mode": "0640"})
    assert (always.recap("changed"), ran.exists()) == ({"host": 1}, True)
    ran.unlink()
    trunks.change(change={"delete": [1]})
    assert configure(hosts, **{**common, "reload": "never", "mode": "0640"}).changed() == {"host"}
    assert not ran.exists()
