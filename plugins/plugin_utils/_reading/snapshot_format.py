# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The snapshot file: the records of an account as one text. ``docs/snapshot.md`` describes the format.

The first line is a header, each further line a record, and the last one the SHA-256 of everything before it. Each line is JSON.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from ...module_utils._errors import SnapshotError
from .._records import strict_json
from .._records.records import Record, checked_records, without_secrets
from .argument_spec import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT = "siptrunk.telnyx/snapshot"
FORMAT_VERSION = 1
BEGINNING = f'{{"format":"{FORMAT}"'.encode()

# The clock of the machine that wrote the file may be ahead by so many seconds at most.
CLOCK_SKEW_MAX = 60

WRITE_HINT = "Write it again with the playbook siptrunk.telnyx.snapshot."

_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_LAST_LINE = re.compile(rb'\{"sha256":"([0-9a-f]{64})"\}\n')
_LAST_LINE_BYTES = 78


@dataclass(frozen=True)
class SnapshotHeader:
    """The header of a snapshot file: what the records are, and when they were read.

    ``read_at``: when reading the account began (ISO 8601, UTC, whole seconds). ``account``: the digest of the
    API key. ``connection_name_contains``, ``outbound_voice_profile_id`` and ``consistency``: the options of the listing.
    ``connections``: the number of records.
    """

    read_at: str
    api_url: str
    account: str
    connection_name_contains: str | None
    outbound_voice_profile_id: str | None
    consistency: str
    connections: int

    def age(self, now: float) -> float:
        """Return the age in seconds, negative for a snapshot from the future; ``now`` is Unix time in seconds."""
        moment = datetime.datetime.strptime(self.read_at, _TIME_FORMAT).replace(tzinfo=datetime.timezone.utc)
        return now - moment.timestamp()

    def check_age(self, age_max: int, now: float) -> None:
        """Raise :class:`SnapshotError` if a snapshot is older than ``age_max`` seconds, or from the future.

        ``now`` is Unix time in seconds.
        """
        age = self.age(now)
        if age > age_max:
            raise SnapshotError(
                f"The snapshot is {age:.0f} s old (read at {self.read_at}), but snapshot_max_age is {age_max} s.",
                f"{WRITE_HINT[:-1]}, or raise snapshot_max_age.",
            )
        if age < -CLOCK_SKEW_MAX:
            raise SnapshotError(
                f"The snapshot is from the future: it was read at {self.read_at}, {-age:.0f} s from now.",
                "Check the clocks of this machine and of the one that wrote the snapshot.",
            )

    def is_later_reading(self, new: SnapshotHeader, now: float) -> bool:
        """Return whether this snapshot is a later reading than the new one, of the same address, key, filters and consistency.

        One from the future, which nothing can use, is not later. ``now`` is Unix time in seconds.
        """
        comparable = replace(self, read_at=new.read_at, connections=new.connections)
        return comparable == new and -CLOCK_SKEW_MAX <= self.age(now) < new.age(now)

    def check_coverage(self, contains: str | None, profile: str | None, consistency: str) -> None:
        """Raise :class:`SnapshotError` if a listing with these options may have records that the snapshot does not have."""
        # Only the case is ignored. Whether the server treats other texts as equal, such as those with accents, is not known.
        filtered = self.connection_name_contains
        if filtered is not None and (contains is None or filtered.lower() not in contains.lower()):
            raise _narrower("connection_name_contains", filtered, contains)
        filtered = self.outbound_voice_profile_id
        if filtered is not None and (profile is None or filtered.lstrip("0") != profile.lstrip("0")):
            raise _narrower("outbound_voice_profile_id", filtered, profile)
        if consistency == "strict" and self.consistency != "strict":
            raise SnapshotError(
                "The snapshot was read with consistency=checked, but consistency=strict is needed here.",
                "Write it with consistency=strict, which is the default of the playbook siptrunk.telnyx.snapshot.",
            )


_STRINGS = ("read_at", "api_url", "account", "consistency")
_FILTERS = ("connection_name_contains", "outbound_voice_profile_id")


def format_read_at(time: float) -> str:
    """Return a Unix time in seconds in the format of ``read_at``: ISO 8601, UTC, whole seconds."""
    return datetime.datetime.fromtimestamp(time, datetime.timezone.utc).strftime(_TIME_FORMAT)


def encode(header: SnapshotHeader, records: Sequence[Record]) -> bytes:
    """Return the content of a snapshot file: the records without their passwords."""
    first = {"format": FORMAT, "format_version": FORMAT_VERSION, **asdict(header)}
    lines = [json.dumps(each, separators=(",", ":")) for each in (first, *without_secrets(list(records)))]
    body = "".join(f"{line}\n" for line in lines).encode("ascii")
    return body + b'{"sha256":"%s"}\n' % hashlib.sha256(body).hexdigest().encode()


def decode_header(content: bytes) -> SnapshotHeader:
    """Return the header of a snapshot file, after a check of the whole file's checksum. Raises :class:`SnapshotError`."""
    if not content:
        raise SnapshotError("The snapshot file is empty.", WRITE_HINT)
    first = _first_line(content)
    if first.get("format") != FORMAT:
        raise SnapshotError("The file is not a snapshot, or its beginning is damaged.", WRITE_HINT)
    version = first.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise SnapshotError(
            f"The snapshot has the format version {version}, but this version of the collection reads {FORMAT_VERSION}.",
            "Update the collection here, or write the snapshot with the version that is installed here.",
        )
    found = _LAST_LINE.fullmatch(content[-_LAST_LINE_BYTES:])
    if not found:
        raise SnapshotError("The snapshot is cut short or was changed: its last line is not its checksum.", WRITE_HINT)
    if hashlib.sha256(memoryview(content)[:-_LAST_LINE_BYTES]).hexdigest() != found[1].decode():
        raise SnapshotError("The snapshot was changed or damaged: its checksum does not match.", WRITE_HINT)
    return _header(first)


def decode_records(content: bytes, header: SnapshotHeader) -> list[Record]:
    """Return the records of a file, without secrets; ``header`` is what :func:`decode_header` returned for the same content.

    Raises :class:`SnapshotError`.
    """
    lines = content[:-_LAST_LINE_BYTES].decode("utf-8", "replace").split("\n")[1:-1]
    try:
        # If they are decoded as one text, the records share their keys, which takes less memory.
        records = checked_records(strict_json.loads(f"[{','.join(lines)}]", unique_keys=True))
    except (ValueError, OverflowError, RecursionError):
        raise SnapshotError("The snapshot has lines that are not records.", WRITE_HINT) from None
    if not len(records) == len(lines) == header.connections:
        raise SnapshotError(
            f"The snapshot has {len(records)} connections, but its header says {header.connections}.", WRITE_HINT
        )
    return records


def _narrower(option: str, filtered: str, asked: str | None) -> SnapshotError:
    """Return the error for a snapshot that was written with a narrower filter than the one that is asked for."""
    wanted = "all connections are" if asked is None else f"{option}={asked!r} is"
    return SnapshotError(
        f"The snapshot has only the connections of {option}={filtered!r}, but {wanted} needed here.",
        f"Write a snapshot without {option}.",
    )


def _first_line(content: bytes) -> dict[str, Any]:
    line = content[: content.find(b"\n") + 1]
    try:
        first = strict_json.loads(line.decode(), unique_keys=True)
    except (ValueError, OverflowError, RecursionError):
        first = None
    return first if isinstance(first, dict) else {}


def _is_integer(value: Any) -> bool:
    """Return whether a value is an integer in JSON. In Python true is one, too, and equals 1, as 1.0 does."""
    return isinstance(value, int) and not isinstance(value, bool)


def _header(first: dict[str, Any]) -> SnapshotHeader:
    values = {name: first.get(name) for name in SnapshotHeader.__dataclass_fields__}
    version = first.get("format_version")
    # A filter that is left out is not the same as none.
    valid = (
        _is_integer(version)
        and version == FORMAT_VERSION
        and first.keys() >= values.keys()
        and all(isinstance(values[name], str) for name in _STRINGS)
        and all(values[name] is None or isinstance(values[name], str) for name in _FILTERS)
        and values["consistency"] in OPTIONS["consistency"]["choices"]
        and _is_integer(values["connections"])
    )
    header = SnapshotHeader(**values)  # type: ignore[arg-type]
    try:
        if valid:
            header.age(0)  # raises ValueError unless read_at is a time
            return header
    except ValueError:
        pass
    raise SnapshotError("The header of the snapshot is not valid.", WRITE_HINT)
