# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions as filters of Ansible."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TelnyxError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._unsafe import mark_unsafe


def of_text(function: Callable[[object], str]) -> Callable[[Any], Any]:
    """Make a filter of a function from text to text."""

    def filter_text(value: Any) -> Any:
        if value is None or isinstance(value, (list, dict)):
            raise AnsibleFilterError("siptrunk.telnyx: the filter takes text.")
        return raising(function)(str(value))

    return filter_text


def raising(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make Ansible's error of the collection's, and data of what the function returns."""

    def called(*args: Any, **kwargs: Any) -> Any:
        try:
            return mark_unsafe(function(*args, **kwargs))
        except TelnyxError as exc:
            raise AnsibleFilterError(f"siptrunk.telnyx: {exc}") from None

    return called
