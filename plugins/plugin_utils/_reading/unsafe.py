# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep Ansible from templating text that comes from the API, on every supported ansible-core.

ansible-core 2.19 and later template only text that is marked as trusted, and no text of the API is. Earlier versions
template all text that is not marked as unsafe, so there the functions of this file mark it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ansible.template
from ansible.utils.unsafe_proxy import AnsibleUnsafe, wrap_var

if TYPE_CHECKING:
    from collections.abc import Mapping

MARKING_NEEDED = not hasattr(ansible.template, "trust_as_template")


def mark_unsafe(value: Any) -> Any:
    """Return the value with all text in it, keys too, marked as unsafe where this ansible-core needs it.

    All text is marked and not only text with braces: text that begins with ``#jinja2:`` sets the delimiters of its
    templates itself.
    """
    if not MARKING_NEEDED or value is None or isinstance(value, (bool, int, float)):
        return value
    return _Marker().mark(value)


def mark_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts for an action's result, marked as by :func:`mark_unsafe`, so that Ansible does not mark them again.

    An object that several facts share is marked once and stays one object, which a worker process sends once. With
    ansible-core 2.16 the facts of 10,000 connections took 4.3 times the time of a lookup without this function, and 2.4
    times with it (docs/performance.md).

    The facts are instances of :class:`list` and :class:`dict` subclasses until a worker process sends them. YAML's dumpers
    refuse such instances, so they are not for a result that is registered, which the task's conditions can dump.
    """
    if not MARKING_NEEDED:
        return dict(facts)
    marked = _Marker().mark(dict(facts))
    return {
        name: _MarkedList(value)
        if isinstance(value, list)
        else _MarkedDict(value)
        if isinstance(value, dict)
        else value
        for name, value in marked.items()
    }


# Ansible's wrap_var returns an AnsibleUnsafe unchanged, and all text in these is marked. Pickled, they are a plain list and dict.
class _MarkedList(list, AnsibleUnsafe):  # type: ignore[type-arg]
    __UNSAFE__ = False  # the container itself is not text

    def __reduce_ex__(self, _protocol: Any) -> Any:
        return list, (), None, iter(self)


class _MarkedDict(dict, AnsibleUnsafe):  # type: ignore[type-arg]
    __UNSAFE__ = False

    def __reduce_ex__(self, _protocol: Any) -> Any:
        return dict, (), None, None, iter(self.items())


class _Marker:
    """Does what ``wrap_var`` does with JSON's types, in a fifth of its time.

    Equal texts become one object, and a dictionary that is used several times stays one object.
    """

    def __init__(self) -> None:
        self._unsafe_text: Any = type(wrap_var(""))
        self._texts: dict[str, Any] = {}
        # By the id of the original, which is kept beside its copy so that no other object gets that id.
        self._dicts: dict[int, tuple[Any, Any]] = {}

    def mark(self, value: Any) -> Any:
        """Return the value with all text in it, keys too, marked as unsafe."""
        kind = type(value)
        if kind is str:
            text = self._texts.get(value)
            if text is None:
                text = self._texts[value] = self._unsafe_text(value)
            return text
        if value is None or kind is bool or kind is int or kind is float:
            return value
        if kind is list:
            return [self.mark(each) for each in value]
        if kind is dict:
            original_and_copy = self._dicts.get(id(value))
            if original_and_copy is None:
                copy = {self.mark(key): self.mark(each) for key, each in value.items()}
                original_and_copy = self._dicts[id(value)] = (value, copy)
            return original_and_copy[1]
        return wrap_var(value)
