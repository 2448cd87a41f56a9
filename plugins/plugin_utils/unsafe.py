# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text from the API as data on every core."""

from __future__ import annotations

from typing import Any

import ansible.template

# ansible-core 2.19 and later template only what is marked as trusted, which nothing of ours is.
MARKED = not hasattr(ansible.template, "trust_as_template")


def as_data(value: Any) -> Any:
    """Return the value such that Ansible does not template any text in it."""
    if not MARKED:
        return value
    if isinstance(value, str):
        from ansible.utils.unsafe_proxy import wrap_var

        # Text without a brace is no template, and unmarked it looks better in ansible-inventory --list.
        return wrap_var(value) if "{" in value else value
    if isinstance(value, list):
        return [as_data(each) for each in value]
    if isinstance(value, dict):
        return {key: as_data(each) for key, each in value.items()}
    return value
