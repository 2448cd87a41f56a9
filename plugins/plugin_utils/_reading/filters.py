# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions as filters of Ansible: their input checked, their errors and results in Ansible's types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ansible.errors import AnsibleFilterError

from ...module_utils._errors import TelnyxError
from ...module_utils._text import prefixed
from .unsafe import mark_unsafe

Filter = Callable[..., Any]


def translate_errors(function: Callable[..., Any]) -> Filter:
    """Return a filter that returns the function's result as data and raises its errors as ``AnsibleFilterError``."""

    def translated(*args: Any, **kwargs: Any) -> Any:
        try:
            return mark_unsafe(function(*args, **kwargs))
        except TelnyxError as exc:
            raise AnsibleFilterError(prefixed(exc)) from None

    return translated


def text_filter(function: Callable[[object], str]) -> Filter:
    """Return a filter of a function from text to text; numbers and booleans count as text."""
    translated = translate_errors(function)

    def filter_text(value: Any) -> Any:
        if value is None or isinstance(value, (list, dict)):
            raise AnsibleFilterError(prefixed("the filter needs text."))
        return translated(str(value))

    return filter_text


def connections_filter(function: Callable[[Sequence[Mapping[str, Any]]], Any]) -> Filter:
    """Return a filter of a function of connections, and check that its input is a list of dictionaries."""

    def filter_connections(connections: Any) -> Any:
        if isinstance(connections, (list, tuple)) and all(isinstance(record, Mapping) for record in connections):
            return function(connections)
        raise AnsibleFilterError(prefixed("the filter needs a list of connections."))

    return filter_connections
