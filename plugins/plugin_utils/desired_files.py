# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of desired connections: YAML read strictly, and written stably."""

from __future__ import annotations

import gc
import os
import re
from typing import Any, Dict, Iterator, List, Mapping, Sequence, Tuple

import yaml
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, is_encrypted
from ansible_collections.siptrunk.telnyx.plugins.module_utils.drift import HIDDEN, Desired
from ansible_collections.siptrunk.telnyx.plugins.module_utils.errors import DesiredError, OptionError, one_line
from ansible_collections.siptrunk.telnyx.plugins.module_utils.records import SECRET_FIELDS, Record
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.text import is_odd

try:
    from yaml import CSafeDumper as SafeDumper
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML without libyaml: slower, the same otherwise
    from yaml import SafeDumper, SafeLoader  # type: ignore[assignment]

BEYOND_NUMBERS = 1e308
_YAML = "tag:yaml.org,2002:"
SUFFIXES = (".yml", ".yaml", ".json")

# Fields that say nothing of how a connection is set up, or nothing that a person decides.
NOT_IN_A_BASELINE = frozenset(("created_at", "updated_at", "record_type", "password_status")) | SECRET_FIELDS


class _Loader(SafeLoader):
    """YAML in which a key given twice is an error, a date is text, Ansible's own tags are understood, and nothing is read
    that JSON, and so the API, cannot say."""

    # The path resolvers are not used, and calling them costs as much as the parsing.
    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Do nothing."""

    def ascend_resolver(self) -> None:
        """Do nothing."""

    vault = VaultLib()

    def unique_mapping(self, node: yaml.MappingNode) -> Iterator[Dict[Any, Any]]:
        seen = set()
        for key, _value in node.value:
            if key.tag == f"{_YAML}merge":
                continue
            if key.tag != f"{_YAML}str":
                raise _Refused("a key is no text; quote it", key.start_mark.line + 1)
            if key.value in seen:
                raise _Refused(f"the key {one_line(key.value, 80)!r} is given twice", key.start_mark.line + 1)
            seen.add(key.value)
        data: Dict[Any, Any] = {}
        yield data
        data.update(self.construct_mapping(node))

    def number(self, node: Any) -> "int | float":
        value: "int | float" = (
            self.construct_yaml_int(node) if node.tag == f"{_YAML}int" else self.construct_yaml_float(node)
        )
        if not abs(value) < BEYOND_NUMBERS:  # NaN is not less either
            raise _Refused("a number is none that JSON has", node.start_mark.line + 1)
        return value

    def foreign(self, node: Any) -> None:
        kind = node.tag.rpartition(":")[2]
        raise _Refused(f"a value is of the kind !!{kind}, which no field has", node.start_mark.line + 1)

    def unsafe(self, node: Any) -> str:
        return str(self.construct_scalar(node))

    def vaulted(self, node: Any) -> str:
        try:
            return str(self.vault.decrypt(self.construct_scalar(node).encode()).decode())
        except AnsibleError as exc:
            raise _Refused(
                f"a vaulted value cannot be read: {one_line(exc).rstrip('.')}", node.start_mark.line + 1
            ) from None


_Loader.add_constructor(f"{_YAML}map", _Loader.unique_mapping)
for _kind in ("int", "float"):
    _Loader.add_constructor(f"{_YAML}{_kind}", _Loader.number)
for _kind in ("binary", "timestamp", "set", "omap", "pairs"):
    _Loader.add_constructor(f"{_YAML}{_kind}", _Loader.foreign)
_Loader.add_constructor("!unsafe", _Loader.unsafe)
_Loader.add_constructor("!vault", _Loader.vaulted)
_Loader.add_constructor("!vault-encrypted", _Loader.vaulted)
_AS_TEXT = (f"{_YAML}timestamp", f"{_YAML}value")
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _AS_TEXT]
    for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
}


class _Refused(Exception):
    """What is wrong, and in which line; without the text beside it, which may be a password."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


def read_desired(paths: Sequence[str], vault: VaultLib) -> List[Desired]:
    """Read desired records from files, and from all YAML and JSON files of folders, in the order of their names.

    A file holds a list of records, or one record. Relative paths are from where ansible-playbook was called.
    Raises :class:`DesiredError`, which quotes no text of a file.
    """
    desired: List[Desired] = []
    for path in _files(paths):
        raw = _read(path, vault)
        for record, line in _records(path, raw, vault):
            desired.append(Desired(record, _shown(path), line))
    return desired


def _files(paths: Sequence[str]) -> Iterator[str]:
    for path in map(os.path.expanduser, paths):
        if not path or "\0" in path:
            raise OptionError("desired_files", f"{path!r} is no path.")
        if not os.path.isdir(path):
            yield path
            continue
        names = sorted(name for name in os.listdir(path) if name.endswith(SUFFIXES) and not name.startswith("."))
        if not names:
            raise DesiredError(f"{_shown(path)}: the folder holds no file that ends with {', '.join(SUFFIXES)}.")
        yield from (os.path.join(path, name) for name in names)


def _shown(path: str) -> str:
    """A path as a report shows it: from the working folder where it lies below it, for that is what a CI knows."""
    relative = os.path.relpath(path)
    return os.path.abspath(path) if relative.startswith("..") else relative


def _read(path: str, vault: VaultLib) -> str:
    try:
        with open(path, "rb") as file:
            raw = file.read()
        if is_encrypted(raw):
            raw = vault.decrypt(raw)
        return raw.decode("utf-8-sig")
    except OSError as exc:
        raise DesiredError(f"{_shown(path)}: cannot be read: {exc.strerror or 'unknown reason'}.") from None
    except UnicodeDecodeError:
        raise DesiredError(f"{_shown(path)}: is not UTF-8 text.") from None
    except AnsibleError as exc:
        raise DesiredError(f"{_shown(path)}: the vault cannot be opened: {one_line(exc).rstrip('.')}.") from None


def _records(path: str, text: str, vault: VaultLib) -> List[Tuple[Any, int]]:
    """The file's records, each with its line. Raises :class:`DesiredError`."""
    collecting = gc.isenabled()
    gc.disable()  # it would search the millions of new nodes again and again
    try:
        loader = _Loader(text)
        loader.vault = vault
        root = loader.get_single_node()
        if root is None:
            raise _Refused("it is empty; a list without connections is []", 1)
        nodes = root.value if isinstance(root, yaml.SequenceNode) else [root]
        return [(loader.construct_object(node, deep=True), node.start_mark.line + 1) for node in nodes]
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        line = mark.line + 1 if mark else 1
        raise DesiredError(
            f"{_shown(path)}, line {line}: is no valid YAML: {one_line(exc.problem or '', 120)}."
        ) from None
    except yaml.YAMLError:
        raise DesiredError(f"{_shown(path)}: is no valid YAML.") from None
    except _Refused as exc:
        raise DesiredError(f"{_shown(path)}, line {exc.line}: {exc}.") from None
    except (ValueError, TypeError, RecursionError) as exc:
        raise DesiredError(f"{_shown(path)}: holds a value that cannot be read ({type(exc).__name__}).") from None
    finally:
        if collecting:
            gc.enable()


class _Dumper(SafeDumper):
    """YAML that git likes: no aliases, and odd characters as escapes."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Write everything out."""
        return True

    def text(self, data: str) -> Any:
        # Within double quotes an odd character can be escaped, see dump().
        data = data.encode("utf-8", "replace").decode()  # half a surrogate pair, which JSON can hold and YAML cannot
        odd = not data.isprintable() and any(map(is_odd, data))
        return self.represent_scalar(f"{_YAML}str", data, style='"' if odd else None)


_Dumper.add_representer(str, _Dumper.text)


def dump(data: Any) -> str:
    """Return plain data as YAML with sorted keys: the same data gives the same text."""
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=True, allow_unicode=True, width=10**6)
    return "".join(f"\\u{ord(char):04x}" if char != "\n" and is_odd(char) else char for char in text)


def baseline_record(record: Record) -> Record:
    """What a baseline says of a live record: no secret, and nothing that changes by itself."""
    return {name: value for name, value in record.items() if name not in NOT_IN_A_BASELINE}


def without_secret_text(text: str) -> str:
    """YAML text with the values of secret fields blanked out, and comments that speak of them, for a diff.

    Raises :class:`DesiredError` where it is no YAML, or contains itself, for then nobody knows what is secret in it.
    """
    try:
        spans = sorted(_secrets(yaml.compose(text, Loader=_Loader)), key=lambda span: (span[0], -span[1]))
    except (yaml.YAMLError, RecursionError):
        raise DesiredError("it is no valid YAML.") from None
    shown, done = "", 0
    for start, end in spans:
        if start >= done:  # an alias leads to what is hidden already
            shown += text[done:start] + HIDDEN
            done = start + len(text[start:end].rstrip())
    text = shown + text[done:]
    return re.sub(r"#[^\n]*password[^\n]*", f"# {HIDDEN}", text, flags=re.IGNORECASE)


def _secrets(node: Any) -> Iterator[Tuple[int, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in SECRET_FIELDS:
                yield value.start_mark.index, value.end_mark.index
            else:
                yield from _secrets(value)
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _secrets(each)


def plain(value: Any) -> Any:
    """A value of Ansible's as JSON's own types: vaulted text in the clear, tags gone, dates as text.

    Raises :class:`OptionError` for a number that JSON does not have.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(each) for each in value]
    for exact in (int, float):
        if isinstance(value, exact):
            if not abs(value) < BEYOND_NUMBERS:
                raise OptionError("options", "hold a number that JSON does not have.")
            return exact(value)
    return str(value)
