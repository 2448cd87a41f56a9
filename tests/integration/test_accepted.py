"""Accepted findings over several nights, by the real ansible-playbook."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox.process import SandboxProcess

from playbooks import KEY, Run

PORTAL = "https://portal.example/#/connections/{id}"


@pytest.fixture
def playbook(ansible: Callable[..., Run]) -> Callable[..., Run]:
    """Run one of the collection's playbooks with variables."""

    def run(name: str, *arguments: str, **variables: Any) -> Run:
        return ansible("ansible-playbook", f"siptrunk.telnyx.{name}", "-e", json.dumps(variables), *arguments)

    return run


def report(folder: Path, check: str = "drift") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"telnyx-reports/{check}/{check}.json").read_text())
    status = json.loads((folder / f"telnyx-reports/{check}/status.json").read_text())
    assert status["status"] == found["status"]
    return found


def sarif_states(folder: Path, check: str = "drift") -> dict[str, int]:
    results = json.loads((folder / f"telnyx-reports/{check}/{check}.sarif").read_text())["runs"][0]["results"]
    states = [each["baselineState"] for each in results]
    return {state: states.count(state) for state in states}


def entry_states(found: dict[str, Any]) -> list[str]:
    return sorted(each["state"] for each in found["acceptances"])


def accept_the_first_night(playbook: Callable[..., Run], folder: Path, night: dict[str, Any]) -> None:
    """Check that findings fail, accept all of them, and check that they do not fail any more."""
    # A file that does not exist is an error, and nothing can be accepted from the report of an error.
    run = playbook("drift_check", **night)
    assert "accepted.yml: the file of accepted findings does not exist" in run.flat()
    run = playbook("accept", accept_reason="x")
    assert "the check was not completed" in run.flat()
    assert not (folder / "accepted.yml").exists()

    # Night 1: everything is accepted, after a look at what would be written.
    assert playbook("drift_check", **{**night, "drift_check_accepted_files": []}).exit_code == 2
    found = report(folder)
    assert (found["totals"]["drifted"], found["totals"]["missing"], found["totals"]["unexpected"]) == (2, 1, 1)
    assert found["connections"][0]["changes"][0]["remedy"].startswith("Set active to false at Telnyx")
    assert found["connections"][0]["url"] == PORTAL.replace("{id}", found["connections"][0]["id"])
    assert "Say why these findings are accepted" in playbook("accept").flat()
    run = playbook("accept", accept_reason="r", accept_path=["tags"], accept_rule="x")
    assert run.exit_code == 2
    assert "has no variable accept_path, accept_rule. Nothing was written." in run.flat(), run.output
    assert not (folder / "accepted.yml").exists()
    run = playbook("accept", "--check", accept_reason="Known since the migration")
    assert "Would be written" in run.flat()
    assert not (folder / "accepted.yml").exists()
    run = playbook("accept", accept_reason="Known since the migration", accept_who="Jo")
    assert "added: 6, updated: 0, removed: 0" in run.flat(), run.output
    assert "+  reason: Known since the migration" in run.output
    file = folder / "accepted.yml"
    assert file.stat().st_mode & 0o777 == 0o644
    text = file.read_text()
    assert [each.get("path", each.get("status")) for each in yaml.safe_load(text)] == [
        "active", "tags", "active", "tags", "unexpected", "missing"
    ]  # fmt: skip
    file.write_text(text.replace("reason: Known since the migration", "reason: by hand # a comment", 1))
    text = file.read_text()
    run = playbook("accept", accept_reason="again")
    assert "changed=0" in run.output
    assert file.read_text() == text
    run = playbook("drift_check", **night)
    assert run.exit_code == 0, run.output
    found = report(folder)
    assert (found["status"], found["totals"]["accepted"], len(found["accepted"])) == ("in_sync", 4, 6)
    assert entry_states(found) == ["used"] * 6
    assert sarif_states(folder) == {"unchanged": 6}


def test_nights_of_a_drift_check(playbook: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path) -> None:
    names = [{"connection_name": name, "active": True, "tags": ["x"]} for name in ("a", "b", "c")]
    sandbox.reset(connections=3, overrides=names)
    ids = [each["id"] for each in sandbox.seen()["records"]]
    desired = [{"connection_name": name, "active": False, "tags": []} for name in "ab"]
    (tmp_path / "baseline.json").write_text(json.dumps([*desired, {"connection_name": "gone"}]))
    night: dict[str, Any] = {
        "drift_check_desired_files": ["baseline.json"],
        "drift_check_accepted_files": ["accepted.yml"],
        "drift_check_portal_url": PORTAL,
    }

    accept_the_first_night(playbook, tmp_path, night)
    file = tmp_path / "accepted.yml"

    # Night 2: a new finding, and an accepted one with another value, fail; a resolved one is reported.
    sandbox.change(fields={ids[0]: {"active": False, "tags": ["y"]}})
    extra = json.dumps([*desired[:1], {**desired[1], "dtmf_type": "Inband"}, {"connection_name": "gone"}])
    (tmp_path / "baseline.json").write_text(extra)
    sandbox.change(fields={ids[1]: {"dtmf_type": "SIP INFO"}})
    run = playbook("drift_check", **night)
    assert run.exit_code == 2
    found = report(tmp_path)
    assert {(each["path"], each["state"]) for one in found["connections"] for each in one["changes"]} == {
        ("tags", "updated"), ("dtmf_type", "new")
    }  # fmt: skip
    assert found["totals"]["drifted"] == 2
    assert entry_states(found) == ["outdated", "unused", "used", "used", "used", "used"]
    assert sarif_states(tmp_path) == {"updated": 1, "new": 1, "unchanged": 4, "absent": 1}
    assert "no finding needs it any more" in (tmp_path / "telnyx-reports/drift/drift.md").read_text()

    # Only the new field is accepted, until yesterday is refused; then the rest, and the unused entry is removed.
    chosen = {"accept_paths": "dtmf_type", "accept_reason": "phones"}
    assert "has passed" in playbook("accept", accept_expires="2020-01-01", **chosen).flat()
    assert "added: 1, updated: 0, removed: 0" in playbook("accept", **chosen).flat()
    run = playbook("accept", accept_reason="more", accept_prune=True)
    assert "updated: 1 (their reasons stay as they are written; edit them by hand), removed: 1" in run.flat(), (
        run.output
    )
    text = file.read_text()
    assert "by hand # a comment" not in text  # its entry was the unused one
    assert text.count("reason: Known since the migration") == 5
    assert "more" not in text
    assert playbook("drift_check", **night).exit_code == 0

    # Night 3: an entry that expired does not count any more.
    file.write_text(text.replace("reason: phones", "reason: phones\n  expires: 2020-01-01"))
    run = playbook("drift_check", "-v", **night)
    assert run.exit_code == 2
    found = report(tmp_path)
    assert entry_states(found) == ["expired", *["used"] * 5]
    assert [each["changes"][0]["path"] for each in found["connections"] if each["changes"]] == ["dtmf_type"]
    assert (
        "expired on 2020-01-01; 1 finding not accepted"
        in (tmp_path / "telnyx-reports/drift/drift.junit.xml").read_text()
    )
    # It is renewed, and its reason stays.
    assert "updated: 1" in playbook("accept", accept_reason="x", accept_expires="2099-01-01").flat()
    assert "reason: phones\n" in file.read_text()
    assert playbook("drift_check", **night).exit_code == 0
    passwords = [each["password"] for each in sandbox.seen()["records"]]
    assert not any(password in file.read_text() for password in [*passwords, KEY])


def test_nights_of_a_policy_check(playbook: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path) -> None:
    fields = [
        {"active": True, "encrypted_media": None, "connection_name": "Old PBX", "tags": ["old"]},
        {"active": True, "encrypted_media": None, "connection_name": "Shop", "tags": ["old"]},
    ]
    sandbox.reset(connections=2, overrides=fields)
    rules = ["srtp_required"]
    night: dict[str, Any] = {
        "policy_check_built_in_rules": True,
        "policy_check_accepted_files": ["accepted.yml"],
        "policy_check_portal_url": PORTAL,
    }
    (tmp_path / "accepted.yml").write_text("[]\n")
    assert playbook("policy_check", **night).exit_code == 2
    found = report(tmp_path, "policy")
    violation = next(each for each in found["violations"] if each["rule"] == "srtp_required")
    assert (violation["state"], violation["remedy"]) == ("new", 'Set encrypted_media to "SRTP".')
    assert set(sarif_states(tmp_path, "policy")) == {"new"}
    run = playbook("accept", accept_reason="r", accept_rules=rules, accept_connections=["Old*"])
    assert "added: 1," in run.flat(), run.output
    assert "added: 0," in playbook("accept", accept_reason="r", accept_severities="none").flat()
    playbook("accept", accept_reason="the rest")
    assert playbook("policy_check", **night).exit_code == 0
    found = report(tmp_path, "policy")
    assert (found["status"], found["totals"]["violations"]) == ("ok", 0)
    assert {each["reason"] for each in found["accepted"]} == {"r", "the rest"}

    # A rule that becomes more severe fails; exemptions are the same mechanism, by tag and without an end.
    severe = {"policy_check_rules": [{"id": "srtp_required", "severity": "critical"}]}
    assert playbook("policy_check", **night, **severe).exit_code == 2
    found = report(tmp_path, "policy")
    assert [(each["rule"], each["state"]) for each in found["violations"]] == [("srtp_required", "updated")] * 2
    unused = {"rule": "name_unique", "id": "404", "reason": "unused"}
    exemptions = [{"rule": "srtp_required", "tag": "old", "reason": "by tag"}, unused]
    run = playbook("policy_check", **night, **severe, policy_check_exemptions=exemptions)
    assert run.exit_code == 0, run.output
    assert "WARNING" not in run.output  # unused exemptions are in the reports
    found = report(tmp_path, "policy")
    selected = [each["selects"] for each in found["acceptances"] if each["state"] == "unused"]
    # The exemption by tag accepts what the two entries of the file accepted with a lower severity.
    assert sorted((each["rule"], each["id"]) for each in selected) == [
        ("name_unique", "404"), *sorted(("srtp_required", each["id"]) for each in sandbox.seen()["records"])
    ]  # fmt: skip
    states = sarif_states(tmp_path, "policy")
    assert states == {"unchanged": len(found["accepted"]), "absent": 1}
    assert "unused" in (tmp_path / "telnyx-reports/policy/policy.html").read_text()
    bad = {**night, "policy_check_portal_url": "javascript:{id}"}
    assert "portal_url" in playbook("policy_check", **bad).flat()
