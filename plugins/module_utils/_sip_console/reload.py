# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each SIP program loads changed files while it runs, and whether it registers then.

What the comments say of a program was observed with Asterisk 22, FreeSWITCH 1.10.12 or Kamailio 5.6.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .console import REGISTERED, Console, ConsoleError

if TYPE_CHECKING:
    from collections.abc import Callable

_KAMAILIO_TOO_SOON = "Failed to shift records"
_UNREGISTER_SECONDS = 5.0
_KILL_SECONDS = 15.0  # a gateway is gone after 1 to 2 seconds, whether or not the registrar answers
_LOAD_SECONDS = 5.0
_POLL_SECONDS = 0.25  # between two questions


@dataclass
class Change:
    """The user names of the accounts, by the names of their sections or gateways, and what is not as the program has it.

    ``reregistered`` are names that register with other settings, ``unregistered`` those that are not there any more.
    ``profile`` is the Sofia profile of FreeSWITCH's gateways.
    """

    accounts: dict[str, str]
    reregistered: set[str] = field(default_factory=set)
    unregistered: set[str] = field(default_factory=set)
    profile: str = "external"


def reload_program(console: Console, change: Change) -> None:
    """Make the program load its files. Raises :class:`ConsoleError` with what the program said if it did not load all."""
    {"asterisk": _reload_asterisk, "kamailio": _reload_kamailio, "freeswitch": _reload_freeswitch}[console.program](
        console, change
    )


def register_again(console: Console, names: set[str]) -> None:
    """Make Asterisk register accounts again. The other programs do so after a reload.

    Asterisk keeps a registration of which only the password has changed, and uses the new one at the next registration, up to
    ``sip_config_expiry`` later. When it is asked to, it unregisters at once and registers after 1 to 10 seconds.
    """
    if console.program == "asterisk":
        for name in sorted(names):
            with contextlib.suppress(ConsoleError):  # verification sees what is missing
                console.ask(f"pjsip send register {name}-reg-0")


def _reload_asterisk(console: Console, change: Change) -> None:
    # The reload does not unregister what is no longer configured: the password for it is gone by then.
    for name in sorted(change.unregistered):
        with contextlib.suppress(ConsoleError):  # it was not loaded
            console.ask(f"pjsip send unregister {name}-reg-0")

    def are_unregistered() -> bool:
        found = console.registrations()
        return not any(found.get(name) == REGISTERED for name in change.unregistered)

    if change.unregistered:
        _wait_until(are_unregistered, _UNREGISTER_SECONDS)
    console.ask("module reload res_pjsip.so")
    register_again(console, change.reregistered)


def _reload_kamailio(console: Console, change: Change) -> None:
    try:
        console.ask("uac.reg_reload")
    except ConsoleError as exc:
        # A second reload within 150 s (reg_gc_interval) is refused. The accounts can be loaded one by one at any time.
        if _KAMAILIO_TOO_SOON not in str(exc):
            raise
        # "s:", because kamcmd takes digits for a number
        for name in sorted(change.accounts):
            console.ask(f"uac.reg_refresh s:{name}")
        for name in sorted(change.unregistered & console.registrations().keys()):
            console.ask(f"uac.reg_remove s:{name}")


def _reload_freeswitch(console: Console, change: Change) -> None:
    # First: if the XML has an error, no gateway may be removed, because it could not be loaded again.
    console.ask("reloadxml")
    killed = sorted((change.reregistered | change.unregistered) & console.registrations().keys())
    for name in killed:
        console.ask(f"sofia profile {change.profile} killgw {name}")
    # A rescan ignores gateways that are still listed, and the old one's unregistration may come after the new one's registration.
    if killed:
        _wait_until(lambda: not console.registrations().keys() & set(killed), _KILL_SECONDS)
    console.ask(f"sofia profile {change.profile} rescan")
    # A rescan answers +OK whether or not a gateway was loaded.
    _wait_until(lambda: change.accounts.keys() <= console.registrations().keys(), _LOAD_SECONDS)
    listed = console.registrations().keys()
    problems = []
    missing = sorted(change.accounts.keys() - listed)
    if missing:
        problems.append(
            f"it did not load {', '.join(missing)}; its log may say why, and a gateway with TLS needs a profile with TLS"
        )
    stayed = sorted(change.unregistered & listed)
    if stayed:
        problems.append(f"it did not remove {', '.join(stayed)}")
    if problems:
        raise ConsoleError("; ".join(problems))


def wait_for_registrations(console: Console, change: Change, seconds: float) -> dict[str, str]:
    """Wait until all accounts are registered, for at most some seconds, and return each user name's state.

    The state is :data:`REGISTERED`, or what the program says. Until Asterisk has been seen without a registration that is
    renewed, it is the one with the old settings.
    """
    states: dict[str, str] = dict.fromkeys(change.accounts, "")
    old = set(change.reregistered) if console.program == "asterisk" else set()

    def are_registered() -> bool:
        try:
            found = console.registrations()
        except ConsoleError as exc:  # it may be about to start
            states.update(dict.fromkeys(states, str(exc)))
            return not states
        for name in states:
            state = found.get(name, "not loaded")
            if state != REGISTERED:
                old.discard(name)
            states[name] = "registered with its old settings" if name in old else state
        return set(states.values()) <= {REGISTERED}

    _wait_until(are_registered, seconds)
    return {change.accounts[name]: state for name, state in sorted(states.items())}


def _wait_until(ready: Callable[[], bool], seconds: float) -> None:
    """Ask until ``ready`` returns true, for some seconds, at least once."""
    end = time.monotonic() + seconds
    while not ready() and time.monotonic() < end:
        time.sleep(_POLL_SECONDS)
