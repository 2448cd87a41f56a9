# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API does not know and SIP programs need: registrar, transport, names, addresses; checked, with defaults.

Source: Telnyx's support articles for the registrars and the transports.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Callable

from ...module_utils._text import did_you_mean, one_line
from .extra import Extra, read_extra

REGISTRARS = {"us": "sip.telnyx.com", "eu": "sip.telnyx.eu", "au": "sip.telnyx.com.au", "ca": "sip.telnyx.ca"}
PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}
PROGRAMS = ("asterisk", "freeswitch", "kamailio", "baresip", "custom")
PREFIX = "sip_config_"  # of the role's variables, by which messages name the settings

_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:(?P<port>[0-9]{1,5}))?")

Parser = Callable[[Any], Any]


@dataclass(frozen=True)
class SipSettings:
    """Settings, checked; :func:`read_settings` creates them.

    ``port``: the registrar's. ``authority``: the registrar as it stands in SIP URIs, with the port unless that is the
    transport's default. ``outbound_proxy``: ``host:port``. ``expiry``: of a registration, in seconds. ``bind``: the address
    and port that the program listens on. ``ca_file``: an absolute path on the managed node. ``name``: the pattern of the
    names of gateways and sections. ``extra``: parameters of all accounts, by section.
    """

    program: str = "custom"
    registrar: str = REGISTRARS["us"]
    port: int = PORTS["udp"]
    authority: str = REGISTRARS["us"]
    transport: str = "udp"
    outbound_proxy: str | None = None
    expiry: int = 300
    context: str = "from-telnyx"
    external_address: str | None = None
    local_nets: tuple[str, ...] = ()
    bind: str = "0.0.0.0:5160"
    ca_file: str | None = None
    name: str = "telnyx-{user_name}"
    transport_name: str | None = None
    extra: Extra = field(default_factory=dict)


def one_of(choices: Any) -> Callable[[Any], str]:
    """Return a parser of one of some words. It raises :class:`ValueError`, as the others of this file."""

    def parse(value: Any) -> str:
        if str(value) not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}, not {one_line(value, 40)!r}.")
        return str(value)

    return parse


def whole_number(low: int, high: int) -> Callable[[Any], int]:
    """Return a parser of a number from ``low`` to ``high``, given as number or text."""

    def parse(value: Any) -> int:
        if not re.fullmatch("[0-9]{1,9}", str(value)) or not low <= int(str(value)) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}.")
        return int(str(value))

    return parse


def _host_and_port(value: Any) -> tuple[str, int | None]:
    """Parse ``host``, ``host:port`` or ``[address]:port``."""
    found = _HOST.fullmatch(str(value))
    try:
        if not found or not 0 < int(found["port"] or 1) < 65536:
            raise ValueError
        if found["host"].startswith("["):
            ipaddress.IPv6Address(found["host"][1:-1])
    except ValueError:
        raise ValueError(
            f"must be a host, or a host and a port, not {one_line(value, 60)!r}; an IPv6 address is in brackets."
        ) from None
    return found["host"], int(found["port"]) if found["port"] else None


def _bind(value: Any) -> str:
    try:
        ipaddress.ip_address(_host_and_port(value)[0].strip("[]"))
    except ValueError:
        raise ValueError(f"must be an address and a port as in 0.0.0.0:5160, not {one_line(value, 60)!r}.") from None
    return str(value)


def _networks(given: Any) -> tuple[str, ...]:
    """Return networks, given as a list or as text with commas, in CIDR notation."""
    networks = []
    for network in given.split(",") if isinstance(given, str) else map(str, given):
        try:
            if "%" in network:  # the scope id of an IPv6 address may be any text
                raise ValueError
            networks.append(str(ipaddress.ip_network(network.strip(), strict=False)))
        except ValueError:
            raise ValueError(f"must be networks as in 10.0.0.0/8, not {one_line(network, 40)!r}.") from None
    return tuple(networks)


def _plain_token(value: Any) -> str:
    """Return a value without spaces and without characters that have a meaning in a file."""
    if not re.fullmatch(r"[A-Za-z0-9_./:\[\]@+-]+", str(value)):
        raise ValueError("may contain only letters, digits and _ . / : [ ] @ + -.")
    return str(value)


def _absolute(value: Any) -> str:
    path = _plain_token(value)
    if not path.startswith("/"):
        raise ValueError("must be an absolute path.")
    return path


def _pattern(value: Any) -> str:
    if not re.fullmatch(r"(?:[A-Za-z0-9._+-]|\{[a-z_]+\})+", str(value)):
        raise ValueError("must be letters, digits, . _ + - and fields in braces, as in telnyx-{user_name}.")
    return str(value)


_PARSERS: dict[str, Parser] = {
    "program": one_of(PROGRAMS),
    "region": one_of(REGISTRARS),
    "registrar": _host_and_port,
    "transport": one_of(PORTS),
    "outbound_proxy": _host_and_port,
    "expiry": whole_number(60, 86400),
    "context": _plain_token,
    "external_address": _plain_token,
    "local_nets": _networks,
    "bind": _bind,
    "ca_file": _absolute,
    "name": _pattern,
    "transport_name": _plain_token,
}
SETTINGS = (*_PARSERS, "extra")  # the names of the role's variables without their prefix


def parse_values(parsers: Mapping[str, Parser], given: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    """Return the given values that have a parser and are valid, parsed; ``None`` and ``""`` count as not given."""
    values = {}
    for name, parse in parsers.items():
        if given.get(name) not in (None, ""):
            try:
                values[name] = parse(given[name])
            except ValueError as exc:
                problems.append(f"{PREFIX}{name}: {exc}")
    return values


def read_settings(given: Mapping[str, Any]) -> tuple[SipSettings, list[str]]:
    """Return the settings with their defaults, and a sentence about each one that is refused; its default is returned then."""
    problems = [
        f"{PREFIX}{one_line(name, 40)}: there is no such setting. {did_you_mean(str(name), SETTINGS)}".rstrip()
        for name in given
        if name not in SETTINGS
    ]
    values = parse_values(_PARSERS, given, problems)
    program, transport = (values.get(name, getattr(SipSettings, name)) for name in ("program", "transport"))
    values |= parse_values({"extra": partial(read_extra, program)}, given, problems)
    region = values.pop("region", "us")
    registrar, port = values.pop("registrar", (REGISTRARS[region], None))
    next_hop, proxy_port = values.pop("outbound_proxy", ("", None))
    is_ipv6 = (next_hop or registrar).startswith("[")
    bind = values.setdefault("bind", "[::]:5160" if is_ipv6 else SipSettings.bind)
    if is_ipv6 and not bind.startswith("["):
        problems.append(
            f"{PREFIX}bind: {bind} is an IPv4 address, from which {next_hop or registrar} cannot be reached."
        )
    settings = SipSettings(
        registrar=registrar,
        port=port or PORTS[transport],
        authority=registrar if port in (None, PORTS[transport]) else f"{registrar}:{port}",
        outbound_proxy=f"{next_hop}:{proxy_port or PORTS[transport]}" if next_hop else None,
        **values,
    )
    return settings, problems
