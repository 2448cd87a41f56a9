"""`make demo`: the main job against a simulated API, or with LIVE=1 against the account of TELNYX_API_KEY."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[1]
BUILD = ROOT / ".build"
FILES = BUILD / "demo-files"
TREE = BUILD / "demo-tree"
SEED_CONNECTIONS = "12"

sys.path.insert(0, str(ROOT / "tests"))
from sandbox.process import SandboxProcess


def main() -> int:
    """Run the demo; return the exit status of ansible-playbook."""
    signal.signal(signal.SIGTERM, _stop)
    live = os.environ.get("LIVE") == "1"
    if live and not (os.environ.get("TELNYX_API_KEY") or os.environ.get("TELNYX_API_KEY_FILE")):
        print(
            "LIVE=1 reads the real account: set TELNYX_API_KEY or TELNYX_API_KEY_FILE to its API key.", file=sys.stderr
        )
        return 1
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(_tree()), "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"}
    environment |= {"ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false"}
    if not live:
        shutil.rmtree(FILES, ignore_errors=True)  # Every run shows every step.
    FILES.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        if not live:
            sandbox = stack.enter_context(SandboxProcess("--connections", SEED_CONNECTIONS))
            environment |= {"TELNYX_API_KEY": "KEY_SANDBOX", "TELNYX_BASE_URL": sandbox.api_url}
            environment.pop("TELNYX_API_KEY_FILE", None)
        command = [str(Path(sys.executable).parent / "ansible-playbook"), str(ROOT / "demo" / "main.yml")]
        status = _run(command, environment, *(["-e", "demo_live=true"] if live else []))
        if status == 0:
            status = _checks(command[0], environment, None if live else sandbox)
        if status == 0:
            _summary(live, None if live else sandbox)
    return status


def _run(command: list[str], environment: dict[str, str], *arguments: str) -> int:
    """Run a playbook in the demo's folder; it ends when the demo ends."""
    with contextlib.ExitStack() as stack:
        playbook = stack.enter_context(
            subprocess.Popen([*command, *arguments], env=environment, stdin=subprocess.DEVNULL, cwd=FILES)
        )
        stack.callback(playbook.terminate)
        return playbook.wait()


def _heading(text: str) -> None:
    print(f"\n=== {text}\n", flush=True)


def _checks(program: str, environment: dict[str, str], sandbox: SandboxProcess | None) -> int:
    """Write a baseline, change the account, and check it: the checks find drift and violations."""
    _heading("Baseline: write the account as desired state")
    status = _run([program, "siptrunk.telnyx.baseline"], environment, "-e", "baseline_overwrite=true")
    if status:
        return status
    if sandbox:
        first = sandbox.seen()["records"][1]
        _heading(
            f"Somebody changes the account: {first['connection_name']} loses SRTP, and anyone may call its SIP URI"
        )
        sandbox.change(fields={first["id"]: {"encrypted_media": None, "sip_uri_calling_preference": "unrestricted"}})
    for check in ("drift", "policy"):
        _heading(f"Check: {check}. The play is expected to fail, because the check finds something")
        if not _check(check, program, environment):
            return 1
    return _second_night(program, environment, sandbox, first) if sandbox else 0


def _check(check: str, program: str, environment: dict[str, str], **variables: list[str]) -> bool:
    """Run a check, print what its status.json says, and return whether the check was completed."""
    common = {f"{check}_check_desired_files": ["baseline.yml"], f"{check}_check_history_dir": "telnyx-history"}
    _run([program, f"siptrunk.telnyx.{check}_check"], environment, "-e", json.dumps({**common, **variables}))
    found = json.loads((FILES / "telnyx-reports" / check / "status.json").read_text(encoding="utf-8"))
    print(f"\nstatus.json says: {found['status']} (exit code {found['exit_code']})")
    return bool(found["status"] != "error")


def _second_night(program: str, environment: dict[str, str], sandbox: SandboxProcess, before: dict[str, object]) -> int:
    """Accept a finding, undo another one, and cause a third one; the next check tells them apart.

    ``before`` is the record of the connection that was changed, as it was.
    """
    _heading("The next day: the missing SRTP is accepted, with a reason, in a file for git")
    reason = {"accept_reason": "Their old phones have no SRTP; replaced in spring", "accept_paths": ["encrypted_media"]}
    status = _run([program, "siptrunk.telnyx.accept"], environment, "-e", json.dumps(reason))
    if status:
        return status
    other = sandbox.seen()["records"][2]
    _heading(
        f"The SIP URI of {before['connection_name']} is restricted again, and {other['connection_name']} gets another name"
    )
    sandbox.change(
        fields={
            before["id"]: {"sip_uri_calling_preference": before["sip_uri_calling_preference"]},
            other["id"]: {"connection_name": f"{other['connection_name']} (test)"},
        }
    )
    _heading("The second night: one finding is new, one is accepted, and one is resolved")
    if not _check("drift", program, environment, drift_check_accepted_files=["accepted.yml"]):
        return 1
    print("\nnotify.txt, for a chat or a mail:\n")
    print((FILES / "telnyx-reports" / "drift" / "notify.txt").read_text(encoding="utf-8"))
    return 0


def _stop(*_signal: object) -> NoReturn:
    """Exit through the context managers, so that no process is left running."""
    raise SystemExit(143)


def _tree() -> Path:
    """Create a folder in which Ansible finds this checkout as a collection."""
    link = TREE / "ansible_collections" / "siptrunk" / "telnyx"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(ROOT, target_is_directory=True)
    return TREE


def _summary(live: bool, sandbox: SandboxProcess | None) -> None:
    source = "your account, read-only" if live else "a simulated API on this machine, with invented connections"
    print(f"\nDone. The account was {source}.")
    if sandbox:
        requests = sandbox.requests()
        print(
            f"It received {len(requests)} requests, all of them {', '.join(sorted({each['method'] for each in requests}))}."
        )
    print(
        "\nThe demo listed the connections, looked one up, set facts, asserted on them, rendered PBX files, wrote the account as"
    )
    print("desired state, compared it with that on two nights, checked rules, and wrote these files:")
    for file in sorted(path for path in FILES.rglob("*") if path.is_file() and not path.name.startswith(".")):
        print(f"  {file.relative_to(ROOT)}")
    print("\nThe reports for a browser:")
    for file in sorted(FILES.rglob("*.html")):
        print(f"  {file.as_uri()}")
    print("\nWhat to try next:")
    print("  less .build/demo-files/sip/asterisk/*        the files of a PBX, rendered from the connections")
    print("  TELNYX_API_KEY=KEY... LIVE=1 make demo      the same with your own account")
    print("  less README.md                              how to use it in your playbooks")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        sys.exit(130)
