"""The redaction recognizes what the role's templates write, and this test notices if one is changed without the other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jinja2
import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip import escaping
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.redaction import (
    HIDDEN_LINE,
    is_managed,
    is_managed_gateway,
    without_passwords,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.accounts import accounts
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.settings import check_settings

TEMPLATES = Path(__file__).parents[4] / "roles" / "sip_config" / "templates"
FILTERS = {
    f"siptrunk.telnyx.{name}": getattr(escaping, name)
    for name in ("asterisk_value", "baresip_value", "freeswitch_value", "kamailio_value")
}
# The templates of files with passwords or settings, and how many of the two accounts each file has.
FILES = {
    "asterisk/pjsip_wizard.conf.j2": 2,
    "asterisk/pjsip_transport.conf.j2": 0,
    "freeswitch/gateway.xml.j2": 1,
    "kamailio/uacreg.j2": 2,
    "baresip/accounts.j2": 2,
}
# Every setting and every field is set, once with one value and once with another.
SETTINGS: list[dict[str, Any]] = [
    {
        "registrar": f"sip{number}.example.com:{5000 + number}",
        "outbound_proxy": f"proxy{number}.example.com",
        "transport": "tls",
        "expiry": 300 + number,
        "context": f"context{number}",
        "external_address": f"192.0.2.{number}",
        "local_nets": [f"10.{number}.0.0/16"],
        "bind": f"0.0.0.0:600{number}",
        "ca_file": f"/ca{number}.pem",
    }
    for number in range(2)
]


def records(variant: int) -> list[dict[str, Any]]:
    return [
        {
            "id": str(number),
            "connection_name": f"Name {number} {variant}",
            "user_name": f"user{number}",
            "password": f"c4n4ry{number};\\ '{variant}",
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
        for number in range(2)
    ]


def rendered(name: str, template: str, variant: int = 0) -> str:
    """The text of a file, as Ansible renders it."""
    program = name.split("/", maxsplit=1)[0]
    settings = check_settings({**SETTINGS[variant], "program": program})
    found, _warnings = accounts(records(variant), settings)
    environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters.update(FILTERS)
    return environment.from_string(template).render(accounts=found, account=found[0], settings=settings) + "\n"


def problems(name: str, template: str) -> list[str]:
    """What the redaction gets wrong about the text that a template renders."""
    program, count = name.split("/", maxsplit=1)[0], FILES[name]
    text, other = (rendered(name, template, variant) for variant in range(2))
    found = []
    if not is_managed(program, text, other):
        found.append("the file is not recognized as the role's")
    if program == "freeswitch" and not is_managed_gateway("user0", text):
        found.append("the gateway is not recognized as the role's")
    shown, text_without = without_passwords(program, text), text
    if "c4n4ry" in shown:
        found.append("a password is shown")
    for record in records(0):
        # Of a row of uacreg, the empty column auth_ha1 is hidden, too.
        password = escaping.PASSWORD_ESCAPES[program](record["password"]) + ":" * (program == "kamailio")
        text_without = text_without.replace(password, "(hidden)")
    if shown != text_without:
        found.append("not exactly the passwords are hidden")
    if without_passwords(program, text, before=other).count("(hidden, new)") != count:
        found.append("a new password is not recognized as new")
    exchanged = re.sub("c4n4ry[01]", lambda found: f"c4n4ry{'10'[int(found[0][-1])]}", text)
    if count == 2 and without_passwords(program, exchanged, before=text).count("(hidden, new)") != count:
        found.append("the owner of a password is not recognized")
    hidden = [
        line
        for line, diff in zip(text.split("\n"), without_passwords(program, text, wanted=other).split("\n"))
        if diff == HIDDEN_LINE and not line.startswith((";", "#", "  <!--"))
    ]
    # The rows of db_text and baresip's accounts are one setting each, that of the password.
    if hidden:
        found.append(f"the line of a setting is not recognized: {hidden[0]}")
    return found


@pytest.mark.parametrize("name", FILES)
def test_redaction_recognizes_what_the_templates_write(name: str) -> None:
    assert problems(name, (TEMPLATES / name).read_text()) == []


def test_every_template_is_checked() -> None:
    names = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.j2")}
    assert names == FILES.keys() | {"kamailio/version.j2"}  # which has neither passwords nor settings


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("asterisk/pjsip_wizard.conf.j2", "; Managed by", "; Written by", "not recognized as the role's"),
        ("asterisk/pjsip_wizard.conf.j2", "outbound_auth/password =", "outbound_auth/secret =", "password"),
        ("asterisk/pjsip_wizard.conf.j2", "outbound_auth/password =", "outbound_auth/password =>", "password"),
        ("asterisk/pjsip_wizard.conf.j2", "[telnyx-{{", " [telnyx-{{", "the owner of a password"),
        ("asterisk/pjsip_wizard.conf.j2", "endpoint/context = ", "endpoint/context: ", "the line of a setting"),
        ("asterisk/pjsip_transport.conf.j2", "; Managed by", "; Written by", "not recognized as the role's"),
        ("asterisk/pjsip_transport.conf.j2", "bind = ", "bind=", "the line of a setting"),
        ("freeswitch/gateway.xml.j2", "<!-- Managed by", "<!-- Written by", "the gateway is not recognized"),
        ("freeswitch/gateway.xml.j2", 'gateway name="', 'gateway x="" name="', "the gateway is not recognized"),
        ("freeswitch/gateway.xml.j2", 'name="password" value', 'name="password"  value', "password is shown"),
        ("freeswitch/gateway.xml.j2", 'name="context" value', 'id="context" value', "the line of a setting"),
        ("kamailio/uacreg.j2", "[loop.index, user, ", "[loop.index, user, user, ", "not exactly the passwords"),
        ("kamailio/uacreg.j2", "[loop.index, user, ", "[loop.index, 'x', ", "the owner of a password"),
        ("baresip/accounts.j2", "# Managed by", "# Written by", "not recognized as the role's"),
        ("baresip/accounts.j2", "auth_pass=", "password=", "password is shown"),
        ("baresip/accounts.j2", "<sip:{{ account.user_name }}@", "<sip:x@", "the owner of a password"),
    ],
)
def test_change_of_a_template_alone_is_noticed(name: str, old: str, new: str, problem: str) -> None:
    template = (TEMPLATES / name).read_text()
    assert old in template
    assert problem in " ".join(problems(name, template.replace(old, new)))
