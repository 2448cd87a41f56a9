# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text from the API as data on every core."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import ansible.template

# ansible-core 2.19 and later template only what is marked as trusted, which nothing of ours is.
MARKED = not hasattr(ansible.template, "trust_as_template")


def as_data(value: Any) -> Any:
    """Return the value such that Ansible does not template any text in it.

    Before ansible-core 2.19 all text is marked as unsafe, keys too: a text that begins with ``#jinja2:`` chooses the
    delimiters of its templates itself, so no character tells which text is none.
    """
    if not MARKED or value is None or isinstance(value, (bool, int, float)):
        return value
    return _Marker().mark(value)


def as_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts for an action's result, such that Ansible templates no text in them and does not mark it again.

    What several of them hold is marked once and stays one object, which a worker process sends once. The facts are lists and
    dictionaries of classes of their own until they are sent; YAML's dumpers refuse those, so they are not for a result that is
    registered, which a condition of the task sees; Ansible marks that itself. With ansible-core 2.16 the facts of 10,000 connections
    took 4.3 times the time of a lookup before, and 2.4 times after (docs/performance.md).
    """
    if not MARKED:
        return dict(facts)
    done_list, done_dict = _done_classes()
    data = _Marker().mark(dict(facts))
    return {
        name: done_list(value) if isinstance(value, list) else done_dict(value) if isinstance(value, dict) else value
        for name, value in data.items()
    }


@lru_cache(maxsize=1)
def _done_classes() -> tuple[type[list[Any]], type[dict[Any, Any]]]:
    """A list and a dictionary that ``wrap_var`` returns as they are, for all text in them is marked; pickled, they are plain."""
    from ansible.utils.unsafe_proxy import AnsibleUnsafe

    class DoneList(list, AnsibleUnsafe):  # type: ignore[type-arg]
        __UNSAFE__ = False  # what is in it is

        def __reduce_ex__(self, _protocol: Any) -> Any:
            return list, (), None, iter(self)

    class DoneDict(dict, AnsibleUnsafe):  # type: ignore[type-arg]
        __UNSAFE__ = False

        def __reduce_ex__(self, _protocol: Any) -> Any:
            return dict, (), None, None, iter(self.items())

    return DoneList, DoneDict


class _Marker:
    """``wrap_var`` for what JSON has, in a fifth of its time; equal texts and shared containers stay one object."""

    def __init__(self) -> None:
        from ansible.utils.unsafe_proxy import wrap_var

        self._wrap: Any = wrap_var
        self._text: Any = type(wrap_var(""))
        self._texts: dict[str, Any] = {}
        # The original is kept beside its copy, so that no other object gets its id.
        self._dicts: dict[int, tuple[Any, Any]] = {}

    def mark(self, value: Any) -> Any:
        """Return the value with all text in it, keys too, marked as unsafe."""
        kind = type(value)
        if kind is str:
            text = self._texts.get(value)
            if text is None:
                text = self._texts[value] = self._text(value)
            return text
        if value is None or kind is bool or kind is int or kind is float:
            return value
        if kind is list:
            return [self.mark(each) for each in value]
        if kind is dict:
            known = self._dicts.get(id(value))
            if known is None:
                copy = {self.mark(key): self.mark(each) for key, each in value.items()}
                known = self._dicts[id(value)] = (value, copy)
            return known[1]
        return self._wrap(value)
