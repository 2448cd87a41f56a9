"""The snapshot file on a disk: what is refused, and that it is whole whatever happens to its writer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _snapshot_file
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.credential_connections import Listing
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.snapshot_format import (
    SnapshotHeader,
    decode_header,
    decode_records,
    encode,
    format_read_at,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError, SnapshotError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import check_options

URL = "https://api.telnyx.com/v2"
RECORDS = [{"id": str(place), "connection_name": f"pbx {place}", "password_status": "masked"} for place in range(3)]


def content(age: float = 0, records: list[dict[str, Any]] = RECORDS, **fields: Any) -> bytes:
    values = {
        "read_at": format_read_at(time.time() - age),
        "api_url": URL,
        "account": "0123456789abcdef",
        "connection_name_contains": None,
        "outbound_voice_profile_id": None,
        "consistency": "strict",
        "connections": len(records),
    }
    return encode(SnapshotHeader(**{**values, **fields}), records)


def read(path: Path, **options: Any) -> Listing:
    return _snapshot_file.read_connections(check_options({"snapshot_file": str(path), **options}), LOG.append)


LOG: list[str] = []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "snapshot"
    _snapshot_file.write_snapshot(str(path), content(age=5))
    return path


def test_listing_from_a_file_needs_no_key_and_no_server(file: Path) -> None:
    LOG.clear()
    listing = read(file, consistency="strict", ca_path="/nowhere", timeout=1.0)
    assert listing.records == RECORDS
    assert listing.warnings == []
    assert listing.meta == {"total_results": 3, "pages": 0, "requests": 0, "passes": 0, "read_at": listing.read_at}
    assert listing.api_url == URL
    assert ["3, from a snapshot of 3, read at" in line for line in LOG] == [True]


def test_filters_and_order_are_applied(file: Path) -> None:
    listing = read(file, sort="-connection_name", connection_name_contains="PBX")
    assert [record["id"] for record in listing.records] == ["2", "1", "0"]
    listing = read(file, connection_name_contains="PBX 1")
    assert ([record["id"] for record in listing.records], listing.total_results) == (["1"], 1)


def test_connections_that_the_api_listed_for_the_same_filter_are_all_returned(file: Path) -> None:
    records = [{**RECORDS[0], "connection_name": "San José 1"}, {**RECORDS[1], "connection_name": "san jose 2"}]
    file.write_bytes(content(records=records, connection_name_contains="Jose"))
    assert read(file, connection_name_contains="jose").records == records
    assert read(file, connection_name_contains="jose 2").records == records[1:]


@pytest.mark.parametrize(
    ("options", "option", "hint"),
    [
        ({"include_passwords": True}, "include_passwords", "sip_config_passwords"),
        ({"refresh": True}, "refresh", "siptrunk.telnyx.snapshot"),
        ({"page_number": 1}, "page_number", "Leave one"),
        ({"page_number": 0}, "page_number", "Leave one"),
        ({"snapshot_max_age": 0}, "snapshot_max_age", ""),
        ({"snapshot_max_age": -1}, "snapshot_max_age", ""),
        ({"snapshot_file": ""}, "snapshot_file", ""),
        ({"snapshot_file": os.getcwd()}, "snapshot_file", ""),  # what Ansible makes of an empty path in a lookup
        ({"sort": "name"}, "sort", ""),
        ({"api_url": "ftp://x"}, "api_url", ""),
    ],
)
def test_option_that_a_snapshot_cannot_serve_is_refused_before_the_file_is_read(
    options: dict[str, Any], option: str, hint: str
) -> None:
    with pytest.raises(OptionError) as caught:
        check_options({"snapshot_file": "/nowhere/absent", **options})
    assert caught.value.option == option
    assert hint in caught.value.hint


def test_snapshot_wins_over_a_key_which_is_not_even_read(file: Path) -> None:
    listing = read(file, api_key="", api_key_file="/nowhere", api_url="https://other.example/v2")
    assert (listing.records, listing.api_url) == (RECORDS, URL)
    assert check_options({"snapshot_file": str(file), "api_key": "KEY"}).api_key == ""


def fail(path: Path, **options: Any) -> str:
    """Return the message of the error, which names the file and has a remedy."""
    with pytest.raises(SnapshotError) as caught:
        read(path, **options)
    assert repr(str(path)) in str(caught.value)
    assert caught.value.hint
    return str(caught.value)


def test_path_that_is_not_a_regular_file_is_an_error(file: Path, tmp_path: Path) -> None:
    assert "No such file" in fail(tmp_path / "absent")
    assert "it is a folder" in fail(tmp_path)
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(file)
    os.mkfifo(pipe)
    assert "is a symbolic link" in fail(link)
    assert "it is a named pipe" in fail(pipe)
    assert "path is invalid" in fail(tmp_path / "nul\0")


@pytest.mark.parametrize("given", ["snapshot", "./snapshot", "below/../snapshot", "~/snapshot"])
def test_error_names_the_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(SnapshotError) as caught:
        _snapshot_file.read_connections(check_options({"snapshot_file": given}), LOG.append)
    assert str(caught.value).startswith(repr(str(tmp_path / "snapshot")))


def test_file_of_another_user_is_an_error_that_does_not_advise_to_write_it_again(file: Path) -> None:
    file.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        message = fail(file)
    finally:
        os.seteuid(user)
    assert "cannot be read: Permission denied. Read it as its owner or as root, or change its owner." in message


def test_damaged_file_is_an_error(file: Path) -> None:
    whole = file.read_bytes()
    for damaged, message in (
        (b"", "is empty"),
        (whole[:-1], "cut short"),
        (whole.replace(b"pbx 1", b"pbx 2"), "checksum"),
    ):
        file.write_bytes(damaged)
        assert message in fail(file)


@pytest.mark.parametrize(
    ("written", "options", "message"),
    [
        ({"age": 700}, {"snapshot_max_age": 600}, "s old"),
        ({"age": 90_000}, {}, "s old"),
        ({"age": -3600}, {}, "is from the future"),
        ({"connection_name_contains": "pbx"}, {}, "all connections are needed here"),
        ({"consistency": "checked"}, {"consistency": "strict"}, "consistency=strict is needed here"),
    ],
)
def test_snapshot_that_does_not_serve_the_options_is_an_error(
    file: Path, written: dict[str, Any], options: dict[str, Any], message: str
) -> None:
    file.write_bytes(content(**written))
    assert message in fail(file, **options)


def test_file_that_is_too_large_is_not_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_snapshot_file, "BYTES_MAX", 10)
    assert "longer than" in fail(file)


@pytest.mark.parametrize(("mode", "warnings"), [(0o600, 0), (0o640, 0), (0o644, 1), (0o602, 1)])
def test_mode_that_gives_everyone_access_is_a_warning(file: Path, mode: int, warnings: int) -> None:
    file.chmod(mode)
    listing = read(file)
    assert listing.records == RECORDS
    assert [f"has mode {mode:04o}" in warning for warning in listing.warnings] == [True] * warnings


def test_written_file_is_private_and_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        _snapshot_file.write_snapshot(str(tmp_path / "snapshot"), content())
    finally:
        os.umask(before)
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot"]
    assert (tmp_path / "snapshot").stat().st_mode & 0o777 == 0o600


def test_destination_is_checked_before_anything_is_read(file: Path, tmp_path: Path) -> None:
    other, empty, link = tmp_path / "play.yml", tmp_path / "empty", tmp_path / "link"
    other.write_text("---")
    empty.touch()
    link.symlink_to(file)
    for path, message in (
        (tmp_path / "absent" / "x", "does not exist"),
        (tmp_path, "cannot be replaced: it is a folder"),
        (other, "exists and is not a snapshot"),
        (link, "is a symbolic link"),
        (Path("/proc/snapshot"), "no file can be written to the folder '/proc'"),  # not even by root
    ):
        with pytest.raises(OptionError, match=message):
            _snapshot_file.check_destination(str(path))
    names = sorted(os.listdir(tmp_path))
    for path in (file, empty, tmp_path / "new"):
        _snapshot_file.check_destination(str(path))
    assert sorted(os.listdir(tmp_path)) == names


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SnapshotError, match="cannot be written"):
        _snapshot_file.write_snapshot(str(tmp_path / "folder"), content())
    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]


# Replaces the file by two contents in turn, for ever.
WRITER = """
import sys
from ansible_collections.siptrunk.telnyx.plugins.module_utils._snapshot_file import write_snapshot

contents = [open(path, "rb").read() for path in sys.argv[2:]]
while True:
    for content in contents:
        write_snapshot(sys.argv[1], content)
"""


def test_readers_get_a_whole_file_while_it_is_replaced_and_after_the_writer_was_killed(tmp_path: Path) -> None:
    many = [{**RECORDS[0], "id": str(place), "connection_name": "x" * 500} for place in range(2000)]
    contents = [content(records=many), content(records=many[:1000])]
    for name, each in zip("ab", contents):
        (tmp_path / name).write_bytes(each)
    target = tmp_path / "snapshot"
    target.write_bytes(contents[0])
    for _kill in range(8):
        started = target.stat().st_ino
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, *(str(tmp_path / name) for name in ("snapshot", "a", "b"))]
        )
        while target.stat().st_ino == started:
            assert writer.poll() is None
            time.sleep(0.005)
        for _read in range(10):
            assert len(read(target).records) in (1000, 2000)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        assert target.read_bytes() in contents
    header = decode_header(target.read_bytes())
    assert len(decode_records(target.read_bytes(), header)) == header.connections
