# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired connections in YAML, read strictly."""

from __future__ import annotations

import gc
import re
from collections.abc import Mapping
from typing import Any

import yaml
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.fields import REFERENCE, Field
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import key_for_message, one_line
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plain_types import require_finite

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML without libyaml: slower, the same otherwise
    from yaml import SafeLoader  # type: ignore[assignment]

YAML = "tag:yaml.org,2002:"
# Ten times what the largest account has, 10,000 connections of some 60 fields.
SIZE_MAX = 6_000_000
_WHOLE = re.compile("-?(0|[1-9][0-9]*)")
_BROKEN = re.compile(r"[-+]?([0-9]*\.[0-9]*(e[-+]?[0-9]+)?|\.inf|\.nan)", re.IGNORECASE)


class Refused(Exception):
    """What is wrong, and in which line; without the text beside it, which may be a password."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


class Loader(SafeLoader):
    """YAML in which a key given twice is an error, a date is text, Ansible's own tags are understood, and nothing is read
    that JSON, and so the API, cannot say.
    """

    # The path resolvers are not used, and calling them costs as much as the parsing.
    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Do nothing."""

    def ascend_resolver(self) -> None:
        """Do nothing."""

    vault = VaultLib()

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._unique: dict[int, yaml.MappingNode] = {}

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Refuse a key that is given twice, and merge what ``<<`` names; once, for it changes the node.

        The merge is YAML's rule (https://yaml.org/type/merge.html): a mapping's own keys take precedence over merged ones,
        and of several merged mappings the first. PyYAML 6.0.4 merges nested ones in another way.
        """
        if id(node) in self._unique:
            return
        self._unique[id(node)] = node
        own: list[tuple[yaml.Node, yaml.Node]] = []
        merged: list[tuple[yaml.Node, yaml.Node]] = []
        seen = set()
        for key, value in node.value:
            if key.tag == f"{YAML}merge":
                for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    merged += self._to_merge(source, node)
                continue
            if key.tag not in (f"{YAML}str", "!unsafe"):
                raise Refused("a key is no text; quote it", key.start_mark.line + 1)
            if key.value in seen:
                raise Refused(f"the key {key_for_message(key.value)} is given twice", key.start_mark.line + 1)
            seen.add(key.value)
            own.append((key, value))
        for key, value in merged:
            if key.value not in seen:
                seen.add(key.value)
                own.append((key, value))
        node.value = own

    def _to_merge(self, source: Any, into: yaml.MappingNode) -> list[tuple[Any, Any]]:
        """The pairs of a mapping that another one merges."""
        if not isinstance(source, yaml.MappingNode) or source is into:
            raise Refused("<< names something that is not another mapping", into.start_mark.line + 1)
        self.flatten_mapping(source)
        if any(key.tag == f"{YAML}merge" for key, _value in source.value):
            raise Refused("<< leads back to the mapping that it is in", into.start_mark.line + 1)
        return list(source.value)

    def keep_texts(self, node: Any, fields: Mapping[str, Any]) -> None:
        """Take the values of text fields as they are written: a name or a tag ``2.10``, ``true`` or ``NO`` is that text."""
        if not isinstance(node, yaml.MappingNode):
            return
        self.flatten_mapping(node)
        for place, (key, value) in enumerate(node.value):
            reference = fields.get(key.value)
            if isinstance(reference, Field):
                if reference.type == "text":
                    node.value[place] = (key, _as_written(value))
                elif reference.type == "list" and isinstance(value, yaml.SequenceNode):
                    value.value = [_as_written(each) for each in value.value]
            elif reference is not None:
                self.keep_texts(value, reference)

    def number(self, node: Any) -> int | float | str:
        """A number. What YAML 1.1 takes for one in another notation is text without its quotes: 0123 is a user, not 83."""
        try:
            if _WHOLE.fullmatch(node.value):
                return require_finite(int(node.value))
            if _BROKEN.fullmatch(node.value):
                return require_finite(float(node.value))
        except ValueError:
            raise Refused("a number is none that JSON has", node.start_mark.line + 1) from None
        return str(node.value)

    def foreign(self, node: Any) -> None:
        kind = node.tag.rpartition(":")[2]
        raise Refused(f"a value is of the kind !!{kind}, which no field has", node.start_mark.line + 1)

    def unsafe(self, node: Any) -> str:
        return str(self.construct_scalar(node))

    def vaulted(self, node: Any) -> str:
        try:
            return str(self.vault.decrypt(self.construct_scalar(node).encode()).decode())
        except AnsibleError as exc:
            raise Refused(
                f"a vaulted value cannot be read: {one_line(exc).rstrip('.')}", node.start_mark.line + 1
            ) from None


def _as_written(node: Any) -> Any:
    """A number or boolean without quotes as the text of its source; any other node as it is."""
    if not isinstance(node, yaml.ScalarNode) or node.style in _QUOTED or node.tag not in _NOT_TEXT:
        return node
    if node.tag == f"{YAML}bool" and node.value.lower() not in Loader.bool_values:
        return node  # it has that tag in the file, and is an error
    return yaml.ScalarNode(f"{YAML}str", node.value, node.start_mark, node.end_mark)


_QUOTED = ("'", '"', "|", ">")
_NOT_TEXT = frozenset(f"{YAML}{kind}" for kind in ("int", "float", "bool"))

for _kind in ("int", "float"):
    Loader.add_constructor(f"{YAML}{_kind}", Loader.number)
for _kind in ("binary", "timestamp", "set", "omap", "pairs"):
    Loader.add_constructor(f"{YAML}{_kind}", Loader.foreign)
Loader.add_constructor("!unsafe", Loader.unsafe)
Loader.add_constructor("!vault", Loader.vaulted)
Loader.add_constructor("!vault-encrypted", Loader.vaulted)
_AS_TEXT = (f"{YAML}timestamp", f"{YAML}value")
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _AS_TEXT]
    for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
}


def yaml_records(text: str, vault: VaultLib) -> list[tuple[Any, int]]:
    """The records of a YAML text, each with its line. Raises :class:`Refused`."""
    collecting = gc.isenabled()
    gc.disable()  # it would search the millions of new nodes again and again
    try:
        loader = Loader(text)
        loader.vault = vault
        root = loader.get_single_node()
        if root is None:
            raise Refused("it is empty; a list without connections is []", 1)
        nodes = root.value if isinstance(root, yaml.SequenceNode) else [root]
        for node in nodes:
            loader.keep_texts(node, REFERENCE)
        return _bounded([(loader.construct_object(node, deep=True), node.start_mark.line + 1) for node in nodes], text)
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        # What it quotes may be a password that was not quoted.
        problem = re.sub("(['\"]).*\\1|['\"].*", "…", exc.problem or "", flags=re.DOTALL)
        raise Refused(f"it is no valid YAML: {one_line(problem, 120)}", mark.line + 1 if mark else 1) from None
    except yaml.YAMLError as exc:
        place = getattr(exc, "position", 0)
        raise Refused(
            "it is no valid YAML: a character that YAML does not have", text.count("\n", 0, place) + 1
        ) from None
    except (ValueError, TypeError, KeyError, RecursionError) as exc:
        raise Refused(f"it holds a value that cannot be read ({type(exc).__name__})", 1) from None
    finally:
        if collecting:
            gc.enable()


def _bounded(found: list[tuple[Any, int]], text: str) -> list[tuple[Any, int]]:
    if "&" in text and _size(found, {}) > SIZE_MAX:
        raise Refused("its aliases make too much of it", 1)
    return found


def _size(value: Any, known: dict[int, int]) -> int:
    """How many values there are in a value, an alias counted each time that it is used."""
    if not isinstance(value, (dict, list, tuple)):
        return 1
    if id(value) not in known:
        each = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(one, known) for one in each)
    return known[id(value)]
