# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of the event source, which ansible-rulebook hands over as they are in the rulebook."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

from .._argument_spec import ENV, GROUPS, argument_spec
from .._checks.field_paths import IgnoredPaths
from .._errors import OptionError
from .._options import Options, check_options
from .._text import did_you_mean, key_for_message, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERVAL_MIN = 1.0  # seconds
INTERVAL_MAX = 7 * 24 * 3600.0

# The options of a listing that an event source has.
LISTING = ("connection_name_contains", "outbound_voice_profile_id", "page_size", "consistency")
SPEC: dict[str, dict[str, Any]] = {
    **argument_spec(None, "access", "limits"),
    **{name: GROUPS["listing"][name] for name in LISTING},
    "interval": {"type": "float", "default": 300.0},
    "jitter": {"type": "float", "default": 0.1},
    "state_file": {"type": "path"},
    "initial_events": {"type": "bool", "default": False},
    "include_values": {"type": "bool", "default": False},
    "ignore": {"type": "list", "elements": "str", "default": []},
    "account_label": {"type": "str"},
}
# The words that YAML 1.1 and Ansible read as booleans.
_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
# As fnmatch reads it: the first character in the brackets may be a closing one.
_CHARACTER_SET = re.compile(r"\[!?\]?[^\]]*\]")


@dataclass(frozen=True)
class Arguments:
    """The arguments, checked.

    ``params`` are the options of a reading, with their defaults, and ``direct`` the names of all arguments that the rulebook sets;
    :func:`check_options` takes both. ``interval`` is in seconds; ``jitter`` is a fraction of it, from 0 to 1.
    """

    params: Mapping[str, Any]
    direct: tuple[str, ...]
    interval: float
    jitter: float
    state_file: str | None
    initial_events: bool
    include_values: bool
    ignored: IgnoredPaths
    account_label: str | None

    def options(self) -> Options:
        """Return the options of a reading. The file of the API key is read now. Raises :class:`OptionError`."""
        return check_options(self.params, self.direct)


def parse_arguments(args: Mapping[str, Any], environ: Mapping[str, str]) -> Arguments:
    """Return the arguments of the event source, completed from the environment and by defaults. Raises :class:`OptionError`."""
    for name in args:
        if name not in SPEC:
            hint = did_you_mean(str(name), SPEC) or f"The arguments are {', '.join(SPEC)}."
            raise OptionError("arguments", f"{key_for_message(str(name))} is not one of this event source.", hint)
    direct = tuple(name for name, value in args.items() if value is not None)
    given: dict[str, Any] = {
        name: environ[variable] for name, variable in ENV.items() if name in SPEC and environ.get(variable)
    }
    given.update({name: args[name] for name in direct})
    values: dict[str, Any] = {name: option.get("default") for name, option in SPEC.items()}
    values.update({name: _convert(name, value) for name, value in given.items()})
    if not INTERVAL_MIN <= values["interval"] <= INTERVAL_MAX:
        raise OptionError("interval", f"must be from {INTERVAL_MIN:g} to {INTERVAL_MAX:g} seconds.")
    if not 0 <= values["jitter"] <= 1:
        raise OptionError("jitter", "must be from 0 to 1, the part of interval that is added to it at most.")
    state_file = values["state_file"]
    if state_file == "":
        raise OptionError("state_file", "the path is empty.", "Give the path of a file, or leave it out.")
    return Arguments(
        params={name: values[name] for name in (*GROUPS["access"], *GROUPS["limits"], *LISTING)},
        direct=direct,
        interval=values["interval"],
        jitter=values["jitter"],
        state_file=None if state_file is None else os.path.realpath(os.path.expanduser(state_file)),
        initial_events=values["initial_events"],
        include_values=values["include_values"],
        ignored=_ignored(values["ignore"]),
        account_label=values["account_label"],
    )


def _convert(name: str, value: Any) -> Any:
    """Return a value as the type of its option. The environment and templates return text. Raises :class:`OptionError`."""
    kind = SPEC[name]["type"]
    try:
        return _CONVERSIONS[kind](value)
    except (ValueError, OverflowError):
        shown = "" if SPEC[name].get("no_log") else f", not {one_line(repr(value), 80)}"
        raise OptionError(name, f"must be {_WORDS[kind]}{shown}.") from None


def _ignored(patterns: list[str]) -> IgnoredPaths:
    """Return the patterns of the fields that are not compared. Raises :class:`OptionError`."""
    for pattern in patterns:
        if any("[" in _CHARACTER_SET.sub("", part) for part in pattern.split(".")):
            raise OptionError(
                "ignore", f"{one_line(pattern, 80)!r} has a bracket that is not closed before the next dot."
            )
    return IgnoredPaths(patterns)


def _to_text(value: Any) -> str:
    # A number, because ansible-rulebook makes one of text in digits that a template returns.
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError  # noqa: TRY004 - _convert composes the message
    return str(value)


def _to_bool(value: Any) -> bool:
    found = value if isinstance(value, bool) else _BOOLEANS.get(str(value).lower())
    if found is None:
        raise ValueError
    return found


def _to_float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)) or not math.isfinite(float(value)):
        raise ValueError
    return float(value)


def _to_int(value: Any) -> int:
    number = _to_float(value)
    if number != int(number):
        raise ValueError
    return int(number)


def _to_list(value: Any) -> list[str]:
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in texts):
        raise ValueError
    return texts


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "str": _to_text,
    "path": _to_text,
    "bool": _to_bool,
    "float": _to_float,
    "int": _to_int,
    "list": _to_list,
}
_WORDS = {
    "str": "text",
    "path": "a path",
    "bool": "true or false",
    "float": "a number",
    "int": "an integer",
    "list": "a list of texts",
}
