"""The message about what changed: only if there is something to tell, short, and harmless in a chat."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import is_odd
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import write_reports
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.notify import (
    LINK_MAX,
    LISTED_MAX,
    TEXT_MAX,
    notify_data,
    notify_text,
    plain,
)
from history_models import night, recorded
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[4]
SCHEMA = json.loads((ROOT / "docs" / "notify.schema.json").read_text())
STATUS_SCHEMA = json.loads((ROOT / "docs" / "status.schema.json").read_text())


def written(folder: Path, number: int, drifted: set[int] | None, **options: Any) -> dict[str, Any] | None:
    """Return the message of a night, or ``None`` if there is none; fail if the files and the status disagree."""
    model = recorded(folder / "history", night(number, drifted, **options))
    files = write_reports(str(folder / "reports"), model)
    status = json.loads((folder / "reports" / "status.json").read_text())
    jsonschema.validate(status, STATUS_SCHEMA)
    found = sorted(path.name for path in (folder / "reports").glob("notify.*"))
    assert status["notify"] == bool(found)
    assert found == sorted(name for name in status["reports"] if name.startswith("notify"))
    assert sorted(path.name for path in (folder / "reports").iterdir()) == sorted([*status["reports"], "status.json"])
    if not found:
        return None
    assert found == ["notify.json", "notify.txt"]
    assert "notify.json" in files
    message: dict[str, Any] = json.loads((folder / "reports" / "notify.json").read_text())
    jsonschema.validate(message, SCHEMA, jsonschema.Draft202012Validator)
    assert (status["new"], status["resolved"]) == (message["new_total"], message["resolved_total"])
    return message


def totals(message: dict[str, Any] | None) -> tuple[Any, ...]:
    return tuple(message[name] for name in ("new_total", "resolved_total", "total")) if message else ()


def test_message_is_there_only_if_something_changed(tmp_path: Path) -> None:
    assert written(tmp_path, 0, set()) is None
    assert totals(written(tmp_path, 1, {1, 2})) == (2, 0, 2)
    assert written(tmp_path, 2, {1, 2}) is None
    changed = written(tmp_path, 3, {2, 3, 4})
    assert changed
    assert totals(changed) == (2, 1, 3)
    assert [len(changed["new"]), len(changed["resolved"])] == [2, 1]
    assert changed["previous"] == "2026-09-03T03:00:00Z"
    failed = written(tmp_path, 4, None)
    assert failed
    assert (failed["status"], totals(failed)) == ("error", (None, None, None))
    assert written(tmp_path, 5, None) is None
    assert totals(written(tmp_path, 6, {2, 3, 4})) == (0, 0, 3)  # it works again
    assert totals(written(tmp_path, 7, set())) == (0, 3, 0)


def test_report_without_history_has_no_message(tmp_path: Path) -> None:
    write_reports(str(tmp_path), night(1, {1}))
    status = json.loads((tmp_path / "status.json").read_text())
    assert (status["notify"], status["new"], status["resolved"]) == (False, None, None)
    assert list(tmp_path.glob("notify.*")) == []


def test_text_says_what_is_new_and_what_is_resolved(tmp_path: Path) -> None:
    recorded(tmp_path, night(1, {58}, label="Berlin", count=60))
    model = recorded(tmp_path, night(2, {59}, label="Berlin", count=60))
    model["report_url"] = "https://ci.example/reports/drift.html"
    assert model["check"] == "drift"
    old, new = (f"{each['name']} ({each['id']})" for each in model["connections"][58:])
    assert notify_text(notify_data(model)).splitlines() == [
        "Drift check of Berlin: drift",
        "1 new, 1 resolved, 1 in all",
        "",
        "New:",
        f"- drifted: {new}: tags",
        "",
        "Resolved:",
        f"- drifted: {old}: tags",
        "",
        "https://ci.example/reports/drift.html",
    ]


@pytest.mark.parametrize("label", [None, "<!channel> @here evil.example " * 500])
@pytest.mark.parametrize("link", ["https://ci.example/x", f"https://ci.example/{'x' * (LINK_MAX - 19)}"])
def test_text_is_short_and_harmless_whatever_the_names(tmp_path: Path, label: str | None, link: str) -> None:
    recorded(tmp_path, night(1, set(range(150)), label=label, count=300))
    model = recorded(tmp_path, night(2, set(range(120, 300)), label=label, count=300))
    model["report_url"] = link
    data = notify_data(model)
    text = notify_text(data)
    assert totals(data) == (150, 120, 180)
    assert [len(data["new"]), len(data["resolved"])] == [LISTED_MAX, LISTED_MAX]
    assert 1000 < len(text) <= TEXT_MAX
    assert text.endswith(f"\n{link}\n")
    assert text.count("\nand ") == 2
    body = text.removesuffix(f"{link}\n")
    assert not set(body) & set("<>@&`*~|[]\\#")
    assert not [char for char in text if is_odd(char) and char != "\n"]
    assert "://" not in body
    assert not re.search(r"\S\.\S", body)


def test_text_of_an_error_says_what_is_wrong() -> None:
    text = notify_text(notify_data(night(1, None)))
    assert text.startswith("Drift check: error\n")
    assert "down" in text
    assert "<" not in text


@given(st.text() | st.text("a.:/@wW。．｡"))
def test_plain_text_is_one_line_without_markup(value: str) -> None:
    shown = plain(value, 50)
    assert len(shown) <= 50
    assert not set(shown) & set("<>@&`*~|[]\\#\n\r")
    assert not re.search(r"\S[.\u3002\uff0e\uff61]\S", shown)
    if value.isalnum() and len(value) <= 50:
        assert shown == value
