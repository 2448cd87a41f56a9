# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a SIP program has to know of a connection in order to use it, in that program's words.

Sources: Telnyx's support articles for the registrars, the transports and what works over which; the documentation of
each program for its words.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._argument_spec import TERM_FIELDS
from .._connections.records import Record, RecordIndex, password_status, term_text
from .._errors import SipConfigError
from .._text import one_line
from .escaping import PASSWORDS, comment_text

REGISTRARS = {"us": "sip.telnyx.com", "eu": "sip.telnyx.eu", "au": "sip.telnyx.com.au", "ca": "sip.telnyx.ca"}
PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}
NOT_OVER_UDP = ("OPUS", "H.264")

CODECS: dict[str, dict[str, str]] = {
    "asterisk": {"G722": "g722", "G711U": "ulaw", "G711A": "alaw", "G729": "g729", "OPUS": "opus", "H.264": "h264"},
    "freeswitch": {"G722": "G722", "G711U": "PCMU", "G711A": "PCMA", "G729": "G729", "OPUS": "OPUS", "H.264": "H264"},
    # A codec of another rate than 8,000 Hz is found by name, rate and channels.
    "baresip": {
        "G722": "G722/16000/1",
        "G711U": "PCMU",
        "G711A": "PCMA",
        "G729": "G729",
        "OPUS": "opus/48000/2",
        "H.264": "H264",
    },
}
DTMF: dict[str, dict[str, str]] = {
    "asterisk": {"RFC 2833": "rfc4733", "Inband": "inband", "SIP INFO": "info"},
    "freeswitch": {"RFC 2833": "rfc2833", "SIP INFO": "info"},
    "baresip": {},
}

# What the files of a program cannot say; where a connection wants it, a warning names it.
UNSAID: dict[str, dict[str, str]] = {
    "asterisk": {
        "channel_limits": "are set as the variables TELNYX_INBOUND_LIMIT and TELNYX_OUTBOUND_LIMIT: count with GROUP() in the dialplan",
    },
    "freeswitch": {
        "channel_limits": "are set as the variables telnyx_inbound_limit and telnyx_outbound_limit: heed them with limit in the dialplan",
        "inbound_codecs": "of calls from Telnyx are those of the Sofia profile; the gateway's own are for calls to it",
        "ca_file": "belongs to the Sofia profile (tls-verify-policy and its certificate folder)",
        "external_address": "belongs to the Sofia profile (ext-sip-ip and ext-rtp-ip)",
    },
    "kamailio": {
        "codecs": "are left to the endpoints behind it",
        "dtmf": "is left to the endpoints behind it",
        "srtp": "is left to the endpoints behind it, or to rtpengine",
        "channel_limits": "need the dialog module and the routing script",
        "caller_id": "is left to the routing script; Telnyx itself applies ani_override",
        "ca_file": "belongs to tls.cfg (ca_list, verify_certificate)",
        "context": "is a word of other programs",
    },
    "baresip": {
        "dtmf": "cannot be set in accounts of version 1.0; RFC 2833 is what it sends",
        "channel_limits": "cannot be set in accounts (call_max_calls in config is for all)",
        "caller_id": "cannot be set in accounts; Telnyx itself applies ani_override",
        "ca_file": "belongs to config (sip_cafile, sip_verify_server); before version 1.1 it checks no certificate",
        "external_address": "cannot be set in accounts (sipnat and a STUN server find it)",
        "context": "is a word of other programs",
    },
}

USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:([0-9]{1,5}))?")


@dataclass(frozen=True)
class Choices:
    """What the API does not know; make one with :func:`check_choices`. ``expiry`` is seconds.

    ``authority`` is the registrar as SIP URIs have it: with the port, unless that is the transport's own.
    """

    program: str
    registrar: str
    port: int
    authority: str
    transport: str = "udp"
    outbound_proxy: str | None = None
    expiry: int = 300
    context: str = "from-telnyx"
    external_address: str | None = None
    local_nets: tuple[str, ...] = ()
    bind: str = "0.0.0.0:5160"
    ca_file: str | None = None


def check_choices(given: Mapping[str, Any]) -> Choices:
    """Turn the role's variables into :class:`Choices`, or raise :class:`SipConfigError`."""
    transport = str(given.get("transport") or "udp")
    if transport not in PORTS:
        raise SipConfigError(f"The transport must be one of {', '.join(PORTS)}, not {one_line(transport, 40)!r}.")
    region = str(given.get("region") or "us")
    if not given.get("registrar") and region not in REGISTRARS:
        raise SipConfigError(f"The region must be one of {', '.join(REGISTRARS)}, not {one_line(region, 40)!r}.")
    registrar, port = host_and_port("registrar", str(given.get("registrar") or REGISTRARS[region]), PORTS[transport])
    authority = registrar if port == PORTS[transport] else f"{registrar}:{port}"
    proxy, next_hop = None, registrar
    if given.get("outbound_proxy"):
        next_hop, proxy_port = host_and_port("outbound_proxy", str(given["outbound_proxy"]), PORTS[transport])
        proxy = f"{next_hop}:{proxy_port}"
    expiry = _number("expiry", given.get("expiry", 300), 60, 86400)
    texts = {
        name: _word(name, given[name]) for name in ("external_address", "bind", "ca_file", "context") if given.get(name)
    }
    if not texts.get("ca_file", "/").startswith("/"):
        raise SipConfigError("The ca_file must be an absolute path on the host.")
    six = next_hop.startswith("[")
    if _is_ipv6(texts.setdefault("bind", "[::]:5160" if six else Choices.bind)) < six:
        raise SipConfigError(f"From bind {texts['bind']}, an IPv4 address, nothing reaches {next_hop}.")
    nets = _networks(given.get("local_nets") or ())
    return Choices(
        str(given.get("program")), registrar, port, authority, transport, proxy, expiry, local_nets=nets, **texts
    )


def host_and_port(what: str, text: str, port: int) -> tuple[str, int]:
    """Split ``host``, ``host:port`` or ``[address]:port``. Raises :class:`SipConfigError`."""
    found = HOST.fullmatch(text)
    try:
        if not found or not 0 < int(found[4] or port) < 65536:
            raise ValueError
        if found[1].startswith("["):
            ipaddress.IPv6Address(found[1][1:-1])
    except ValueError:
        raise SipConfigError(
            f"The {what} must be a host, or a host and a port, not {one_line(text, 60)!r}; an IPv6 address stands in [ ]."
        ) from None
    return found[1], int(found[4] or port)


def _is_ipv6(bind: str) -> bool:
    """Whether an address to listen on is of IPv6. Raises :class:`SipConfigError` where it is none."""
    found = HOST.fullmatch(bind)
    try:
        if not found or int(found[4] or 0) > 65535:
            raise ValueError
        return ipaddress.ip_address(found[1].strip("[]")).version == 6
    except ValueError:
        raise SipConfigError(f"The bind must be an address and a port as in 0.0.0.0:5160, not {bind!r}.") from None


def _networks(given: Any) -> tuple[str, ...]:
    nets = []
    for net in given.split(",") if isinstance(given, str) else map(str, given):
        try:
            if "%" in net:  # any text may stand behind it
                raise ValueError
            nets.append(str(ipaddress.ip_network(net.strip(), strict=False)))
        except ValueError:
            raise SipConfigError(
                f"The local_nets must be networks as in 10.0.0.0/8, not {one_line(net, 40)!r}."
            ) from None
    return tuple(nets)


def _number(what: str, value: Any, low: int, high: int) -> int:
    text = str(value)
    if not re.fullmatch("[0-9]{1,9}", text) or not low <= int(text) <= high:
        raise SipConfigError(f"The {what} must be a whole number from {low} to {high}.")
    return int(text)


def _word(what: str, value: Any) -> str:
    """Text without space or marks that mean something in a file."""
    if not re.fullmatch(r"[A-Za-z0-9_./:\[\]@+-]+", str(value)):
        raise SipConfigError(f"The {what} must be plain: letters, digits and _ . / : [ ] @ + -.")
    return str(value)


def accounts(
    records: Sequence[Record], choices: Choices, passwords: Mapping[str, str] | None = None
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return what the templates need for each active connection, ordered by user name, and the warnings.

    ``passwords``, by id, user name or connection name, go before those of the records. Raises
    :class:`SipConfigError` with all that cannot work, so nothing is written before all of it can.
    """
    warnings: list[str] = []
    unsaid: dict[str, list[str]] = {}
    problems: list[str] = []
    result: dict[str, dict[str, Any]] = {}
    records = _each_once(records)
    index = RecordIndex(records)
    given = _check_passwords(passwords or {}, index)
    for record in records:
        name = one_line(record.get("connection_name"), 60)
        if record.get("active") is None:
            problems.append(f"{name}: it does not say whether it is active.")
            continue
        if not record["active"]:
            warnings.append(f"{name}: it is inactive, so it is left out.")
            continue
        try:
            account = _account(record, choices, _given_password(record, given, index), warnings)
            _note_the_unsaid(record, account, choices, unsaid)
        except SipConfigError as exc:
            problems.append(f"{name}: {exc}")
            continue
        if account["user_name"] in result:
            problems.append(f"{name}: another connection has the same user name; one would replace the other.")
        result[account["user_name"]] = account
    if problems:
        raise SipConfigError("Nothing was written. " + " ".join(problems))
    for text, names in unsaid.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        warnings.append(f"{names[0]}{more}: {text}.")
    return [result[user] for user in sorted(result)], warnings


def _each_once(records: Sequence[Record]) -> list[Record]:
    """The records, with one that several terms named only once."""
    for place, record in enumerate(records, 1):
        if not isinstance(record, dict):
            raise SipConfigError(f"Record {place} is not a mapping of a connection's fields.")
    return list({str(record.get("id") or f"record {place}"): record for place, record in enumerate(records)}.values())


def _check_passwords(passwords: Mapping[Any, Any], index: RecordIndex) -> dict[str, Any]:
    """Return the passwords that do not come from the API, by term. Raises :class:`SipConfigError`."""
    if not isinstance(passwords, Mapping):
        raise SipConfigError("The passwords are not a mapping of ids, user names or names to passwords.")
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
                f"The key {one_line(term, 60)!r} of sip_config_passwords names several connections: {ids}. Use their ids."
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


def _account(record: Record, choices: Choices, password: Any, warnings: list[str]) -> dict[str, Any]:
    if not isinstance(record["active"], bool):
        raise SipConfigError("its active is neither true nor false.")
    user = record.get("user_name")
    if not isinstance(user, str) or not USER.fullmatch(user):
        raise SipConfigError("its user name is no SIP user of letters and digits.")
    srtp = record.get("encrypted_media")
    if srtp not in (None, "", "SRTP"):
        raise SipConfigError(f"its media encryption {one_line(srtp, 20)!r} is known to no program; Telnyx has SRTP.")
    if srtp and choices.transport != "tls":
        raise SipConfigError("SRTP needs TLS, for the keys travel in the signalling: set sip_config_transport to tls.")
    inbound, outbound = (
        part if isinstance(part, dict) else {} for part in (record.get("inbound"), record.get("outbound"))
    )
    name = one_line(record.get("connection_name"), 60)
    account: dict[str, Any] = {
        "id": str(record.get("id")),
        "name": comment_text(record.get("connection_name") or ""),
        "user_name": user,
        "password": _password(record if password is None else {"password": password}),
        "codecs": _codecs(name, inbound.get("codecs"), choices, warnings),
        "video_codecs": [],
        "dtmf": None,
        "srtp": bool(srtp),
        "caller_id": _caller_id(outbound.get("ani_override")),
        "number_formats": {
            key: comment_text(inbound[f"{key}_number_format"]) if inbound.get(f"{key}_number_format") else None
            for key in ("ani", "dnis")
        },
        "inbound_limit": inbound.get("channel_limit"),
        "outbound_limit": outbound.get("channel_limit"),
        "simultaneous_ringing": inbound.get("simultaneous_ringing") == "enabled",
    }
    if choices.program == "baresip":
        account["video_codecs"] = [codec for codec in account["codecs"] if codec == "H264"]
        account["codecs"] = [codec for codec in account["codecs"] if codec != "H264"]
    for limit in ("inbound_limit", "outbound_limit"):
        if account[limit] is not None:
            account[limit] = _number(limit.replace("_", " channel "), account[limit], 0, 10**6)
    dtmf = record.get("dtmf_type")
    if dtmf is not None:
        if not isinstance(dtmf, str):
            raise SipConfigError("its dtmf_type is no text.")
        account["dtmf"] = DTMF.get(choices.program, {}).get(dtmf)
        if account["dtmf"] is None and choices.program == "asterisk":
            raise SipConfigError(f"its dtmf_type {one_line(dtmf, 20)!r} has no name in Asterisk.")
        if account["dtmf"] is None and choices.program == "freeswitch":
            warnings.append(
                f"{name}: dtmf_type {one_line(dtmf, 20)} cannot be set for a gateway (start_dtmf in the dialplan hears it)."
            )
    check = PASSWORDS.get(choices.program)
    if check:
        check(account["password"])
    return account


def _password(record: Record) -> str:
    status, password = password_status(record), record.get("password")
    if status != "available":
        raise SipConfigError(
            f"its password is {status}: the API does not tell it. Give it in sip_config_passwords, for example from a vault."
        )
    if isinstance(password, (int, float)) and not isinstance(password, bool):
        # YAML may have made another number of it than was meant.
        raise SipConfigError("its password is a number, and not text. Put it into quotes.")
    if not isinstance(password, str):
        raise SipConfigError("its password is no text.")
    return password


def _codecs(name: str, codecs: Any, choices: Choices, warnings: list[str]) -> list[str]:
    """The codecs in their order, by the program's names. Raises :class:`SipConfigError` where none is left."""
    names = CODECS.get(choices.program)
    if not isinstance(codecs, list) or not codecs:
        raise SipConfigError("it has no codec.")
    if not all(isinstance(codec, str) for codec in codecs):
        raise SipConfigError("its codecs are not all text.")
    usable = [codec for codec in codecs if choices.transport != "udp" or codec not in NOT_OVER_UDP]
    if not usable:
        raise SipConfigError(f"its codecs {', '.join(map(str, codecs))} work over TCP and TLS only.")
    dropped = [str(codec) for codec in codecs if codec not in usable]
    if dropped:
        warnings.append(f"{name}: {', '.join(dropped)} works over TCP and TLS only, and is left out.")
    if names is None:
        return [str(codec) for codec in usable]
    strange = [one_line(codec, 20) for codec in usable if codec not in names]
    if strange:
        warnings.append(f"{name}: {', '.join(strange)} has no name in {choices.program}, and is left out.")
    known = [names[codec] for codec in usable if codec in names]
    if not known:
        raise SipConfigError(f"none of its codecs has a name in {choices.program}.")
    return known


def _caller_id(number: Any) -> str | None:
    if number in (None, ""):
        return None
    if not re.fullmatch(r"\+?[0-9]{1,32}", str(number)):
        raise SipConfigError("its ani_override is no telephone number.")
    return str(number)


def _note_the_unsaid(
    record: Record, account: Mapping[str, Any], choices: Choices, unsaid: dict[str, list[str]]
) -> None:
    """Note what the connection wants and the program's files cannot say."""
    wanted = {
        "codecs": True,
        "inbound_codecs": True,
        "dtmf": record.get("dtmf_type") not in (None, "RFC 2833") or choices.program == "kamailio",
        "srtp": account["srtp"],
        "channel_limits": account["inbound_limit"] is not None or account["outbound_limit"] is not None,
        "caller_id": account["caller_id"] is not None,
        "ca_file": choices.ca_file is not None,
        "external_address": choices.external_address is not None,
        "context": choices.context != Choices.context,
    }
    for what, why in UNSAID.get(choices.program, {}).items():
        if wanted[what]:
            unsaid.setdefault(f"{what.replace('_', ' ')} {why}", []).append(account["name"])
