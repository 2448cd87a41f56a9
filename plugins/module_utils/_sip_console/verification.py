# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting until a SIP program has registered its accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .console import Console, ConsoleError, wait_until

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from .registrations import Registration


class Verification(NamedTuple):
    """Which accounts are registered, and the states of those that are not, by user name."""

    registered: list[str]
    not_registered: dict[str, str]


class _Poll:
    """What the console says about accounts, over some time."""

    def __init__(self, console: Console, accounts: AbstractSet[str], renewed: AbstractSet[str]) -> None:
        self.console = console
        self.accounts = sorted(accounts)
        self.not_yet_renewed = set(renewed)
        self.states: dict[str, str] = dict.fromkeys(self.accounts, "")

    def poll(self) -> bool:
        """Ask the console, and return whether all accounts are registered."""
        try:
            found = self.console.registrations()
        except ConsoleError as exc:  # it may be about to start
            self.states = dict.fromkeys(self.accounts, str(exc))
            return not self.accounts
        self.not_yet_renewed = {user for user in self.not_yet_renewed if user in found and found[user].registered}
        self.states = {user: state for user in self.accounts if (state := self._state(user, found.get(user)))}
        return not self.states

    def _state(self, user: str, registration: Registration | None) -> str:
        if registration is None:
            return "not loaded"
        if user in self.not_yet_renewed:
            return "registered with its old settings"
        return "" if registration.registered else registration.state


def wait_for_registrations(
    console: Console, accounts: AbstractSet[str], renewed: AbstractSet[str], seconds: float
) -> Verification:
    """Wait until all accounts are registered, for at most some seconds, and return which are.

    ``renewed`` are those that the program registers again: until it has been seen without them, their registrations are old.
    """
    observation = _Poll(console, accounts, renewed)
    wait_until(observation.poll, seconds)
    return Verification([user for user in observation.accounts if user not in observation.states], observation.states)
