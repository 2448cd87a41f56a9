# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a listing needs to know: the account's address and key, the limits, and what is listed."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ListingOptions:
    """The options of a listing, by the names that users know; their values are checked.

    ``timeout`` and ``deadline`` are seconds.
    """

    api_key: str = field(repr=False)
    api_url: str
    validate_certs: bool
    ca_path: str | None
    client_cert: str | None
    client_key: str | None
    timeout: float
    deadline: float
    retries: int
    concurrency: int
    connection_name_contains: str | None
    outbound_voice_profile_id: str | None
    sort: str | None
    page_size: int
    page_number: int | None
    consistency: str
    include_passwords: bool
