"""Who made a finding of the drift check, by the real ansible-playbook and git, against the sandbox's audit log."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sandbox.account import make_connection
from sandbox.audit import days_ago, make_event
from sandbox.process import SandboxProcess

from playbooks import Run

CANARY = "c4n4ry-s3cr3t"
ROLE = {"ansible.builtin.include_role": {"name": "siptrunk.telnyx.drift_check"}}


@pytest.fixture
def check(play: Callable[..., Run], tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Run the role once for each set of variables, in one play; return the report of each by its name."""

    def run(**runs: dict[str, Any]) -> dict[str, Any]:
        tasks = []
        for name, variables in runs.items():
            own = {f"drift_check_{key}": value for key, value in variables.items()}
            common = {
                "drift_check_desired_files": ["baseline.yml"],
                "drift_check_report_dir": f"reports/{name}",
                "drift_check_fail_on": ["error"],
                "drift_check_attribution": True,
            }
            tasks.append({**ROLE, "vars": {**common, **own}})
        done = play(*tasks, args=("-vvv",))
        assert done.exit_code == 0, done.output
        (tmp_path / "output").write_text(done.output)
        return {name: json.loads((tmp_path / f"reports/{name}/drift.json").read_text()) for name in runs}

    return run


def everything(folder: Path) -> str:
    """Return the output and all reports."""
    return (folder / "output").read_text() + "".join(path.read_text() for path in folder.glob("reports/*/*"))


def audit_requests(sandbox: SandboxProcess) -> list[dict[str, str]]:
    return [each["query"] for each in sandbox.requests() if each["path"].endswith("/audit_events")]


def commit(folder: Path, days: float) -> str:
    """Commit the baseline as it is, some days ago; return the time of the commit."""
    moment = days_ago(days).replace(".000Z", "+00:00")
    environment = {**os.environ, "GIT_COMMITTER_DATE": moment, "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": str(folder)}
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
    for command in (["init", "-q"], ["add", "baseline.yml"], [*identity, "commit", "-q", "-m", "The account"]):
        subprocess.run(["git", *command], cwd=folder, env=environment, check=True)
    return moment.replace("+00:00", "Z")


def baseline(records: list[dict[str, Any]], folder: Path) -> None:
    (folder / "baseline.yml").write_text(json.dumps([{**each, "updated_at": None} for each in records]))


def findings(report: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the attribution of each finding by the id of the connection and the path or status."""
    found = {}
    for each in report["connections"]:
        if each["fingerprint"]:
            found[each["id"], each["status"]] = each["attribution"]
        found.update({(each["id"], change["path"]): change["attribution"] for change in each["changes"]})
    return found


def test_reports_name_who_changed_what_since_the_last_commit(
    check: Callable[..., dict[str, Any]], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=6, overrides=[{"password": CANARY + "0"}])
    before = sandbox.seen()["records"]
    wanted = [
        {name: value for name, value in each.items() if name not in ("updated_at", "password")} for each in before
    ]
    wanted[0]["password"] = CANARY + "0"
    (tmp_path / "baseline.yml").write_text(json.dumps(wanted))
    since = commit(tmp_path, 5)
    ids = [each["id"] for each in before]
    # Before the commit, so that the log is not asked for it.
    sandbox.change(events=[make_event("update", ids[5], [], created_at=days_ago(7))])
    sandbox.change(
        fields={
            ids[0]: {"password": CANARY + "1", "active": not before[0]["active"], "updated_at": "2026-11-20T14:03:00Z"},
            ids[1]: {"inbound": {**before[1]["inbound"], "codecs": ["G729"]}},
        },
        event={"user_id": 77, "created_at": days_ago(2)},
    )
    sandbox.change(
        change={"delete": [4], "insert": 1},
        event={"change_made_by": "organization_member", "created_at": days_ago(1)},
    )
    # The log has an earlier change of this field only: the last one is missing there.
    sandbox.change(
        fields={ids[2]: {"connection_name": "new"}}, event={"resource_id": "other", "created_at": days_ago(1)}
    )
    older = {"field": "connection_name", "from": "a", "to": "b"}
    sandbox.change(events=[make_event("update", ids[2], [older], created_at=days_ago(3))])
    sandbox.change(fields={ids[3]: {"tags": ["unlogged"]}}, event={"resource_id": "other"})
    given = days_ago(1.5)[:19]
    reports = check(named={}, again={"attribution_since": f"{given}+00:00"}, off={"attribution": False})
    assert [each["filter[created_after]"] for each in audit_requests(sandbox)] == [since, f"{given}Z"]

    found = findings(reports["named"])
    new_id = next(each for each in sandbox.seen()["records"] if each["id"] not in ids)["id"]
    who = {"change_made_by": "account_owner", "user_id": "77"}
    events = sandbox.seen()["events"]
    for path, earlier in (("password", "(hidden)"), ("active", before[0]["active"])):
        each = found[ids[0], path]
        assert (each["state"], each["who"], each["from"], each["reason"]) == ("known", who, earlier, None)
        assert each["event"] in [event["id"] for event in events if event["resource_id"] == ids[0]]
        assert each["when"] == next(event for event in events if event["id"] == each["event"])["created_at"][:19] + "Z"
    assert found[ids[1], "inbound.codecs"]["from"] == before[1]["inbound"]["codecs"]
    member = {"change_made_by": "organization_member", "user_id": "1234"}
    assert (found[ids[4], "missing"]["state"], found[ids[4], "missing"]["who"]) == ("known", member)
    assert (found[new_id, "unexpected"]["state"], found[new_id, "unexpected"]["who"]) == ("known", member)
    later = found[ids[2], "connection_name"]
    assert (later["state"], later["from"]) == ("unknown", "a")
    assert "a later one is missing" in later["reason"]
    assert (found[ids[3], "tags"]["state"], found[ids[3], "tags"]["who"]) == ("unknown", None)
    assert len(found) == 7

    # Since a given time, earlier events are not known; without attribution, nothing is read.
    assert findings(reports["again"])[ids[1], "inbound.codecs"]["state"] == "unknown"
    assert findings(reports["again"])[ids[4], "missing"]["state"] == "known"
    assert set(findings(reports["off"]).values()) == {None}

    codecs = json.dumps(before[1]["inbound"]["codecs"])
    moment = found[ids[1], "inbound.codecs"]["when"]
    text = f"changed by account_owner (user 77) on {moment[:10]} {moment[11:16]} UTC, from {codecs}"
    folder = tmp_path / "reports" / "named"
    html_text, markdown = text.replace('"', "&quot;"), text.replace("[", "&#91;").replace("]", "&#93;")
    for suffix, shown in (
        ("html", html_text),
        ("md", markdown),
        ("junit.xml", text),
        ("sarif", json.dumps(text)[1:-1]),
    ):
        assert shown in (folder / f"drift.{suffix}").read_text(), suffix
    for suffix in ("json", "html", "md", "junit.xml", "sarif"):
        assert "2026-11-20T14:03:00Z" in (folder / f"drift.{suffix}").read_text(), suffix
        assert "account_owner" not in (tmp_path / "reports" / "off" / f"drift.{suffix}").read_text()
    assert CANARY in str(events)
    assert CANARY not in everything(tmp_path)


DEEP = {
    "field": "outbound.channel_limit",
    "from": json.loads("[" * 450 + "]" * 450),
    "to": json.loads("[" * 449 + "]" * 449),
}
NESTED = json.dumps({"data": [make_event("update", make_connection(1, 0)["id"], [DEEP])]})

# The unit tests of audit_events have more.
LOG_FAULTS: dict[str, list[dict[str, Any]]] = {
    "forbidden": [{"kind": "status", "status": 403}],
    "html": [{"kind": "html", "echo_key": "whole"}],
    "deep": [{"kind": "deep"}],
    "nested": [{"kind": "text", "body": NESTED}],
    "late": [{"kind": "late"}],
    "partial": [{"kind": "partial"}],
    "malformed": [{"kind": "data", "value": [None, {}, {"id": 1}, [[]], "x"]}],
    "disordered": [{"kind": "reverse"}, {"kind": "unfiltered"}],
    "repeated": [{"kind": "duplicates"}],  # the total counts them twice, so others may be missing
}
UNAVAILABLE = ("forbidden", "html", "deep")
UNKNOWN = ("late", "partial", "malformed", "repeated")


@pytest.mark.parametrize("name", LOG_FAULTS)
def test_log_that_cannot_be_read_makes_no_check_fail(
    name: str, check: Callable[..., dict[str, Any]], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=3, audit_faults=LOG_FAULTS[name])
    before = sandbox.seen()["records"]
    baseline(before, tmp_path)
    first, second = before[0]["id"], before[1]["id"]
    limit = {"outbound": {**before[0]["outbound"], "channel_limit": 7}}
    sandbox.change(fields={first: limit}, event={"created_at": days_ago(3)})
    limit = {"outbound": {**before[0]["outbound"], "channel_limit": 8}}
    sandbox.change(fields={first: limit}, event={"created_at": days_ago(2), "user_id": "8"})
    sandbox.change(events=[make_event("update", second, [], created_at=days_ago(40))])
    month = days_ago(30)[:19]
    report = check(one={"ignore": ["updated_at"]})["one"]
    # There is no repository.
    requests = audit_requests(sandbox)
    assert len(requests) == (2 if name == "nested" else 1)  # without meta, only another page shows the end
    assert month <= requests[0]["filter[created_after]"][:19] <= days_ago(30)[:19]
    assert report["status"] == "drift"
    assert report["error"] is None
    found = list(findings(report).values())
    assert len(found) == 1
    attribution = found[0]
    assert "KEY_SANDBOX" not in everything(tmp_path)
    if name in UNAVAILABLE:
        assert attribution["state"] == "unavailable"
        assert attribution["reason"]
        assert "changed by: unavailable" in (tmp_path / "reports/one/drift.html").read_text()
    elif name == "nested":
        assert attribution["state"] in ("unknown", "unavailable")
    elif name in UNKNOWN:
        assert attribution["state"] == "unknown"
        earlier = {"late": before[0]["outbound"]["channel_limit"], "repeated": 7}
        assert attribution["from"] == earlier.get(name)
    else:
        assert (attribution["state"], attribution["from"]) == ("known", 7)
        assert attribution["who"] == {"change_made_by": "account_owner", "user_id": "8"}


def test_account_in_sync_needs_no_log_and_a_wrong_time_is_an_error(
    play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=2)
    (tmp_path / "baseline.yml").write_text(json.dumps(sandbox.seen()["records"]))
    variables = {"drift_check_desired_files": "baseline.yml", "drift_check_attribution": True}
    done = play(
        {**ROLE, "vars": variables},
        {**ROLE, "vars": {**variables, "drift_check_attribution_since": "yesterday"}},
    )
    assert done.exit_code == 2
    assert "attribution_since: must be a time such as" in done.flat()
    assert audit_requests(sandbox) == []
