"""Baseline, drift check and policy check of an account, by the real ansible-playbook.

Most tests run ansible-playbook several times, and check much of each run, because each start takes a second.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import is_odd
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import Loader
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
    assert sorted(path.name for path in reports.iterdir()) == sorted([*answer["reports"], "status.json"])
    return answer


def output_and_reports(run: Run, folder: Path) -> str:
    """Return the output of a run with the content of its reports."""
    return run.output + "".join(path.read_text() for path in folder.rglob("telnyx-reports/*/*"))


def test_baseline_then_in_sync_then_drift(
    playbook: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=26, hostile=True)
    assert "Would be written" in playbook("baseline", "--check").flat()
    created = playbook("baseline")
    assert created.exit_code == 0
    assert "connections: 26" in created.flat()
    assert len(created.output.splitlines()) < 30  # new files are not shown in full
    file = tmp_path / "baseline.yml"
    first = file.read_bytes()
    records = sandbox.seen()["records"]
    baseline = yaml.load(first.decode(), Loader)
    assert [each["id"] for each in baseline] == [
        each["id"] for each in sorted(records, key=lambda each: (each["created_at"], each["id"]))
    ]
    assert {each["id"]: each["connection_name"] for each in baseline} == {
        each["id"]: each["connection_name"].encode("utf-8", "replace").decode() for each in records
    }
    assert {tuple(each)[:2] for each in baseline} == {("connection_name", "id")}
    assert not {"password", "created_at", "updated_at"} & {key for each in baseline for key in each}
    assert not [each for each in records if each["password"].encode() in first]

    again = playbook("baseline")
    assert "changed=0" in again.output
    assert file.read_bytes() == first

    in_sync = playbook("drift_check", drift_check_desired_files=["baseline.yml"])
    assert in_sync.exit_code == 0, in_sync.output
    assert status(tmp_path)["status"] == "in_sync"
    assert (tmp_path / "telnyx-reports" / "drift").stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / "pwned").exists()

    sandbox.change(change={"delete": [0], "insert": 1}, fields={records[3]["id"]: {"connection_name": "renamed"}})
    drifted = playbook("drift_check", "--diff", drift_check_desired_files=["baseline.yml"])
    assert drifted.exit_code == 2
    assert not [char for char in drifted.output if char != "\n" and is_odd(char)]
    assert "+connection_name: renamed" in drifted.output
    answer = status(tmp_path)
    assert answer["status"] == "drift"
    assert answer["exit_code"] == 2
    assert answer["totals"] == {
        "in_sync": 24,
        "drifted": 1,
        "missing": 1,
        "recreated": 0,
        "unexpected": 1,
        "unverifiable": 0,
        "accepted": 0,
    }
    assert f"report: {tmp_path}/telnyx-reports/drift/drift.html" in drifted.flat()
    sarif = json.loads((tmp_path / "telnyx-reports" / "drift" / "drift.sarif").read_text())
    place = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    line = first.decode().splitlines()[place["region"]["startLine"] - 1]
    assert line.startswith("- ")

    refused = playbook("baseline")
    assert refused.exit_code == 2
    assert re.search(r"\+- connection_name: '?renamed", refused.output)
    assert "baseline_overwrite=true" in refused.output
    assert file.read_bytes() == first
    assert playbook("baseline", "--check", baseline_overwrite=True).exit_code == 0
    assert file.read_bytes() == first
    assert playbook("baseline", baseline_overwrite=True).exit_code == 0
    assert playbook("drift_check", drift_check_desired_files=["baseline.yml"]).exit_code == 0


def test_baseline_with_a_file_for_each_connection(
    playbook: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=26, hostile=True)
    variables = {"baseline_layout": "per_connection", "baseline_dest": "account"}
    assert playbook("baseline", **variables).exit_code == 0
    (tmp_path / "account" / "README.yml").write_text("# mine\n[]\n")
    files = {path.name: path.read_bytes() for path in (tmp_path / "account").iterdir()}
    assert len(files) == 27
    assert playbook("drift_check", drift_check_desired_files=["account"]).exit_code == 0

    record = sandbox.seen()["records"][20]
    sandbox.change(fields={record["id"]: {"connection_name": "Another name"}})
    refused = playbook("baseline", **variables)
    assert refused.exit_code == 2
    assert {path.name: path.read_bytes() for path in (tmp_path / "account").iterdir()} == files
    assert playbook("baseline", **variables, baseline_overwrite=True).exit_code == 0
    names = {path.name for path in (tmp_path / "account").iterdir()}
    assert names - files.keys() == {f"another-name.{record['id']}.yml"}
    assert len(names) == 27
    assert playbook("drift_check", drift_check_desired_files=["account"]).exit_code == 0


def test_baseline_keeps_manual_changes_and_shows_no_secret(
    playbook: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    assert playbook("baseline").exit_code == 0
    file = tmp_path / "baseline.yml"
    record = next(each for each in sandbox.seen()["records"] if each["active"])
    name = f"- connection_name: {record['connection_name']}\n"
    edited = file.read_text().replace(
        name, f"- password: {CANARY}\n  connection_name: {record['connection_name']}\n", 1
    )
    place = edited.index("  active: true\n", edited.index(CANARY))
    edited = f"{edited[:place]}  active: true  # by hand\n{edited[place:].split(chr(10), 1)[1]}"
    file.write_text(edited)
    same = playbook("baseline")
    assert same.exit_code == 0, same.output
    assert "changed=0" in same.output
    assert CANARY not in same.output

    sandbox.change(fields={record["id"]: {"active": False}})
    refused = playbook("baseline")
    assert refused.exit_code == 2
    assert "password: (hidden)" in refused.output
    assert "-  active: true  # (hidden)" in refused.output
    assert "+  active: false  # (hidden)" in refused.output
    assert CANARY not in refused.output
    assert file.read_text() == edited
    written = playbook("baseline", baseline_overwrite=True)
    assert written.exit_code == 0, written.output
    assert CANARY not in written.output
    assert file.read_text() == edited.replace("active: true  # by hand", "active: false  # by hand")


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
    report = json.loads((tmp_path / "telnyx-reports" / check / f"{check}.json").read_text())
    assert report["error"]["kind"] == kind
    assert "<error" in (tmp_path / "telnyx-reports" / check / f"{check}.junit.xml").read_text()
    assert f"report: {tmp_path}/telnyx-reports/{check}/{check}.html" in run.flat()
    assert run.output.count(report["error"]["message"][:60]) <= 2  # newer cores print a failure twice
    assert answer["findings"] == ["error"]
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


@pytest.mark.parametrize(
    ("variables", "kind"),
    [
        ({"drift_check_fail_on": "somehow"}, "option"),  # refused by the module
        ({"drift_check_min_connections": "many"}, "unfinished"),  # refused by Ansible, before any task of the role
    ],
    ids=["module", "role"],
)
def test_invalid_role_variable_leaves_an_error(
    variables: dict[str, Any], kind: str, playbook: Callable[..., Run], tmp_path: Path
) -> None:
    folder = tmp_path / "telnyx-reports" / "drift"
    folder.mkdir(parents=True)
    for name in ("status.json", "drift.json", "drift.html"):
        (folder / name).write_text('{"status": "in_sync"}')
    run = playbook("drift_check", drift_check_desired_files=["x"], drift_check_account_label="berlin", **variables)
    assert run.exit_code == 2
    assert status(tmp_path)["status"] == "error"
    assert json.loads((folder / "drift.json").read_text())["error"]["kind"] == kind
    assert 'status{account="berlin",check="drift",status="error"} 1' in (folder / "drift.prom").read_text()


def test_invalid_value_in_own_play_replaces_an_earlier_status_with_an_error(
    ansible: Callable[..., Run], tmp_path: Path
) -> None:
    (tmp_path / "all.yml").write_text("[]")
    roles = [{"role": "siptrunk.telnyx.drift_check"}]

    def run(**variables: Any) -> Run:
        variables = {"drift_check_desired_files": "all.yml", "drift_check_unexpected": "ignore", **variables}
        play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "roles": roles}
        (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
        return ansible("ansible-playbook", "play.yml")

    wrong: dict[str, Any]
    for wrong in (
        {"drift_check_fail_on": ["drift", "eror"]},
        {"drift_check_match_by": "nam"},
        {"drift_check_desired_files": []},
    ):
        assert run().exit_code == 0
        assert status(tmp_path)["status"] == "in_sync"
        assert run(**wrong).exit_code == 2
        assert status(tmp_path)["status"] == "error"
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
    report = json.loads((tmp_path / "telnyx-reports" / "drift" / "drift.json").read_text())
    assert report["error"]["kind"] == "option"


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
    assert [each["status"] for each in found["connections"]] == (
        ["unverifiable"] * 2 if masked else ["drifted", "in_sync"]
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
        ({"fail_on": ["drifted", "missing"]}, False, True),
        ({"fail_on": ["drift"]}, True, True),
        ({"fail_on": ["drift", "never"]}, False, True),
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


@pytest.mark.parametrize("fail_on", [5, {"drift": True}, [["drift"]]], ids=str)
def test_fail_on_of_a_wrong_type_is_an_error_of_that_option(
    fail_on: Any, play: Callable[..., Run], sandbox: SandboxProcess
) -> None:
    options = {"desired": [{"connection_name": "a"}], "fail_on": fail_on}
    run = play({f"{NAME}_drift": options, "register": "found", "ignore_errors": True}, save("found"))
    assert run.exit_code == 0, run.output
    assert "fail_on" in run.saved()["msg"]
    assert run.saved()["error"]["kind"] == "option"
    assert sandbox.requests() == []


@pytest.mark.parametrize(("delete", "status"), [([], "in_sync"), ([0], "drift")], ids=["unchanged", "changed"])
def test_drift_is_that_of_the_account_which_the_second_reading_confirms(
    delete: list[int], status: str, play: Callable[..., Run], sandbox: SandboxProcess
) -> None:
    faults = [
        {"kind": "change", "pages": [1], "times": 1},
        {"kind": "change", "pages": [1], "times": 1, "delete": delete},
    ]
    sandbox.reset(connections=3)
    desired = [{"id": each["id"], "active": each["active"]} for each in sandbox.seen()["records"]]
    sandbox.reset(connections=3, faults=faults)
    run = play({f"{NAME}_drift": {"desired": desired, "fail_on": []}, "register": "found"}, save("found"))
    assert run.exit_code == 0, run.output
    found = run.saved()["drift"]
    assert (found["status"], found["totals"]["missing"]) == (status, len(delete))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give either this option or desired_files"),
        ({"desired": [], "desired_files": ["x"]}, "give either this option or desired_files"),
        ({"desired": [], "match_by": "tags"}, "match_by must be one of"),
        ({"desired": [{"connection_name": "same"}]}, "Name the one you mean by its id"),
        ({"desired": [], "query": "[]"}, "Unsupported parameters"),
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


def test_roles_check_once_for_all_hosts(ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text(
        yaml.safe_dump({"all": {"hosts": {f"pbx{number}": {} for number in range(20)}}})
    )
    (tmp_path / "all.yml").write_text("[]")
    roles = [{"role": "siptrunk.telnyx.drift_check"}, {"role": "siptrunk.telnyx.policy_check"}]
    variables: dict[str, Any] = {"drift_check_desired_files": ["all.yml"], "drift_check_unexpected": "ignore"}
    variables |= {"policy_check_fail_on": ["critical"], "policy_check_disabled_rules": ["sip_uri_calling_restricted"]}
    variables |= {"telnyx_api_key": "{{ key }}", "key": KEY}
    content = [{"hosts": "all", "gather_facts": False, "vars": variables, "roles": roles}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(content))
    run = ansible("ansible-playbook", "-i", "hosts.yml", "play.yml", env={"TELNYX_API_KEY": "UNSET"})
    assert run.exit_code == 0, run.output
    assert len(sandbox.requests()) == 4  # each check reads its only page twice, because consistency is strict
    assert status(tmp_path)["status"] == "in_sync"
    assert status(tmp_path, "policy")["status"] == "violations"


def test_policy_refers_to_the_baseline(playbook: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox.reset(connections=3, overrides=[{"encrypted_media": None, "active": True}])
    assert playbook("baseline").exit_code == 0
    run = playbook(
        "policy_check",
        policy_check_desired_files=["baseline.yml"],
        policy_check_exemptions=[{"rule": "nope", "id": "1", "reason": "r", "expires": "2099-01-01"}],
    )
    assert "is unknown" in run.flat()
    assert status(tmp_path, "policy")["status"] == "error"
    run = playbook("policy_check", policy_check_desired_files=["baseline.yml"])
    assert run.exit_code == 2
    assert status(tmp_path, "policy")["status"] == "violations"
    results = json.loads((tmp_path / "telnyx-reports/policy/policy.sarif").read_text())["runs"][0]["results"]
    lines = (tmp_path / "baseline.yml").read_text().splitlines()
    for result in results:
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "baseline.yml"
        assert lines[place["region"]["startLine"] - 1].startswith("- ")


def test_ten_thousand_against_ten_thousand(
    playbook: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=10_000)
    assert playbook("baseline").exit_code == 0
    records = sandbox.seen()["records"]
    changed = {record["id"]: {"encrypted_media": "new to us"} for record in records[::2500]}
    sandbox.change(fields=changed)
    run = playbook("drift_check", drift_check_desired_files=["baseline.yml"])
    assert run.exit_code == 2
    assert status(tmp_path)["totals"]["drifted"] == 4
    assert status(tmp_path)["totals"]["in_sync"] == 9996


@pytest.mark.parametrize("place", ["policy.json", "status.json", ""])
@pytest.mark.parametrize("fail_on", ["never", "violations"])
def test_play_fails_and_status_is_not_ok_if_reports_cannot_be_written(
    place: str, fail_on: str, playbook: Callable[..., Run], tmp_path: Path
) -> None:
    variables = {"policy_check_rules": [], "policy_check_fail_on": fail_on}
    folder = tmp_path / "telnyx-reports" / "policy"
    folder.mkdir(parents=True)
    (folder / "status.json").write_text('{"status": "ok"}')
    if place:
        (folder / place).unlink(missing_ok=True)
        (folder / place).mkdir()
    else:
        variables["policy_check_report_dir"] = "telnyx-reports/policy/status.json/below"
    run = playbook("policy_check", env={"TELNYX_API_KEY": "KEY_WRONG"}, **variables)
    assert run.exit_code == 2
    assert f"{folder}/{place}" in run.flat()
    if place == "policy.json":
        assert json.loads((folder / "status.json").read_text())["status"] == "error"


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
    (tmp_path / "none.yml").write_text("[]")
    variables: dict[str, Any] = {"drift_check_desired_files": ["none.yml"], "drift_check_unexpected": "ignore"}
    variables |= {"policy_check_rules": [{"id": "r", "severity": "low", "description": "d", "assert": "`true`"}]}
    variables |= {"policy_check_built_in_rules": False}
    for check in REPORTS:
        given = {} if minimum is None else {f"{check}_check_min_connections": minimum}
        run = playbook(f"{check}_check", **variables, **given)
        report = json.loads((tmp_path / "telnyx-reports" / check / f"{check}.json").read_text())
        assert (report["error"] or {}).get("kind") == kind
        assert run.exit_code == (2 if kind else 0)
        assert status(tmp_path, check)["status"] == ("error" if kind else REPORTS[check][0])
        if kind == "too_few_connections":
            assert (report["error"]["found"], report["error"]["minimum"]) == (connections, minimum or 1)
            assert f"{check}_check_min_connections" in run.flat()
