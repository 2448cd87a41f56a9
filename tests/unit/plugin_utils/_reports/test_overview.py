"""The files of an overview of several accounts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.accounts import AccountEntry, read_accounts
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import ReportError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import write_reports
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import Model, outcomes
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.overview import (
    overview_of_reports,
    write_overview,
    write_unfinished_overview,
)
from history_models import night, recorded, time
from report_models import CANARY, MODELS, NAMES

ROOT = Path(__file__).parents[4]


def schema_valid(folder: Path, name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    schema = json.loads((ROOT / "docs" / f"{name}.schema.json").read_text())
    jsonschema.validate(data, schema, jsonschema.Draft202012Validator)
    return data


def accounts_named(*names: str, checks: str = "drift") -> list[AccountEntry]:
    return read_accounts([{"name": name, "api_key_env": "A"} for name in names], checks)


def written(folder: Path, account: AccountEntry, model: Model) -> dict[tuple[int, str], dict[str, Any]]:
    """Write the reports of an account, and return the result of its check."""
    files = write_reports(str(folder / str(account.folder) / model["check"]), model)
    return {(account.number, model["check"]): {"reports": list(files.values()), "failing": outcomes(model)}}


def test_overview_has_every_model_and_hostile_names(tmp_path: Path) -> None:
    accounts = accounts_named(*(NAMES[number] for number in range(3)), checks="drift, policy")
    results: dict[tuple[int, str], Any] = {}
    for number, model in enumerate(MODELS):
        results.update(written(tmp_path, accounts[number // 2], model))
    overview, news = overview_of_reports(str(tmp_path), accounts, results, [])
    write_overview(str(tmp_path), overview, news, "https://ci.example/")
    document, status = schema_valid(tmp_path, "overview"), schema_valid(tmp_path, "status")
    assert status["reports"] == ["overview.json", "overview.md", "overview.html"]
    assert [each["name"] for each in document["accounts"]] == [NAMES[1], NAMES[0], NAMES[2]]
    found = [check["status"] for each in document["accounts"] for check in each["checks"]]
    assert found == ["error", "error", "drift", "violations", "drift", "violations"]
    assert (
        document["total"] == sum(check["total"] or 0 for each in document["accounts"] for check in each["checks"]) > 0
    )
    text = "".join((tmp_path / name).read_text() for name in status["reports"])
    assert CANARY not in text
    page = (tmp_path / "overview.html").read_text()
    assert "<script" not in page
    assert page.count("<tr>") == 7
    assert (tmp_path / "overview.html").stat().st_mode & 0o777 == 0o600


def test_reports_without_a_result_do_not_count(tmp_path: Path) -> None:
    """They are those of an earlier run."""
    accounts = accounts_named("not run", "not written", "damaged", "deep", "missing", "other")
    results: dict[tuple[int, str], Any] = {}
    for account in accounts:
        results.update(written(tmp_path, account, night(1, {1})))
    del results[1, "drift"]
    results[2, "drift"]["reports"] = []
    results[2, "drift"]["msg"] = "No space left."
    for number, content in ((2, '{"status": "in_sync"}'), (3, "[" * 100_000), (5, "[]")):
        (tmp_path / str(accounts[number].folder) / "drift" / "drift.json").write_text(content)
    (tmp_path / "missing" / "drift" / "drift.json").unlink()
    overview, news = overview_of_reports(str(tmp_path), accounts, results, ["drift"])
    assert overview["totals"] == {"accounts": 6, "error": 6, "findings": 0, "ok": 0}
    errors = {each["name"]: (each["checks"][0]["error"] or {}) for each in overview["accounts"]}
    assert errors["not run"]["kind"] == "unfinished"
    assert errors["not written"]["message"] == "No space left."
    for name in ("damaged", "deep", "missing", "other"):
        assert "it is not the report that the check has written" in errors[name]["message"]
    assert news == {"new": [], "resolved": []}
    assert len(overview["failing"]) == 6
    write_overview(str(tmp_path), overview, news)
    assert schema_valid(tmp_path, "notify")["total"] is None
    schema_valid(tmp_path, "overview")


def test_message_has_what_is_new_and_resolved_in_all_accounts(tmp_path: Path) -> None:
    accounts = accounts_named(*(f"{NAMES[number]}{number}" for number in range(12)))
    results: dict[tuple[int, str], Any] = {}
    for account in accounts:
        label, history = account.name, tmp_path / "history"
        recorded(history, night(1, {1, 2}, label))
        results.update(written(tmp_path, account, recorded(history, night(2, {2, *range(5, 25)}, label))))
    overview, news = overview_of_reports(str(tmp_path), accounts, results, ["drift"])
    assert (overview["total"], overview["new"], overview["resolved"]) == (12 * 21, 12 * 20, 12)
    assert {check["first_seen"] for each in overview["accounts"] for check in each["checks"]} == {time(1)}
    write_overview(str(tmp_path), overview, news, "https://ci.example/" + "x" * 400)
    message = schema_valid(tmp_path, "notify")
    assert (len(message["new"]), len(message["resolved"])) == (100, 12)
    assert message["resolved"][3]["account"] == accounts[3].name
    text = (tmp_path / "notify.txt").read_text()
    assert len(text) <= 1500
    assert "240 new, 12 resolved, 252 in all" in text
    for title in ("Accounts:", "New:", "Resolved:"):
        assert f"\n{title}\n- " in text
    assert not [char for char in "<>@`" if char in text]
    assert schema_valid(tmp_path, "status")["notify"] is True
    # Nothing is new in the next run, so the message is removed.
    for account in accounts:
        results.update(
            written(tmp_path, account, recorded(tmp_path / "history", night(3, {2, *range(5, 25)}, account.name)))
        )
    write_overview(str(tmp_path), *overview_of_reports(str(tmp_path), accounts, results, ["drift"]))
    assert schema_valid(tmp_path, "status")["notify"] is False
    assert not list(tmp_path.glob("notify.*"))


def test_message_has_the_names_of_accounts_as_they_are(tmp_path: Path) -> None:
    accounts = accounts_named("Berlin PBX")
    results = written(tmp_path, accounts[0], recorded(tmp_path / "history", night(1, {1}, "Berlin PBX")))
    write_overview(str(tmp_path), *overview_of_reports(str(tmp_path), accounts, results, ["drift"]))
    first_line = (tmp_path / "notify.txt").read_text().partition("\n")[0]
    assert first_line == "Accounts check: 1 account: 1 with findings; affected: Berlin PBX"


def test_unfinished_overview_is_an_error(tmp_path: Path) -> None:
    write_unfinished_overview(str(tmp_path))
    status = schema_valid(tmp_path, "status")
    assert (status["status"], status["exit_code"], status["totals"]) == ("error", 1, None)
    assert schema_valid(tmp_path, "overview")["error"]["kind"] == "unfinished"
    assert "did not finish" in (tmp_path / "overview.html").read_text()


@pytest.mark.parametrize("place", ["overview.md", "overview.html", "status.json"])
def test_overview_that_cannot_be_written_is_an_error(tmp_path: Path, place: str) -> None:
    (account,) = accounts_named("a")
    results = written(tmp_path, account, night(1, set()))
    (tmp_path / place).mkdir()
    overview, news = overview_of_reports(str(tmp_path), [account], results, [])
    assert overview["status"] == "ok"
    with pytest.raises(ReportError):
        write_overview(str(tmp_path), overview, news)
    if place != "status.json":
        status = schema_valid(tmp_path, "status")
        assert (status["status"], status["exit_code"], status["totals"]) == ("error", 1, None)
