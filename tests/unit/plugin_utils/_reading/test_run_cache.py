"""The run's snapshot: its file; and that of a snapshot file, which a run reads once."""

from __future__ import annotations

import contextlib
import io
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible import constants as C
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import (
    AmbiguousError,
    NotFoundError,
    OptionError,
    SnapshotError,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.argument_spec import OPTIONS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.fetch import fetch_records
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.run_cache import (
    CorruptError,
    StoredListing,
    read_run_snapshot,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.run_cache_writer import Reading, encode_listing
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.record_lookup import RecordIndex
from hypothesis import given
from hypothesis import strategies as st
from unit.module_utils.test_snapshot_file import RECORDS, content


class Reader:
    """Lookups of one run; ``reads`` counts how often they read the file."""

    def __init__(self, file: Path) -> None:
        self.file, self.reads = file, 0

    def __call__(self, **options: Any) -> list[str]:
        """Return the ids of all connections."""
        return [record["id"] for record in self.select(lambda listing: listing.all(), **options)]

    def find(self, term: str) -> str:
        """Return the id of a connection."""
        return str(self.select(lambda listing: listing.find(term))["id"])

    def select(self, select: Callable[[Any], Any], **options: Any) -> Any:
        defaults = {name: option.get("default") for name, option in OPTIONS.items()}
        values = {**defaults, "snapshot_file": str(self.file), **options}

        def fetch() -> Reading:
            self.reads += 1
            return fetch_records(values, ())

        return read_run_snapshot(values, fetch, select, pytest.fail)


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    (tmp_path / "run").mkdir()
    monkeypatch.setattr(C, "DEFAULT_LOCAL_TMP", str(tmp_path / "run"))
    file = tmp_path / "snapshot"
    file.write_bytes(content())
    file.chmod(0o600)
    return Reader(file)


def test_file_is_read_once_for_the_same_options(reader: Reader) -> None:
    assert [reader(api_key=key, timeout=2.0) for key in (None, "KEY", "OTHER")] == [["0", "1", "2"]] * 3
    assert reader.reads == 1
    assert reader(sort="-connection_name") == ["2", "1", "0"]
    assert reader(cache_scope="none") == ["0", "1", "2"]
    assert reader.reads == 3


def test_run_that_began_with_a_valid_file_ends_with_it(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"snapshot_max_age": 600, "cache_timeout": 0}
    assert len(reader(**given)) == 3
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    assert len(reader(**given)) == 3
    assert reader.reads == 1
    for other in ({"cache_scope": "none"}, {"snapshot_max_age": 601}):
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


TEXT = st.sampled_from(["", "a", "b", "\n", "],\n", "{{ x }}", "id a", "\ud800", "日本"]) | st.text(max_size=4)
RECORD = st.fixed_dictionaries(
    {"id": TEXT, "user_name": TEXT | st.none() | st.integers(0, 3) | st.booleans(), "other": TEXT},
    optional={"connection_name": TEXT},
)


def stored(records: list[dict[str, Any]]) -> bytes:
    return b"".join(encode_listing(Reading(records, {"total_results": len(records)})))


def outcome(records: Any, term: str) -> Any:
    """What a lookup of a term returns, or its error."""
    try:
        return records.find(term)
    except (NotFoundError, AmbiguousError) as exc:
        return str(exc)


@given(st.lists(RECORD, max_size=8), TEXT)
def test_stored_listing_finds_what_a_listing_in_memory_finds(records: list[dict[str, Any]], term: str) -> None:
    listing, index = StoredListing(io.BytesIO(stored(records))), RecordIndex(records)
    assert listing.all() == records
    assert listing.meta == {"total_results": len(records)}
    terms = {str(value) for record in records for value in record.values()}
    for each in terms | {term}:
        assert outcome(listing, each) == outcome(index, each)


@given(st.lists(RECORD, min_size=1, max_size=3), st.floats(0, 1, exclude_max=True))
def test_listing_that_is_cut_short_gives_the_right_record_or_is_damaged(
    records: list[dict[str, Any]], kept: float
) -> None:
    content = stored(records)
    cut = content[: int(kept * len(content))]
    with pytest.raises(CorruptError):
        StoredListing(io.BytesIO(cut)).all()
    for each in records:
        with contextlib.suppress(CorruptError):
            assert outcome(StoredListing(io.BytesIO(cut)), each["id"]) == outcome(RecordIndex(records), each["id"])


class CountingFile(io.BytesIO):
    """A file that counts the bytes that are read from it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        return self._counted(super().read(size))

    def readline(self, size: int | None = -1, /) -> bytes:
        return self._counted(super().readline(size))

    def _counted(self, content: bytes) -> bytes:
        self.count += len(content)
        return content


def test_a_term_reads_the_index_and_one_record() -> None:
    records = [{"id": str(place), "user_name": f"u{place}", "padding": "x" * 1000} for place in range(1000)]
    file = CountingFile(stored(records))
    assert StoredListing(file).find("u500") == records[500]
    index = 2 * 1000 * 8  # two terms for each record, eight bytes each
    assert file.count < index + 1500


def test_file_with_a_damaged_index_is_replaced(reader: Reader) -> None:
    reader()
    (path,) = (reader.file.parent / "run").glob("*.listing")
    content = bytearray(path.read_bytes())
    index = content.index(b"\n") + 1
    positions = 8 * 6  # two terms for each of the three records
    content[index + positions : index + 2 * positions] = b"\x7f" * positions
    path.write_bytes(content)
    for _call in range(2):
        assert reader.find("1") == "1"
    assert reader.reads == 2
