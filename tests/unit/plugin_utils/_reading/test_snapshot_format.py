"""The format of a snapshot file: what is written is read back, and no damage is overlooked."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SnapshotError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.snapshot_format import (
    SnapshotHeader,
    decode_header,
    decode_records,
    encode,
    format_read_at,
)
from hypothesis import given
from hypothesis import strategies as st

Record = dict[str, Any]
NOW = 1_795_687_200.0  # 2026-11-26T10:00:00Z
FIELDS: dict[str, Any] = {
    "read_at": "2026-11-26T10:00:00Z",
    "api_url": "https://api.telnyx.com/v2",
    "account": "0123456789abcdef",
    "connection_name_contains": None,
    "outbound_voice_profile_id": None,
    "consistency": "strict",
    "connections": 2,
}
HEADER = SnapshotHeader(**FIELDS)
RECORDS: list[Record] = [
    {
        "id": "1",
        "connection_name": "{{ 1 }}\n\u202e\u2028",
        "password_status": "masked",
        "inbound": {"codecs": ["G722"]},
    },
    {"id": "2", "connection_name": None, "password_status": "absent"},
]
CONTENT = encode(HEADER, RECORDS)


def decode(content: bytes) -> tuple[SnapshotHeader, list[Record]]:
    header = decode_header(content)
    return header, decode_records(content, header)


def with_checksum(*lines: Any) -> bytes:
    """Return a file of these lines, whose checksum is right."""
    body = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines).encode()
    return body + b'{"sha256":"' + hashlib.sha256(body).hexdigest().encode() + b'"}\n'


def header_line(**changes: Any) -> dict[str, Any]:
    return {"format": "siptrunk.telnyx/snapshot", "format_version": 1, **FIELDS, **changes}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.text("defg", max_size=4), JSON, max_size=4), max_size=4))
def test_decoded_file_has_what_was_encoded(fields: list[Record]) -> None:
    records = [{**each, "id": str(place), "password_status": "masked"} for place, each in enumerate(fields)]
    header = SnapshotHeader(**{**FIELDS, "connections": len(records)})
    assert decode(encode(header, records)) == (header, records)


def test_no_secret_is_encoded() -> None:
    content = encode(HEADER, [{**RECORDS[0], "password": "canary", "x": [{"password": "canary"}]}, RECORDS[1]])
    assert b"canary" not in content
    assert decode(content)[1][0]["x"] == [{}]


def test_every_line_is_json_and_the_last_one_is_the_checksum_of_the_others() -> None:
    lines = CONTENT.decode("ascii").splitlines(keepends=True)
    first, *records, last = map(json.loads, lines)
    assert first == header_line()
    assert records == RECORDS
    assert last == {"sha256": hashlib.sha256("".join(lines[:-1]).encode()).hexdigest()}


@pytest.mark.parametrize("change", [1, 0x20, 0x80])
def test_change_of_any_byte_is_an_error(change: int) -> None:
    for place in range(len(CONTENT)):
        content = bytearray(CONTENT)
        content[place] ^= change
        with pytest.raises(SnapshotError):
            decode(bytes(content))


def test_file_that_is_cut_short_anywhere_is_an_error() -> None:
    for length in range(len(CONTENT)):
        with pytest.raises(SnapshotError, match=r"is empty|is damaged|cut short"):
            decode(CONTENT[:length])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\x00" * 500, "is not a snapshot"),
        (b"hosts: all\n", "is not a snapshot"),
        (b"[" * 100_000 + b"\n", "is not a snapshot"),
        (CONTENT + b"\n", "cut short or was changed"),
        (CONTENT + CONTENT, "checksum does not match"),
        (with_checksum({"format": "siptrunk.telnyx/drift"}), "is not a snapshot"),
        (with_checksum(header_line(format_version=2)), "format version 2, but this version of the collection reads 1"),
        (with_checksum(header_line(format_version=2))[:-9], "format version 2"),
        *[
            (with_checksum(header_line(**change)), "header of the snapshot is not valid")
            for change in (
                {"format_version": 0},
                {"format_version": "1"},
                {"format_version": True},
                {"consistency": "none"},
                {"read_at": None},
                {"read_at": "2026-11-26T10:00:00+01:00"},
                {"connection_name_contains": 5},
                {"connections": True},
            )
        ],
        *[
            (with_checksum({name: each for name, each in header_line().items() if name != absent}), "is not valid")
            for absent in ("connection_name_contains", "connections")
        ],
        (
            with_checksum(json.dumps(header_line())[:-1] + ', "consistency": "strict"}', *RECORDS),
            "is not a snapshot, or its beginning is damaged",
        ),
        (
            with_checksum(header_line(), RECORDS[0], '{"id": "1", "id": "2", "password_status": "masked"}'),
            "not records",
        ),
        (with_checksum(header_line(), *RECORDS, RECORDS[0]), "not records"),
        (with_checksum(header_line(), RECORDS[0]), "1 connections, but its header says 2"),
        (with_checksum(header_line(), f"{json.dumps(RECORDS[0])},{json.dumps(RECORDS[1])}"), "its header says 2"),
        (with_checksum(header_line(), RECORDS[0], ["x"]), "not records"),
        (with_checksum(header_line(), RECORDS[0], {"id": 2, "password_status": "masked"}), "not records"),
        (with_checksum(header_line(), RECORDS[0], {"id": "2"}), "not records"),
        (with_checksum(header_line(), RECORDS[0], '{"id": "2", "password_status": "masked", "x": NaN}'), "not records"),
        (
            with_checksum(header_line(), RECORDS[0], '{"id": "2", "password_status": "masked", "x": 1e999}'),
            "not records",
        ),
        (with_checksum(header_line(), RECORDS[0], "[" * 100_000), "not records"),
    ],
)
def test_bad_content_is_an_error_with_a_remedy(content: bytes, message: str) -> None:
    with pytest.raises(SnapshotError, match=message) as caught:
        decode(content)
    assert caught.value.hint


def test_reserved_keys_and_secrets_of_a_file_that_something_else_wrote_are_harmless() -> None:
    record = {**RECORDS[0], "password": "canary", "__ansible_vault": "x"}
    assert decode(with_checksum(header_line(connections=1), record))[1] == [{**RECORDS[0], "field__ansible_vault": "x"}]


@pytest.mark.parametrize(("age", "message"), [(601, "601 s old"), (86_400, "86400 s old"), (-61, "61 s from now")])
def test_snapshot_that_is_too_old_or_from_the_future_is_an_error(age: int, message: str) -> None:
    with pytest.raises(SnapshotError, match=message) as caught:
        HEADER.check_age(600, NOW + age)
    assert HEADER.read_at in str(caught.value)


@pytest.mark.parametrize("age", [0, 600, -60])
def test_snapshot_of_an_allowed_age_is_accepted(age: int) -> None:
    HEADER.check_age(600, NOW + age)


def test_read_at_is_utc_in_whole_seconds() -> None:
    assert format_read_at(NOW + 0.9) == HEADER.read_at


@pytest.mark.parametrize(
    ("found", "later"),
    [
        ({"read_at": "2026-11-26T10:00:01Z"}, True),
        ({"read_at": "2026-11-26T10:00:10Z", "connections": 0}, True),
        ({"read_at": "2026-11-26T10:01:30Z"}, True),  # from the future, but by no more than clocks may differ
        ({"read_at": "2026-11-26T10:01:31Z"}, False),
        ({}, False),
        ({"read_at": "2026-11-26T09:59:59Z"}, False),
        *[
            ({"read_at": "2026-11-26T10:00:01Z", **other}, False)
            for other in (
                {"api_url": "https://other.example/v2"},
                {"account": "fedcba9876543210"},
                {"connection_name_contains": "pbx"},
                {"outbound_voice_profile_id": "7"},
                {"consistency": "checked"},
            )
        ],
    ],
)
def test_later_reading_of_the_same_content(found: Record, later: bool) -> None:
    assert SnapshotHeader(**{**FIELDS, **found}).is_later_reading(HEADER, NOW + 30) is later


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ({}, {}),
        ({}, {"contains": "pbx", "profile": "7", "consistency": "strict"}),
        ({"connection_name_contains": "pbx"}, {"contains": "Berlin PBX 1"}),
        ({"connection_name_contains": "PBX"}, {"contains": "pbx"}),
        ({"outbound_voice_profile_id": "07"}, {"profile": "7", "contains": "abc"}),
        ({"consistency": "checked"}, {}),
    ],
)
def test_snapshot_covers_the_same_and_narrower_filters(held: Record, asked: Record) -> None:
    SnapshotHeader(**{**FIELDS, **held}).check_coverage(**{**ASKED, **asked})


ASKED: Record = {"contains": None, "profile": None, "consistency": "checked"}


@pytest.mark.parametrize(
    ("held", "asked", "message"),
    [
        ({"connection_name_contains": "pbx"}, {}, "contains='pbx', but all connections are needed"),
        ({"connection_name_contains": "pbx"}, {"profile": "7"}, "contains='pbx', but all connections are needed"),
        ({"connection_name_contains": "pbx"}, {"contains": "pb"}, "contains='pb' is needed here"),
        ({"connection_name_contains": "jose"}, {"contains": "josé"}, "contains='josé' is needed here"),
        ({"connection_name_contains": "strasse"}, {"contains": "straße 1"}, "is needed here"),
        ({"outbound_voice_profile_id": "7"}, {}, "id='7', but all connections are needed"),
        ({"outbound_voice_profile_id": "7"}, {"profile": "70"}, "id='70' is needed here"),
        ({"consistency": "checked"}, {"consistency": "strict"}, "consistency=strict is needed here"),
    ],
)
def test_snapshot_that_is_narrower_than_what_is_asked_is_an_error(held: Record, asked: Record, message: str) -> None:
    with pytest.raises(SnapshotError, match=message) as caught:
        SnapshotHeader(**{**FIELDS, **held}).check_coverage(**{**ASKED, **asked})
    assert caught.value.hint
