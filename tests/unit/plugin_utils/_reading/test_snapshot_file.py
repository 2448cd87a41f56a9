"""The snapshot file on a disk: what is refused, and that it is whole whatever happens to its writer."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError, SnapshotError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.credential_connections import Listing
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading import snapshot_file
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.options import check_options
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.snapshot_format import (
    SnapshotHeader,
    decode_header,
    encode,
    format_read_at,
)

URL = "https://api.telnyx.com/v2"
RECORDS = [{"id": str(place), "connection_name": f"pbx {place}", "password_status": "masked"} for place in range(3)]


def content(records: list[dict[str, Any]] = RECORDS, **fields: Any) -> bytes:
    return encode(header(connections=len(records), **fields), records)


def header(age: float = 0, **fields: Any) -> SnapshotHeader:
    values = {
        "read_at": format_read_at(time.time() - age),
        "api_url": URL,
        "account": "0123456789abcdef",
        "connection_name_contains": None,
        "outbound_voice_profile_id": None,
        "consistency": "strict",
        "connections": len(RECORDS),
    }
    return SnapshotHeader(**{**values, **fields})


def read(path: Path, **options: Any) -> Listing:
    return snapshot_file.read_connections(check_options({"snapshot_file": str(path), **options}), LOG.append)


LOG: list[str] = []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "snapshot"
    snapshot_file.write_snapshot(str(path), header(age=5), RECORDS)
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
        snapshot_file.read_connections(check_options({"snapshot_file": given}), LOG.append)
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


def test_file_that_is_too_large_is_not_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_file, "BYTES_MAX", 10)
    assert "longer than" in fail(file)


@pytest.mark.parametrize(("mode", "warnings"), [(0o600, 0), (0o640, 0), (0o644, 1), (0o602, 1)])
def test_mode_that_gives_everyone_access_is_a_warning(file: Path, mode: int, warnings: int) -> None:
    file.chmod(mode)
    listing = read(file)
    assert listing.records == RECORDS
    assert [f"has mode {mode:04o}" in warning for warning in listing.warnings] == [True] * warnings


def test_file_of_another_user_that_root_can_read_is_a_warning(file: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to another user")
    os.chown(file, 65534, -1)
    assert ["belongs to the user with the id 65534" in warning for warning in read(file).warnings] == [True]


def test_written_file_is_private_and_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        snapshot_file.write_snapshot(str(tmp_path / "snapshot"), header(), RECORDS)
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
            snapshot_file.check_destination(str(path))
    names = sorted(os.listdir(tmp_path))
    for path in (file, empty, tmp_path / "new"):
        snapshot_file.check_destination(str(path))
    assert sorted(os.listdir(tmp_path)) == names


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SnapshotError, match="cannot be written"):
        snapshot_file.write_snapshot(str(tmp_path / "folder"), header(), RECORDS)
    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]


def test_later_reading_of_another_run_is_not_replaced(file: Path) -> None:
    before = file.read_bytes()
    for dry_run in (False, True):
        there, (warning,) = snapshot_file.write_snapshot(str(file), header(age=20), RECORDS[:1], dry_run)
        assert there == decode_header(before)
        assert there.read_at in warning
        assert "was not replaced" in warning
    assert os.listdir(file.parent) == [file.name]
    assert file.read_bytes() == before
    written = header(age=2)
    assert snapshot_file.write_snapshot(str(file), written, RECORDS, dry_run=True) == (written, [])
    assert file.read_bytes() == before
    assert snapshot_file.write_snapshot(str(file), written, RECORDS) == (written, [])
    assert decode_header(file.read_bytes()) == written


@pytest.mark.parametrize(
    ("there", "warnings"),
    [
        (content(account="fedcba9876543210"), ["with another API key, whose digest is fedcba9876543210"]),
        (content(api_url="https://other.example/v2"), ["read from https://other.example/v2. The new one"]),
        (content(consistency="checked"), []),
        (content(connection_name_contains="pbx"), []),
        (content(age=-3600), []),  # from the future
        (content()[:-1], []),
        (content().replace(b"pbx 1", b"pbx 2"), []),
        (content().replace(b'version":1', b'version":0'), []),
        (b"", []),
    ],
)
def test_any_other_snapshot_is_replaced(file: Path, there: bytes, warnings: list[str]) -> None:
    file.write_bytes(there)
    written = header(age=20)
    found, shown = snapshot_file.write_snapshot(str(file), written, RECORDS)
    assert (found, decode_header(file.read_bytes())) == (written, written)
    assert [text in warning for text, warning in zip(warnings, shown)] == [True] * len(warnings) == [True] * len(shown)
