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
    from collections.abc import Iterable

    from .results import AcceptedBy, Source

# What an entry says about the kind of a finding, and the check that has findings of the kind.
CHECK_OF_KIND = {"rule": "policy", "path": "drift", "status": "drift"}
# What selects a connection. An id may have a connection_name beside it, for readers.
CONNECTION_KEYS = ("id", "user_name", "connection_name", "name_pattern", "tag")
KEYS = (
    "check",
    "connection_name",
    "id",
    "user_name",
    "name_pattern",
    "tag",
    *CHECK_OF_KIND,
    "fingerprint",
    "value",
    "severity",
    "reason",
    "who",
    "since",
    "expires",
)
# The keys that say what an entry selects.
SELECTORS = ("fingerprint", *CHECK_OF_KIND, *CONNECTION_KEYS)
# Those of connections as a whole; a field of a drifted one is accepted by its path.
STATUS_VALUES = tuple(status for status in FINDING_STATUSES if status != "drifted")


@dataclass(frozen=True, eq=False)
class Acceptance:
    """An accepted finding, or several: of one rule, path or status (``kind`` and ``what``) of the connections that ``field`` selects.

    ``field`` is one of ``CONNECTION_KEYS`` and ``term`` its value; or ``field`` is ``fingerprint``, ``term`` a fingerprint,
    and ``kind`` and ``what`` may be unknown (``None``). ``values`` is the entry itself, ``where`` its place, for messages.
    """

    check: str
    kind: str | None
    what: str | None
    field: str
    term: str
    reason: str
    who: str | None
    since: datetime.date | None
    expires: datetime.date | None
    values: Mapping[str, Any]
    where: str
    source: Source | None = None

    @property
    def is_specific(self) -> bool:
        """Whether the acceptance is about one connection, not about those with a tag or a pattern of names."""
        return self.field not in ("name_pattern", "tag")

    @property
    def accepted_by(self) -> AcceptedBy:
        """Return the reason, who gave it, when, and the last day, as plain data."""
        return {
            "reason": self.reason,
            "who": self.who,
            "since": str(self.since) if self.since else None,
            "expires": str(self.expires) if self.expires else None,
        }

    def selects(self) -> dict[str, str]:
        """Return the keys that say what is accepted, as text."""
        return {key: str(self.values[key]) for key in SELECTORS if self.values.get(key) not in (None, "")}


def make_exemptions(exemptions: Sequence[Any], custom_rules: Sequence[Mapping[str, Any]] = ()) -> list[Acceptance]:
    """Return the acceptances of the option ``exemptions``, each of a violation with a fingerprint, or of a rule.

    The rule is built in or a custom one, perhaps disabled. Raises :class:`AcceptanceError`.
    """
    known = [str(rule.get("id")) for rule in (*BUILTIN_RULES, *custom_rules) if isinstance(rule, Mapping)]
    made = []
    for position, values in enumerate(exemptions, 1):
        where = f"Exemption {position}"
        entry = {"check": "policy", **values} if isinstance(values, Mapping) else values
        acceptance = make_acceptance(entry, where)
        if acceptance.check != "policy":
            raise AcceptanceError(f"{where} is of the check drift.", "Write it into a file of accepted findings.")
        if acceptance.what is not None and acceptance.what not in known:
            raise _unknown(f"{where} names the rule", acceptance.what, known)
        made.append(acceptance)
    return made


def make_acceptance(values: Any, where: str, source: Source | None = None) -> Acceptance:
    """Return the acceptance of an entry. ``where`` is its place, for messages. Raises :class:`AcceptanceError`."""
    if not isinstance(values, Mapping):
        raise AcceptanceError(f"{where} is not a mapping.")
    for key in values:
        if key not in KEYS:
            raise _unknown(f"{where} has the key", str(key), KEYS)
    kind, what = _kind(values, where)
    field, term = _connection(values, where)
    if kind is None and field != "fingerprint":
        raise AcceptanceError(f"{where} must have one of {', '.join(CHECK_OF_KIND)}, or a fingerprint.")
    check = values.get("check") or CHECK_OF_KIND.get(kind or "")
    if check not in ("drift", "policy"):
        raise AcceptanceError(f"{where} must have check, which is drift or policy.")
    if kind and check != CHECK_OF_KIND[kind]:
        raise AcceptanceError(f"{where}: a {kind} is of the check {CHECK_OF_KIND[kind]}, not {check}.")
    _check_value(values, kind, what, where)
    severity = values.get("severity")
    if severity is not None and (check != "policy" or severity not in SEVERITIES):
        raise AcceptanceError(f"{where}: severity is one of {', '.join(SEVERITIES)}, of a policy rule.")
    reason, who = values.get("reason"), values.get("who")
    if not isinstance(reason, str) or not reason.strip():
        raise AcceptanceError(f"{where} gives no reason.", "Say why it is accepted: reason, as text.")
    if who is not None and not isinstance(who, str):
        raise AcceptanceError(f"{where}: who is not text.", "Quote it.")
    since, expires = (_day(values.get(key), key, where) for key in ("since", "expires"))
    return Acceptance(check, kind, what, field, term, reason, who, since, expires, values, where, source)


def parse_day(value: Any) -> datetime.date:
    """Return the day of a text such as ``2027-03-31``, or of a date. Raises ``ValueError`` for anything else."""
    # YAML reads an unquoted date as a date or time, which Ansible may have turned into text.
    text = re.sub(r"[ T]00:00:00(\+00:00)?\Z", "", str(value))
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise ValueError(text)
    return datetime.date(*map(int, text.split("-")))


def _kind(values: Mapping[str, Any], where: str) -> tuple[str | None, str | None]:
    given = [kind for kind in CHECK_OF_KIND if values.get(kind) not in (None, "")]
    if len(given) > 1:
        raise AcceptanceError(f"{where} must have only one of {', '.join(CHECK_OF_KIND)}.")
    if not given:
        return None, None
    kind = given[0]
    what = values[kind]
    if not isinstance(what, str):
        raise AcceptanceError(f"{where}: {kind} is not text.", "Quote it.")
    if kind == "status" and what not in STATUS_VALUES:
        raise AcceptanceError(
            f"{where}: status is one of {', '.join(STATUS_VALUES)}.", "A field of a drifted connection is a path."
        )
    return kind, what


def _connection(values: Mapping[str, Any], where: str) -> tuple[str, str]:
    """Return the key that selects, and its value as text."""
    fields = [key for key in ("fingerprint", *CONNECTION_KEYS) if values.get(key) not in (None, "")]
    if fields[:1] == ["fingerprint"] or fields == ["id", "connection_name"]:
        fields = fields[:1]
    if len(fields) != 1:
        raise AcceptanceError(
            f"{where} must select connections by one of {', '.join(CONNECTION_KEYS)}.",
            "An id may have a connection_name beside it.",
        )
    field = fields[0]
    term = term_text(values[field])
    if term is None:
        raise AcceptanceError(f"{where}: {field} is not text.", "Quote it.")
    return field, term


def _check_value(values: Mapping[str, Any], kind: str | None, what: str | None, where: str) -> None:
    """Check that an entry of a path has the value that is accepted, and that no other entry has one."""
    has_value = "value" in values
    if kind in ("rule", "status") and has_value:
        raise AcceptanceError(f"{where}: only a path has a value.")
    if kind == "path":
        if has_value and is_secret_path(str(what)):
            raise AcceptanceError(f"{where}: a password has no value here.", "Remove the value; any one is accepted.")
        if not has_value and not is_secret_path(str(what)):
            raise AcceptanceError(
                f"{where}: a path needs a value, which is what the account has.", "Another value is then a new finding."
            )


def _day(value: Any, key: str, where: str) -> datetime.date | None:
    if value is None:
        return None
    try:
        return parse_day(value)
    except ValueError:
        raise AcceptanceError(f"{where}: {key} must be a day, as in 2027-03-31, not {one_line(value, 40)!r}.") from None


def _unknown(what: str, name: str, known: Iterable[str]) -> AcceptanceError:
    known = list(known)
    return AcceptanceError(f"{what} {one_line(name)!r}, which is unknown.", did_you_mean(name, known))
