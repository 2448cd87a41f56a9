"""Checks of several accounts in one run, by the real ansible-playbook."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from sandbox.process import SandboxProcess

from playbooks import Run

ROOT = Path(__file__).parents[2]
DOWN = "http://127.0.0.1:9/v2"
KEYS = {name: f"KEY0123456789canary_{name}" for name in ("fine", "drifted", "broken", "file", "wrong", "global")}
UNSAFE = "{{ lookup('pipe', 'touch pwned') }}"
HOSTILE = [
    "../../outside",
    UNSAFE,
    "quote \" and ' and <b>",
    "\u202egnp.exe\u202c",
    "long " * 100,
    "two\nlines",
]


@pytest.fixture(scope="module")
def second_sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as process:
        yield process


def schema_valid(folder: Path, name: str) -> dict[str, Any]:
    """Return a file of the overview, valid by its schema."""
    data: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    schema = json.loads((ROOT / "docs" / f"{name}.schema.json").read_text())
    jsonschema.validate(data, schema, jsonschema.Draft202012Validator)
    return data


def overview(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the overview and the status over all accounts; fail unless the status lists exactly the files that are there."""
    reports = folder / "telnyx-reports"
    status = schema_valid(reports, "status")
    files = sorted(path.name for path in reports.iterdir() if path.is_file())
    assert files == sorted([*status["reports"], "status.json"])
    assert status["notify"] == ("notify.json" in files)
    return schema_valid(reports, "overview"), status


def checks(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the checks of an overview by account and check; ``""`` is the check of an account that was not checked."""
    found = {(account["name"], each["check"]): each for account in document["accounts"] for each in account["checks"]}
    for account in document["accounts"]:
        if account["error"]:
            assert account["folder"] is None
            found[account["name"], ""] = account
    return found


def everything(run: Run) -> str:
    """Return the output of a run and all that it wrote, without the files of the test itself."""
    files = [
        path for path in run.folder.rglob("*") if path.is_file() and "own" not in path.relative_to(run.folder).parts
    ]
    return run.output + "".join(path.read_bytes().decode("utf-8", "replace") for path in files)


@pytest.fixture
def check_accounts(ansible: Callable[..., Run], tmp_path: Path) -> Callable[..., Run]:
    """Run the playbook with a list of accounts; ``variables`` are those of the role and shared ones."""

    def run(accounts: Any, *arguments: str, env: dict[str, str] | None = None, **variables: Any) -> Run:
        own = tmp_path / "own"
        own.mkdir(exist_ok=True)
        content = {"accounts_check_accounts": accounts, "telnyx_retries": 0, **variables}
        text = yaml.safe_dump(content, allow_unicode=True, width=1000)
        text = text.replace("name: '{{ lookup", "name: !unsafe '{{ lookup")
        (own / "accounts.yml").write_text(text, encoding="utf-8")
        return ansible(
            "ansible-playbook", "siptrunk.telnyx.accounts_check", "-e", "@own/accounts.yml", *arguments, env=env
        )

    return run


def assert_messages(found: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Each account that is not set up correctly has an error that says what is wrong, without a key."""
    messages = {key: (each["error"] or {}).get("message", "") for key, each in found.items()}
    for key, words in {
        ("no file", "drift"): "missing' cannot be read: No such file",
        ("unset", "drift"): "account unset: api_key_env: the environment variable NO_SUCH_KEY is not set, or empty.",
        ("empty", "drift"): "api_key_var: the variable empty_key is not set, or empty.",
        ("undefined", "drift"): "the variable vault_undefined cannot be evaluated.",
        ("key as name", "drift"): "looks like an API key) is not set, or empty.",
        ("unknown option", "drift"): "account unknown option: drift: there is no option 'ignor'.",
        ("unknown key", "drift"): "there is no key 'desired_file'.",
        ("no source", "drift"): "it has 0 of api_key_file, api_key_env, api_key_var.",
        ("two sources", "drift"): "it has 2 of",
        ("key in the list", "drift"): "the list must not have keys in it.",
        ("fine", ""): "entry 1 of the list has the same name, or the same folder.",
        ("FINE", ""): "entry 1 of the list has the same name, or the same folder.",
        ("(entry 20)", ""): "must be a dictionary with a name.",
        ("(entry 21)", ""): "must be a dictionary with a name.",
    }.items():
        assert words in messages[key], key
        assert found[key]["error"]["kind"] == "option"


def assert_reports(document: dict[str, Any], folder: Path) -> set[str]:
    """Each account has its own reports, in a folder within that of the overview; return the names of the folders."""
    reports = folder / "telnyx-reports"
    for account in document["accounts"]:
        for each in account["checks"]:
            assert (reports / each["report"]).is_file()
            own = json.loads((reports / account["folder"] / each["check"] / "status.json").read_text())
            assert (own["status"], own["exit_code"]) == (each["status"], each["exit_code"])
    folders = {path.name for path in reports.iterdir() if path.is_dir()}
    assert folders == {account["folder"] for account in document["accounts"] if account["folder"]}
    assert not (folder.parent / "outside").exists()
    assert not (folder / "pwned").exists()
    return folders


def assert_page_and_message(reports: Path, count: int) -> None:
    """The page has a row for each account, the worst first; the message has what is new."""
    page = (reports / "overview.html").read_text()
    assert page.index("wrong key") < page.index(">drifted<") < page.index(">fine<", page.index(">drifted<"))
    assert page.count("<tr>") == 1 + count
    message = schema_valid(reports, "notify")
    assert sorted((each["account"], each["what"]) for each in message["new"]) == [("drifted", "tags"), ("file", "tags")]
    assert message["link"] == "https://ci.example/reports/"
    text = (reports / "notify.txt").read_text()
    assert len(text) <= 1500
    assert "503: drift: error" in text


def assert_statuses(
    found: dict[tuple[str, str], dict[str, Any]], document: dict[str, Any], status: dict[str, Any]
) -> None:
    """The accounts that are set up correctly are checked, and the overview counts all."""
    statuses = {name: each["status"] for (name, check), each in found.items() if check and not each["error"]}
    assert statuses == {"fine": "in_sync", "drifted": "drift", "file": "drift", **dict.fromkeys(HOSTILE, "in_sync")}
    assert [each["status"] for each in document["accounts"]] == ["error"] * 18 + ["findings"] * 2 + ["ok"] * 7
    assert (status["status"], status["exit_code"]) == ("error", 1)
    assert status["totals"] == document["totals"] == {"accounts": 27, "error": 18, "findings": 2, "ok": 7}
    assert status["findings"] == ["drift", "drifted", "error"]
    assert (status["new"], status["resolved"]) == (2, 0)


def assert_second_night(first: dict[str, Any], folder: Path) -> None:
    """The second night has three accounts; what was there in the first one is not new."""
    later, status = overview(folder)
    assert (status["status"], status["exit_code"], status["new"]) == ("findings", 2, 2)
    assert status["totals"] == {"accounts": 3, "error": 0, "findings": 2, "ok": 1}
    assert [each["name"] for each in later["accounts"]] == ["fine", "drifted", "503"]
    found = checks(later)
    assert found["drifted", "drift"]["first_seen"] == checks(first)["drifted", "drift"]["generated_at"]
    assert found["fine", "drift"]["first_seen"] == found["fine", "drift"]["generated_at"]
    message = schema_valid(folder / "telnyx-reports", "notify")
    assert [each["text"] for each in message["accounts"]][2] == "503: drift: in sync"
    assert [(each["account"], each["what"]) for each in message["new"]] == [("fine", "active"), ("drifted", "active")]


def test_one_account_does_not_hide_the_others(
    check_accounts: Callable[..., Run], sandbox: SandboxProcess, second_sandbox: SandboxProcess, tmp_path: Path
) -> None:
    """Two nights of a list with all that can be wrong with an account, and with keys that are of no account."""
    desired = [{"connection_name": "a", "active": True}]
    (tmp_path / "good.json").write_text(json.dumps(desired))
    (tmp_path / "other.json").write_text(json.dumps([{**desired[0], "tags": ["x"]}]))
    (tmp_path / "bad.json").write_text("[")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "key").write_text(KEYS["file"])
    (tmp_path / "own" / "key").chmod(0o600)
    record = {"connection_name": "a", "active": True, "tags": [], "password": "canary-password"}
    sandbox.reset(connections=1, overrides=[record], keys=[KEYS["fine"], KEYS["drifted"], KEYS["file"], KEYS["global"]])
    second_sandbox.reset(connections=1, keys=[KEYS["broken"]], faults=[{"kind": "status", "status": 503}])
    url = {"api_url": sandbox.api_url}
    fine = {"name": "fine", "api_key_env": "FINE_KEY", **url}
    accounts: list[Any] = [
        fine,
        {"name": "drifted", "api_key_var": "vault_drifted", **url, "desired_files": ["other.json"]},
        {
            "name": "file",
            "api_key_file": "own/key",
            **url,
            "drift": {"fail_on": ["never"]},
            "desired_files": ["other.json"],
        },
        {"name": "503", "api_key_env": "BROKEN_KEY", "api_url": second_sandbox.api_url},
        {"name": "refused", "api_key_env": "FINE_KEY", "api_url": DOWN},
        {"name": "wrong key", "api_key_env": "WRONG_KEY", **url},
        {"name": "no file", "api_key_file": "own/missing", **url},
        {"name": "unset", "api_key_env": "NO_SUCH_KEY", **url},
        {"name": "empty", "api_key_var": "empty_key", **url},
        {"name": "undefined", "api_key_var": "vault_undefined", **url},
        {"name": "key as name", "api_key_env": KEYS["global"], **url},
        {"name": "bad desired file", "api_key_env": "FINE_KEY", **url, "desired_files": ["bad.json"]},
        {"name": "unknown option", "api_key_env": "FINE_KEY", **url, "drift": {"ignor": ["tags"]}},
        {"name": "unknown key", "api_key_env": "FINE_KEY", **url, "desired_file": ["good.json"]},
        {"name": "no source", **url},
        {"name": "two sources", "api_key_env": "FINE_KEY", "api_key_file": "own/key", **url},
        {"name": "key in the list", "api_key": KEYS["fine"], **url},
        {"name": "fine", "api_key_env": "FINE_KEY", **url},
        {"name": "FINE", "api_key_env": "FINE_KEY", **url},
        {"api_key_env": "FINE_KEY"},
        "not a dictionary",
        *({"name": name, "api_key_env": "FINE_KEY", **url} for name in HOSTILE),
    ]
    shared = {
        "accounts_check_checks": ["drift"],
        "accounts_check_history_dir": "history",
        "accounts_check_report_url": "https://ci.example/reports/",
        "drift_check_desired_files": ["good.json"],
        "vault_drifted": "{{ lookup('ansible.builtin.env', 'DRIFTED_KEY') }}",
        "vault_undefined": "{{ nowhere }}",
        "empty_key": "",
        "telnyx_api_key": KEYS["global"],
        "telnyx_api_url": sandbox.api_url,
    }
    env = {f"{name.upper()}_KEY": KEYS[name] for name in ("fine", "drifted", "broken", "wrong")}
    env |= {"TELNYX_API_KEY": KEYS["global"], "TELNYX_API_KEY_FILE": "own/key", "TELNYX_SNAPSHOT_FILE": "/nowhere"}

    run = check_accounts(accounts, "-vvvv", env=env, **shared)
    assert run.exit_code == 2
    document, status = overview(tmp_path)
    found = checks(document)
    assert len(found) == len(accounts)
    kinds = {key: (each["error"] or {}).get("kind") for key, each in found.items()}
    assert {name: kind for (name, _check), kind in kinds.items() if kind != "option"} == {
        "fine": None,
        "drifted": None,
        "file": None,
        **dict.fromkeys(HOSTILE),
        "503": "api",
        "refused": "transport",
        "wrong key": "authentication",
        "bad desired file": "desired",
    }

    assert_messages(found)
    assert_statuses(found, document, status)
    failing = {each["name"] for each in document["accounts"][:19]}  # without "file", which never fails the play
    assert set(document["failing"]) == failing
    last_task = run.output[run.output.rindex("TASK [") :]
    assert "fail_on selects" in last_task
    assert "drifted: drift: drift, 1 finding, 1 new" in last_task
    assert not re.search(r'(\n|\\n|")\s*file: drift', last_task)

    folders = assert_reports(document, tmp_path)
    reports = tmp_path / "telnyx-reports"
    assert_page_and_message(reports, len(accounts))
    for secret in (*KEYS.values(), "canary-password"):
        assert secret not in everything(run)
    assert not re.search("[\u202e\u0000]", run.output)

    # The next night one account is back, one has drifted further, and most are no longer in the list.
    second_sandbox.reset(connections=1, keys=[KEYS["broken"]], overrides=[record])
    sandbox.change(fields={sandbox.seen()["records"][0]["id"]: {"active": False}})
    second = check_accounts([fine, accounts[1], accounts[3]], env=env, **shared)
    assert second.exit_code == 2
    assert_second_night(document, tmp_path)
    assert folders <= {path.name for path in reports.iterdir()}  # the reports of earlier accounts stay

    # Nothing changed: nothing to tell.
    third = check_accounts([fine], env=env, **shared, drift_check_fail_on="missing, never")
    assert third.exit_code == 0, third.output
    _document, status = overview(tmp_path)
    assert (status["exit_code"], status["notify"], status["new"]) == (2, False, 0)


def test_account_whose_reports_were_not_written_is_an_error(
    check_accounts: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    """Reports of an earlier night stay where they cannot be replaced, and do not count."""
    sandbox.reset(connections=1, overrides=[{"connection_name": "a"}])
    (tmp_path / "good.json").write_text('[{"connection_name": "a"}]')
    accounts = [
        {"name": name, "api_key_env": "TELNYX_API_KEY", "api_url": sandbox.api_url, "desired_files": ["good.json"]}
        for name in ("berlin", "paris")
    ]
    rule = {"id": "r", "severity": "low", "description": "d", "assert": "`true`"}
    shared = {"policy_check_rules": [rule], "policy_check_built_in_rules": False}
    first = check_accounts(accounts, **shared)
    assert first.exit_code == 0, first.output
    document, status = overview(tmp_path)
    assert (status["status"], status["exit_code"], status["new"], status["notify"]) == ("ok", 0, None, False)
    assert list(checks(document)) == [(name, check) for name in ("berlin", "paris") for check in ("drift", "policy")]

    reports = tmp_path / "telnyx-reports"
    old = (reports / "berlin/drift/drift.json").read_text()
    (reports / "berlin/drift/status.json").unlink()
    (reports / "berlin/drift/status.json").mkdir()
    second = check_accounts(accounts, **shared, accounts_check_history_dir="history")
    assert second.exit_code == 2
    assert (reports / "berlin/drift/drift.json").read_text() == old
    document, status = overview(tmp_path)
    assert (status["status"], status["totals"]["ok"]) == ("error", 1)
    row = checks(document)["berlin", "drift"]
    assert row["error"]["kind"] == "report"
    assert f"{reports}/berlin/drift/status.json" in row["error"]["message"]
    assert (row["report"], row["failing"]) == (None, ["error"])
    assert checks(document)["berlin", "policy"]["status"] == "ok"


def test_account_that_fails_or_works_again_is_news_with_a_history_of_the_check_alone(
    check_accounts: Callable[..., Run], sandbox: SandboxProcess, second_sandbox: SandboxProcess, tmp_path: Path
) -> None:
    """Only ``drift_check_history_dir`` is set: the first night of an error is news, and so is the first one after it."""
    (tmp_path / "good.json").write_text('[{"connection_name": "a"}]')
    records = {"connections": 1, "overrides": [{"connection_name": "a"}]}
    accounts: list[Any] = [
        {"name": name, "api_key_env": "TELNYX_API_KEY", "api_url": place.api_url}
        for name, place in {"berlin": sandbox, "paris": second_sandbox}.items()
    ]
    shared = {
        "accounts_check_checks": ["drift"],
        "drift_check_desired_files": ["good.json"],
        "drift_check_history_dir": "history",
    }

    def night(entries: list[Any] = accounts, **changes: str) -> tuple[str, bool]:
        check_accounts(entries, **shared, **changes)
        _document, status = overview(tmp_path)
        if status["notify"]:
            assert schema_valid(tmp_path / "telnyx-reports", "notify")["accounts"]
        return status["status"], status["notify"]

    sandbox.reset(**records)
    second_sandbox.reset(**records)
    assert night() == ("ok", False)
    second_sandbox.reset(**records, faults=[{"kind": "status", "status": 503}])
    assert [night(), night()] == [("error", True), ("error", False)]
    second_sandbox.reset(**records)
    assert [night(), night()] == [("ok", True), ("ok", False)]
    assert night([*accounts, {**accounts[0], "name": "PARIS"}]) == ("error", True)  # it has no history of its own
    undefined = "{{ nowhere }}"
    assert [night(drift_check_ignore=undefined) for _again in range(2)] == [("error", True), ("error", False)]
    assert [night(), night()] == [("ok", True), ("ok", False)]


@pytest.mark.parametrize(
    ("accounts", "kind"),
    [
        ([], "option"),
        ([{"name": "{{ nowhere }}", "api_key_env": "X"}], "unfinished"),
        (["berlin"], None),
    ],
    ids=["empty", "undefined", "no account at all"],
)
def test_list_that_is_not_valid_is_an_error_of_the_run(
    accounts: Any, kind: str | None, check_accounts: Callable[..., Run], tmp_path: Path
) -> None:
    reports = tmp_path / "telnyx-reports"
    reports.mkdir()
    (reports / "status.json").write_text('{"status": "ok", "exit_code": 0}')
    run = check_accounts(accounts)
    assert run.exit_code == 2
    document, status = overview(tmp_path)
    assert (status["status"], status["exit_code"]) == ("error", 1)
    assert (document["error"] or {}).get("kind") == kind
    assert (status["totals"] is None) == (kind is not None)
    assert "Traceback" not in run.output


def test_several_hosts_with_several_lists_are_refused(ansible: Callable[..., Run], tmp_path: Path) -> None:
    """Otherwise only the list of the first host would be checked, without a message."""
    hosts = {name: {"accounts_check_accounts": [{"name": name, "api_key_env": "X"}]} for name in ("pbx1", "pbx2")}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    play = {"hosts": "all", "gather_facts": False, "roles": ["siptrunk.telnyx.accounts_check"]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    run = ansible("ansible-playbook", "-i", "hosts.yml", "play.yml")
    assert run.exit_code == 2
    document, _status = overview(tmp_path)
    assert document["error"]["kind"] == "several_accounts"
    assert "accounts_check_accounts: pbx1 or pbx2" in document["error"]["message"]
