"""The commands that make a program load its files, and the wait for its registrations; tests/sip does it with real programs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.command import Answer
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.console import Console, ConsoleError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.file_backups import create_backup
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.reload import Change, reload_program
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.reloader import Attempt, Reloader
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.verification import (
    Verification,
    wait_for_registrations,
)

LISTINGS = {
    "asterisk": (" telnyx-{}-reg-0/sip:x  telnyx-{}-oauth  {}  (exp. 1s)\n", "Registered", "Rejected"),
    "freeswitch": ("external::telnyx-{}\tsip:{}@x\t{}\t  0.00\t0/0\t0/0\n", "REGED", "FAIL_WAIT"),
    "kamailio": ("\tl_uuid: {}\n\tl_username: {}\n\tflags: {}\n", "20", "16"),
}


class Scripted(Console):
    """A console whose listings come one after the other, the last one again and again; other commands have one answer.

    A listing is the user names, with a ``!`` before those that are not registered, or the text of an error.
    """

    def __init__(self, program: str, *listings: str, answers: dict[str, str] | None = None) -> None:
        super().__init__(program, "")
        self.commands: list[str] = []
        self.listings = list(listings) or [""]
        self.answers = answers or {}

    def _run(self, command: str) -> Answer:
        if command not in ("pjsip show registrations", "sofia status gateway", "uac.reg_dump"):
            self.commands.append(command)
            return Answer(True, self.answers.get(command, ""))
        listing = self.listings.pop(0) if len(self.listings) > 1 else self.listings[0]
        if listing.startswith("error"):
            return Answer(False, listing)
        line, yes, no = LISTINGS[self.program]
        users = [(user.lstrip("!"), no if user[0] == "!" else yes) for user in listing.split()]
        return Answer(True, "".join(line.format(user, user, state) for user, state in users))


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock on which each pause takes a second, and nothing else takes time."""
    now = [0.0]

    def sleep(_seconds: float) -> None:
        now[0] += 1

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])


def test_asterisk_unregisters_what_was_removed_and_registers_again_what_changed() -> None:
    console = Scripted("asterisk", "kept changed removed", "kept changed !removed")
    console.answers["pjsip send register telnyx-changed-reg-0"] = "Unable to retrieve registration\n"
    assert reload_program(console, Change({"kept", "changed"}, {"changed"}, {"removed"})) == ""
    assert console.commands == [
        "pjsip send unregister telnyx-removed-reg-0",
        "module reload res_pjsip.so",
        "pjsip send register telnyx-changed-reg-0",
    ]
    assert len(console.listings) == 1


def test_kamailio_loads_accounts_one_by_one_if_a_reload_is_too_soon() -> None:
    too_soon = {"uac.reg_reload": "error: 500 - Failed to shift records - check log messages\n"}
    console = Scripted("kamailio", "kept removed", answers=too_soon)
    assert reload_program(console, Change({"kept", "12345"})) == ""
    assert console.commands == [
        "uac.reg_reload",
        "uac.reg_refresh s:12345",
        "uac.reg_refresh s:kept",
        "uac.reg_remove s:removed",
    ]
    console = Scripted("kamailio", answers={"uac.reg_reload": "error: 500 - command uac.reg_reload not found\n"})
    with pytest.raises(ConsoleError, match="not found"):
        reload_program(console, Change({"kept"}))
    assert console.commands == ["uac.reg_reload"]


def test_freeswitch_waits_until_killed_gateways_are_gone() -> None:
    console = Scripted("freeswitch", "kept changed removed", "kept changed", "kept", "kept !added !changed")
    change = Change({"kept", "changed", "added"}, {"changed", "added"}, {"removed"})
    assert reload_program(console, change, "trunks") == ""
    assert console.commands == [
        "reloadxml",
        "sofia profile trunks killgw telnyx-changed",
        "sofia profile trunks killgw telnyx-removed",
        "sofia profile trunks rescan",
    ]
    assert len(console.listings) == 1
    console = Scripted("freeswitch", "kept removed")
    problem = reload_program(console, Change({"kept", "added"}, {"added"}, {"removed"}))
    assert "did not load telnyx-added;" in problem
    assert "did not remove telnyx-removed" in problem


@pytest.mark.parametrize(
    ("listings", "expected"),
    [
        (["a !b", "a b"], {}),
        (["a !b"], {"b": "Rejected"}),
        (["a"], {"b": "not loaded"}),
        (["error: x", "a b"], {}),
        (["error: x"], {"a": "error: x", "b": "error: x"}),
    ],
)
def test_registrations_are_waited_for(listings: list[str], expected: dict[str, str]) -> None:
    console = Scripted("asterisk", *listings)
    registered = [user for user in "ab" if user not in expected]
    assert wait_for_registrations(console, {"a", "b"}, set(), 5) == Verification(registered, expected)


def test_registration_with_the_old_settings_does_not_count() -> None:
    old = {"b": "registered with its old settings"}
    assert wait_for_registrations(Scripted("asterisk", "a b"), {"a", "b"}, {"b"}, 5) == Verification(["a"], old)
    assert wait_for_registrations(Scripted("asterisk", "a b", "a !b", "a b"), {"a", "b"}, {"b"}, 5) == Verification(
        ["a", "b"], {}
    )


def test_no_accounts_are_all_registered() -> None:
    assert wait_for_registrations(Scripted("kamailio", "error: x"), set(), set(), 5) == Verification([], {})


def test_own_command_is_run_and_the_registrations_are_waited_for(tmp_path: Path) -> None:
    (tmp_path / "pjsip_wizard_telnyx.conf").write_text("[telnyx-a]\nx\n")
    before = {"a": "y"}
    for command, listings, sentence in [
        ("true", ["a", "!a", "a"], "asterisk registered all accounts."),
        ("true", ["!a"], "asterisk did not register 1 of 1 accounts within 5 seconds: a (Rejected)."),
        ("echo -ERR no", ["a"], "asterisk was not reloaded: -ERR no."),
        ("false", ["a"], "asterisk was not reloaded: the command printed no reason."),
    ]:
        console = Scripted("asterisk", *listings)
        reloader = Reloader("asterisk", str(tmp_path), console, command, "", 5)
        attempt = reloader.attempt(reloader.change([], before))
        assert attempt.sentence("asterisk", 5) == sentence
        assert attempt.is_good() == (listings[-1] == "a" and command == "true")
        assert console.commands == (["pjsip send register telnyx-a-reg-0"] if command == "true" else [])


def test_program_without_console_needs_a_command(tmp_path: Path) -> None:
    assert Reloader("baresip", str(tmp_path), None, "true", "", 0).attempt(Change(set())) == Attempt(True, "")
    assert Reloader("baresip", str(tmp_path), None, None, "", 0).attempt(Change(set())).reloaded is False
    assert Reloader("baresip", str(tmp_path), None, None, "", 0).accounts() == {}


def test_changes_are_found_by_comparison_with_the_backup(tmp_path: Path) -> None:
    path = tmp_path / "uacreg"
    path.write_text("head\n1:a:old\n2:b:same\n3:c:gone\n")
    backup = create_backup([str(path)])
    path.write_text("head\n1:a:new\n2:b:same\n3:d:added\n")
    reloader = Reloader("kamailio", str(tmp_path), Scripted("kamailio"), None, "", 0)
    assert reloader.change([str(path)], reloader.accounts_before(backup)) == Change({"a", "b", "d"}, {"a"}, {"c"})
    assert reloader.change([str(path)], reloader.accounts_before(None)) == Change({"a", "b", "d"})


def test_changed_gateways_are_the_files(tmp_path: Path) -> None:
    heading = "<include>\n  <!-- Managed by siptrunk.telnyx.sip_config: x -->\n"
    for name in ("a", "b"):
        (tmp_path / f"{name}.xml").write_text(f'{heading}  <gateway name="telnyx-{name}">\n')
    (tmp_path / "folder.xml").mkdir()
    reloader = Reloader("freeswitch", str(tmp_path), Scripted("freeswitch", "a b"), None, "", 5)
    change = reloader.change([str(tmp_path / "a.xml"), str(tmp_path / "c.xml")], {})
    assert change == Change({"a", "b"}, {"a"}, {"c"})
    assert Reloader("freeswitch", str(tmp_path / "absent"), reloader.console, None, "", 0).accounts() == {}


def test_message_names_at_most_some_accounts() -> None:
    states = {f"user{place:02d}": "Rejected" for place in range(25)}
    sentence = Attempt(True, "a problem", Verification(["x"], states)).sentence("asterisk", 9)
    assert sentence.startswith("asterisk did not register 25 of 26 accounts within 9 seconds: user00 (Rejected), ")
    assert sentence.endswith("user19 (Rejected) and 5 more. a problem.")
    assert Attempt(True, "a problem").sentence("asterisk", 9) == "asterisk was reloaded. a problem."
    assert Attempt(True, "", Verification(["x"], {"y": "Rejected"})).as_dict() == {
        "reloaded": True,
        "registered": ["x"],
        "not_registered": [{"user_name": "y", "state": "Rejected"}],
    }
