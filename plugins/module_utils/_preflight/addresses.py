# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses and ports of this host."""

from __future__ import annotations

import contextlib
import socket

_ATTEMPTS = 20


def source_address(host: str, port: int) -> str:
    """Return the address of this host that packets to another host have; in brackets if it is IPv6. Raises :class:`OSError`.

    Nothing is sent, except to resolve the name.
    """
    family, kind, protocol, _name, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as endpoint:
        endpoint.connect(address)
        found = str(endpoint.getsockname()[0])
    return f"[{found}]" if ":" in found else found


def free_port(address: str) -> int:
    """Return a port of an address that is free for UDP and TCP, as is the next one. Raises :class:`OSError` if none is found."""
    host = address.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _time in range(_ATTEMPTS):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError, OverflowError):
            first = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            first.bind((host, 0))
            port = int(first.getsockname()[1])
            for kind, number in (
                (socket.SOCK_DGRAM, port),
                (socket.SOCK_STREAM, port + 1),
                (socket.SOCK_DGRAM, port + 1),
            ):
                stack.enter_context(socket.socket(family, kind)).bind((host, number))
            return port
    raise OSError(0, "no free port")
