# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a SIP program that the API does not know: registrar, transport, addresses.

Source: Telnyx's support articles for the registrars and the transports.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...module_utils._errors import SipConfigError
from ...module_utils._text import did_you_mean, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

REGISTRARS = {"us": "sip.telnyx.com", "eu": "sip.telnyx.eu", "au": "sip.telnyx.com.au", "ca": "sip.telnyx.ca"}
PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}
DEFAULT_REGION = "us"

# What may be given. The role's variables are these names after "sip_config_".
SETTINGS = (
    "program", "region", "registrar", "transport", "outbound_proxy", "expiry", "context", "external_address", "local_nets",
    "bind", "ca_file", "preflight_registrar", "allow_empty",
)  # fmt: skip

_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True)
class SipSettings:
    """Settings, checked; :func:`check_settings` creates them.

    ``port``: the registrar's. ``authority``: the registrar as it stands in SIP URIs, with the port unless that is the
    transport's default. ``outbound_proxy``: ``host:port``. ``expiry``: of a registration, in seconds. ``bind``: the address
    and port that the program listens on. ``ca_file``: an absolute path on the managed node.
    ``allow_empty``: whether there may be no account at all.
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
    allow_empty: bool = True


def check_settings(given: Mapping[str, Any]) -> SipSettings:
    """Return the settings with their defaults; ``None`` and ``""`` count as not given. Raises :class:`SipConfigError`.

    ``preflight_registrar`` takes the place of the registrar, and then the outbound proxy is left out.
    """
    for name in given:
        if name not in SETTINGS:
            hint = did_you_mean(str(name), SETTINGS)
            raise SipConfigError(f"There is no setting {one_line(name, 40)!r}.", hint)
    values = {name: value for name, value in given.items() if value not in (None, "")}
    if "preflight_registrar" in values:
        values["registrar"] = values["preflight_registrar"]
        host_and_port("preflight_registrar", values["registrar"], 1)  # an error names the setting that was given
        values.pop("outbound_proxy", None)
    transport = _choice("transport", values.get("transport", SipSettings.transport), PORTS)
    default_port = PORTS[transport]
    if "registrar" in values:
        registrar, port = host_and_port("registrar", values["registrar"], default_port)
    else:
        registrar, port = REGISTRARS[_choice("region", values.get("region", DEFAULT_REGION), REGISTRARS)], default_port
    proxy, next_hop = None, registrar
    if "outbound_proxy" in values:
        next_hop, proxy_port = host_and_port("outbound_proxy", values["outbound_proxy"], default_port)
        proxy = f"{next_hop}:{proxy_port}"
    tokens = {
        name: _plain_token(name, values[name])
        for name in ("external_address", "bind", "ca_file", "context")
        if name in values
    }
    if not tokens.get("ca_file", "/").startswith("/"):
        raise SipConfigError("The ca_file must be an absolute path.")
    is_ipv6 = next_hop.startswith("[")
    bind = tokens.setdefault("bind", "[::]:5160" if is_ipv6 else SipSettings.bind)
    binds_to_ipv6 = _is_ipv6_bind(bind)
    if is_ipv6 and not binds_to_ipv6:
        raise SipConfigError(f"The bind {bind} is an IPv4 address, from which {next_hop} cannot be reached.")
    return SipSettings(
        program=str(values.get("program", "custom")),
        registrar=registrar,
        port=port,
        authority=registrar if port == default_port else f"{registrar}:{port}",
        transport=transport,
        outbound_proxy=proxy,
        expiry=whole_number("expiry", values.get("expiry", SipSettings.expiry), 60, 86400),
        local_nets=_networks(values.get("local_nets", ())),
        allow_empty=values.get("allow_empty", True) is not False,
        **tokens,
    )


def host_and_port(name: str, value: object, default_port: int) -> tuple[str, int]:
    """Split ``host``, ``host:port`` or ``[address]:port``. Raises :class:`SipConfigError`."""
    found = _HOST.fullmatch(str(value))
    try:
        if not found or not 0 < int(found["port"] or default_port) < 65536:
            raise ValueError
        if found["host"].startswith("["):
            ipaddress.IPv6Address(found["host"][1:-1])
    except ValueError:
        raise SipConfigError(
            f"The {name} must be a host, or a host and a port, not {one_line(value, 60)!r}; an IPv6 address is in brackets."
        ) from None
    return found["host"], int(found["port"] or default_port)


def whole_number(name: str, value: object, low: int, high: int) -> int:
    """Return a number, given as number or text. Raises :class:`SipConfigError` if it is not from ``low`` to ``high``."""
    text = str(value)
    if not re.fullmatch("[0-9]{1,9}", text) or not low <= int(text) <= high:
        raise SipConfigError(f"The {name} must be a whole number from {low} to {high}.")
    return int(text)


def _choice(name: str, value: object, choices: Mapping[str, object]) -> str:
    if str(value) not in choices:
        raise SipConfigError(f"The {name} must be one of {', '.join(choices)}, not {one_line(value, 40)!r}.")
    return str(value)


def _is_ipv6_bind(bind: str) -> bool:
    """Return whether a bind, an IP address with or without a port, is IPv6. Raises :class:`SipConfigError`."""
    found = _HOST.fullmatch(bind)
    try:
        if not found or int(found["port"] or 0) > 65535:
            raise ValueError
        return ipaddress.ip_address(found["host"].strip("[]")).version == 6
    except ValueError:
        raise SipConfigError(f"The bind must be an address and a port as in 0.0.0.0:5160, not {bind!r}.") from None


def _networks(given: Any) -> tuple[str, ...]:
    """Return networks, given as a list or as text with commas, in CIDR notation. Raises :class:`SipConfigError`."""
    networks = []
    for network in given.split(",") if isinstance(given, str) else map(str, given):
        try:
            if "%" in network:  # the scope id of an IPv6 address may be any text
                raise ValueError
            networks.append(str(ipaddress.ip_network(network.strip(), strict=False)))
        except ValueError:
            raise SipConfigError(
                f"The local_nets must be networks as in 10.0.0.0/8, not {one_line(network, 40)!r}."
            ) from None
    return tuple(networks)


def _plain_token(name: str, value: object) -> str:
    """Return a value without spaces and without characters that have a meaning in a file. Raises :class:`SipConfigError`."""
    if not re.fullmatch(r"[A-Za-z0-9_./:\[\]@+-]+", str(value)):
        raise SipConfigError(f"The {name} may contain only letters, digits and _ . / : [ ] @ + -.")
    return str(value)
