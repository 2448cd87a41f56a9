# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingerprints: by them, a finding of one check is recognized in the next one, in other reports and by other programs.

The documentation of the checks promises how a fingerprint is computed, so a change of it needs a new version of the reports' format.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

DIGITS = 32


def connection_key(connection_id: str | None, name: Any) -> tuple[str, Any]:
    """Return what identifies a connection in a fingerprint: its id, or its name if it has none."""
    return ("name", name) if connection_id is None else ("id", connection_id)


def fingerprint(check: str, account: str | None, connection: tuple[str, Any], finding: tuple[str, str]) -> str:
    """Return the fingerprint of a finding: 32 hexadecimal digits.

    ``account`` is the label of the account, and ``connection`` what :func:`connection_key` returns. ``finding`` is
    ``("path", path)``, ``("status", status)`` or ``("rule", id)``. Neither the values nor the order, time, file or line of
    a finding are part of it.
    """
    parts = [check, account or "", connection, finding]
    text = json.dumps(parts, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:DIGITS]
