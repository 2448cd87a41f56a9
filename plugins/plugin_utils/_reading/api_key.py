# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the API key from an option or a file, and a digest of it. No message shows the key."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from typing import TYPE_CHECKING, Any

from ...module_utils._errors import OptionError
from .argument_spec import KEY_OPTIONS
from .plugin_options import KEY_HINT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

KEY_FILE_MAX_BYTES = 4096

# A file name of this length or more that has no dot and has a digit is not shown: Telnyx's keys have some 60 characters.
_KEY_LENGTH_MIN = 32


def read_api_key(
    params: Mapping[str, Any], direct: Collection[str] = (), hint: str = KEY_HINT
) -> tuple[str, list[str]]:
    """Return the API key and the warnings about it.

    If both ``api_key`` and ``api_key_file`` are set, the one that is named in ``direct`` takes precedence; if both or
    neither are named there, it is an error. ``hint`` lists the ways to set a key. Raises :class:`OptionError`.
    """
    given = [name for name in KEY_OPTIONS if params.get(name) is not None]
    if len(given) == 2:
        given = [name for name in given if name in direct]
        if len(given) != 1:
            raise OptionError("api_key", "is set, and so is api_key_file.", f"Set only one of them. {hint}")
    if not given:
        raise OptionError("api_key", "no API key was given.", hint)
    option = given[0]
    check_is_text(option, params[option], hint)
    key = str(params[option])
    warnings: list[str] = []
    if option == "api_key_file":
        key, warnings = _read_key_file(key, hint)
    if not key.strip():
        raise OptionError(option, "the API key is empty.", hint)
    if not re.fullmatch(r"[!-~]+", key):
        what = "a line break" if re.search(r"[\r\n]", key) else "a space or a character outside printable ASCII"
        raise OptionError(option, f"the API key contains {what}.", hint)
    return key, warnings


def key_digest(api_key: str) -> str:
    """Return 16 hexadecimal digits by which files that were read with the same API key can be recognized.

    A key is random, and so long that it cannot be computed from a digest. In case that a key is neither, the derivation is slow
    (some 0.1 s) and cut to 64 bits: a guess can be tested only slowly, and never be confirmed with certainty.
    """
    return hashlib.pbkdf2_hmac("sha256", api_key.encode(), b"siptrunk.telnyx API key", 200_000).hex()[:16]


def check_is_text(option: str, value: Any, hint: str = KEY_HINT) -> None:
    """Refuse a list, a number or another value that is not text, without showing it, because it may contain the key.

    A vaulted value is accepted: in ansible-core before 2.19 it has its own class, which becomes text.
    Raises :class:`OptionError`.
    """
    if isinstance(value, (list, tuple, dict, set, bytes, bool, int, float)):
        raise OptionError(option, f"must be text, not of type {type(value).__name__}.", hint)


def _read_key_file(path: str, hint: str) -> tuple[str, list[str]]:
    option = "api_key_file"
    path = os.path.expanduser(path)
    if not path:
        raise OptionError(option, "the path is empty.", hint)
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            raw = file.read(KEY_FILE_MAX_BYTES + 1)
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the path
        reason = getattr(exc, "strerror", None) or "the path is invalid"
        raise OptionError(option, f"{_shown_path(path)} cannot be read: {reason}.", hint) from None
    warnings = []
    if status.st_mode & (stat.S_IROTH | stat.S_IWOTH):
        mode = stat.S_IMODE(status.st_mode)
        warnings.append(
            f"api_key_file: {path!r} has mode {mode:04o}, which gives every user of the machine access to the API key."
            " Change its mode to 0600."
        )
    if len(raw) > KEY_FILE_MAX_BYTES:
        raise OptionError(option, f"{path!r} is longer than {KEY_FILE_MAX_BYTES} bytes, so it is not an API key.")
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError as exc:
        raise OptionError(option, f"{path!r} contains bytes outside ASCII, so it is not an API key.") from exc
    # An editor or `echo` ends a file with one line break; a second one is an error.
    return re.sub(r"\r?\n\Z", "", text), warnings


def _shown_path(path: str) -> str:
    """Return a path for a message, unless it may be a key that was given instead of a path.

    Only the last part is examined, because Ansible puts a folder before a relative path.
    """
    name = os.path.basename(path)
    long_and_plain = len(name) >= _KEY_LENGTH_MIN and re.fullmatch(r"[A-Za-z0-9_%+=-]+", name)
    if re.match(r"KEY[0-9A-Za-z]{8}", name, re.IGNORECASE) or (long_and_plain and re.search("[0-9]", name)):
        return "the file (its path is not shown, because it looks like an API key)"
    return repr(path)
