"""The state file."""

from __future__ import annotations

import gzip
import json
import os
import stat
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api_key import key_digest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._event_source import state as state_module
from ansible_collections.siptrunk.telnyx.plugins.module_utils._event_source.state import (
    DamagedStateError,
    State,
    read_state,
    write_state,
)
from sandbox.account import HOSTILE_NAMES, make_connection


def example() -> State:
    records = {}
    for index, name in enumerate(HOSTILE_NAMES):
        record = {**make_connection(1, index), "connection_name": name}
        del record["password"]
        records[record["id"]] = record
    filters = {"connection_name_contains": None, "outbound_voice_profile_id": "1"}
    return State("https://api.telnyx.com/v2", key_digest("KEY1"), filters, records, "2026-11-26T10:00:00Z")


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "state"
    assert read_state(str(path)) is None
    for state in (example(), State("https://api.telnyx.com/v2", "0", {}, unreachable_since="2026-11-26T10:00:00Z")):
        write_state(str(path), state)
        assert read_state(str(path)) == state
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert os.listdir(tmp_path) == ["state"]


def test_a_state_file_contains_no_secret(tmp_path: Path) -> None:
    path, state = tmp_path / "state", example()
    assert state.records
    first = next(iter(state.records.values()))
    first["password"] = first["inbound"]["password"] = "a secret"
    write_state(str(path), state)
    content = gzip.decompress(path.read_bytes())
    assert b"a secret" not in content
    assert b"KEY1" not in content
    assert b"connection_name" in content


@pytest.mark.parametrize("place", [12, 200, -20, -6, -1])
def test_a_changed_byte_is_noticed(tmp_path: Path, place: int) -> None:
    path = tmp_path / "state"
    write_state(str(path), example())
    content = bytearray(path.read_bytes())
    content[place] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(DamagedStateError, match=r"^it is damaged$"):
        read_state(str(path))


@pytest.mark.parametrize("size", [0, 1, 30, -1])
def test_a_file_that_was_cut_is_noticed(tmp_path: Path, size: int) -> None:
    path = tmp_path / "state"
    write_state(str(path), example())
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(DamagedStateError):
        read_state(str(path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format_version": 2}, "it is of another version of the collection"),
        ({"state": {}}, "parts of it are missing"),
        ({"state": []}, "parts of it are missing"),
        ({"state": None}, "parts of it are missing"),
        ({"state": {"api_url": 1, "key_digest": "", "filters": {}}}, "it has values of the wrong types"),
        ({"state": {"api_url": "", "key_digest": "", "filters": {}, "records": []}}, "it has values of the wrong types"),
        ({"state": {"api_url": "", "key_digest": "", "filters": {}, "records": {"1": 1}}}, "it has values of the wrong types"),
        ({"state": {"api_url": "", "key_digest": "", "filters": {}, "records": {"1": {"id": "2"}}}}, "it has values of the wrong types"),
        ({"state": {"api_url": "", "key_digest": "", "filters": {}, "read_at": 1}}, "it has values of the wrong types"),
    ],
)  # fmt: skip
def test_another_content_is_noticed(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = tmp_path / "state"
    content = {"format": "siptrunk.telnyx/event-source", "format_version": 1, "state": {}, **change}
    path.write_bytes(gzip.compress(json.dumps(content).encode()))
    with pytest.raises(DamagedStateError, match=f"^{message}$"):
        read_state(str(path))


@pytest.mark.parametrize("content", ["[]", "[" * 100_000, "NaN", '"x"', " ", '{"format": "x"}'])
@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: str, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "state"
    path.write_bytes(pack(content.encode()))
    with pytest.raises(OptionError, match="exists and is not a state file"):
        read_state(str(path))


def test_content_that_is_too_long_is_not_unpacked_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_module, "BYTES_MAX", 8 * 2**20)
    packed, plain = tmp_path / "packed", tmp_path / "plain"
    packed.write_bytes(gzip.compress(bytes(64 * 2**20)))
    plain.write_bytes(gzip.compress(bytes(9 * 2**20), compresslevel=0))
    tracemalloc.start()
    try:
        for path in (packed, plain):
            with pytest.raises(OptionError, match="is not a state file: it is longer than 8 MiB"):
                read_state(str(path))
        assert tracemalloc.get_traced_memory()[1] < 32 * 2**20
    finally:
        tracemalloc.stop()


def test_a_path_that_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "link")
    os.mkfifo(tmp_path / "pipe")
    for name, reason in {
        "folder": "it is a folder",
        "link": "it is a symbolic link that leads to itself",
        "pipe": "it is a named pipe",
        "missing/state": "no file can be written to the folder",
        "nul\0byte": "the path is invalid",
    }.items():
        with pytest.raises(OptionError, match=reason) as caught:
            read_state(str(tmp_path / name))
        assert caught.value.option == "state_file"


def test_a_failed_write_leaves_the_earlier_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, state = tmp_path / "state", example()
    write_state(str(path), state)

    def full(*_paths: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_state(str(path), State("", "", {}))
    assert read_state(str(path)) == state
    assert os.listdir(tmp_path) == ["state"]
