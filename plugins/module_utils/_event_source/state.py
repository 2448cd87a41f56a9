# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file in which an event source keeps its last reading, so that a restart misses no change."""

from __future__ import annotations

import gzip
import io
import json
import os
import zlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .._api_key import key_digest
from .._connections.records import Record, without_secrets
from .._errors import OptionError
from .._file_replacement import check_replaceable, discard, read_regular, stage

if TYPE_CHECKING:
    from .._options import Options

FORMAT = "siptrunk.telnyx/event-source"
FORMAT_VERSION = 1
GZIP = b"\x1f\x8b"  # the first bytes of every file in this format (RFC 1952)

# 100,000 records of 5 KiB, unpacked. A packed file may be a thousand times shorter than its content.
BYTES_MAX = 512 * 2**20

OTHER_FILE_HINT = "Choose another file, or remove this one."


class DamagedStateError(Exception):
    """A state file is damaged, or of another version. The text is a clause that says what is wrong."""


@dataclass
class State:
    """The last complete reading, with which key it was read, and since when readings fail.

    ``key_digest`` is that of the API key. ``filters`` are the options that select a part of the account. ``records`` are by their
    ids, ``None`` before the first complete reading. ``read_at`` is when that reading ended; ``unreachable_since``, when the first
    failed reading after it ended, ``None`` if none failed. Times are ISO 8601 in UTC.
    """

    api_url: str
    key_digest: str
    filters: dict[str, str | None]
    records: dict[str, Record] | None = None
    read_at: str | None = None
    unreachable_since: str | None = None

    @classmethod
    def new(cls, options: Options) -> State:
        """Return the state before the first reading."""
        filters = {name: getattr(options, name) for name in ("connection_name_contains", "outbound_voice_profile_id")}
        return cls(options.api_url, key_digest(options.api_key), filters)


def read_state(path: str) -> State | None:
    """Return the state in a file, or ``None`` if there is no file.

    Raises :class:`OptionError` if the file cannot be read or replaced, or is another one, which must not be replaced; and
    :class:`DamagedStateError` if it is a state file that cannot be used.
    """
    try:
        check_replaceable(path)
        if not os.access(os.path.dirname(path), os.W_OK | os.X_OK):
            raise OptionError(
                "state_file",
                f"no file can be written to the folder of {path!r}.",
                "Create the folder, and allow the user who runs ansible-rulebook to write to it.",
            )
        if os.path.exists(path) and os.path.getsize(path) > BYTES_MAX:
            raise _too_long(path)
        content = read_regular(path)
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "the path is invalid"
        raise OptionError("state_file", f"{path!r} cannot be used: {reason}.", "Give the path of a file.") from None
    return None if content is None else _decode(content, path)


def _decode(content: bytes, path: str) -> State:
    other_file = OptionError("state_file", f"{path!r} exists and is not a state file.", OTHER_FILE_HINT)
    # A file that was cut to less than these two bytes is damaged, and not another file.
    if not content.startswith(GZIP[: len(content)]):
        raise other_file
    if not content:
        raise DamagedStateError("it is empty")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            text = file.read(BYTES_MAX + 1)
    except (OSError, EOFError, zlib.error):
        raise DamagedStateError("it is damaged") from None
    if len(text) > BYTES_MAX:
        raise _too_long(path)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise other_file from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise other_file
    if found.get("format_version") != FORMAT_VERSION:
        raise DamagedStateError("it is of another version of the collection")
    try:
        state = State(**found["state"])
    except (KeyError, TypeError):
        raise DamagedStateError("parts of it are missing") from None
    if not _is_valid(state):
        raise DamagedStateError("it has values of the wrong types")
    return state


def _too_long(path: str) -> OptionError:
    return OptionError(
        "state_file", f"{path!r} is not a state file: it is longer than {BYTES_MAX // 2**20} MiB.", OTHER_FILE_HINT
    )


def _is_valid(state: State) -> bool:
    records: Any = state.records
    texts = (state.api_url, state.key_digest)
    times = (state.read_at, state.unreachable_since)
    return (
        all(isinstance(each, str) for each in texts)
        and all(each is None or isinstance(each, str) for each in times)
        and isinstance(state.filters, dict)
        and (records is None or isinstance(records, dict))
        and all(isinstance(each, dict) and each.get("id") == key for key, each in (records or {}).items())
    )


def write_state(path: str, state: State) -> None:
    """Replace the file, which gets the mode 0600. Raises :class:`OSError`; the earlier file is unchanged then."""
    content = {"format": FORMAT, "format_version": FORMAT_VERSION, "state": without_secrets(asdict(state))}
    staged: list[str] = []
    try:
        # The checksum of gzip detects a damaged file.
        data = gzip.compress(json.dumps(content, separators=(",", ":")).encode("ascii"), compresslevel=1)
        os.replace(stage(path, data, _keep_mode, staged.append), path)
    finally:
        discard(staged)


def _keep_mode(_staged: str) -> None:
    """Leave the staged file as it is: its mode is 0600."""
