# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Acceptances: findings that are known and do not fail a check, with the reason, and perhaps with a last day.

They come from files of accepted findings and from the option ``exemptions`` of the policy check.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...module_utils._errors import AcceptanceError
from ...module_utils._text import did_you_mean, one_line
from .._records.record_lookup import term_text
from .._records.records import is_secret_path
from .builtin_rules import BUILTIN_RULES
from .results import FINDING_STATUSES, SEVERITIES

if TYPE_CHECKING:
    from .results import AcceptedBy, Source

# What an entry says about the kind of a finding, and the check that has findings of the kind.
CHECK_OF_KIND = {"rule": "policy", "path": "drift", "status": "drift"}
# What selects a connection. An id may have a connection_name beside it, for readers.
CONNECTION_KEYS = ("id", "user_name", "connection_name", "name_pattern", "tag")
# The keys that say what an entry selects.
SELECTORS = ("fingerprint", *CHECK_OF_KIND, *CONNECTION_KEYS)
KEYS = ("check", *SELECTORS, "value", "severity", "reason", "who", "since", "expires")
# Those of connections as a whole; a field of a drifted one is accepted by its path.
STATUS_VALUES = tuple(status for status in FINDING_STATUSES if status != "drifted")


@dataclass(frozen=True, eq=False)
class Acceptance:
    """An accepted finding, or several: of one rule, path or status (``kind`` and ``what``) of the connections that ``field`` selects.

    ``field`` is one of ``CONNECTION_KEYS`` and ``term`` its value; or ``field`` is ``fingerprint``, ``term`` a fingerprint,
    and ``kind`` and ``what`` may be unknown (``None``). ``values`` is the entry itself.
    """

    check: str
    kind: str | None
    what: str | None
    field: str
    term: str
    accepted_by: AcceptedBy
    expires: datetime.date | None
    values: Mapping[str, Any]
    source: Source | None = None

    @property
    def is_specific(self) -> bool:
        """Whether the acceptance is about one connection, not about those with a tag or a pattern of names."""
        return self.field not in ("name_pattern", "tag")

    def selects(self) -> dict[str, str]:
        """Return the keys that say what is accepted, as text."""
        return {key: str(self.values[key]) for key in SELECTORS if self.values.get(key) not in (None, "")}


def make_exemptions(exemptions: Sequence[Any], custom_rules: Sequence[Mapping[str, Any]] = ()) -> list[Acceptance]:
    """Return the acceptances of the option ``exemptions``, each of a violation with a fingerprint, or of a rule.

    The rule is built in or a custom one, perhaps disabled. Raises :class:`AcceptanceError`.
    """
    known = [str(rule.get("id")) for rule in (*BUILTIN_RULES, *custom_rules)]
    made = []
    for position, values in enumerate(exemptions, 1):
        where = f"Exemption {position}"
        made.append(make_acceptance({"check": "policy", **values} if isinstance(values, Mapping) else values, where))
        if made[-1].check != "policy":
            raise AcceptanceError(f"{where}: it is of the check drift.", "Write it into a file of accepted findings.")
        if made[-1].what not in (None, *known):
            raise _unknown("the rule", str(made[-1].what), known).with_context(where)
    return made


def make_acceptance(values: Any, where: str, source: Source | None = None) -> Acceptance:
    """Return the acceptance of an entry. ``where`` is its place, for messages. Raises :class:`AcceptanceError`."""
    try:
        return _acceptance(values, source)
    except AcceptanceError as exc:
        raise exc.with_context(where) from None


def _acceptance(values: Any, source: Source | None) -> Acceptance:
    if not isinstance(values, Mapping):
        raise AcceptanceError("the entry is not a mapping.")
    for key in values:
        if key not in KEYS:
            raise _unknown("the key", str(key), KEYS)
    kind, what = _kind(values)
    field, term = _connection(values)
    if kind is None and field != "fingerprint":
        raise AcceptanceError(f"the entry must have one of {', '.join(CHECK_OF_KIND)}, or a fingerprint.")
    check = values.get("check") or CHECK_OF_KIND.get(kind or "")
    if check not in ("drift", "policy"):
        raise AcceptanceError("the entry must have check, which is drift or policy.")
    if kind and check != CHECK_OF_KIND[kind]:
        raise AcceptanceError(f"a {kind} is of the check {CHECK_OF_KIND[kind]}, not {check}.")
    _check_value(kind, what, "value" in values)
    severity = values.get("severity")
    if severity is not None and (check != "policy" or severity not in SEVERITIES):
        raise AcceptanceError(f"severity is one of {', '.join(SEVERITIES)}, of a policy rule.")
    expires = _day(values, "expires")
    return Acceptance(check, kind, what, field, term, _accepted_by(values, expires), expires, values, source)


def parse_day(value: Any) -> datetime.date:
    """Return the day of a text such as ``2027-03-31``, or of a date. Raises ``ValueError`` for anything else."""
    # YAML reads an unquoted date as a date or time, which Ansible may have turned into text.
    text = re.sub(r"[ T]00:00:00(\+00:00)?\Z", "", str(value))
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise ValueError(text)
    return datetime.date(*map(int, text.split("-")))


def _kind(values: Mapping[str, Any]) -> tuple[str | None, str | None]:
    given = {kind: values[kind] for kind in CHECK_OF_KIND if values.get(kind) not in (None, "")}
    if len(given) > 1:
        raise AcceptanceError(f"the entry must have only one of {', '.join(CHECK_OF_KIND)}.")
    for kind, what in given.items():
        if not isinstance(what, str):
            raise AcceptanceError(f"{kind} is not text.", "Quote it.")
        if kind == "status" and what not in STATUS_VALUES:
            hint = "A field of a drifted connection is a path."
            raise AcceptanceError(f"status is one of {', '.join(STATUS_VALUES)}.", hint)
        return kind, what
    return None, None


def _connection(values: Mapping[str, Any]) -> tuple[str, str]:
    """Return the key that selects, and its value as text."""
    fields = [key for key in ("fingerprint", *CONNECTION_KEYS) if values.get(key) not in (None, "")]
    if fields[:1] == ["fingerprint"] or fields == ["id", "connection_name"]:
        fields = fields[:1]
    if len(fields) != 1:
        raise AcceptanceError(
            f"the entry must select connections by one of {', '.join(CONNECTION_KEYS)}.",
            "An id may have a connection_name beside it.",
        )
    term = term_text(values[fields[0]])
    if term is None:
        raise AcceptanceError(f"{fields[0]} is not text.", "Quote it.")
    return fields[0], term


def _check_value(kind: str | None, what: str | None, has_value: bool) -> None:
    """Check that an entry of a path has the value that is accepted, and that no other entry has one."""
    if kind in ("rule", "status") and has_value:
        raise AcceptanceError("only a path has a value.")
    if kind == "path" and has_value == is_secret_path(str(what)):
        if has_value:
            raise AcceptanceError("a password has no value here.", "Remove the value; any one is accepted.")
        hint = "Another value is then a new finding."
        raise AcceptanceError("a path needs a value, which is what the account has.", hint)


def _accepted_by(values: Mapping[str, Any], expires: datetime.date | None) -> AcceptedBy:
    reason, who, since = values.get("reason"), values.get("who"), _day(values, "since")
    if not isinstance(reason, str) or not reason.strip():
        raise AcceptanceError("the entry gives no reason.", "Say why it is accepted: reason, as text.")
    if who is not None and not isinstance(who, str):
        raise AcceptanceError("who is not text.", "Quote it.")
    last = str(expires) if expires else None
    return {"reason": reason, "who": who, "since": str(since) if since else None, "expires": last}


def _day(values: Mapping[str, Any], key: str) -> datetime.date | None:
    if values.get(key) is None:
        return None
    try:
        return parse_day(values[key])
    except ValueError:
        raise AcceptanceError(f"{key} must be a day, as in 2027-03-31, not {one_line(values[key], 40)!r}.") from None


def _unknown(what: str, name: str, known: Sequence[str]) -> AcceptanceError:
    return AcceptanceError(f"the entry has {what} {one_line(name)!r}, which is unknown.", did_you_mean(name, known))
