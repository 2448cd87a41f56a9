"""The run cache: its file, and a snapshot file, which a run reads once."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible import constants as C
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import (
    AmbiguousError,
    OptionError,
    SnapshotError,
    TransportError,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.credential_connections import Listing
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading import snapshot_file
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.argument_spec import OPTIONS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.run_cache import RunCache, use_listing
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.snapshot_file import read_connections
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.record_lookup import Finder, RecordIndex
from hypothesis import given
from hypothesis import strategies as st
from unit.plugin_utils._reading.test_snapshot_file import RECORDS, content


class Reader:
    """Lookups of one run; ``reads`` counts how often they read the file."""

    def __init__(self, file: Path, patch: pytest.MonkeyPatch) -> None:
        self.file, self.reads = file, 0
        patch.setattr(snapshot_file, "read_connections", self.read)

    def read(self, *args: Any) -> Listing:
        self.reads += 1
        return read_connections(*args)

    def __call__(self, **options: Any) -> list[str]:
        """Return the ids of all connections."""
        return [record["id"] for record in self.select(lambda listing: listing.all(), **options)]

    def select(self, select: Callable[[Any], Any], **options: Any) -> Any:
        defaults = {name: option.get("default") for name, option in OPTIONS.items()}
        values = {**defaults, "snapshot_file": str(self.file), **options}
        return use_listing(values, (), select)


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    (tmp_path / "run").mkdir()
    monkeypatch.setattr(C, "DEFAULT_LOCAL_TMP", str(tmp_path / "run"))
    file = tmp_path / "snapshot"
    file.write_bytes(content())
    file.chmod(0o600)
    return Reader(file, monkeypatch)


def test_file_is_read_once_for_the_same_options(reader: Reader) -> None:
    assert [reader(api_key=key, timeout=2.0) for key in (None, "KEY", "OTHER")] == [["0", "1", "2"]] * 3
    assert reader.reads == 1
    assert reader(sort="-connection_name") == ["2", "1", "0"]
    assert reader(cache_timeout=0) == ["0", "1", "2"]
    assert reader.reads == 3


def test_run_that_began_with_a_valid_file_ends_with_it(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"snapshot_max_age": 600, "cache_timeout": 1}
    assert len(reader(**given)) == 3
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    assert len(reader(**given)) == 3
    assert reader.reads == 1
    for other in ({"cache_timeout": 0}, {"snapshot_max_age": 601}):
        with pytest.raises(SnapshotError, match="s old"):
            reader(**{**given, **other})


@pytest.mark.parametrize("replace", [True, False])
def test_file_that_was_replaced_or_changed_is_read(reader: Reader, replace: bool) -> None:
    assert len(reader()) == 3
    new = reader.file.with_suffix(".new") if replace else reader.file
    new.write_bytes(content(records=RECORDS[:1]))
    os.replace(new, reader.file)
    assert reader() == ["0"]
    reader.file.unlink()
    with pytest.raises(SnapshotError, match="No such file"):
        reader()


@pytest.mark.parametrize("option", [{"refresh": True}, {"include_passwords": True}, {"page_number": 1}])
def test_refused_option_is_an_error_also_after_the_file_was_read(reader: Reader, option: dict[str, Any]) -> None:
    reader()
    for _call in range(2):
        with pytest.raises(OptionError, match=next(iter(option))):
            reader(**option)


TEXT = st.sampled_from(["", "a", "b", "\n", "],\n", "{{ x }}", "id a", "\0", "日本"]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=4
)
RECORD = st.fixed_dictionaries(
    {"id": TEXT, "user_name": TEXT | st.none() | st.integers(0, 3) | st.booleans(), "other": TEXT},
    optional={"connection_name": TEXT},
)


def outcome(records: Finder, term: str) -> Any:
    """What a lookup of a term returns, or its error."""
    try:
        return records.find(term)
    except AmbiguousError as exc:
        return str(exc)


def cache_in(folder: Path | str) -> RunCache:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(C, "DEFAULT_LOCAL_TMP", str(folder))
        return RunCache({"cache_timeout": 300, "api_key": "KEY"})


@given(st.lists(RECORD, max_size=8), TEXT | st.just("\ud800"))
def test_stored_listing_finds_what_a_listing_in_memory_finds(records: list[dict[str, Any]], term: str) -> None:
    index = RecordIndex(records)
    with tempfile.TemporaryDirectory() as folder:
        cache = cache_in(folder)
        cache.store(records, {"total_results": len(records)})
        stored = cache.find()
        assert stored
        assert stored.all() == records
        assert stored.meta == {"total_results": len(records)}
        terms = {str(value) for record in records for value in record.values()}
        for each in terms | {term}:
            assert outcome(stored, each) == outcome(index, each)
        stored.close()


def test_stored_error_is_raised_until_it_is_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache_in(tmp_path).store([], {}, TransportError("It is down.", "Wait."))
    with pytest.raises(TransportError, match=r"^It is down\. Wait\.$"):
        cache_in(tmp_path).find()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 301)
    assert cache_in(tmp_path).find() is None


@pytest.mark.parametrize("damage", [b"", b"SQLite format 3\0" * 100, None])
def test_file_that_cannot_be_used_is_a_warning_and_the_account_is_read(
    reader: Reader, damage: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    reader()
    (path,) = (reader.file.parent / "run").glob("*.listing")
    if damage is None:
        path.unlink()
        path.mkdir()
    else:
        path.write_bytes(damage)
    assert reader() == ["0", "1", "2"]
    assert reader.reads == 2


def test_negative_time_is_refused(reader: Reader) -> None:
    with pytest.raises(OptionError, match="cache_timeout: must be 0 or more seconds, not -1"):
        reader(cache_timeout=-1)
