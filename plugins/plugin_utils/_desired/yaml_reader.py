# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read desired connections from YAML, strictly."""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import yaml
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib

from ...module_utils._text import key_for_message, one_line
from .._checks.desired_records import Origin
from .._reading.plain_types import require_finite
from .._records.fields import ALIASES, REFERENCE, TEXT, Field
from .errors import ParseError
from .layout import connections_and_defaults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._records.field_paths import Path

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML without libyaml: slower, with the same result
    from yaml import SafeLoader  # type: ignore[assignment]

# Tags of YAML 1.1 (source: https://yaml.org/type/), and Ansible's own.
STANDARD = "tag:yaml.org,2002:"
MAP, SEQ, STR, BOOL, NULL, MERGE = (f"{STANDARD}{kind}" for kind in ("map", "seq", "str", "bool", "null", "merge"))
UNSAFE = "!unsafe"
VAULTED = ("!vault", "!vault-encrypted")
# Ten times the number of values in the largest account, 10,000 connections of some 60 fields.
SIZE_MAX = 6_000_000

_INTEGER = re.compile("-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?([0-9]*\.[0-9]*(e[-+]?[0-9]+)?|\.inf|\.nan)", re.IGNORECASE)
_CONVERTED_TAGS = frozenset(f"{STANDARD}{kind}" for kind in ("int", "float", "bool"))


class Loader(SafeLoader):
    """Load YAML strictly: a duplicate key is an error, and so is a type that JSON, and so the API, does not have.

    Dates are text, and Ansible's tags ``!unsafe`` and ``!vault`` are known.
    """

    vault = VaultLib()

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        # Equal texts have equal tags. Without this cache, the parsing takes a quarter more time. It
        # does not refer to the loader: a cycle would keep all nodes in memory.
        self.resolve = lru_cache(maxsize=None)(_resolver.resolve)  # type: ignore[method-assign]
        # By id; the node is kept so that no other one gets its id.
        self._flattened: dict[int, yaml.MappingNode] = {}

    # Path resolvers are not used, and calling these methods takes as long as the parsing.
    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Do nothing."""

    def ascend_resolver(self) -> None:
        """Do nothing."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Refuse duplicate keys, and resolve merge keys (``<<``). It changes the node, so it does it only once.

        A mapping's own keys take precedence over merged ones, and of several merged mappings the first one (source:
        https://yaml.org/type/merge.html). PyYAML 6.0.4 merges nested ones differently. Raises :class:`ParseError`.
        """
        if id(node) in self._flattened:
            return
        self._flattened[id(node)] = node
        own: list[tuple[yaml.Node, yaml.Node]] = []
        merged: list[tuple[yaml.Node, yaml.Node]] = []
        keys = set()
        for key, value in node.value:
            if key.tag == MERGE:
                for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    merged += self._merged_pairs(source, node)
                continue
            if key.tag not in (STR, UNSAFE) or not isinstance(key, yaml.ScalarNode):
                raise ParseError("a key is not text; quote it", key.start_mark.line + 1)
            if key.value in keys:
                raise ParseError(f"the key {key_for_message(key.value)} is given twice", key.start_mark.line + 1)
            keys.add(key.value)
            own.append((key, value))
        for key, value in merged:
            if key.value not in keys:
                keys.add(key.value)
                own.append((key, value))
        node.value = own

    def _merged_pairs(self, source: Any, into: yaml.MappingNode) -> list[tuple[Any, Any]]:
        """Return the keys and values of a mapping that is merged into another one."""
        if not isinstance(source, yaml.MappingNode) or source is into:
            raise ParseError("<< names something that is not another mapping", into.start_mark.line + 1)
        self.flatten_mapping(source)
        if any(key.tag == MERGE for key, _value in source.value):
            raise ParseError("<< leads back to the mapping that it is in", into.start_mark.line + 1)
        return list(source.value)

    def value(self, node: Any, reference: Any = None) -> Any:
        """Return the value of a node. Raises :class:`ParseError`, and the errors of PyYAML.

        ``reference`` is the part of the field reference for it. The values of text fields are the text of the source: a name
        ``2.10``, ``true`` or ``NO`` is that text. PyYAML's :meth:`construct_object` takes four times as long for the same.
        """
        tag = node.tag
        if isinstance(node, yaml.MappingNode):
            if tag == MAP:
                return self._mapping(node, reference if isinstance(reference, dict) else {})
        elif isinstance(node, yaml.SequenceNode):
            if tag == SEQ:
                element = TEXT if isinstance(reference, Field) and reference.type == "list" else None
                return [self.value(each, element) for each in node.value]
        elif tag == STR:
            return node.value
        elif tag == NULL:
            return None
        elif tag in _CONVERTED_TAGS:
            if isinstance(reference, Field) and reference.type == "text" and _is_source_text(node):
                return node.value
            return self.bool_values[node.value.lower()] if tag == BOOL else self.construct_number(node)
        return self.construct_object(node, deep=True)

    def _mapping(self, node: yaml.MappingNode, fields: Mapping[str, Any]) -> dict[str, Any]:
        # Most mappings have nothing to refuse or to merge, and texts as values; testing this first halves the time.
        if len({key.value for key, _each in node.value if key.tag == STR}) < len(node.value):
            self.flatten_mapping(node)
        return {
            key.value: each.value
            if each.tag == STR and isinstance(each, yaml.ScalarNode)
            else self.value(each, fields.get(key.value))
            for key, each in node.value
        }

    def construct_number(self, node: Any) -> int | float | str:
        """Return a number in JSON's notation as such, and in any other notation of YAML 1.1 as text.

        Unquoted 0123 is a user name and not the octal 83. Raises :class:`ParseError`.
        """
        try:
            if _INTEGER.fullmatch(node.value):
                return require_finite(int(node.value))
            if _DECIMAL.fullmatch(node.value):
                return require_finite(float(node.value))
        except ValueError:
            raise ParseError("a number is not valid in JSON", node.start_mark.line + 1) from None
        return str(node.value)

    def reject_tag(self, node: Any) -> None:
        """Raise :class:`ParseError` for a type that JSON does not have."""
        kind = node.tag.rpartition(":")[2]
        raise ParseError(f"a value has the type !!{kind}, which no field has", node.start_mark.line + 1)

    def construct_unsafe(self, node: Any) -> str:
        """Return text that Ansible does not template."""
        return str(self.construct_scalar(node))

    def construct_vault(self, node: Any) -> str:
        """Return vaulted text, decrypted. Raises :class:`ParseError`."""
        try:
            return str(self.vault.decrypt(self.construct_scalar(node).encode()).decode())
        except AnsibleError as exc:
            reason = one_line(exc).rstrip(".")
            raise ParseError(f"a vaulted value cannot be read: {reason}", node.start_mark.line + 1) from None


for _kind in ("int", "float"):
    Loader.add_constructor(f"{STANDARD}{_kind}", Loader.construct_number)
for _kind in ("binary", "timestamp", "set", "omap", "pairs"):
    Loader.add_constructor(f"{STANDARD}{_kind}", Loader.reject_tag)
Loader.add_constructor(UNSAFE, Loader.construct_unsafe)
for _tag in VAULTED:
    Loader.add_constructor(_tag, Loader.construct_vault)
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (f"{STANDARD}timestamp", f"{STANDARD}value")]
    for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
}
_resolver = yaml.resolver.Resolver()
_resolver.yaml_implicit_resolvers = Loader.yaml_implicit_resolvers


def _is_source_text(node: yaml.ScalarNode) -> bool:
    """Return whether a number or a boolean is so by its text, and not by a tag that the file itself gives to other text."""
    return not node.style and (node.tag != BOOL or node.value.lower() in Loader.bool_values)


def yaml_content(text: str, vault: VaultLib, file: str) -> tuple[list[Origin], Origin | None]:
    """Return the records, and the defaults if there are any, of a YAML text, with their lines. Raises :class:`ParseError`."""
    loader, root = compose(text, vault)
    if root is None:
        raise ParseError("it is empty; a list without connections is []", 1)
    with _parse_errors(text):
        nodes, defaults = root.value if isinstance(root, yaml.SequenceNode) else [root], None
        if isinstance(root, yaml.MappingNode):
            loader.flatten_mapping(root)
            lines = {key.value: key.start_mark.line + 1 for key, _value in root.value}
            both = connections_and_defaults({key.value: value for key, value in root.value}, lines)
            nodes, defaults = (both[0].value, both[1]) if both else (nodes, None)
        found = [_origin(loader, node, text, file) for node in nodes]
        return found, defaults and _origin(loader, defaults, text, file)


def _origin(loader: Loader, node: Any, text: str, file: str) -> Origin:
    """Return the value of a record's node, with its line and the function that finds those of its fields."""
    start, end = node.start_mark, node.end_mark
    place = (start.index, end.index, start.line, start.column)
    return Origin(loader.value(node, REFERENCE), file, start.line + 1, partial(_field_line, text, place))


def _field_line(text: str, place: tuple[int, int, int, int], path: Path) -> int | None:
    """Return the line (from 1) of a field of the record at a place, or of the deepest mapping above it that is written there.

    The record is parsed again for it, because the nodes of all fields need ten times as much memory as the text.
    """
    start, end, line, column = place
    try:
        loader, node = compose(" " * column + text[start:end])
    except ParseError:  # it has an alias of something before it
        loader, root = compose(text)
        node, line = _node_at(root, start), 0
    found = None
    for depth, name in enumerate(path):
        names = (name, *(alias for alias, real in ALIASES.get(path[0], {}).items() if depth == 1 and real == name))
        if not isinstance(node, yaml.MappingNode):
            break
        loader.flatten_mapping(node)
        key, node = next(((key, value) for key, value in node.value if key.value in names), (None, None))
        if key is None:
            break
        found = line + int(key.start_mark.line) + 1
    return found


def _node_at(node: Any, index: int) -> Any:
    """Return the mapping that begins at a position of the text."""
    for each in node.value if isinstance(node, yaml.CollectionNode) else ():
        below = each[1] if isinstance(each, tuple) else each
        if below.start_mark.index <= index < below.end_mark.index:
            return below if below.start_mark.index == index else _node_at(below, index)
    return node


def compose(text: str, vault: VaultLib | None = None) -> tuple[Loader, Any]:
    """Return the loader and the root node of a YAML text; the node is ``None`` for an empty text.

    Raises :class:`ParseError`, also if the text is small but its aliases expand to more values than ``SIZE_MAX``.
    """
    with _parse_errors(text):
        loader = Loader(text)
        if vault is not None:
            loader.vault = vault
        root = loader.get_single_node()
        if root is not None and "*" in text and _expanded_size(root, {}) > SIZE_MAX:
            raise ParseError("its aliases expand to too many values, or one contains itself", 1)
        return loader, root


def construct(loader: Loader, node: Any, reference: Any = None) -> Any:
    """Return the value of a node, as :meth:`Loader.value` does. Raises :class:`ParseError`."""
    with _parse_errors("", node.start_mark.line + 1):
        return loader.value(node, reference)


@contextmanager
def _parse_errors(text: str, line: int = 1) -> Iterator[None]:
    """Raise a :class:`ParseError` for any error of PyYAML. ``line`` is for an error whose line is not known."""
    try:
        yield
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        # The text that PyYAML quotes may be a password without quotes.
        problem = re.sub("(['\"]).*\\1|['\"].*", "…", exc.problem or "", flags=re.DOTALL)
        raise ParseError(f"it is not valid YAML: {one_line(problem, 120)}", mark.line + 1 if mark else line) from None
    except yaml.YAMLError as exc:
        position = getattr(exc, "position", 0)
        raise ParseError(
            "it is not valid YAML: a character that YAML does not have", text.count("\n", 0, position) + 1
        ) from None
    except (ValueError, TypeError, KeyError, RecursionError) as exc:
        raise ParseError(f"it holds a value that cannot be read ({type(exc).__name__})", line) from None


def _expanded_size(node: Any, sizes: dict[int, int]) -> int:
    """Return the number of values in a node, those of an alias counted each time that it is used."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in sizes:
        sizes[id(node)] = SIZE_MAX + 1  # the result for a node that contains itself
        parts = [each[1] if isinstance(each, tuple) else each for each in node.value]
        sizes[id(node)] = 1 + sum(_expanded_size(each, sizes) for each in parts)
    return sizes[id(node)]
