"""Drift check and policy check of an account, by the real ansible-playbook.

Most tests run ansible-playbook several times, and check much of each run, because each start takes a second.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import is_odd
from sandbox.process import SandboxProcess

from playbooks import KEY, NAME, Run, save

CANARY = "c4n4ry-s3cr3t"
REPORTS = {"drift": ("in_sync", "drift"), "policy": ("ok", "violations")}


@pytest.fixture
def playbook(ansible: Callable[..., Run]) -> Callable[..., Run]:
    """Run one of the collection's playbooks with variables."""

    def run(name: str, *arguments: str, env: dict[str, str] | None = None, **variables: Any) -> Run:
        return ansible("ansible-playbook", f"siptrunk.telnyx.{name}", "-e", json.dumps(variables), *arguments, env=env)

    return run


def status(folder: Path, check: str = "drift") -> dict[str, Any]:
    """Return the content of the status file; fail unless it lists exactly the reports in the folder."""
    reports = folder / "telnyx-reports" / check
    answer: dict[str, Any] = json.loads((reports / "status.json").read_text())
    names = {path.name for path in reports.iterdir()} - {f"{check}.previous.json"}
    assert names == {*answer["reports"], "status.json"}
    return answer


def report(folder: Path, check: str = "drift") -> dict[str, Any]:
    """Return the JSON report."""
    return dict(json.loads((folder / "telnyx-reports" / check / f"{check}.json").read_text()))


def output_and_reports(run: Run, folder: Path) -> str:
    """Return the output of a run with the content of its reports."""
    return run.output + "".join(path.read_text() for path in folder.rglob("telnyx-reports/*/*"))


@pytest.mark.parametrize(
    ("faults", "env", "kind"),
    [
        ([{"kind": "status", "status": 503}], {}, "api"),
        ([{"kind": "status", "status": 500, "pages": [2]}], {}, "api"),
        ([{"kind": "html"}], {}, "response"),
        ([], {"TELNYX_API_KEY": "KEY_WRONG"}, "authentication"),
        ([], {"TELNYX_BASE_URL": "http://127.0.0.1:9/v2"}, "transport"),
        ([], {"TELNYX_API_KEY": "UNSET"}, "option"),
    ],
    ids=["down", "half-of-the-pages", "html", "wrong-key", "unreachable", "no-key"],
)
@pytest.mark.parametrize("check", REPORTS)
def test_check_that_cannot_be_completed_is_an_error(
    check: str, faults: list[Any], env: dict[str, str], kind: str,
    playbook: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path,
) -> None:  # fmt: skip
    sandbox.reset(connections=300, faults=faults)
    (tmp_path / "telnyx-reports" / check).mkdir(parents=True)
    (tmp_path / "telnyx-reports" / check / "status.json").write_text('{"status": "in_sync"}')
    (tmp_path / "empty.yml").write_text("[]")
    arguments = {"drift_check_desired_files": ["empty.yml"], "telnyx_retries": 0}
    run = playbook(f"{check}_check", env=env, **arguments)
    assert run.exit_code == 2
    answer = status(tmp_path, check)
    assert (answer["status"], answer["exit_code"], answer["totals"]) == ("error", 1, None)
    error = report(tmp_path, check)["error"]
    assert error["kind"] == kind
    assert "<error" in (tmp_path / "telnyx-reports" / check / f"{check}.junit.xml").read_text()
    assert f"report: {tmp_path}/telnyx-reports/{check}/{check}.html" in run.flat()
    assert run.output.count(error["message"][:60]) <= 3  # newer cores print a failure twice
    assert answer["outcomes"] == ["error"]
    # With fail_on: never, the play continues, but the status is still an error.
    quiet = playbook(f"{check}_check", env=env, **arguments, **{f"{check}_check_fail_on": "never"})
    assert quiet.exit_code == 0
    assert status(tmp_path, check)["status"] == "error"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (f"- id: '1'\n  password: {CANARY}\n  password: {CANARY}\n", "the key 'password' is given twice"),
        (f"- password: [{CANARY}\n", "is not valid YAML"),
        (f"- id: '1'\n  passwrod: {CANARY}\n", "did you mean password?"),
        ("", "it is empty"),
        (None, "cannot be read"),
    ],
)
def test_invalid_baseline_is_an_error(
    content: str | None, message: str, playbook: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "wanted.yml").write_text(content)
    run = playbook("drift_check", "-vvvv", drift_check_desired_files=["wanted.yml"])
    assert run.exit_code == 2
    assert message in run.flat()
    assert status(tmp_path)["status"] == "error"
    assert CANARY not in output_and_reports(run, tmp_path)


def test_invalid_value_in_own_play_leaves_no_earlier_status(
    ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    (tmp_path / "all.yml").write_text(json.dumps([{"id": sandbox.seen()["records"][0]["id"]}]))
    roles = [{"role": "siptrunk.telnyx.drift_check"}]

    def run(**variables: Any) -> Run:
        variables = {"drift_check_desired_files": "all.yml", "drift_check_unexpected": "ignore", **variables}
        play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "roles": roles}
        (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
        return ansible("ansible-playbook", "play.yml")

    (tmp_path / "empty.yml").write_text("[]")
    wrong: dict[str, Any]
    for wrong in (
        {"drift_check_fail_on": ["drift", "eror"]},
        {"drift_check_match_by": "nam"},
        {"drift_check_desired_files": []},
        {"drift_check_desired_files": ["empty.yml"], "drift_check_unexpected": "ignore"},
    ):
        assert run().exit_code == 0
        assert status(tmp_path)["status"] == "in_sync"
        assert run(**wrong).exit_code == 2
        assert status(tmp_path)["status"] == "error"
    # Ansible's own validation refuses this one, so there is no report of it, and no status of an earlier check.
    assert run().exit_code == 0
    assert run(drift_check_min_connections="").exit_code == 2
    assert {path.name for path in (tmp_path / "telnyx-reports" / "drift").iterdir()} == {"drift.previous.json"}
    assert run(drift_check_unexpected="report", drift_check_fail_on="error").exit_code == 0
    assert run(drift_check_unexpected="report", drift_check_fail_on="error, drift").exit_code == 2
    assert run(drift_check_unexpected="report", drift_check_fail_on="missing, unexpected").exit_code == 2
    assert run(drift_check_unexpected="report", drift_check_fail_on="missing").exit_code == 0


@pytest.mark.parametrize(
    "variables",
    [
        {"telnyx_api_key": "{{ nowhere }}"},
        {"telnyx_timeout": "soon"},
        {"drift_check_desired_files": [""]},
        {"drift_check_desired_files": ["a\0b"]},
    ],
    ids=str,
)
def test_invalid_variable_is_an_error_in_every_report(
    variables: dict[str, Any], playbook: Callable[..., Run], tmp_path: Path
) -> None:
    run = playbook("drift_check", **{"drift_check_desired_files": ["x"], **variables})
    assert run.exit_code == 2
    assert status(tmp_path)["status"] == "error"
    assert report(tmp_path)["error"]["kind"] == "option"


@pytest.mark.parametrize("masked", [False, True])
def test_passwords_are_compared_and_not_shown(
    masked: bool, play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    live = [CANARY + "-live0", CANARY + "-same1"]
    overrides = [{"connection_name": name, "password": value} for name, value in zip("ab", live)]
    sandbox.reset(connections=2, masked=masked, overrides=overrides)
    desired = [
        {"connection_name": "a", "password": "{{ vaulted }}"},
        {"connection_name": "b", "password": CANARY + "-same1", "active": "{{ 1 == 1 }}"},
    ]
    (tmp_path / "secret.yml").write_text(f"vaulted: {CANARY}-want0\n")
    task = {f"{NAME}_drift": {"desired": desired, "report_dir": "telnyx-reports/drift", "ignore": ["active"]}}
    run = play(
        {"ansible.builtin.include_vars": "secret.yml", "no_log": True},
        {**task, "register": "found"},
        save("found"),
        args=("-vvvv", "--diff"),
    )
    assert run.exit_code == 0, run.output
    found = run.saved()["drift"]
    assert [(each["path"], each["status"]) for each in found["findings"]] == (
        [("password", "unverifiable")] * 2 if masked else [("password", "drifted")]
    )
    assert found["status"] == ("in_sync" if masked else "drift")
    assert run.saved()["changed"] is not masked
    assert CANARY not in output_and_reports(run, tmp_path)
    assert CANARY not in json.dumps(run.saved())
    assert masked or "(hidden, different)" in run.output


@pytest.mark.parametrize(
    ("options", "failed", "changed"),
    [
        ({}, False, True),
        ({"unexpected": "ignore"}, False, False),
        ({"fail_on": "unexpected"}, True, True),
    ],
    ids=str,
)
def test_drift_module_fails_by_fail_on_also_in_check_mode(
    options: dict[str, Any], failed: bool, changed: bool, play: Callable[..., Run], sandbox: SandboxProcess
) -> None:
    sandbox.reset(connections=2, overrides=[{"connection_name": "a"}])
    task = {
        f"{NAME}_drift": {"desired": [{"connection_name": "a"}], **options},
        "register": "found",
        "ignore_errors": True,
    }
    for arguments in ((), ("--check",)):
        run = play(task, {**save("found"), "check_mode": False}, args=arguments)
        assert run.exit_code == 0, run.output
        found = run.saved()
        assert (found["failed"], found["changed"]) == (failed, changed)
        assert found["drift"]["totals"]["in_sync"] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give either this option or desired_files"),
        ({"desired": [], "desired_files": ["x"]}, "give either this option or desired_files"),
        ({"desired": [], "match_by": "tags"}, "match_by must be one of"),
        ({"desired": [], "connections": {"name": ["x"]}}, "Did you mean names?"),
        ({"desired": [], "query": "[]"}, "Unsupported parameters"),
        ({"desired": [], "fail_on": {"drift": True}}, "fail_on"),
        ({"desired": [], "fail_on": [["drift"]]}, "fail_on"),
    ],
    ids=str,
)
def test_invalid_options_are_an_error(
    options: dict[str, Any], message: str, play: Callable[..., Run], sandbox: SandboxProcess
) -> None:
    sandbox.reset(connections=3, overrides=[{"connection_name": "same"}] * 2)
    run = play({f"{NAME}_drift": options})
    assert run.exit_code == 2
    assert message in run.flat()
    assert "Traceback" not in run.output
    assert sandbox.requests() == []


def desired_file(sandbox: SandboxProcess, folder: Path, **changes: Any) -> Path:
    """Write the account as it is to a desired file, with changes of each connection."""
    fields = ("id", "connection_name", "active", "user_name", "inbound")
    records = [{name: each[name] for name in fields} | changes for each in sandbox.seen()["records"]]
    file = folder / "baseline.yml"
    file.write_text(yaml.safe_dump(records, sort_keys=False))
    return file


def test_in_sync_then_drift_with_what_is_new_and_resolved(
    playbook: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=26, hostile=True)
    lines = desired_file(sandbox, tmp_path).read_text().splitlines()
    records = sandbox.seen()["records"]
    variables = {"drift_check_desired_files": ["baseline.yml"], "drift_check_report_url": "https://ci.example/7"}
    in_sync = playbook("drift_check", **variables)
    assert in_sync.exit_code == 0, in_sync.output
    answer = status(tmp_path)
    assert (answer["status"], answer["news"], answer["new"], answer["resolved"]) == ("in_sync", False, 0, 0)
    reports = tmp_path / "telnyx-reports" / "drift"
    assert reports.stat().st_mode & 0o777 == 0o700

    sandbox.change(change={"delete": [0], "insert": 1}, fields={records[3]["id"]: {"connection_name": "renamed"}})
    drifted = playbook("drift_check", "--diff", **variables)
    assert drifted.exit_code == 2
    assert not [char for char in drifted.output if char != "\n" and is_odd(char)]
    assert "+connection_name: renamed" in drifted.output
    answer = status(tmp_path)
    assert (answer["status"], answer["exit_code"], answer["news"], answer["new"]) == ("drift", 2, True, 3)
    assert {name: count for name, count in answer["totals"].items() if count} == {
        "connections": 27, "findings": 3, "in_sync": 24, "drifted": 1, "missing": 1, "unexpected": 1,
    }  # fmt: skip
    assert f"report: {reports}/drift.html" in drifted.flat()
    summary = (reports / "summary.txt").read_text()
    assert "renamed: connection_name" in summary
    assert summary.endswith("Report: https://ci.example/7\n")
    for line in summary.splitlines():
        assert json.dumps(line, ensure_ascii=False)[1:-1] in drifted.output
    for each in report(tmp_path)["findings"]:
        line = each["source"] and lines[each["source"]["line"] - 1]
        assert line is None or line.startswith("  connection_name:" if each["path"] else "- ")

    # An error, and a damaged report in its place, do not count as the previous one.
    assert playbook("drift_check", env={"TELNYX_API_KEY": "KEY_WRONG"}, **variables).exit_code == 2
    assert json.loads((reports / "summary.json").read_text())["news"] is True
    first_seen = report(tmp_path) and json.loads((reports / "drift.previous.json").read_text())["generated_at"]
    sandbox.change(fields={records[3]["id"]: {"connection_name": records[3]["connection_name"]}})
    assert playbook("drift_check", **variables).exit_code == 2
    answer = report(tmp_path)
    assert [each["path"] for each in answer["resolved"]] == ["connection_name"]
    assert {each["first_seen"] for each in answer["findings"]} == {first_seen}
    assert (answer["previous"], answer["news"]) == (first_seen, True)
    (reports / "drift.previous.json").write_text("{")
    damaged = playbook("drift_check", **variables)
    assert "counts as no previous report: it is not JSON" in damaged.flat()
    assert report(tmp_path)["previous"] is None
    assert json.loads((reports / "drift.previous.json").read_text()) == report(tmp_path)
    other = playbook("drift_check", drift_check_account_label="other", **variables)
    assert "is of another account, account_label or selection of connections" in other.flat()
    assert json.loads((reports / "drift.previous.json").read_text())["account"]["label"] is None


# Interrupts the playbook while it waits for the API.
INTERRUPT = """
import os, signal, subprocess, sys, time
play = subprocess.Popen(["ansible-playbook", "play.yml"], start_new_session=True)
while os.path.exists("reports/policy.html") and play.poll() is None:
    time.sleep(0.1)
os.killpg(play.pid, signal.SIGINT)
sys.exit(play.wait())
"""


@pytest.mark.parametrize("fault", ["interrupted", "invalid"])
def test_reports_of_the_run_before_are_gone_when_a_check_begins(
    fault: str, ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    for name in ("status.json", "policy.json", "policy.html", "summary.txt", "policy.previous.json", "mine.txt"):
        (folder / name).write_text("{}")
    options = {"report_dir": "reports", **({"min_connections": "many"} if fault == "invalid" else {})}
    play = [{"hosts": "localhost", "gather_facts": False, "tasks": [{f"{NAME}_policy": options}]}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play))
    if fault == "invalid":
        run = ansible("ansible-playbook", "play.yml")
        assert run.exit_code == 2
        assert json.loads((folder / "status.json").read_text())["status"] == "error"
        assert json.loads((folder / "policy.json").read_text())["error"]["kind"] == "option"
    else:
        sandbox.reset(delay=60)
        (tmp_path / "run.py").write_text(INTERRUPT)
        run = ansible("python", "run.py")
        assert run.exit_code != 0
        assert {path.name for path in folder.iterdir()} == {"policy.previous.json", "mine.txt"}
    assert (folder / "policy.previous.json").read_text() == "{}"


HOSTS: dict[str, dict[str, Any]] = {
    "good": {"telnyx_api_key": KEY},
    "file": {"telnyx_api_key_file": "key.txt"},
    "wrong": {"telnyx_api_key": "KEY_WRONG"},
    "none": {},
    "empty": {"telnyx_api_key": ""},
}


@pytest.mark.parametrize("check", REPORTS)
def test_host_is_checked_with_its_own_key_alone(
    check: str, ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    (tmp_path / "key.txt").write_text(KEY + "\n")
    (tmp_path / "key.txt").chmod(0o600)
    (tmp_path / "none.yml").write_text("[]")
    hosts = {name: {"telnyx_api_url": sandbox.api_url, **variables} for name, variables in HOSTS.items()}
    # The real API's address, and not that of the environment.
    hosts["address"] = {
        "telnyx_api_key": "KEY_UNUSED",
        "telnyx_retries": 0,
        "telnyx_deadline": 1,
    }
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    options: dict[str, Any] = {"report_dir": "reports/{{ inventory_hostname }}", "fail_on": "never"}
    options |= {"desired_files": ["none.yml"]} if check == "drift" else {}
    play = [{"hosts": "all", "gather_facts": False, "tasks": [{f"{NAME}_{check}": options}]}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play))
    environment = {"TELNYX_SNAPSHOT_FILE": "nowhere.jsonl", "TELNYX_API_KEY": KEY}
    run = ansible("ansible-playbook", "-i", "hosts.yml", "play.yml", env=environment)
    assert run.exit_code == 0, run.output
    reports = {name: json.loads((tmp_path / f"reports/{name}/{check}.json").read_text()) for name in hosts}
    assert {name: each["account"]["label"] for name, each in reports.items()} == {name: name for name in hosts}
    kinds = {name: (each["error"] or {}).get("kind") for name, each in reports.items()}
    assert kinds == {
        "good": None, "file": None, "wrong": "authentication", "none": "option", "empty": "option", "address": "transport",
    }  # fmt: skip
    assert "api.telnyx.com" in reports["address"]["account"]["api_url"]
    assert "for the host none: only localhost uses the key of the environment" in reports["none"]["error"]["hint"]
    assert KEY not in run.output


def test_subset_of_the_account(playbook: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path) -> None:
    overrides = [
        {"connection_name": name, "encrypted_media": None, "active": True} for name in ("HQ 1", "HQ, 2", "Branch")
    ]
    sandbox.reset(connections=3, overrides=overrides)
    (tmp_path / "none.yml").write_text("[]")
    for check in REPORTS:
        variables: dict[str, Any] = {"drift_check_desired_files": ["none.yml"]}
        run = playbook(f"{check}_check", **{f"{check}_check_connections": {"names": ["HQ*"]}, **variables})
        assert run.exit_code == 2
        answer = report(tmp_path, check)
        assert {each["connection"]["name"] for each in answer["findings"]} == {"HQ 1", "HQ, 2"}
        assert answer["selection"] == {"names": ["HQ*"]}
        before = (tmp_path / f"telnyx-reports/{check}/{check}.previous.json").read_bytes()
        empty: dict[str, Any] = {}
        for connections, message in ((empty, "the subset is empty"), ({"names": "hq*"}, "matches 'hq*' in names")):
            settings = {f"{check}_check_connections": connections, f"{check}_check_min_connections": 0}
            run = playbook(f"{check}_check", **settings, **variables)
            assert run.exit_code == 2
            assert message in run.flat()
            assert f"{check}_check_connections: " in run.flat()
            assert status(tmp_path, check)["status"] == "error"
        # That of the whole account is another selection.
        assert "so it counts as none and stays" in playbook(f"{check}_check", **variables).flat()
        assert (tmp_path / f"telnyx-reports/{check}/{check}.previous.json").read_bytes() == before


def test_account_is_read_past_the_run_cache(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    run = play({f"{NAME}_info": {}}, {f"{NAME}_policy": {}}, {f"{NAME}_drift": {"desired": []}})
    assert run.exit_code == 0, run.output
    assert len(sandbox.requests()) == 5  # each check reads its only page twice, because consistency is strict


def test_policy_refers_to_the_desired_files(
    playbook: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=3, overrides=[{"encrypted_media": None, "active": True}])
    lines = desired_file(sandbox, tmp_path).read_text().splitlines()
    run = playbook(
        "policy_check",
        policy_check_desired_files=["baseline.yml"],
        policy_check_exemptions=[{"rule": "nope", "id": "1", "reason": "r", "expires": "2099-01-01"}],
    )
    assert "is unknown" in run.flat()
    assert status(tmp_path, "policy")["status"] == "error"
    run = playbook("policy_check", "--diff", policy_check_desired_files="baseline.yml")
    assert run.exit_code == 2
    assert "-encrypted_media: null\n+encrypted_media: SRTP" in run.output
    assert status(tmp_path, "policy")["status"] == "violations"
    results = json.loads((tmp_path / "telnyx-reports/policy/policy.sarif").read_text())["runs"][0]["results"]
    for result in results:
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "baseline.yml"
        assert lines[place["region"]["startLine"] - 1].startswith("- ")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"drift_check_ignore": ["inbound.codec"]}, "drift_check_ignore: no connection has the field 'inbound.codec'"),
        ({"drift_check_desired_files": "typo.yml"}, "list it in the variable drift_check_ignore"),
    ],
    ids=str,
)
def test_messages_name_the_variable_of_the_role(
    variables: dict[str, Any], message: str, playbook: Callable[..., Run], tmp_path: Path
) -> None:
    (tmp_path / "none.yml").write_text("[]")
    (tmp_path / "typo.yml").write_text("- id: '1'\n  activ: true\n")
    run = playbook("drift_check", **{"drift_check_desired_files": ["none.yml"], **variables})
    assert run.exit_code == 2
    assert message in run.flat()


def test_play_fails_if_reports_cannot_be_written_whatever_fail_on_says(
    playbook: Callable[..., Run], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    run = playbook("policy_check", policy_check_fail_on="never", policy_check_report_dir="file/below")
    assert run.exit_code == 2
    assert f"{tmp_path}/file/below" in run.flat()


@pytest.mark.parametrize(
    ("connections", "minimum", "kind"),
    [(0, None, "too_few_connections"), (0, 0, None), (1, None, None), (3, 4, "too_few_connections"), (3, -1, "option")],
)
def test_account_with_too_few_connections_is_an_error(
    connections: int, minimum: int | None, kind: str | None,
    playbook: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path,
) -> None:  # fmt: skip
    """Without connections there are no violations, so the key of another account would look fine."""
    sandbox.reset(connections=connections)
    # Desired and live are the same connections.
    records = [{"id": each["id"]} for each in sandbox.seen()["records"]]
    (tmp_path / "none.yml").write_text(json.dumps(records))
    variables: dict[str, Any] = {"drift_check_desired_files": ["none.yml"], "drift_check_fail_on": "error"}
    variables |= {"policy_check_rules": [{"id": "r", "severity": "low", "description": "d", "assert": "`true`"}]}
    variables |= {"policy_check_built_in_rules": False}
    for check in REPORTS:
        given = {} if minimum is None else {f"{check}_check_min_connections": minimum}
        run = playbook(f"{check}_check", **variables, **given)
        error = report(tmp_path, check)["error"]
        assert (error or {}).get("kind") == kind
        assert run.exit_code == (2 if kind else 0)
        assert status(tmp_path, check)["status"] == ("error" if kind else REPORTS[check][0])
        if kind == "too_few_connections":
            assert (error["found"], error["minimum"]) == (connections, minimum or 1)
            assert f"{check}_check_min_connections" in run.flat()
