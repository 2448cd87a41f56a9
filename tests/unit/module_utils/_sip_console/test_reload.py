"""The commands that make a program load its files, and the wait for its registrations; tests/sip does it with real programs."""

from __future__ import annotations

import time

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.console import (
    REGISTERED,
    Console,
    ConsoleError,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.reload import (
    Change,
    reload_program,
    wait_for_registrations,
)

LISTINGS = {
    "asterisk": (" {}-reg-0/sip:x  {}-oauth  {}  (exp. 1s)\n", "Registered", "Rejected"),
    "freeswitch": ("external::{}\tsip:{}@x\t{}\t  0.00\t0/0\t0/0\n", "REGED", "FAIL_WAIT"),
    "kamailio": ("\tl_uuid: {}\n\tl_username: {}\n\tflags: {}\n", "20", "16"),
}


class Scripted(Console):
    """A console whose listings come one after the other, the last one again and again; other commands have one answer.

    A listing is the user names, with a ``!`` before those that are not registered, or the text of an error.
    """

    def __init__(self, program: str, *listings: str, answers: dict[str, str] | None = None) -> None:
        super().__init__(program, "", {"c4n4ry"})
        self.commands: list[str] = []
        self.listings = list(listings) or [""]
        self.answers = answers or {}

    def _run(self, command: str) -> tuple[bool, str]:
        if command not in ("pjsip show registrations", "sofia status gateway", "uac.reg_dump"):
            self.commands.append(command)
            return True, self.answers.get(command, "")
        listing = self.listings.pop(0) if len(self.listings) > 1 else self.listings[0]
        if listing.startswith("error"):
            return False, listing
        line, yes, no = LISTINGS[self.program]
        users = [(user.lstrip("!"), no if user[0] == "!" else yes) for user in listing.split()]
        return True, "".join(line.format(user, user, state) for user, state in users)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock on which each pause takes a second, and nothing else takes time."""
    now = [0.0]

    def sleep(_seconds: float) -> None:
        now[0] += 1

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])


def change(*accounts: str, reregistered: str = "", unregistered: str = "", profile: str = "external") -> Change:
    return Change(
        {name: f"user-{name}" for name in accounts}, set(reregistered.split()), set(unregistered.split()), profile
    )


def test_asterisk_unregisters_what_was_removed_and_registers_again_what_changed() -> None:
    console = Scripted("asterisk", "kept changed removed", "kept changed !removed")
    console.answers["pjsip send register changed-reg-0"] = "Unable to retrieve registration\n"
    reload_program(console, change("kept", "changed", reregistered="changed", unregistered="removed"))
    assert console.commands == [
        "pjsip send unregister removed-reg-0",
        "module reload res_pjsip.so",
        "pjsip send register changed-reg-0",
    ]
    assert len(console.listings) == 1


def test_kamailio_loads_accounts_one_by_one_if_a_reload_is_too_soon() -> None:
    too_soon = {"uac.reg_reload": "error: 500 - Failed to shift records - check log messages\n"}
    console = Scripted("kamailio", "kept removed other", answers=too_soon)
    reload_program(console, change("kept", "12345", unregistered="removed gone"))
    assert console.commands == [
        "uac.reg_reload",
        "uac.reg_refresh s:12345",
        "uac.reg_refresh s:kept",
        "uac.reg_remove s:removed",
    ]
    console = Scripted("kamailio", answers={"uac.reg_reload": "error: 500 - command uac.reg_reload not found\n"})
    with pytest.raises(ConsoleError, match="not found"):
        reload_program(console, change("kept"))
    assert console.commands == ["uac.reg_reload"]


def test_freeswitch_waits_until_killed_gateways_are_gone() -> None:
    console = Scripted("freeswitch", "kept changed removed", "kept changed", "kept", "kept !added !changed")
    reload_program(
        console, change("kept", "changed", "added", reregistered="changed", unregistered="removed", profile="trunks")
    )
    assert console.commands == [
        "reloadxml",
        "sofia profile trunks killgw changed",
        "sofia profile trunks killgw removed",
        "sofia profile trunks rescan",
    ]
    assert len(console.listings) == 1
    console = Scripted("freeswitch", "kept removed")
    with pytest.raises(ConsoleError, match=r"did not load added;.*did not remove removed"):
        reload_program(console, change("kept", "added", unregistered="removed"))


@pytest.mark.parametrize(
    ("listings", "expected"),
    [
        (["a !b", "a b"], {}),
        (["a !b"], {"user-b": "Rejected"}),
        (["a"], {"user-b": "not loaded"}),
        (["error: x", "a b"], {}),
        (["error: x"], {"user-a": "error: x", "user-b": "error: x"}),
    ],
)
def test_registrations_are_waited_for(listings: list[str], expected: dict[str, str]) -> None:
    states = wait_for_registrations(Scripted("asterisk", *listings), change("a", "b"), 5)
    assert states == {"user-a": REGISTERED, "user-b": REGISTERED, **expected}


def test_registration_with_the_old_settings_does_not_count() -> None:
    renewed = change("a", "b", reregistered="b")
    states = wait_for_registrations(Scripted("asterisk", "a b"), renewed, 5)
    assert states == {"user-a": REGISTERED, "user-b": "registered with its old settings"}
    states = wait_for_registrations(Scripted("asterisk", "a b", "a !b", "a b"), renewed, 5)
    assert set(states.values()) == {REGISTERED}


def test_no_accounts_are_all_registered() -> None:
    assert wait_for_registrations(Scripted("kamailio", "error: x"), change(), 5) == {}


def test_password_in_the_first_line_of_a_listing_is_not_quoted() -> None:
    console = Scripted("kamailio", "error: 500 c4n4ry")
    with pytest.raises(ConsoleError, match="its answer is not shown"):
        console.registrations()
    assert "c4n4ry" not in console.silence()
