"""Several nights of both checks with a history, by the real ansible-playbook."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from prometheus_client.openmetrics import parser
from sandbox.process import SandboxProcess

from playbooks import Run, save

ROOT = Path(__file__).parents[2]
CANARY = "c4n4ry-s3cr3t"
LABEL = "Berlin <b>"
URL = "https://ci.example/reports/"
DOWN = "http://127.0.0.1:9/v2"


def check(name: str, night: str, **variables: Any) -> dict[str, Any]:
    """A night's check, which does not end the play; its reports are in a folder of the night's name."""
    common: dict[str, Any] = {
        "fail_on": ["never"],
        "report_dir": f"reports/{night}",
        "history_dir": "history",
        "report_url": URL,
    }
    common |= {"account_label": LABEL}
    own = {
        key if key.startswith("telnyx_") else f"{name}_check_{key}": value
        for key, value in {**common, **variables}.items()
    }
    return {
        "ansible.builtin.include_role": {"name": f"siptrunk.telnyx.{name}_check"},
        "vars": {**own, "telnyx_retries": 0},
    }


def report(folder: Path, night: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any] | None]:
    """Return the report, the status and the message of a night, valid by their schemas, and read its metrics."""
    reports = folder / "reports" / night
    status = json.loads((reports / "status.json").read_text())
    assert sorted(path.name for path in reports.iterdir()) == sorted([*status["reports"], "status.json"])
    message = json.loads((reports / "notify.json").read_text()) if status["notify"] else None
    model = json.loads((reports / f"{status['check']}.json").read_text())
    for name, data in (("status", status), ("notify", message), ("report", model)):
        if data:
            schema = json.loads((ROOT / "docs" / f"{name}.schema.json").read_text())
            jsonschema.validate(data, schema, jsonschema.Draft202012Validator)
    text = (reports / f"{status['check']}.prom").read_text()
    samples = [each for family in parser.text_string_to_metric_families(text) for each in family.samples]
    exit_codes = [each.value for each in samples if each.name == "siptrunk_telnyx_check_exit_code"]
    assert exit_codes == [status["exit_code"]]
    return model, status, message


def changes(model: dict[str, Any]) -> dict[str, str]:
    """Return since when each field of a drift report differs."""
    return {change["path"]: change["first_seen"] for each in model["connections"] for change in each["changes"]}


def write_desired(folder: Path, sandbox: SandboxProcess, **files: dict[str, Any]) -> None:
    """Set up an account of one connection, and write files that desire other values of it."""
    live = {"connection_name": "a", "active": True, "tags": [], "encrypted_media": "SRTP", "password": CANARY}
    sandbox.reset(connections=1, overrides=[live])
    for name, fields in files.items():
        record = {"connection_name": "a", "active": True, "password": CANARY, **fields}
        (folder / f"{name}.json").write_text(json.dumps([record]))


def run_nights(ansible: Callable[..., Run], folder: Path, *tasks: dict[str, Any]) -> Run:
    play = {"hosts": "localhost", "gather_facts": False, "tasks": list(tasks)}
    (folder / "play.yml").write_text(yaml.safe_dump([play]))
    run = ansible("ansible-playbook", "play.yml", "-v")
    assert run.exit_code == 0, run.output
    files = [path for name in ("history", "reports") for path in (folder / name).rglob("*") if path.is_file()]
    assert CANARY not in run.output + "".join(path.read_text() for path in files)
    return run


def test_nights_of_a_drift_check(ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path) -> None:
    other = "an0ther-" + CANARY
    write_desired(
        tmp_path,
        sandbox,
        one={"active": False},
        two={"active": False, "password": other},
        three={"password": other, "tags": ["x"]},
    )
    options = {"history_dir": "history", "check": "drift", "account_label": LABEL}
    run = run_nights(
        ansible,
        tmp_path,
        check("drift", "1", desired_files=["one.json"]),
        check("drift", "2", desired_files=["two.json"]),
        check("drift", "down", desired_files=["two.json"], telnyx_api_url=DOWN),
        check("drift", "still down", desired_files=["two.json"], telnyx_api_url=DOWN),
        check("drift", "3", desired_files=["three.json"]),
        {"siptrunk.telnyx.check_history": options, "register": "compared"},
        save("compared", "compared"),
        check("drift", "3", desired_files=["three.json"]),  # nothing changed: the message is removed
    )

    first, status, message = report(tmp_path, "1")
    assert (status["new"], status["resolved"]) == (1, 0)
    assert message
    assert (message["account"], message["link"], message["total"]) == (LABEL, URL, 1)
    assert changes(first) == {"active": first["generated_at"]}
    assert (tmp_path / "reports" / "1" / "notify.txt").read_text() == (
        f"Drift check of Berlin ＜b＞: drift\n1 new, 0 resolved, 1 in all\n\nNew:\n"
        f"- drifted: a ({first['connections'][0]['id']}): active\n\n{URL}\n"
    )
    second, status, message = report(tmp_path, "2")
    assert changes(second) == {"active": first["generated_at"], "password": second["generated_at"]}
    assert (status["new"], status["resolved"], bool(message)) == (1, 0, True)

    down, status, message = report(tmp_path, "down")
    assert (status["status"], status["new"], status["resolved"]) == ("error", None, None)
    assert message
    assert (message["total"], message["previous"]) == (None, second["generated_at"])
    assert [point["status"] for point in down["history"]["trend"]] == ["drift", "drift", "error"]
    assert report(tmp_path, "still down")[2] is None

    compared = run.saved("compared")
    assert [len(compared[name]) for name in ("new", "resolved", "still_there")] == [1, 1, 1]
    assert compared["older"]["generated_at"] == second["generated_at"]
    third, status, message = report(tmp_path, "3")
    assert changes(third) == {"password": second["generated_at"], "tags": compared["newer"]["generated_at"]}
    assert (status["new"], status["resolved"], message) == (0, 0, None)
    assert [point["findings"].get("drifted") for point in third["history"]["trend"]] == [1, 2, None, None, 2, 2]

    history = list((tmp_path / "history").iterdir())
    assert len(history) == 6
    assert {path.stat().st_mode & 0o777 for path in history} == {0o600}
    names = sorted(path.name for path in history)
    options = {f"compare_runs_{name}": value for name, value in {**options, "older": names[0]}.items()}
    shown = ansible("ansible-playbook", "siptrunk.telnyx.compare_runs", "-e", json.dumps(options))
    assert shown.exit_code == 0, shown.output
    assert "2 new, 1 resolved, 0 still there" in shown.flat()
    assert (
        f"resolved     {first['generated_at'][:10]}  drifted: a ({first['connections'][0]['id']}): active"
        in shown.output
    )
    (tmp_path / "history" / names[1]).write_text("damaged")
    options["compare_runs_older"] = "2020-01-01"
    wrong = ansible("ansible-playbook", "siptrunk.telnyx.compare_runs", "-e", json.dumps(options))
    assert wrong.exit_code == 2
    assert "no complete run is or was at 2020-01-01" in wrong.flat()
    assert names[1] in "".join(wrong.output.split())  # the warning, which Ansible folds within a word, too


def test_nights_with_both_checks_in_one_folder_and_with_trouble(
    ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    write_desired(tmp_path, sandbox, three={"tags": ["x"]})
    (tmp_path / "file").write_text("")
    rule = {"id": "r", "severity": "low", "description": "d", "assert": "`false`"}
    run = run_nights(
        ansible,
        tmp_path,
        check("drift", "no history", desired_files=["three.json"], history_dir="file"),
        check("drift", "bad", desired_files=["three.json"], report_url="javascript:alert(1)"),
        check("policy", "policy", rules=[rule], built_in_rules=False),
        check("policy", "policy again", rules=[rule], built_in_rules=False),
    )
    warned, status, message = report(tmp_path, "no history")
    assert (status["status"], status["new"], message) == ("drift", None, None)
    assert "cannot be read: Not a directory" in warned["history"]["warnings"][0]
    assert "cannot be read: Not a directory" in run.flat()
    bad, _status, message = report(tmp_path, "bad")
    assert message
    assert message["link"] is None
    assert (
        bad["error"]["message"]
        == "report_url: must be an http or https URL without spaces, of at most 1000 characters."
    )

    policy, status, message = report(tmp_path, "policy")
    assert (status["new"], bool(message)) == (1, True)
    again, status, message = report(tmp_path, "policy again")
    assert (status["new"], message) == (0, None)
    assert again["violations"][0]["first_seen"] == policy["generated_at"]
    assert sorted(path.name.split("-")[0] for path in (tmp_path / "history").iterdir()) == ["drift", "policy", "policy"]
