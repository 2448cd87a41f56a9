"""What is to change in a folder, which files are never touched, and what an interrupted run left."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.backups import SavedFile
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.folder import (
    configured_twice,
    interrupted,
    passwords_of,
    plan_files,
    plan_restoration,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.formats import HEADINGS


def gateway(user: str, name: str = "", password: str = "secret") -> str:
    return (
        f'{HEADINGS["freeswitch"]} x -->\n  <gateway name="{name or "telnyx-" + user}">\n'
        f'    <param name="username" value="{user}"/>\n    <param name="password" value="{password}"/>\n  </gateway>\n</include>\n'
    )


def wizard(*users: str) -> str:
    parts = [f"; x\n[telnyx-{user}]\noutbound_auth/username = {user}\noutbound_auth/password = p" for user in users]
    return "\n\n".join([HEADINGS["asterisk"], *parts]) + "\n"


def test_gateways_of_the_role_that_are_not_wanted_are_removed_and_no_other_file(tmp_path: Path) -> None:
    ours = {
        "a.xml": gateway("a"),
        "gone.xml": gateway("gone"),
        "kept.xml": gateway("kept"),
        "old.xml": gateway("old", "earlier"),
    }
    others = {"copy.xml": gateway("a"), "mine.xml": "<include/>", "a.txt": gateway("a")}
    for name, text in {**ours, **others}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "link.xml").symlink_to("a.xml")
    os.mkfifo(tmp_path / "pipe.xml")
    (tmp_path / "folder.xml").mkdir()
    wanted = {"a.xml": gateway("a", password="new"), "old.xml": gateway("old"), "added.xml": gateway("added")}
    plan = plan_files("freeswitch", str(tmp_path), wanted, {"kept"})
    assert plan.removed() == [str(tmp_path / "gone.xml")]
    assert plan.written().keys() == {str(tmp_path / name) for name in wanted}
    assert plan.change() == {
        "accounts": {"telnyx-a": "a", "telnyx-old": "old", "telnyx-added": "added", "telnyx-kept": "kept"},
        "reregistered": ["telnyx-a"],
        "unregistered": ["earlier", "telnyx-gone"],
    }
    shown = {each["before_header"]: each for each in plan.differences()}
    assert '-  <gateway name="telnyx-gone">'[1:] in shown[str(tmp_path / "gone.xml")]["before"]
    assert "secret" not in str(shown)


@pytest.mark.parametrize("program", ["asterisk", "freeswitch", "baresip"])
def test_file_that_the_role_did_not_write_is_never_replaced(program: str, tmp_path: Path) -> None:
    name = {"asterisk": "pjsip_wizard_telnyx.conf", "freeswitch": "a.xml", "baresip": "accounts"}[program]
    (tmp_path / name).write_text("mine\n")
    with pytest.raises(SipConfigError, match=f"{name}: it was not written by the role, so it is not replaced"):
        plan_files(program, str(tmp_path), {name: f"{HEADINGS[program]}\n"}, ())
    (tmp_path / name).unlink()
    (tmp_path / name).symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="it is a symbolic link, not a regular file"):
        plan_files(program, str(tmp_path), {name: f"{HEADINGS[program]}\n"}, ())


def test_transport_of_the_role_is_emptied_and_not_removed_because_pjsip_conf_includes_it(tmp_path: Path) -> None:
    names = ("pjsip_wizard_telnyx.conf", "pjsip_transport_telnyx.conf")
    plan = plan_files("asterisk", str(tmp_path), {names[0]: wizard("a")}, ())
    assert plan.written() == {str(tmp_path / names[0]): wizard("a")}
    (tmp_path / names[1]).write_text(f"{HEADINGS['asterisk']}\n\n[telnyx-udp]\ntype = transport\n")
    plan = plan_files("asterisk", str(tmp_path), {names[0]: wizard("a")}, ())
    assert plan.written()[str(tmp_path / names[1])] == f"{HEADINGS['asterisk']}\n"


def test_skipped_account_stays_where_the_others_change(tmp_path: Path) -> None:
    (tmp_path / "pjsip_wizard_telnyx.conf").write_text(wizard("a", "skipped", "z"))
    plan = plan_files("asterisk", str(tmp_path), {"pjsip_wizard_telnyx.conf": wizard("a", "z")}, {"skipped"})
    assert plan.written() == {}
    plan = plan_files("asterisk", str(tmp_path), {"pjsip_wizard_telnyx.conf": wizard("b")}, {"skipped"})
    assert list(plan.written().values()) == [wizard("b", "skipped")]


def test_line_of_another_file_that_registers_a_user_is_found(tmp_path: Path) -> None:
    (tmp_path / "telnyx.xml").write_text('<include>\n <gateway name="telnyx">\n  <param name="username" value="a"/>\n')
    (tmp_path / "other.xml").write_text('<param name="username" value="b"/>')
    (tmp_path / ".telnyx-backups").mkdir()
    (tmp_path / ".telnyx-backups" / "a.xml").write_text(gateway("a"))
    plan = plan_files("freeswitch", str(tmp_path), {"a.xml": gateway("a")}, ())
    assert configured_twice(plan, str(tmp_path)) == [f"{tmp_path}/telnyx.xml:3: a"]


def test_row_of_another_origin_that_registers_a_user_is_found(tmp_path: Path) -> None:
    header = "id(int) l_uuid(string) l_username(string) auth_username(string) auth_password(string)"
    (tmp_path / "uacreg").write_text(f"{header}\n1:mine:x:a:p\n2:telnyx-a:a:a:p\n")
    plan = plan_files("kamailio", str(tmp_path), {"uacreg": f"{header}\n1:telnyx-a:a:a:new\n"}, ())
    assert configured_twice(plan, str(tmp_path)) == [f"{tmp_path}/uacreg:2: a"]
    assert plan.change()["reregistered"] == ["telnyx-a"]


def test_leftovers_of_an_interrupted_run_are_found_and_no_other_file(tmp_path: Path) -> None:
    left = [".pjsip_wizard_telnyx.conf.ab12_x9z", ".pjsip_wizard_telnyx.conf.0123abcd~"]
    others = [
        ".pjsip_wizard_telnyx.conf.swp",
        ".mine.conf.ab12cd34",
        "pjsip_wizard_telnyx.conf.ab12cd34",
        ".ssh",
        ".pjsip_wizard_telnyx.conf.20261130",
    ]
    for name in (*left, *others):
        (tmp_path / name).write_text("secret")
    found = interrupted("asterisk", str(tmp_path), ())
    assert found == sorted(str(tmp_path / name) for name in left)
    (tmp_path / ".user.xml.ab12cd34").write_text("x")
    (tmp_path / f".{'u' * 60}.ab12cd34").write_text("x")
    assert len(interrupted("freeswitch", str(tmp_path), ())) == 2


def test_passwords_of_the_files_and_their_backups_are_known(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(gateway("a", password="new"))
    (tmp_path / ".telnyx-backups" / "1").mkdir(parents=True)
    (tmp_path / ".telnyx-backups" / "1" / "a.xml").write_text(gateway("a", password="old"))
    assert passwords_of("freeswitch", str(tmp_path)) == {"old", "new"}


def test_restoration_puts_back_what_was_saved_and_removes_what_was_new(tmp_path: Path) -> None:
    (tmp_path / "new.xml").write_text(gateway("new"))
    (tmp_path / "other.xml").write_text(gateway("other"))
    path = str(tmp_path / "old.xml")
    saved = {path: SavedFile(gateway("old").encode() + b"\xff", (0, 0, 0o600)), str(tmp_path / "new.xml"): None}
    plan = plan_restoration("freeswitch", str(tmp_path), {**saved, str(tmp_path / "never.xml"): None})
    assert plan.written() == {path: gateway("old") + "\udcff"}  # bytes that are not UTF-8 are kept
    assert plan.removed() == [str(tmp_path / "new.xml")]
    assert plan.change()["accounts"] == {"telnyx-old": "old", "telnyx-other": "other"}
