"""The run's snapshot of a snapshot file: read once in a run, again when another file replaces it, and for other options."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from ansible import constants as C
from ansible_collections.siptrunk.telnyx.plugins.module_utils._argument_spec import OPTIONS
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError, SnapshotError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._fetch import fetch_records
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._snapshot import Reading, read_snapshot
from unit.module_utils.test_snapshot_file import RECORDS, content


class Reader:
    """Lookups of one run; ``reads`` counts how often they read the file."""

    def __init__(self, file: Path) -> None:
        self.file, self.reads = file, 0

    def __call__(self, **options: Any) -> list[str]:
        """Return the ids of all connections."""
        defaults = {name: option.get("default") for name, option in OPTIONS.items()}
        values = {**defaults, "snapshot_file": str(self.file), **options}

        def fetch() -> Reading:
            self.reads += 1
            return fetch_records(values, ())

        found = read_snapshot(values, fetch, lambda records: records.all(), pytest.fail)
        return [record["id"] for record in found]


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
