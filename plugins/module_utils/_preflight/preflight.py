# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight: a SIP program, started apart, registers with files that are not in use yet."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Callable

from .._sip.preflight_config import Place
from .._sip.registrar_answers import NO_ANSWER, start_failure
from .addresses import free_port, source_address
from .asterisk import AsteriskInstance
from .baresip import BaresipInstance
from .freeswitch import FreeswitchInstance
from .instance import Setup, find_executable
from .kamailio import KamailioInstance
from .process import StartError, TemporaryProcess, owner_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .instance import Instance

PROGRAMS: dict[str, Callable[[TemporaryProcess, Setup], Instance]] = {
    "asterisk": AsteriskInstance,
    "freeswitch": FreeswitchInstance,
    "kamailio": KamailioInstance,
    "baresip": BaresipInstance,
}

_START_SECONDS = 30.0
_DEREGISTER_SECONDS = 3.0
_POLL_SECONDS = 0.2


@dataclass
class Request:
    """The files to test, and with which program; see the options of the module sip_config_preflight.

    ``registrar``: the host, in brackets if it is an IPv6 address, and port that the files name. ``timeout``: seconds.
    ``check`` is called several times a second, and may raise an exception to end the preflight.
    """

    program: str
    files: Mapping[str, bytes]
    accounts: Sequence[str]
    registrar: tuple[str, int]
    transport: str
    dest: str
    ca_file: str | None = None
    executable: str | None = None
    owner: str | None = None
    timeout: float = 30.0
    check: Callable[[], None] = lambda: None


@dataclass
class Outcome:
    """Which accounts registered, and what the registrar answered to the others.

    ``displaced``: registered accounts whose registration by the running program the registrar may have removed.
    """

    registered: list[str] = field(default_factory=list)
    displaced: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)


def preflight(request: Request, outcome: Outcome) -> None:
    """Start the program apart, wait until each account has an answer, and end it; ``outcome`` is what was seen until then.

    Nothing is left behind, and the program has removed its registrations. Raises :class:`StartError` and :class:`OSError`.
    """
    executable = find_executable(request.program, request.executable)
    owner = owner_of(request.owner)
    try:
        address = source_address(*request.registrar)
    except OSError:
        answer = f"the name {request.registrar[0]} cannot be resolved"
        outcome.answers.update(dict.fromkeys(request.accounts, answer))
        return
    with TemporaryProcess(owner) as process:
        setup = Setup(request.files, request.accounts, request.dest, executable)
        instance = PROGRAMS[request.program](process, setup)
        ca_file = request.ca_file if request.transport == "tls" else None
        place = Place(process.folder, address, free_port(address), request.transport, ca_file)
        process.start(instance.prepare(place))
        _wait_until_ready(process, instance, request.check)
        try:
            _watch(process, instance, request, outcome)
        finally:
            outcome.displaced[:] = instance.displaced(outcome.registered)
            _deregister(instance, outcome.registered)


def _wait_until_ready(process: TemporaryProcess, instance: Instance, check: Callable[[], None]) -> None:
    end = time.monotonic() + _START_SECONDS
    while not instance.is_ready():
        check()
        _check_running(process)
        if time.monotonic() > end:
            raise StartError(f"it was not ready within {_START_SECONDS:.0f} seconds")
        time.sleep(_POLL_SECONDS)


def _check_running(process: TemporaryProcess) -> None:
    code = process.exit_code()
    if code is not None:
        reason = start_failure(process.output())
        raise StartError(f"it ended with the exit code {code}" + (f" ({reason})" if reason else ""))


def _watch(process: TemporaryProcess, instance: Instance, request: Request, outcome: Outcome) -> None:
    """Fill in the outcome until every account has registered or has an answer, or the time is over."""
    end = time.monotonic() + request.timeout
    while True:
        request.check()
        _check_running(process)
        registered = instance.registered()
        answers = instance.answers()
        outcome.registered[:] = [user for user in request.accounts if user in registered]
        rest = [user for user in request.accounts if user not in registered]
        is_over = time.monotonic() > end
        if is_over or all(user in answers for user in rest):
            silence = f"{NO_ANSWER} within {request.timeout:g} seconds"
            outcome.answers.update({user: answers.get(user, silence) for user in rest})
            return
        time.sleep(_POLL_SECONDS)


def _deregister(instance: Instance, users: Sequence[str]) -> None:
    """Remove the program's own registrations, and wait some seconds until the registrar has confirmed it."""
    end = time.monotonic() + _DEREGISTER_SECONDS
    is_waiting = bool(users) and instance.deregister(users)
    while is_waiting and time.monotonic() < end:
        time.sleep(_POLL_SECONDS)
        is_waiting = bool(instance.registered() & set(users))
