# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accepted findings over several nights, by the real ansible-playbook: the checks, and the playbook accept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import Loader
from sandbox.process import SandboxProcess

from playbooks import KEY, NAME, Run, Task

PIPE = "{{ lookup('pipe', 'touch pwned') }}"


@pytest.fixture
def accept(ansible: Callable[..., Run]) -> Callable[..., Run]:
    """Run the playbook accept with variables, whose names are without accept_."""

    def run(*arguments: str, **variables: Any) -> Run:
        named = {f"accept_{name}": value for name, value in variables.items()}
        return ansible("ansible-playbook", "siptrunk.telnyx.accept", "-e", json.dumps(named), *arguments)

    return run


def check(kind: str, **options: Any) -> Task:
    """Return a task that runs a check with its reports where the playbook accept looks for them."""
    folder = "{{ playbook_dir }}/telnyx-reports/" + kind
    return {f"{NAME}_{kind}": {"report_dir": folder, "fail_on": ["error"], **options}}


def drift(**options: Any) -> Task:
    files = {
        "desired_files": ["{{ playbook_dir }}/baseline.json"],
        "accepted_files": ["{{ playbook_dir }}/accepted.yml"],
    }
    return check("drift", **{**files, **options})


def report(folder: Path, kind: str = "drift") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"telnyx-reports/{kind}/{kind}.json").read_text())
    return found


def entry_states(found: dict[str, Any]) -> list[str]:
    return sorted(each["state"] for each in found["acceptances"])


def accept_the_first_night(play: Callable[..., Run], accept: Callable[..., Run], folder: Path) -> None:
    """Refuse what is wrong, and accept all findings, after a look at what would be written."""
    file = folder / "accepted.yml"
    assert "accepted.yml: the file of accepted findings does not exist" in play(drift()).flat()
    run = accept(reason="x")
    assert run.exit_code == 2
    assert "drift.json: the check was not completed, so nothing of it is accepted." in run.flat()
    assert play(drift(accepted_files=[])).exit_code == 0
    run = accept(reason="r", path=["tags"], rule="x")
    assert run.exit_code == 2
    assert "Nothing was written. There is no variable accept_path. Did you mean accept_paths?" in run.flat(), run.output
    run = accept(reason="r", connections="Nonexistent")
    assert run.exit_code == 2
    assert "accept_connections: no finding of the reports matches 'Nonexistent'." in run.flat()
    assert "Would be written" in accept("--check", reason="Known since the migration").flat()
    assert not file.exists()
    run = accept(reason="{{ lookup('env', 'LC_ALL') }}", who="Jo")
    assert "added: 6, updated: 0, removed: 0" in run.flat(), run.output
    assert "+  status: unexpected" in run.output
    assert file.stat().st_mode & 0o777 == 0o644
    text = file.read_text()
    kinds = [each.get("path", each.get("status")) for each in yaml.load(text, Loader)]
    assert sorted(kinds) == ["active", "active", "missing", "tags", "tags", "unexpected"]
    assert text.count(f"connection_name: !unsafe '{PIPE.replace(chr(39), chr(39) * 2)}'") == 2
    assert not list(folder.rglob("pwned"))
    run = accept(reason="again")
    assert "changed=0" in run.output
    assert file.read_text() == text
    file.chmod(0o640)
    assert play(drift()).exit_code == 0
    found = report(folder)
    assert (found["status"], found["findings"], len(found["accepted"])) == ("in_sync", [], 6)
    assert entry_states(found) == ["used"] * 6


def test_nights_of_a_drift_check(
    play: Callable[..., Run], accept: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    names = [{"connection_name": name, "active": True, "tags": ["x"]} for name in ("a", PIPE, "c")]
    sandbox.reset(connections=3, overrides=names)
    ids = [each["id"] for each in sandbox.seen()["records"]]
    desired = [{"id": id_, "active": False, "tags": []} for id_ in ids[:2]]
    (tmp_path / "baseline.json").write_text(json.dumps([*desired, {"connection_name": "gone"}]))
    file = tmp_path / "accepted.yml"
    accept_the_first_night(play, accept, tmp_path)

    # Night 2: a new finding, and an accepted one with another value; a resolved one.
    sandbox.change(fields={ids[0]: {"active": False, "tags": ["y"]}, ids[1]: {"dtmf_type": "SIP INFO"}})
    extra = [desired[0], {**desired[1], "dtmf_type": "Inband"}, {"connection_name": "gone"}]
    (tmp_path / "baseline.json").write_text(json.dumps(extra))
    assert play(drift()).exit_code == 0
    found = report(tmp_path)
    assert {(each["path"], each["state"]) for each in found["findings"]} == {("tags", "updated"), ("dtmf_type", "new")}
    assert entry_states(found) == ["outdated", "unused", "used", "used", "used", "used"]

    # Only the new field is accepted, until yesterday is refused; then the rest, and the unused entry is removed.
    chosen = {"paths": "dtmf_type", "reason": "phones"}
    assert "has passed" in accept(expires="2020-01-01", **chosen).flat()
    assert "added: 1, updated: 0, removed: 0" in accept(**chosen).flat()
    file.write_text(file.read_text().replace("reason: phones", "reason: phones # ours"))
    run = accept(reason="more", prune=True)
    assert "the comment '# ours' would be lost" in run.flat()
    file.write_text(file.read_text().replace(" # ours", ""))
    run = accept(reason="more", prune=True)
    assert "updated: 1 (their reasons stay as they are written; edit them by hand), removed: 1" in run.flat()
    text = file.read_text()
    assert text.count("reason: C.UTF-8") == 5
    assert "more" not in text
    assert file.stat().st_mode & 0o777 == 0o640

    # Night 3: an entry that expired does not count any more; it is renewed, and its reason stays.
    file.write_text(text.replace("reason: phones", "reason: phones\n  expires: 2020-01-01"))
    assert play(drift()).exit_code == 0
    found = report(tmp_path)
    assert entry_states(found) == ["expired", *["used"] * 5]
    assert [each["path"] for each in found["findings"]] == ["dtmf_type"]
    assert "updated: 1" in accept(reason="x", expires="2099-01-01").flat()
    assert "reason: phones\n" in file.read_text()
    assert play(drift()).exit_code == 0
    assert report(tmp_path)["status"] == "in_sync"
    passwords = [each["password"] for each in sandbox.seen()["records"]]
    assert not any(password in file.read_text() for password in [*passwords, KEY])


def test_nights_of_a_policy_check_beside_a_drift_check_that_fails(
    play: Callable[..., Run], accept: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    fields: dict[str, Any] = {"active": True, "encrypted_media": None, "tags": ["old"]}
    sandbox.reset(connections=2, overrides=[{**fields, "connection_name": name} for name in ("Old, 1", "Shop")])
    file = tmp_path / "accepted.yml"
    file.write_text("[]\n")
    policy = {"accepted_files": ["{{ playbook_dir }}/accepted.yml"]}
    run = play(check("policy", **policy), {**drift(), "ignore_errors": True})
    assert run.exit_code == 0, run.output
    assert report(tmp_path)["status"] == "error"
    run = accept(reason="r", rules=["srtp_required"], connections="Old, *")
    assert run.exit_code == 0, run.output
    assert "added: 1, updated: 0, removed: 0. Left out: telnyx-reports/drift/drift.json: the check" in run.flat()
    # A report that was named and cannot be used is not passed over in silence.
    run = accept(reason="the rest", reports=["telnyx-reports/policy/policy.json", "nowhere.json"])
    assert run.exit_code == 2
    assert "Written: accepted.yml" in run.flat()
    assert "nowhere.json: the report does not exist." in run.flat()

    # A rule that becomes more severe is a finding again; exemptions are the same mechanism, by tag and without an end.
    severe = {**policy, "rules": [{"id": "srtp_required", "severity": "critical"}]}
    unused = {"rule": "name_unique", "id": "404", "reason": "unused"}
    exemptions = [{"rule": "srtp_required", "tag": "old", "reason": "by tag"}, unused]
    run = play(
        check("policy", **policy),
        {"ansible.builtin.copy": {"src": "telnyx-reports/policy/policy.json", "dest": "first.json"}},
        check("policy", **severe),
        {"ansible.builtin.copy": {"src": "telnyx-reports/policy/policy.json", "dest": "severe.json"}},
        check("policy", **severe, exemptions=exemptions),
    )
    assert run.exit_code == 0, run.output
    first, second = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("first", "severe"))
    assert (first["status"], {each["accepted"]["reason"] for each in first["accepted"]}) == ("ok", {"r", "the rest"})
    assert [(each["rule"], each["state"]) for each in second["findings"]] == [("srtp_required", "updated")] * 2
    found = report(tmp_path, "policy")
    assert found["status"] == "ok"
    selected = [each["selects"] for each in found["acceptances"] if each["state"] == "unused"]
    # The exemption by tag accepts what the two entries of the file accepted with a lower severity.
    assert sorted((each["rule"], each["id"]) for each in selected) == [
        ("name_unique", "404"), *sorted(("srtp_required", each["id"]) for each in sandbox.seen()["records"])
    ]  # fmt: skip
