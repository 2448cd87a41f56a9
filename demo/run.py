"""`make demo`: the main job against a simulated API, or with LIVE=1 against the account of TELNYX_API_KEY.

Each step is a line that says what it does, and its result. Ansible's own output is shown only if a step fails.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[1]
BUILD = ROOT / ".build"
FILES = BUILD / "demo-files"
TREE = BUILD / "demo-tree"
REPORTS = FILES / "telnyx-reports"
SEED_CONNECTIONS = "12"

sys.path.insert(0, str(ROOT / "tests"))
from sandbox.process import SandboxProcess


class StepError(Exception):
    """A step failed; its output is the message."""


@dataclass
class Demo:
    """The environment of the steps; ``sandbox`` is the simulated API, or ``None`` for the real account."""

    environment: dict[str, str]
    sandbox: SandboxProcess | None

    def play(self, what: str, playbook: str, **variables: Any) -> None:
        """Print what a step does, and run its playbook. Raises :class:`StepError` if it fails."""
        done = self._run(what, playbook, variables)
        if done.returncode:
            raise StepError(done.stdout)

    def check(self, what: str, kind: str, **variables: Any) -> None:
        """Run a check, which may fail because of what it finds, and print its summary. Raises :class:`StepError` if it is not completed."""
        done = self._run(what, f"siptrunk.telnyx.{kind}_check", variables)
        status = REPORTS / kind / "status.json"
        if not status.exists() or json.loads(status.read_text(encoding="utf-8"))["status"] == "error":
            raise StepError(done.stdout)
        result((REPORTS / kind / "summary.txt").read_text(encoding="utf-8"), REPORTS / kind / f"{kind}.html")

    def _run(self, what: str, playbook: str, variables: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        print(f"\n* {what}\n    $ ansible-playbook {Path(playbook).name}", flush=True)
        program = str(Path(sys.executable).parent / "ansible-playbook")
        with contextlib.ExitStack() as stack:
            process = stack.enter_context(
                subprocess.Popen(
                    [program, playbook, "-e", json.dumps(variables)],
                    env=self.environment,
                    cwd=FILES,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
            )
            stack.callback(process.terminate)  # it ends when the demo is interrupted
            output = process.communicate()[0]
            return subprocess.CompletedProcess(process.args, process.returncode, output)


def result(text: str, *files: Path) -> None:
    """Print the result of a step, and the files that it wrote."""
    for line in text.strip().splitlines():
        print(f"    {line}")
    for file in files:
        print(f"    -> {file.relative_to(ROOT)}", flush=True)


def main() -> int:
    """Run the demo; return the exit status."""
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
        sandbox = None
        if not live:
            sandbox = stack.enter_context(SandboxProcess("--connections", SEED_CONNECTIONS))
            environment |= {"TELNYX_API_KEY": "KEY_SANDBOX", "TELNYX_BASE_URL": sandbox.api_url}
            environment.pop("TELNYX_API_KEY_FILE", None)
        source = "your account, read-only" if live else "a simulated API on this machine, with invented connections"
        print(f"The account is {source}.")
        demo = Demo(environment, sandbox)
        try:
            trunks(demo)
            checks(demo)
        except StepError as error:
            print(f"\nThis step failed:\n{error}", file=sys.stderr)
            return 1
        if sandbox:
            requests = sandbox.requests()
            methods = ", ".join(sorted({each["method"] for each in requests}))
            print(f"\nThe API received {len(requests)} requests, all of them {methods}.")
    print(
        "\nNext: TELNYX_API_KEY=KEY... LIVE=1 make demo, for the same with your own account; README.md, for your playbooks."
    )
    return 0


def trunks(demo: Demo) -> None:
    """List, look up, assert and template."""
    demo.play(
        "List the account as a table, and as CSV.",
        "siptrunk.telnyx.list",
        telnyx_list_dest=str(FILES / "connections.csv"),
    )
    lines = (FILES / "connections.csv").read_text(encoding="utf-8").splitlines()
    result("\n".join(line for line in lines[:3]) + "\n...", FILES / "connections.csv")
    demo.play(
        "Look a connection up, assert on facts, and render the files of four SIP programs.",
        str(ROOT / "demo" / "trunks.yml"),
        demo_live=demo.sandbox is None,
    )
    result((FILES / "lookup.txt").read_text(encoding="utf-8"))
    wizard = FILES / "sip" / "asterisk" / "pjsip_wizard_telnyx.conf"
    if wizard.exists():
        shown = [line for line in wizard.read_text(encoding="utf-8").splitlines() if line and not line.startswith(";")]
        shown = ["outbound_auth/password = (not shown)" if "password" in line else line for line in shown]
        result("\n".join([*shown[:12], "..."]), *sorted(path for path in (FILES / "sip").glob("*/*") if path.is_file()))


def checks(demo: Demo) -> None:
    """Write a baseline, and check the account against it on two nights; between them, the sandbox's account changes."""
    demo.play(
        "Write the account as desired state, for git.", "siptrunk.telnyx.baseline", telnyx_baseline_overwrite=True
    )
    result(f"{len(_names())} connections", FILES / "baseline.yml")
    desired = ["baseline.yml"]
    before: dict[str, Any] = {}
    if demo.sandbox:
        before = demo.sandbox.seen()["records"][1]
        print(f"\n* Somebody changes {before['connection_name']}: no SRTP, and anyone may call its SIP URI.")
        changes = {"encrypted_media": None, "sip_uri_calling_preference": "unrestricted"}
        demo.sandbox.change(fields={before["id"]: changes})
    demo.check("Night 1: is the account as desired?", "drift", drift_check_desired_files=desired)
    demo.check("Night 1: is the account safe?", "policy", policy_check_desired_files=desired)
    if not demo.sandbox:
        return
    reason = {"accept_reason": "Their old phones have no SRTP; replaced in spring", "accept_paths": ["encrypted_media"]}
    demo.play("The missing SRTP is accepted, with a reason.", "siptrunk.telnyx.accept", **reason)
    result("1 entry", FILES / "accepted.yml")
    other = demo.sandbox.seen()["records"][2]
    print(f"\n* The SIP URI of {before['connection_name']} is restricted again. {other['connection_name']} is renamed.")
    restricted = {"sip_uri_calling_preference": before["sip_uri_calling_preference"]}
    renamed = {"connection_name": f"{other['connection_name']} (test)"}
    demo.sandbox.change(fields={before["id"]: restricted, other["id"]: renamed})
    demo.check(
        "Night 2: one finding is new, one is accepted, and one is resolved.",
        "drift",
        drift_check_desired_files=desired,
        drift_check_accepted_files=["accepted.yml"],
    )


def _names() -> list[str]:
    """Return the lines of the baseline that begin a connection."""
    text = (FILES / "baseline.yml").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.startswith("- ")]


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


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        sys.exit(130)
