# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credential connections as the accounts of a SIP program, in that program's terms.

Source: Telnyx's support articles for the codecs and the media encryption that work over each transport.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, TypeVar

from ...module_utils._errors import SipConfigError
from ...module_utils._text import one_line
from .._records.record_lookup import TERM_FIELDS, RecordIndex, term_text
from .._records.records import Record, password_status
from .escaping import comment_text
from .extra import Extra, merge_extra, read_extra
from .files import account_text
from .programs import CODECS, DTMF, UNSUPPORTED, VIDEO_CODECS
from .settings import SipSettings, whole_number

_NOT_OVER_UDP = ("OPUS", "H.264")

_USER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")


# What a template gets for each connection; the filter ``sip_accounts`` documents it.
SipAccount = dict[str, Any]

_Value = TypeVar("_Value")


@dataclass
class Accounts:
    """The accounts of the active connections, ordered by user name.

    ``problems`` are sentences: if there is one, nothing may be written. ``skipped`` are the user names of connections that
    were left out for an unsupported value. A warning is its name and the sentence.
    """

    accounts: list[SipAccount] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)


class UnsupportedError(SipConfigError):
    """A connection has a value that the program's files or the collection cannot express."""

    kind = "sip_unsupported"


def accounts(
    records: Sequence[Record],
    settings: SipSettings,
    passwords: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
    skip_unsupported: bool = False,
) -> Accounts:
    """Return the accounts of the active connections. A record that is given twice, with the same id, counts once.

    ``passwords`` and ``extra``, by id, user name or connection name, take precedence over those of the records and settings.
    """
    result = Accounts()
    records = _without_repetitions(records, result.problems)
    index = RecordIndex(records)
    passwords = _by_term("sip_config_passwords", passwords or {}, index, result.problems)
    extra = _by_term("sip_config_extra_by_connection", extra or {}, index, result.problems)
    parameters = _parameters_by_term(extra, settings.program, result.problems)
    users: dict[str, SipAccount] = {}
    sections: dict[str, str] = {}
    connections: dict[tuple[str, str], list[str]] = {}  # names, by the name and the text of a warning
    for record in records:
        name, warnings = _name(record), [("inactive", "it is inactive and is left out")]
        if record.get("active") is not False:
            given = reduce(merge_extra, reversed(_given(record, parameters, index)), settings.extra)
            try:
                account, warnings = _account(record, settings, _given(record, passwords, index), given)
                _check_unique(account, users, sections)
            except SipConfigError as exc:
                if not (skip_unsupported and isinstance(exc, UnsupportedError)):
                    result.problems.append(f"{name}: {exc}")
                    continue
                result.skipped.append(str(record.get("user_name")))
                warnings = [("skipped", f"{exc} The connection is skipped; what is configured for it stays as it is")]
            else:
                users[account["user_name"]] = account
                sections[account["section"]] = name
        for warning in warnings:
            connections.setdefault(warning, []).append(name)
    result.accounts = [users[user] for user in sorted(users)]
    for (warning_name, text), names in connections.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        result.warnings.append((warning_name, f"{names[0]}{more}: {text}."))
    return result


def _without_repetitions(records: Sequence[Record], problems: list[str]) -> list[Record]:
    found = {}
    for number, record in enumerate(records, 1):
        if isinstance(record, dict):
            found[str(record.get("id") or f"record {number}")] = record
        else:
            problems.append(f"Record {number} is not a dictionary of a connection's fields.")
    return list(found.values())


def _by_term(what: str, values: Mapping[str, Any], index: RecordIndex, problems: list[str]) -> dict[str, Any]:
    """Return the values by term. A term of several connections is a problem; one of none may be of another host."""
    if not isinstance(values, Mapping):
        problems.append(f"{what}: must be a dictionary by id, user name or connection name.")
        return {}
    found = {term: value for key, value in values.items() if value is not None and (term := term_text(key)) is not None}
    for term in found:
        records = index.get(term)
        if len(records) > 1:
            ids = ", ".join(str(record.get("id")) for record in records)
            problems.append(f"{what}: {one_line(term, 60)!r} matches several connections: {ids}. Use their ids.")
    return found


def _parameters_by_term(values: Mapping[str, Any], program: str, problems: list[str]) -> dict[str, Extra]:
    found = {}
    for term, value in values.items():
        try:
            found[term] = read_extra(program, value)
        except ValueError as exc:
            problems.append(f"sip_config_extra_by_connection: {one_line(term, 60)}: {exc}")
    return found


def _given(record: Record, values: Mapping[str, _Value], index: RecordIndex) -> list[_Value]:
    """Return the values that are given for a record by its id, by its user name and by its connection name, in this order."""
    terms = [term_text(record.get(name)) for name in TERM_FIELDS]
    # The id of another connection may be this one's name.
    return [values[term] for term in terms if term is not None and term in values and index.get(term)[0] is record]


def _check_unique(account: SipAccount, users: Mapping[str, SipAccount], sections: Mapping[str, str]) -> None:
    if account["user_name"] in users:
        raise SipConfigError("another connection has the same user name.")
    if account["section"] in sections:
        raise SipConfigError(f"{sections[account['section']]} is called {account['section']}, too.")


def _name(record: Record) -> str:
    names = (record.get(field) for field in ("connection_name", "user_name", "id"))
    return one_line(next((name for name in names if name not in (None, "")), "a connection without a name"), 60)


def _account(
    record: Record, settings: SipSettings, passwords: Sequence[Any], extra: Extra
) -> tuple[SipAccount, list[tuple[str, str]]]:
    """Return one connection's account, and warnings by their names. Raises :class:`SipConfigError`.

    Its message is the rest of a sentence about the connection, such as "its password is masked". The first of
    ``passwords``, if there is one, takes precedence over the record's.
    """
    if record.get("active") is not True:
        raise SipConfigError("its active is neither true nor false.")
    program, inbound, outbound = settings.program, _section(record, "inbound"), _section(record, "outbound")
    codecs, warnings = _codecs(inbound.get("codecs"), settings)
    video = VIDEO_CODECS.get(program, ())
    account: SipAccount = {
        "id": str(record.get("id")),
        "name": comment_text(record.get("connection_name") or ""),
        "section": _section_name(record, settings),
        "user_name": _user_name(record.get("user_name")),
        "password": _password({"password": passwords[0]} if passwords else record),
        "codecs": [codec for codec in codecs if codec not in video],
        "video_codecs": [codec for codec in codecs if codec in video],
        "dtmf": _dtmf(record.get("dtmf_type"), program),
        "srtp": _srtp(record.get("encrypted_media"), settings.transport),
        "caller_id": _caller_id(outbound.get("ani_override")),
        "number_formats": {
            each: comment_text(inbound[f"{each}_number_format"]) if inbound.get(f"{each}_number_format") else None
            for each in ("ani", "dnis")
        },
        "inbound_limit": _limit("inbound", inbound.get("channel_limit")),
        "outbound_limit": _limit("outbound", outbound.get("channel_limit")),
        "simultaneous_ringing": inbound.get("simultaneous_ringing") == "enabled",
        "extra": extra,
    }
    try:
        account_text(account, settings)
    except SipConfigError as exc:
        raise UnsupportedError(str(exc)) from None
    return account, warnings + _unsupported(record, account, settings)


def _section(record: Record, name: str) -> Mapping[str, Any]:
    section = record.get(name)
    return section if isinstance(section, dict) else {}


def _user_name(value: Any) -> str:
    if not isinstance(value, str) or not _USER_NAME.fullmatch(value):
        raise UnsupportedError("its user name is not a SIP user name of letters and digits.")
    return value


def _section_name(record: Record, settings: SipSettings) -> str:
    """Return the name of the section or gateway: characters that a name cannot have become hyphens."""

    def value(found: re.Match[str]) -> str:
        text = record.get(found[1])
        if not isinstance(text, (str, int)) or text == "":
            raise SipConfigError(f"it has no text in the field {found[1]}, which sip_config_name has.")
        return re.sub(r"[^A-Za-z0-9._+-]+", "-", str(text)).strip("-")

    name = re.sub(r"\{([a-z_]+)\}", value, settings.name)
    if settings.program == "freeswitch" and "+" in name:
        # Source: FreeSWITCH's mod_sofia, sofia.c, parse_gateways: "Ignoring invalid name".
        raise UnsupportedError(f"FreeSWITCH does not load a gateway whose name contains a + as in {name!r}.")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}", name):
        raise UnsupportedError(f"{one_line(name, 60)!r} is no name of a section or gateway.")
    return name


def _srtp(encrypted_media: Any, transport: str) -> bool:
    if encrypted_media not in (None, "", "SRTP"):
        raise UnsupportedError(f"its media encryption {one_line(encrypted_media, 20)!r} is unknown; Telnyx has SRTP.")
    if encrypted_media and transport != "tls":
        raise UnsupportedError(
            "SRTP needs TLS, because its keys are sent in SIP messages: set sip_config_transport to tls."
        )
    return bool(encrypted_media)


def _password(record: Mapping[str, Any]) -> str:
    status, password = password_status(record), record.get("password")
    if status == "absent" and record.get("password_status") == "available":
        raise SipConfigError(
            "its record has no password, as in a snapshot file or without include_passwords. Add it to"
            " sip_config_passwords, for example from a vault."
        )
    if status != "available":
        raise SipConfigError(
            f"its password is {status}: the API does not return it. Add it to sip_config_passwords, for example from a"
            " vault."
        )
    if isinstance(password, (int, float)) and not isinstance(password, bool):
        # YAML may have read another number than was written: 010 is 8.
        raise SipConfigError("its password is a number, not text. Put it in quotes.")
    if not isinstance(password, str):
        raise SipConfigError("its password is not text.")
    return password


def _codecs(codecs: Any, settings: SipSettings) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the codecs in their order, in the program's terms, and warnings. Raises :class:`SipConfigError` if none is left."""
    if not isinstance(codecs, list) or not codecs:
        raise UnsupportedError("it has no codec.")
    if not all(isinstance(codec, str) for codec in codecs):
        raise UnsupportedError("its codecs are not all text.")
    over_tcp = [codec for codec in codecs if codec in _NOT_OVER_UDP and settings.transport == "udp"]
    usable = [codec for codec in codecs if codec not in over_tcp]
    if not usable:
        raise UnsupportedError(f"its codecs {', '.join(codecs)} work over TCP and TLS only.")
    warnings = [("codecs", f"{', '.join(over_tcp)} (over TCP and TLS only) is left out")] if over_tcp else []
    names = CODECS.get(settings.program) or {codec: codec for codec in usable}
    unnamed = ", ".join(one_line(codec, 20) for codec in usable if codec not in names)
    named = [names[codec] for codec in usable if codec in names]
    if not named:
        raise UnsupportedError(f"{settings.program} supports none of its codecs ({unnamed}).")
    if unnamed:
        warnings.append(("codecs", f"{settings.program} does not support {unnamed}, which is left out"))
    return named, warnings


def _dtmf(dtmf_type: Any, program: str) -> str | None:
    """Return the DTMF type in the program's terms; ``None`` if it is not set or the program's files cannot express it."""
    if dtmf_type is None:
        return None
    if not isinstance(dtmf_type, str):
        raise UnsupportedError("its dtmf_type is not text.")
    names = DTMF.get(program, {})
    if names and dtmf_type not in names:
        raise UnsupportedError(f"its dtmf_type {one_line(dtmf_type, 20)!r} is not known for {program}.")
    return names.get(dtmf_type)


def _caller_id(number: Any) -> str | None:
    if number in (None, ""):
        return None
    if not re.fullmatch(r"\+?[0-9]{1,32}", str(number)):
        raise UnsupportedError("its ani_override is not a telephone number.")
    return str(number)


def _limit(side: str, value: Any) -> int | None:
    try:
        return None if value is None else whole_number(0, 10**6)(value)
    except ValueError as exc:
        raise UnsupportedError(f"its {side} channel limit {exc}") from None


def _unsupported(record: Record, account: SipAccount, settings: SipSettings) -> list[tuple[str, str]]:
    """Return what the connection asks for and the program's files cannot express: names of warnings and their texts."""
    wanted = {
        "dtmf": record.get("dtmf_type") not in (None, "RFC 2833"),
        "srtp": account["srtp"],
        "channel_limits": account["inbound_limit"] is not None or account["outbound_limit"] is not None,
        "caller_id": account["caller_id"] is not None,
    }
    return [(name, text) for name, text in UNSUPPORTED.get(settings.program, {}).items() if wanted[name]]
