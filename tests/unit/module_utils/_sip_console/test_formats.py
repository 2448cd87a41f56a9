"""The lines that the role writes are recognized on the host, and nothing that may be a password is shown."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.formats import (
    HEADINGS,
    HIDDEN,
    accounts_in,
    is_managed,
    passwords_in,
    registered_users,
    with_accounts,
    without_passwords,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.accounts import accounts
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.escaping import PASSWORD_ESCAPES
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.files import render
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.settings import read_settings
from hypothesis import assume, given
from hypothesis import strategies as st

EXTRA = {
    "asterisk": {"endpoint": {"language": "de", "set_var": ["A=1", "B=2"]}, "transport": {"tos": "cs3"}},
    "freeswitch": {"params": {"ping": 25}, "variables": {"x": {"value": "y", "direction": "inbound"}}},
    "kamailio": {"columns": {"reg_delay": 5, "realm": "a:b"}},
    "baresip": {"parameters": {"ptime": 20}},
}
PROGRAMS = sorted(EXTRA)


def rendered(
    program: str, variant: int = 0, passwords: tuple[str, ...] = ("c4n4ry0;\\ '", "c4n4ry1")
) -> dict[str, str]:
    """The files of two accounts with every setting and field, in two variants."""
    records: list[dict[str, Any]] = [
        {
            "id": str(number),
            "connection_name": f"Näme's {number} {variant}",
            "user_name": f"user{number}",
            "password": password + str(variant),
            "active": True,
            "encrypted_media": "SRTP",
            "dtmf_type": ["RFC 2833", "SIP INFO"][variant],
            "inbound": {
                "codecs": [["OPUS", "G722"], ["H.264", "G711A"]][variant],
                "channel_limit": 1 + variant,
                "ani_number_format": f"ani{variant}",
                "dnis_number_format": f"dnis{variant}",
            },
            "outbound": {"channel_limit": 3 + variant, "ani_override": f"+49{variant}"},
        }
        for number, password in enumerate(passwords)
    ]
    settings = {
        "program": program,
        "registrar": f"sip{variant}.example.com:{5000 + variant}",
        "outbound_proxy": f"[2001:db8::{variant}]:5061",
        "transport": "tls",
        "expiry": 300 + variant,
        "context": f"context{variant}",
        "external_address": f"192.0.2.{variant}",
        "local_nets": [f"10.{variant}.0.0/16"],
        "ca_file": f"/ca{variant}.pem",
        "extra": EXTRA[program],
    }
    checked, problems = read_settings(settings)
    found = accounts(records, checked)
    assert problems + found.problems == []
    return render(found.accounts, checked)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_line_of_the_role_is_shown_and_exactly_the_passwords_are_hidden(program: str) -> None:
    for variant in range(2):
        for name, text in rendered(program, variant).items():
            shown = without_passwords(program, text)
            expected = text
            for password in sorted(passwords_in(program, text), key=len, reverse=True):
                assert "c4n4ry" in password
                expected = expected.replace(password, HIDDEN)
            assert shown == expected, name
            assert "c4n4ry" not in shown
            assert HIDDEN not in shown.split("\n")


@pytest.mark.parametrize("program", PROGRAMS)
def test_accounts_are_found_with_their_names_and_users(program: str) -> None:
    texts = rendered(program)
    found = [(each.name, each.user_name) for text in texts.values() for each in accounts_in(program, text)]
    prefix = "" if program == "baresip" else "telnyx-"
    assert found == [(f"{prefix}user0", "user0"), (f"{prefix}user1", "user1")]


def registrations(program: str, **changes: Any) -> dict[str, str]:
    texts = rendered(program, **changes).values()
    found = [each for text in texts for each in accounts_in(program, text)]
    return {each.name: each.registration for each in found}


@pytest.mark.parametrize("program", PROGRAMS)
def test_changed_password_changes_the_registration_of_its_account_alone(program: str) -> None:
    old, new = registrations(program), registrations(program, passwords=("other", "c4n4ry1"))
    assert [old[name] == new[name] for name in sorted(old)] == [False, True]
    new_text = "".join(rendered(program, passwords=("other", "c4n4ry1")).values())
    shown = "".join(
        without_passwords(program, text, rendered(program)[name])
        for name, text in rendered(program, passwords=("other", "c4n4ry1")).items()
    )
    assert new_text.count("other") == shown.count("(hidden, new)") == 1


def test_codecs_of_asterisk_do_not_change_its_registration() -> None:
    text = rendered("asterisk")["pjsip_wizard_telnyx.conf"]
    first, second = (
        accounts_in("asterisk", each)[0] for each in (text, text.replace("opus", "alaw").replace("Näme", "N"))
    )
    assert first != second
    assert first.registration == second.registration


@pytest.mark.parametrize("program", ["asterisk", "baresip"])
def test_kept_account_stays_byte_for_byte_in_the_order_of_the_users(program: str) -> None:
    (name, text), *_other = rendered(program).items()
    kept = [each for each in accounts_in(program, rendered(program, 1)[name]) if each.user_name == "user1"]
    only_first = text.partition("\n\n" + accounts_in(program, text)[1].text)[0] + "\n"
    merged = with_accounts(program, only_first, kept)
    assert [each.user_name for each in accounts_in(program, merged)] == ["user0", "user1"]
    assert merged.endswith(kept[0].text + "\n")


SPECIAL = ";\\:\"'$#{}[]<>&=, \tab1é"


@pytest.mark.parametrize("program", PROGRAMS)
@given(value=st.text(SPECIAL, min_size=4, max_size=20))
def test_difference_hides_any_password(program: str, value: str) -> None:
    password = "c4n4ry" + value
    try:
        PASSWORD_ESCAPES[program](password + "0")
    except SipConfigError:
        assume(False)
    for text in rendered(program, passwords=(password,)).values():
        assert "c4n4ry" not in without_passwords(program, text)


@pytest.mark.parametrize(
    ("program", "lines"),
    [
        ("asterisk", "inbound_auth/password = c4n4ry"),
        ("asterisk", "Outbound_Auth/Password=>c4n4ry"),
        ("asterisk", "outbound_auth/password += c4n4ry"),
        ("asterisk", "auth/md5_cred = c4n4ry"),
        ("asterisk", "endpoint/set_var = API_TOKEN=c4n4ry"),
        ("asterisk", ";c4n4ry"),
        ("asterisk", "; c4n4ry"),
        ("freeswitch", '<param value="c4n4ry" name="password"/>'),
        ("freeswitch", "<param name='password' value='c4n4ry'/>"),
        ("freeswitch", '    <param name="password"\n      value="c4n4ry"/>'),
        ("freeswitch", '    <variable name="api_key" value="c4n4ry"/>'),
        ("freeswitch", '  <X-PRE-PROCESS cmd="set" data="secret=c4n4ry"/>'),
        ("freeswitch", "<!-- c4n4ry -->"),
        ("kamailio", "old:c4n4ry:a:b:c:d:e"),
        ("kamailio", "c4n4ry"),
        ("baresip", "<sip:old:c4n4ry@example.com>"),
        ("baresip", "<sip:old@example.com>;auth_pass =c4n4ry"),
        ("baresip", "#<sip:a@b>;auth_pass=c4n4ry"),
        ("baresip", "# c4n4ry"),
    ],
)
def test_line_that_somebody_added_is_not_shown_as_it_is(program: str, lines: str) -> None:
    text = f"{next(iter(rendered(program).values()))}{lines}\n"
    shown = without_passwords(program, text)
    assert "c4n4ry" not in shown
    assert len(shown.split("\n")) == len(text.split("\n"))


@pytest.mark.parametrize(
    ("program", "text", "expected"),
    [
        ("asterisk", f"{HEADINGS['asterisk']}\n[x]\n", True),
        ("asterisk", "; mine\n\n;; more\n", True),
        ("asterisk", "[mine]\ntype = wizard\n", False),
        ("asterisk", f"[mine]\n{HEADINGS['asterisk']}\n", False),
        ("freeswitch", f"{HEADINGS['freeswitch']} Berlin -->\n", True),
        ("freeswitch", "<?xml version='1.0'?>\n<include>\n<!-- <gateway/> -->\n</include>\n", True),
        ("freeswitch", '<include><gateway name="telnyx"/></include>', False),
        ("baresip", "# SIP accounts\n#\n# <sip:user@domain>\n\n", True),
        ("baresip", "<sip:a@b>\n", False),
    ],
)
def test_file_is_the_role_s_or_has_only_comments(program: str, text: str, expected: bool) -> None:
    assert is_managed(program, text) is expected


@pytest.mark.parametrize(
    ("program", "text", "expected"),
    [
        ("asterisk", "[a]\ntype=wizard\noutbound_auth/username = bob\n;username = no\n", [(3, "bob")]),
        ("asterisk", "[auth]\n  username=bob ; comment\n", [(2, "bob")]),
        (
            "freeswitch",
            '<!--\n<param name="username" value="no"/> -->\n<param name="username" value="bob"/>',
            [(3, "bob")],
        ),
        ("freeswitch", "<param value='bob' name='username'/>", [(1, "bob")]),
        ("baresip", '# <sip:no@x>\n"B" <sip:bob@x;transport=tls>;auth_pass=y\n', [(2, "bob")]),
    ],
)
def test_users_of_other_files_are_found(program: str, text: str, expected: list[tuple[int, str]]) -> None:
    assert list(registered_users(program, text)) == expected


def test_nothing_of_an_unknown_format_is_shown() -> None:
    assert without_passwords("custom", "c4n4ry\nx\n") == (
        "(2 lines of your own template are not shown: they may contain passwords)\n"
    )
