# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A finding of a check: immutable, and complete when it is made. The reports and the results of the modules only read it.

A finding is recognized in the next check, in other reports and by other programs by its fingerprint. The documentation of the checks
promises how that is computed, so a change of it needs a new version of the reports' format.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from .._records.records import is_secret_path
from .results import RANKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._records.records import Record
    from .results import AcceptedBy, RuleResult, Source

FORMAT_VERSION = 2  # of the JSON report
FINGERPRINT_DIGITS = 32


def fingerprint(check: str, account: str | None, connection: tuple[str, Any], finding: tuple[str, str]) -> str:
    """Return the fingerprint of a finding: 32 hexadecimal digits.

    ``account`` is the label of the account. ``connection`` is ``("id", id)``, or without an id ``("name", name)`` or
    ``("user_name", user_name)``; ``finding`` is ``("path", path)``, ``("status", status)`` or ``("rule", id)``. Neither the values nor
    the order, time, file or line of a finding are part of it.
    """
    parts = [check, account or "", connection, finding]
    text = json.dumps(parts, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:FINGERPRINT_DIGITS]


@dataclass(frozen=True)
class Connection:
    """The connection that a finding is about.

    ``id`` is ``None`` for a desired connection that has none and was not found. The names may be any JSON value. ``tags`` are what
    acceptances may select by; no output has them.
    """

    id: str | None
    name: Any = None
    user_name: Any = None
    tags: Sequence[Any] = field(default=(), repr=False, compare=False)

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Connection:
        """Return the connection of a live or desired record."""
        tags = record.get("tags")
        return cls(
            id=None if record.get("id") is None else str(record["id"]),
            name=record.get("connection_name"),
            user_name=record.get("user_name"),
            tags=tuple(tags) if isinstance(tags, list) else (),
        )

    @property
    def key(self) -> tuple[str, ...]:
        """Return what distinguishes the connections of one check."""
        return (self.id,) if self.id is not None else ("", repr(self.name), repr(self.user_name))

    def as_dict(self) -> dict[str, Any]:
        """Return the connection as plain data."""
        return {"id": self.id, "name": self.name, "user_name": self.user_name}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Connection:
        """Return the connection of what :meth:`as_dict` returned."""
        return cls(values["id"], values["name"], values["user_name"])


@dataclass(frozen=True)
class Finding:
    """A finding. Passwords and the secrets of URLs are hidden in everything that :meth:`as_dict` returns.

    ``check`` is ``drift`` or ``policy``. A drift finding has a ``status``; one about a field has its ``path`` (such as
    ``inbound.codecs``), ``expected`` and ``actual``, and one about the connection as a whole has ``None`` there (a ``recreated`` one
    has the old and the new id as values). A policy finding has a ``severity`` and a ``rule``; ``expected`` are the values, by paths,
    that fulfil the rule, or ``None``, and ``actual`` those that the connection has there, or that the rule shows.

    ``evaluated`` is whether the rule could be evaluated. ``similar`` are the connections with a similar name on the other side: of
    a missing one those of the account, and of an unexpected one the desired ones. ``updated_at`` and ``created_at`` are those of the
    live connection. ``state`` is ``new``, ``updated`` (another value, or a lower severity, was accepted) or ``unchanged``: it is
    accepted, by ``accepted``. ``first_seen`` (RFC 3339, UTC) and ``is_new`` come from the comparison with the previous report, see
    :func:`since`; before it, both are ``None``. ``compared`` is the actual value with its secrets, which acceptances are compared with.
    """

    check: str
    connection: Connection
    fingerprint: str
    message: str
    remedy: str
    status: str | None = None
    severity: str | None = None
    rule: str | None = None
    path: str | None = None
    expected: Any = None
    actual: Any = None
    evaluated: bool = True
    similar: tuple[Connection, ...] = ()
    source: Source | None = None
    url: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    state: str = "new"
    accepted: AcceptedBy | None = None
    first_seen: str | None = None
    is_new: bool | None = None
    compared: Any = field(default=None, repr=False, compare=False)

    @property
    def kind(self) -> str:
        """Return what accepted findings call it by: ``rule``, ``path``, or ``status``, also of a password that is unverifiable."""
        if self.check == "policy":
            return "rule"
        return "path" if self.path is not None and self.status != "unverifiable" else "status"

    @property
    def what(self) -> str:
        """Return the rule, the path or the status."""
        return str({"rule": self.rule, "path": self.path, "status": self.status}[self.kind])

    @property
    def rank(self) -> str:
        """Return the severity or the status: what reports group and sort by."""
        return str(self.severity if self.check == "policy" else self.status)

    @property
    def has_value(self) -> bool:
        """Return whether an entry that accepts it has a value: that of a field that is not secret."""
        return self.kind == "path" and not is_secret_path(self.what)

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain data, as reports and results of modules have it."""
        values = {
            **self.__dict__,
            "connection": self.connection.as_dict(),
            "similar": [each.as_dict() for each in self.similar],
        }
        del values["compared"]
        return values

    def changed(self, **values: Any) -> Finding:
        """Return the finding with other values, in a tenth of the time of :func:`dataclasses.replace`: an account may have 100,000."""
        other = object.__new__(Finding)
        other.__dict__.update(self.__dict__, **values)
        return other

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Finding:
        """Return the finding of what :meth:`as_dict` returned. Raises ``KeyError`` and ``TypeError`` for anything else."""
        known = {name: values[name] for name in _SHOWN}
        known["connection"] = Connection.from_dict(values["connection"])
        known["similar"] = tuple(map(Connection.from_dict, values["similar"]))
        return cls(**known, compared=values["actual"])


_SHOWN = tuple(each.name for each in fields(Finding) if each.name != "compared")


@dataclass(frozen=True)
class Outcome:
    """What a check found in the whole account.

    ``connections`` are those that were compared, or evaluated. ``named`` are the records whose names, tags and ids may select them for a
    subset, each with the key of its connection. ``place`` is where the first desired connection is written.
    """

    check: str
    findings: Sequence[Finding]
    connections: Sequence[Connection]
    named: Sequence[tuple[tuple[str, ...], Record]] = ()
    rules: Sequence[RuleResult] = ()
    place: Source | None = None


def parse_report(text: str) -> dict[str, Any]:
    """Return a JSON report of a check, with its findings and accepted findings as :class:`Finding` objects.

    Raises ``ValueError``, whose text is the reason, for anything else.
    """
    try:
        report = json.loads(text)
        if report["format_version"] != FORMAT_VERSION:
            raise ValueError("it is a report of another version of this collection")
        found = {name: _findings(report[name], report["check"]) for name in ("findings", "accepted")}
        valid = isinstance(report["generated_at"], str) and {"selection", "error"} <= report.keys()
        valid = valid and {"label", "api_url"} <= report["account"].keys()
        valid = valid and all({"selects", "state", "findings"} <= each.keys() for each in report["acceptances"])
    except json.JSONDecodeError:
        raise ValueError("it is not JSON") from None
    except (KeyError, TypeError, AttributeError, RecursionError):
        valid = False
    if not valid:
        raise ValueError("it is not a JSON report of a check")
    return {**report, **found}


def _findings(values: Iterable[Any], check: str) -> list[Finding]:
    findings = [Finding.from_dict(each) for each in values]
    for each in findings:
        texts = (each.fingerprint, each.message, each.first_seen or "", each.connection.id or "")
        if each.rank not in RANKS[check] or not all(isinstance(text, str) for text in texts):
            raise TypeError
    return findings
