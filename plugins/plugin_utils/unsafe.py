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
    """Return the value such that Ansible does not template any text in it.

    Before ansible-core 2.19 all text is marked as unsafe, keys too: a text that begins with ``#jinja2:`` chooses the
    delimiters of its templates itself, so no character tells which text is none.
    """
    if not MARKED:
        return value
    from ansible.utils.unsafe_proxy import wrap_var

    return _marked(value, wrap_var, type(wrap_var("")))


def _marked(value: Any, wrap: Any, text: Any) -> Any:
    """``wrap_var`` for what JSON has, in a fifth of its time."""
    kind = type(value)
    if kind is str:
        return text(value)
    if value is None or kind is bool or kind is int or kind is float:
        return value
    if kind is list:
        return [_marked(each, wrap, text) for each in value]
    if kind is dict:
        return {text(key): _marked(each, wrap, text) for key, each in value.items()}
    return wrap(value)
