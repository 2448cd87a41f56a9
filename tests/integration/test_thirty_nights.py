"""Thirty nights of both checks, with seeded changes of the account, by the real ansible-playbook in a git repository.

On most mornings after a failure, a person accepts what the reports say. A night must fail exactly if something is there that
is not accepted, is worse than what was accepted, or was accepted until an earlier day. :class:`Expected` says what that is;
it knows the changes that the test makes, and nothing of the collection.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import time_machine
import yaml
from ansible.release import __version__ as core_version
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.accepted_files import accept_reports
from sandbox.process import SandboxProcess

from playbooks import NAME, Run

NIGHTS = 30
CONNECTIONS = 12
FIRST_NIGHT = datetime(2027, 1, 5, 4, 17, tzinfo=timezone.utc)
DAYS_ACCEPTED = 4
DOWN = "http://127.0.0.1:9/v2"
STRICTER_FROM = 20  # the night from which on the rule has a higher severity
VALUES: dict[str, list[Any]] = {
    "active": [True, False],
    "inbound.channel_limit": [2, 3, 7],
    "inbound.codecs": [["G722"], ["G711A"], ["G711U", "G729"]],
    "outbound.localization": ["US", "FR", "JP"],
    "webhook_timeout_secs": [5, 6, 25],
}
# Ansible's processes begin at the time of the night; their clock goes on from there.
SITE = """
import os
import time_machine
if "NIGHT" in os.environ:
    time_machine.travel(os.environ["NIGHT"], tick=True).start()
"""

# A finding: its check, the id of the connection, and the field, the status or the rule.
Key = tuple[str, str, str]


def value_of(record: dict[str, Any], path: str) -> Any:
    """Return the value of a field, which may be in an object."""
    for key in path.split("."):
        record = record[key]
    return record


class Expected:
    """What the checks have to say. The value of a finding is that of its field, or the severity of its rule."""

    def __init__(self, desired: list[dict[str, Any]]) -> None:
        self.desired = {record["connection_name"]: record for record in desired}
        self.findings: dict[Key, Any] = {}
        self.first_seen: dict[Key, str] = {}
        self.accepted: dict[Key, tuple[Any, date | None]] = {}
        self.last_failing: set[Key] = set()

    def note_night(self, live: list[dict[str, Any]], severity: str, today: date) -> set[Key]:
        """Note what a complete night finds, and return what is not accepted."""
        found: dict[Key, Any] = {}
        names = {record["connection_name"]: record for record in live}
        for name, record in names.items():
            desired = self.desired.get(name)
            if desired is None:
                found["drift", record["id"], "unexpected"] = None
            else:
                if desired["id"] != record["id"]:
                    found["drift", record["id"], "recreated"] = None
                paths = [path for path in VALUES if value_of(desired, path) != value_of(record, path)]
                found.update({("drift", record["id"], path): value_of(record, path) for path in paths})
            if not record["active"]:
                found["policy", record["id"], "in_use"] = severity
        found.update(
            {("drift", desired["id"], "missing"): None for name, desired in self.desired.items() if name not in names}
        )
        self.first_seen = {key: self.first_seen.get(key, str(today)) for key in found}
        self.findings = found
        self.last_failing = {key for key, value in found.items() if not self._is_accepted(key, value, today)}
        return self.last_failing

    def _is_accepted(self, key: Key, value: Any, today: date) -> bool:
        accepted_value, expires = self.accepted.get(key, (None, date.min))
        is_worse = accepted_value != value and (key[0] == "drift" or (accepted_value, value) == ("low", "high"))
        return not is_worse and (expires is None or today <= expires)

    def accept(self, expires: date | None) -> bool:
        """Accept what failed, and forget what is gone; return whether the file of accepted findings changes."""
        before = dict(self.accepted)
        for key in self.last_failing:
            self.accepted[key] = (self.findings[key], expires)
        self.accepted = {key: value for key, value in self.accepted.items() if key in self.findings}
        return self.accepted != before


def change_account(sandbox: SandboxProcess, chance: random.Random, desired: dict[str, dict[str, Any]]) -> None:
    """Make none to three changes: of a field, back to the desired value, or of a whole connection."""
    for _change in range(chance.choice([0, 0, 1, 1, 2, 3])):
        records = sandbox.seen()["records"]
        place = chance.randrange(len(records))
        record = records[place]
        kind = chance.choice(["field", "field", "field", "back", "back", "delete", "insert", "recreate"])
        if kind in ("field", "back"):
            path = chance.choice(list(VALUES))
            target = desired.get(record["connection_name"])
            value = value_of(target, path) if kind == "back" and target else chance.choice(VALUES[path])
            head, _dot, tail = path.partition(".")
            fields = {head: {**record[head], tail: value}} if tail else {head: value}
            sandbox.change(fields={record["id"]: fields})
        elif kind == "delete" and len(records) > CONNECTIONS // 2:
            sandbox.change(change={"delete": [place]})
        elif kind == "insert":
            sandbox.change(change={"insert": 1})
        elif kind == "recreate":
            sandbox.change(change={"delete": [place], "insert": 1})
            new = sandbox.seen()["records"][-1]["id"]
            copied = {key: value for key, value in record.items() if key not in ("id", "created_at", "updated_at")}
            sandbox.change(fields={new: copied})


def write_playbooks(folder: Path) -> None:
    """Write a playbook of the night's checks, of which drift comes last and fails the play, and one of the morning."""
    common = {"accepted_files": ["accepted.yml"]}
    rule = {"id": "in_use", "severity": "{{ severity }}", "description": "It is not in use", "assert": "active"}
    policy = {**common, "rules": [rule], "built_in_rules": False, "fail_on": ["never"], "report_dir": "reports/policy"}
    drift = {**common, "desired_files": ["desired.yml"], "report_dir": "reports/drift", "fail_on": ["drift"]}
    night = [{f"{NAME}_policy": policy}, {f"{NAME}_drift": drift}]
    play = {"hosts": "localhost", "gather_facts": False, "tasks": night}
    (folder / "night.yml").write_text(yaml.safe_dump([play]))


def accept(folder: Path, today: date, expires: date | None) -> None:
    """Accept what the reports say, and forget what is gone."""
    reports = {name: (folder / name).read_text() for name in ("reports/drift/drift.json", "reports/policy/policy.json")}
    file = folder / "accepted.yml"
    with time_machine.travel(datetime(today.year, today.month, today.day, 8, tzinfo=timezone.utc)):
        result = accept_reports(
            str(file), file.read_text(), reports, {}, reason="It is known", expires=expires, prune=True
        )
    assert (result["problems"], result["skipped"]) == ([], [])
    file.write_text(result["text"])


def changed_files(folder: Path) -> list[str]:
    """Commit everything, and return the names of the files that changed."""
    git = ["git", "-c", "user.name=Jo", "-c", "user.email=jo@example.com"]
    subprocess.run([*git, "add", "-A"], cwd=folder, check=True)
    shown = subprocess.run(
        [*git, "diff", "--cached", "--name-only"], cwd=folder, check=True, capture_output=True, text=True
    )
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "Night"], cwd=folder, check=True)
    return shown.stdout.split()


def reported(folder: Path) -> tuple[dict[Key, str | None], set[Key]]:
    """Return what the reports say: since which day each finding that counts is there, and what is accepted."""
    reports = [json.loads((folder / f"reports/{name}/{name}.json").read_text()) for name in ("drift", "policy")]

    def key(finding: dict[str, Any]) -> Key:
        what = finding["rule"] or finding["path"] or finding["status"]
        return finding["check"], finding["connection"]["id"], what

    found = {key(each): each["first_seen"][:10] for report in reports for each in report["findings"]}
    return dict(found), {key(each) for report in reports for each in report["accepted"]}


def judge(folder: Path, expected: Expected, failing: set[Key], night: Run) -> None:
    """Compare the result and the reports of a night, for which ``failing`` is not accepted, with what is expected."""
    for name in ("drift", "policy"):
        status = json.loads((folder / f"reports/{name}/status.json").read_text())
        assert status["exit_code"] == (2 if any(check == name for check, *_where in failing) else 0), night.output
    assert night.exit_code == (2 if any(check == "drift" for check, *_where in failing) else 0), night.output
    found, accepted = reported(folder)
    assert found == {key: expected.first_seen[key] for key in failing}
    assert accepted == set(expected.findings) - failing
    assert changed_files(folder) == []


def judge_error(folder: Path, night: Run) -> None:
    """Check that a night without an answer of the API is an error, and changes nothing in git."""
    status = json.loads((folder / "reports/policy/status.json").read_text())
    assert (night.exit_code, status["status"], changed_files(folder)) == (2, "error", []), night.output


@pytest.mark.skipif(core_version.startswith("2.16"), reason="it takes long, and the newest ansible-core is enough")
def test_thirty_nights(ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path) -> None:
    chance = random.Random(26)
    sandbox.reset(connections=CONNECTIONS)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(SITE)
    (tmp_path / ".gitignore").write_text("*\n!*.yml\n")
    (tmp_path / "accepted.yml").write_text("[]\n")
    write_playbooks(tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    python_path = os.pathsep.join([str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")])

    def run(playbook: str, moment: datetime, url: str = sandbox.api_url, **variables: Any) -> Run:
        env = {"PYTHONPATH": python_path, "NIGHT": moment.isoformat(), "TELNYX_BASE_URL": url}
        return ansible("ansible-playbook", playbook, "-e", json.dumps({"telnyx_retries": 0, **variables}), env=env)

    baseline = {f"{NAME}_baseline": {"dest": "desired.yml"}}
    (tmp_path / "start.yml").write_text(
        yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [baseline]}])
    )
    start = run("start.yml", FIRST_NIGHT)
    assert start.exit_code == 0, start.output
    expected = Expected(sandbox.seen()["records"])
    changed_files(tmp_path)
    kinds, failures, errors = set(), 0, 0
    for number in range(NIGHTS):
        moment = FIRST_NIGHT + timedelta(days=number)
        today = moment.date()
        change_account(sandbox, chance, expected.desired)
        severity = "low" if number < STRICTER_FROM else "high"
        if number and chance.random() < 0.15:
            judge_error(tmp_path, run("night.yml", moment, DOWN, severity=severity))
            errors += 1
            continue
        failing = expected.note_night(sandbox.seen()["records"], severity, today)
        judge(tmp_path, expected, failing, run("night.yml", moment, severity=severity))
        kinds |= {what for _check, _name, what in failing}
        failures += bool(failing)
        if failing and chance.random() < 0.75:
            expires = today + timedelta(days=DAYS_ACCEPTED) if chance.random() < 0.5 else None
            accept(tmp_path, today, expires)
            assert expected.accept(expires)
            assert changed_files(tmp_path) == ["accepted.yml"], number
            entries = yaml.safe_load((tmp_path / "accepted.yml").read_text())
            assert len(entries) == len(expected.accepted), number
    # The seed gives nights of every kind.
    assert kinds >= {"missing", "unexpected", "recreated", "in_use", *VALUES}
    assert (errors > 1, 8 < failures < NIGHTS - errors - 4) == (True, True), (errors, failures)
