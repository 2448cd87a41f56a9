# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a module gets as a dictionary of names and content in Base64."""

from __future__ import annotations

import base64
import binascii
import os
import re
from typing import TYPE_CHECKING, Any

from .._errors import SipConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


def is_representable(path: str) -> bool:
    """Return whether the operating system can represent the text as a path."""
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False


def decoded_files(files: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the content of the files by name. Raises :class:`SipConfigError`, which quotes no content."""
    decoded = {}
    for name, encoded in files.items():
        if name != os.path.basename(name) or name in ("", ".", "..") or not is_representable(name):
            raise SipConfigError(f"files: {name!r} is not the name of a file.")
        try:
            decoded[name] = base64.b64decode(re.sub(r"\s", "", encoded), validate=True)
        except (TypeError, ValueError, binascii.Error):
            raise SipConfigError(f"files: the content of {name!r} is not Base64.") from None
    return decoded
