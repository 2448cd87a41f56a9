# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each SIP program loads changed files while it runs.

What the comments say of a program was observed with Asterisk 22, FreeSWITCH 1.10.12 or Kamailio 5.6.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .console import Console, ConsoleError, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable

ASTERISK_RELOAD = "module reload res_pjsip.so"
_KAMAILIO_TOO_SOON = "Failed to shift records"
_UNREGISTER_SECONDS = 5.0
_KILL_SECONDS = 15.0  # a gateway is gone after 1 to 2 seconds, whether or not the registrar answers
_LOAD_SECONDS = 5.0
_REFRESH_SECONDS = 15.0


@dataclass
class Change:
    """The user names in the files: of all accounts that they have now, of those with other settings, and of removed ones.

    ``changed`` may contain added accounts.
    """

    accounts: set[str]
    changed: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)


def reload_program(console: Console, change: Change, profile: str = "external") -> str:
    """Make the program load its files, and return what was not loaded, or an empty string.

    ``profile`` is the Sofia profile of FreeSWITCH's gateways. Raises :class:`ConsoleError` if nothing was loaded.
    """
    if console.program == "asterisk":
        _reload_asterisk(console, change)
        return ""
    if console.program == "kamailio":
        _reload_kamailio(console, change)
        return ""
    return _reload_freeswitch(console, change, profile)


def register_changed_again(console: Console, users: set[str]) -> None:
    """Make Asterisk register accounts again. The other programs do so after a reload.

    Asterisk keeps a registration of which only the password has changed, and uses the new one at the next registration, up to
    ``sip_config_expiry`` later. When it is asked to, it unregisters at once and registers after 1 to 10 seconds.
    """
    if console.program == "asterisk":
        for user in sorted(users):
            with contextlib.suppress(ConsoleError):  # verification sees what is missing
                console.ask(f"pjsip send register {_registration(user)}")


def refresh_registrations(console: Console, users: Iterable[str], profile: str) -> None:
    """Make a program register accounts again without a reload. Failures are ignored, and after 15 seconds the rest is left out.

    ``profile`` is the Sofia profile of FreeSWITCH's gateways.
    """
    end = time.monotonic() + _REFRESH_SECONDS
    for user in users:
        command = {
            "asterisk": f"pjsip send register {_registration(user)}",
            "freeswitch": f"sofia profile {profile} register telnyx-{user}",
            "kamailio": kamailio_command("uac.reg_refresh", user),
        }[console.program]
        if time.monotonic() < end:
            with contextlib.suppress(ConsoleError):
                console.ask(command)


def kamailio_command(command: str, user: str) -> str:
    """Return a command for Kamailio's console with the user name as its last word."""
    return f"{command} s:{user}"  # "s:", because kamcmd takes digits for a number


def _registration(user: str) -> str:
    return f"telnyx-{user}-reg-0"


def _reload_asterisk(console: Console, change: Change) -> None:
    # The reload does not unregister what is no longer configured: the password for it is gone by then.
    removed = sorted(change.removed)
    for user in removed:
        with contextlib.suppress(ConsoleError):  # it was not loaded
            console.ask(f"pjsip send unregister {_registration(user)}")
    if removed:
        wait_until(lambda: not _registered(console, removed), _UNREGISTER_SECONDS)
    console.ask(ASTERISK_RELOAD)
    register_changed_again(console, change.changed)


def _registered(console: Console, users: list[str]) -> bool:
    found = console.registrations()
    return any(user in found and found[user].registered for user in users)


def _reload_kamailio(console: Console, change: Change) -> None:
    try:
        console.ask("uac.reg_reload")
    except ConsoleError as exc:
        # A second reload within 150 s (reg_gc_interval) is refused. The accounts can be loaded one by one at any time.
        if _KAMAILIO_TOO_SOON not in str(exc):
            raise
        for user in sorted(change.accounts):
            console.ask(kamailio_command("uac.reg_refresh", user))
        for user in sorted(console.registrations().keys() - change.accounts):
            console.ask(kamailio_command("uac.reg_remove", user))


def _reload_freeswitch(console: Console, change: Change, profile: str) -> str:
    # First: if the XML has an error, no gateway may be removed, because it could not be loaded again.
    console.ask("reloadxml")
    killed = sorted((change.changed | change.removed) & console.registrations().keys())
    for user in killed:
        console.ask(f"sofia profile {profile} killgw telnyx-{user}")
    # A rescan ignores gateways that are still listed, and the old one's unregistration may come after the new one's registration.
    if killed:
        wait_until(lambda: not console.registrations().keys() & set(killed), _KILL_SECONDS)
    console.ask(f"sofia profile {profile} rescan")
    wait_until(lambda: change.accounts <= console.registrations().keys(), _LOAD_SECONDS)
    listed = console.registrations().keys()
    missing = sorted(change.accounts - listed)
    stayed = sorted(change.removed & listed)
    problems = []
    if missing:
        names = ", ".join(f"telnyx-{user}" for user in missing)
        problems.append(
            f"FreeSWITCH did not load {names}; its log may say why, and a gateway with TLS needs a profile with TLS"
        )
    if stayed:
        problems.append(f"FreeSWITCH did not remove {', '.join(f'telnyx-{user}' for user in stayed)}")
    return "; ".join(problems)
