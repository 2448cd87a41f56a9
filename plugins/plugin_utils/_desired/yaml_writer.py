# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write data as YAML that is stable, fits git, and is safe where Ansible loads it as variables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from ...module_utils._text import is_odd
from .yaml_tags import STR, UNSAFE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

try:
    from yaml import CSafeDumper as SafeDumper
except ImportError:  # PyYAML without libyaml: slower, with the same result
    from yaml import SafeDumper  # type: ignore[assignment]

# The first fields of a record: they show a person, and the context lines of a git diff, which connection it is.
_FIRST = ("connection_name", "id")

# A key whose YAML is the same before a colon as elsewhere: a long one would get a question mark before it.
_SIMPLE_KEY = re.compile("[A-Za-z_][A-Za-z0-9_]{0,99}")
# Characters. PyYAML folds lines that are longer than its width.
_SIMPLE_TEXT_MAX = 100_000
_WIDTH = 10**6
# Every odd character, see is_odd(), and others: only these are looked at one by one.
_MAYBE_ODD = re.compile(r"[^\n -~¡-¬®-ʯ]")


class _Dumper(SafeDumper):
    """Write YAML without aliases, with odd characters in double quotes, and with text like a template as ``!unsafe``."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Return true, so that every value is written in full."""
        return True

    def represent_text(self, data: str) -> Any:
        """Represent a string."""
        data = data.encode("utf-8", "replace").decode()  # half of a surrogate pair, which JSON allows and YAML does not
        odd = not data.isprintable() and any(map(is_odd, data))
        # Ansible trusts a file of variables, so it would template the text.
        tag = UNSAFE if is_template(data) else STR
        # dump() escapes odd characters, and YAML knows escapes only in double quotes.
        return self.represent_scalar(tag, data, style='"' if odd else None)


_Dumper.add_representer(str, _Dumper.represent_text)


def is_template(text: str) -> bool:
    """Return whether Ansible may take a text for a template: it has a delimiter, or a first line that sets others."""
    return "{{" in text or "{%" in text or "{#" in text or text.startswith("#jinja2:")


def dump(data: Any, flow: bool = False) -> str:
    """Return JSON-like data as YAML, always the same text for the same data.

    The data is a record, a list of records, or any other value. A record begins with ``connection_name`` and ``id``; all
    other keys are sorted. With ``flow``, lists and mappings are written in brackets, on one line.
    """
    if not flow and data and isinstance(data, list):
        return "".join(_dump_each(data, as_items=True))
    return _dump_by_pyyaml(_ordered_record(data), flow)


def dump_records(records: Sequence[Any]) -> list[str]:
    """Return what :func:`dump` returns for each of the records; for many records this is faster."""
    return _dump_each(records, as_items=False)


def _dump_by_pyyaml(data: Any, flow: bool = False) -> str:
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=flow)
    return _MAYBE_ODD.sub(lambda found: _escaped(found[0]) if is_odd(found[0]) else found[0], text)


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def _dump_each(records: Sequence[Any], as_items: bool) -> list[str]:
    """Return the YAML of each record, as an item of a list or as a document.

    PyYAML writes each different text once, and the lines of a record are put together here: PyYAML takes 13 times as long
    for the 1.1 million keys and values of 10,000 records. It writes each record that is not simple, see :func:`_is_simple`.
    """
    ordered = [_ordered_record(each) for each in records]
    keys: set[str] = set()
    texts: set[str] = set()
    simple = [isinstance(each, dict) and bool(each) and _is_simple(each, keys, texts) for each in ordered]
    yaml_of = _yaml_of_texts(keys | texts)
    written = []
    for each, is_simple in zip(ordered, simple):
        if not is_simple:
            written.append(_dump_by_pyyaml([each] if as_items else each))
            continue
        lines = _lines(each, "  " if as_items else "", yaml_of)
        if as_items:
            lines[0] = f"- {lines[0][2:]}"
        written.append("".join(lines))
    return written


def _is_simple(mapping: Mapping[Any, Any], keys: set[str], texts: set[str]) -> bool:
    """Return whether a mapping has only simple keys, texts, numbers, booleans, nulls, lists of these, and such mappings.

    Its keys and texts are added to ``keys`` and ``texts``.
    """
    for key, value in mapping.items():
        if key not in keys:
            if not isinstance(key, str) or not _SIMPLE_KEY.fullmatch(key):
                return False
            keys.add(key)
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, str):
                if len(each) > _SIMPLE_TEXT_MAX:
                    return False
                texts.add(each)
            elif isinstance(each, dict):
                if each is not value or not _is_simple(each, keys, texts):
                    return False
            elif not (each is None or isinstance(each, int)):
                return False
    return True


def _yaml_of_texts(texts: Iterable[str]) -> dict[str, str]:
    """Return the YAML of each text, which is one line: line breaks are written as escapes."""
    ordered = list(texts)
    lines = _dump_by_pyyaml(ordered).split("\n") if ordered else []
    return {text: line[2:] for text, line in zip(ordered, lines)}


def _lines(mapping: Mapping[str, Any], indent: str, yaml_of: Mapping[str, str]) -> list[str]:
    """Return the lines of a simple mapping, see :func:`_is_simple`, in block style."""
    lines = []
    for key, value in mapping.items():
        start = f"{indent}{yaml_of[key]}:"
        if isinstance(value, str):
            lines.append(f"{start} {yaml_of[value]}\n")
        elif isinstance(value, (dict, list)):
            if not value:
                lines.append(f"{start} {value}\n")
                continue
            lines.append(f"{start}\n")
            if isinstance(value, dict):
                lines += _lines(value, f"{indent}  ", yaml_of)
            else:
                lines += [
                    f"{indent}- {yaml_of[each] if isinstance(each, str) else _constant(each)}\n" for each in value
                ]
        else:
            lines.append(f"{start} {_constant(value)}\n")
    return lines


def _constant(value: int | None) -> str:
    return "null" if value is None else str(value).lower()


def _ordered_record(record: Any) -> Any:
    if not isinstance(record, dict):
        return _ordered(record)
    first = [name for name in _FIRST if name in record]
    return {name: _ordered(record[name]) for name in (*first, *sorted(record.keys() - set(first)))}


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in sorted(value)}
    return [_ordered(each) for each in value] if isinstance(value, list) else value
