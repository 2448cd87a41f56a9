# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The YAML tags that the reader and the writer of desired connections share."""

from __future__ import annotations

# Tags of YAML 1.1 (source: https://yaml.org/type/).
STANDARD = "tag:yaml.org,2002:"
MAP = f"{STANDARD}map"
SEQ = f"{STANDARD}seq"
STR = f"{STANDARD}str"
BOOL = f"{STANDARD}bool"
NULL = f"{STANDARD}null"
MERGE = f"{STANDARD}merge"

# Ansible's own tags.
UNSAFE = "!unsafe"
VAULTED = ("!vault", "!vault-encrypted")
