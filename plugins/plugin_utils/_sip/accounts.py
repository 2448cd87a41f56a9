# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credential connections as the accounts of a SIP program, in that program's terms.

Source: Telnyx's support articles for the codecs and the media encryption that work over each transport.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from ...module_utils._errors import SipConfigError
from ...module_utils._text import one_line
from .._records.record_lookup import TERM_FIELDS, RecordIndex, term_text
from .._records.records import Record, password_status
from .escaping import PASSWORD_ESCAPES, comment_text
from .programs import CODECS, DTMF, UNSUPPORTED, VIDEO_CODECS
from .settings import SipSettings, whole_number

NOT_OVER_UDP = ("OPUS", "H.264")

_USER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")


class NumberFormats(TypedDict):
    """The formats of the numbers of incoming calls, safe in a comment; ``None``: not set."""

    ani: str | None
    dnis: str | None


class SipAccount(TypedDict):
    """What a template gets for each connection.

    ``name`` is safe in a comment, and ``password`` is not escaped. ``codecs``, ``video_codecs`` and ``dtmf`` are in the
    program's terms; ``dtmf`` is ``None`` if the program's files cannot express it. A limit of ``None`` means no limit.
    """

    id: str
    name: str
    user_name: str
    password: str
    codecs: list[str]
    video_codecs: list[str]
    dtmf: str | None
    srtp: bool
    caller_id: str | None
    number_formats: NumberFormats
    inbound_limit: int | None
    outbound_limit: int | None
    simultaneous_ringing: bool


def accounts(
    records: Sequence[Record], settings: SipSettings, passwords: Mapping[str, Any] | None = None
) -> tuple[list[SipAccount], list[str]]:
    """Return the accounts of the active connections, ordered by user name, and warnings.

    ``passwords``, by id, user name or connection name, take precedence over those of the records. A record that is given
    twice, with the same id, counts once. Raises :class:`SipConfigError` with the problems of all connections.
    """
    warnings: list[str] = []
    unsupported: dict[str, list[str]] = {}
    problems: list[str] = []
    result: dict[str, SipAccount] = {}
    records = _without_repetitions(records)
    index = RecordIndex(records)
    given = _check_passwords(passwords or {}, index)
    for record in records:
        name = _name(record)
        if record.get("active") is False:
            warnings.append(f"{name}: it is inactive and is left out.")
            continue
        try:
            account = _account(record, settings, _given_password(record, given, index), warnings)
        except SipConfigError as exc:
            problems.append(f"{name}: {exc}")
            continue
        for text in _unsupported(record, account, settings):
            unsupported.setdefault(text, []).append(account["name"])
        if account["user_name"] in result:
            problems.append(f"{name}: another connection has the same user name.")
        result[account["user_name"]] = account
    if problems:
        raise SipConfigError(f"Nothing is configured because of these errors: {' '.join(problems)}")
    if not result and not settings.allow_empty:
        raise SipConfigError(
            f"None of the {len(records)} selected connections is active, so that all accounts would be removed. "
            "If this is intended, set allow_empty."
        )
    for text, names in unsupported.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        warnings.append(f"{names[0]}{more}: {text}.")
    return [result[user] for user in sorted(result)], warnings


def _without_repetitions(records: Sequence[Record]) -> list[Record]:
    """Return the records, each id once. Raises :class:`SipConfigError` for one that is not a dictionary."""
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict):
            raise SipConfigError(f"Record {number} is not a dictionary of a connection's fields.")
    return list({str(record.get("id") or f"record {number}"): record for number, record in enumerate(records)}.values())


def _check_passwords(passwords: Mapping[Any, Any], index: RecordIndex) -> dict[str, Any]:
    """Return the given passwords by their keys as text. Raises :class:`SipConfigError` for a key that matches several records.

    A key that matches no record is ignored: one dictionary may serve many hosts.
    """
    if not isinstance(passwords, Mapping):
        raise SipConfigError("The passwords must be a dictionary by id, user name or connection name.")
    given = {
        term: password
        for key, password in passwords.items()
        if password is not None and (term := term_text(key)) is not None
    }
    for term in given:
        records = index.get(term)
        if len(records) > 1:
            ids = ", ".join(str(record.get("id")) for record in records)
            raise SipConfigError(
                f"The key {one_line(term, 60)!r} of the passwords matches several connections: {ids}. Use their ids."
            )
    return given


def _given_password(record: Record, given: Mapping[str, Any], index: RecordIndex) -> Any:
    """Return the password given for a record: by its id, else by its user name, else by its connection name."""
    for field in TERM_FIELDS:
        term = term_text(record.get(field))
        # The id of another connection may be this one's name.
        if term is not None and term in given and index.get(term)[0] is record:
            return given[term]
    return None


def _name(record: Record) -> str:
    names = (record.get(field) for field in ("connection_name", "user_name", "id"))
    return one_line(next((name for name in names if name not in (None, "")), "a connection without a name"), 60)


def _account(record: Record, settings: SipSettings, password: Any, warnings: list[str]) -> SipAccount:
    """Return one connection's account. Raises :class:`SipConfigError`.

    Its message is the rest of a sentence about the connection, such as "its password is masked".
    """
    if record.get("active") is not True:
        raise SipConfigError("its active is neither true nor false.")
    program, inbound, outbound = settings.program, _section(record, "inbound"), _section(record, "outbound")
    codecs = _codecs(_name(record), inbound.get("codecs"), settings, warnings)
    video = VIDEO_CODECS.get(program, ())
    account: SipAccount = {
        "id": str(record.get("id")),
        "name": comment_text(record.get("connection_name") or ""),
        "user_name": _user_name(record.get("user_name"), program),
        "password": _password(record if password is None else {"password": password}),
        "codecs": [codec for codec in codecs if codec not in video],
        "video_codecs": [codec for codec in codecs if codec in video],
        "dtmf": _dtmf(record.get("dtmf_type"), program),
        "srtp": _srtp(record.get("encrypted_media"), settings.transport),
        "caller_id": _caller_id(outbound.get("ani_override")),
        "number_formats": {
            "ani": _number_format(inbound.get("ani_number_format")),
            "dnis": _number_format(inbound.get("dnis_number_format")),
        },
        "inbound_limit": _limit("inbound", inbound.get("channel_limit")),
        "outbound_limit": _limit("outbound", outbound.get("channel_limit")),
        "simultaneous_ringing": inbound.get("simultaneous_ringing") == "enabled",
    }
    if program in PASSWORD_ESCAPES:  # an error here instead of in a template
        PASSWORD_ESCAPES[program](account["password"])
    return account


def _section(record: Record, name: str) -> Mapping[str, Any]:
    section = record.get(name)
    return section if isinstance(section, dict) else {}


def _user_name(value: Any, program: str) -> str:
    if not isinstance(value, str) or not _USER_NAME.fullmatch(value):
        raise SipConfigError("its user name is not a SIP user name of letters and digits.")
    if program == "freeswitch" and "+" in value:
        # Source: FreeSWITCH's mod_sofia, sofia.c, parse_gateways: "Ignoring invalid name".
        raise SipConfigError(f"FreeSWITCH does not load a gateway whose name contains a + as in {value!r}.")
    return value


def _srtp(encrypted_media: Any, transport: str) -> bool:
    if encrypted_media not in (None, "", "SRTP"):
        raise SipConfigError(f"its media encryption {one_line(encrypted_media, 20)!r} is unknown; Telnyx has SRTP.")
    if encrypted_media and transport != "tls":
        raise SipConfigError("SRTP needs TLS, because its keys are sent in SIP messages: set the transport to tls.")
    return bool(encrypted_media)


def _password(record: Mapping[str, Any]) -> str:
    status, password = password_status(record), record.get("password")
    if status == "absent" and record.get("password_status") == "available":
        raise SipConfigError(
            "its record has no password, as in a snapshot file or without include_passwords. Add it to the passwords, for"
            " example from a vault."
        )
    if status != "available":
        raise SipConfigError(
            f"its password is {status}: the API does not return it. Add it to the passwords, for example from a vault."
        )
    if isinstance(password, (int, float)) and not isinstance(password, bool):
        # YAML may have read another number than was written: 010 is 8.
        raise SipConfigError("its password is a number, not text. Put it in quotes.")
    if not isinstance(password, str):
        raise SipConfigError("its password is not text.")
    return password


def _codecs(name: str, codecs: Any, settings: SipSettings, warnings: list[str]) -> list[str]:
    """Return the codecs in their order, in the program's terms. Raises :class:`SipConfigError` if none is left."""
    if not isinstance(codecs, list) or not codecs:
        raise SipConfigError("it has no codec.")
    if not all(isinstance(codec, str) for codec in codecs):
        raise SipConfigError("its codecs are not all text.")
    excluded = NOT_OVER_UDP if settings.transport == "udp" else ()
    usable = [codec for codec in codecs if codec not in excluded]
    if not usable:
        raise SipConfigError(f"its codecs {', '.join(codecs)} work over TCP and TLS only.")
    if len(usable) < len(codecs):
        dropped = ", ".join(codec for codec in codecs if codec in excluded)
        warnings.append(f"{name}: {dropped} (over TCP and TLS only) is left out.")
    names = CODECS.get(settings.program)
    if names is None:
        return usable
    unnamed = [one_line(codec, 20) for codec in usable if codec not in names]
    if unnamed:
        warnings.append(f"{name}: {settings.program} does not support {', '.join(unnamed)}, which is left out.")
    named = [names[codec] for codec in usable if codec in names]
    if not named:
        raise SipConfigError(f"{settings.program} supports none of its codecs.")
    return named


def _dtmf(dtmf_type: Any, program: str) -> str | None:
    """Return the DTMF type in the program's terms; ``None`` if it is not set or the program's files cannot express it."""
    if dtmf_type is None:
        return None
    if not isinstance(dtmf_type, str):
        raise SipConfigError("its dtmf_type is not text.")
    names = DTMF.get(program, {})
    if names and dtmf_type not in names:
        raise SipConfigError(f"its dtmf_type {one_line(dtmf_type, 20)!r} is not known for {program}.")
    return names.get(dtmf_type)


def _caller_id(number: Any) -> str | None:
    if number in (None, ""):
        return None
    if not re.fullmatch(r"\+?[0-9]{1,32}", str(number)):
        raise SipConfigError("its ani_override is not a telephone number.")
    return str(number)


def _number_format(value: Any) -> str | None:
    return comment_text(value) if value else None


def _limit(side: str, value: Any) -> int | None:
    return None if value is None else whole_number(f"{side} channel limit", value, 0, 10**6)


def _unsupported(record: Record, account: SipAccount, settings: SipSettings) -> list[str]:
    """Return what the connection or the settings ask for and the program's files cannot express."""
    wanted = {
        "codecs": True,
        "inbound_codecs": True,
        "dtmf": record.get("dtmf_type") not in (None, "RFC 2833") or settings.program == "kamailio",
        "srtp": account["srtp"],
        "channel_limits": account["inbound_limit"] is not None or account["outbound_limit"] is not None,
        "caller_id": account["caller_id"] is not None,
        "ca_file": settings.ca_file is not None,
        "external_address": settings.external_address is not None,
        "context": settings.context != SipSettings.context,
    }
    texts = UNSUPPORTED.get(settings.program, {})
    return [f"{what.replace('_', ' ')} {text}" for what, text in texts.items() if wanted[what]]
