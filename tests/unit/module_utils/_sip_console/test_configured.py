"""The accounts in the files that the role writes; tests/sip has the files themselves."""

from __future__ import annotations

from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.configured import configured_accounts

WIZARD = """\
; Managed by siptrunk.telnyx.sip_config: changes are overwritten.

; {first}
[telnyx-alice01]
type = wizard
outbound_auth/password = {password}
endpoint/allow = !all,{codecs}

; {second}
[telnyx-bob.0-2+x]
type = wizard
"""


def test_accounts_of_asterisk_differ_in_what_matters_for_the_registration() -> None:
    values = {"first": "Berlin", "password": "[telnyx-x]", "codecs": "ulaw", "second": "Bonn"}
    first = configured_accounts("asterisk", {"pjsip_wizard_telnyx.conf": WIZARD.format(**values)})
    assert first.keys() == {"alice01", "bob.0-2+x"}
    other = {**values, "first": "Köln", "codecs": "alaw", "second": "Mainz"}
    assert configured_accounts("asterisk", {"pjsip_wizard_telnyx.conf": WIZARD.format(**other)}) == first
    other = {**values, "password": "another"}
    changed = configured_accounts("asterisk", {"pjsip_wizard_telnyx.conf": WIZARD.format(**other)})
    assert [user for user in first if first[user] != changed[user]] == ["alice01"]
    assert configured_accounts("asterisk", {}) == {}


def test_accounts_of_kamailio_are_the_rows() -> None:
    table = "id(int,auto) l_uuid(string) l_username(string)\n1:alice01:x\\:y\n2:bob02:\n"
    assert configured_accounts("kamailio", {"uacreg": table, "version": "1:version:1\n"}) == {
        "alice01": "x\\:y",
        "bob02": "",
    }


def test_accounts_of_freeswitch_are_the_gateways_of_the_role() -> None:
    ours = '<include>\n  <!-- Managed by siptrunk.telnyx.sip_config: x -->\n  <gateway name="telnyx-alice01">\n'
    files = {"alice01.xml": ours, "copy.xml": ours, "mine.xml": "<include/>", "notes.txt": ours}
    assert configured_accounts("freeswitch", files) == {"alice01": ours}
