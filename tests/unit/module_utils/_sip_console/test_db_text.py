"""Rows of the role among those of others in Kamailio's tables."""

from __future__ import annotations

import re

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.db_text import Table, merge
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.escaping import kamailio_value
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.files import UACREG_HEADER, VERSION_TABLE
from hypothesis import given
from hypothesis import strategies as st

FIELDS = st.text("ab:\\;1 é", max_size=6)


def row(user: str, number: int = 1, password: str = "secret", uuid: str = "") -> str:
    return f"{number}:{uuid or 'telnyx-' + user}:{user}:d:{user}:d::{user}:{password}::sip\\:d:300:0:0::"


def table(*rows: str, header: str = UACREG_HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


# As the tables that Kamailio comes with: nothing may be NULL, and the columns may have another order.
THEIRS = (
    re.sub(",null", "", UACREG_HEADER).replace("l_uuid(string) l_username(string)", "l_username(string) l_uuid(string)")
    + " "
)
OTHER = "7:other:o\\:ne\\\\:d:x:d:r:x:c4n4ry:.:sip\\:d:300:0:0:.:."


@given(st.lists(FIELDS.filter(bool), min_size=3, max_size=3))
def test_fields_of_a_row_are_read_back(values: list[str]) -> None:
    text = Table("a(string) b(string) c(int,null)\n")
    written = text.row({name: kamailio_value(value) for name, value in zip("abc", values)})
    assert text.fields(written) == {name: kamailio_value(value) for name, value in zip("abc", values)}


def test_rows_of_others_stay_byte_for_byte() -> None:
    gone = "2:gone:telnyx-gone:d:gone:d:.:gone:old:.:sip\\:d:300:0:0:.:."
    current = table(OTHER, gone, "# odd", header=THEIRS)
    merged = merge("uacreg", current, table(row("a"), row("b", 2)), ())
    lines = merged.split("\n")
    assert lines[1:3] == [OTHER, "# odd"]
    assert [line.split(":")[:3] for line in lines[3:-1]] == [["1", "a", "telnyx-a"], ["2", "b", "telnyx-b"]]
    assert merge("uacreg", merged, table(row("a"), row("b", 2)), ()) == merged
    assert re.sub(",null", "", lines[0]) == THEIRS
    assert "auth_ha1(string,null)" in lines[0]


def test_rows_of_the_role_follow_the_account_and_kept_ones_stay() -> None:
    current = table(row("a", 1, "old"), row("gone", 2), row("kept", 3, "old"), OTHER)
    merged = merge("uacreg", current, table(row("a"), row("b", 2), row("c", 3)), {"kept"})
    assert merged == table(OTHER, row("a"), row("b", 2), row("c", 4), row("kept", 3, "old"))
    assert [Table(merged).is_ours(each) for each in Table(merged).rows] == [False, True, True, True, True]
    assert merge("uacreg", "", table(row("a")), ()) == table(row("a"))
    assert merge("uacreg", table(row("a"), OTHER), table(), ()) == table(OTHER)


def test_table_that_cannot_take_the_rows_is_an_error() -> None:
    with pytest.raises(SipConfigError, match="not the table uacreg"):
        merge("uacreg", "mine\n", table(row("a")), ())
    older = table(header=UACREG_HEADER.replace(" contact_addr(string,null) socket(string,null)", ""))
    assert len(merge("uacreg", older, table(row("a")), ()).split("\n")) == 3
    with pytest.raises(SipConfigError, match="no column contact_addr"):
        merge("uacreg", older, table(row("a")[:-1] + "1.2.3.4:"), ())


def test_rows_of_version_stay() -> None:
    theirs = "table_name(string) table_version(int)\nversion:1\nsubscriber:7\n"
    assert merge("version", theirs, VERSION_TABLE, ()) == theirs + "uacreg:5\n"
    with_id = "id(int,auto) table_name(string) table_version(int)\n9:subscriber:7\n"
    assert merge("version", with_id, VERSION_TABLE, ()) == with_id + "10:uacreg:5\n"
    newer = VERSION_TABLE.replace("uacreg:5", "uacreg:6")
    assert merge("version", newer, VERSION_TABLE, ()) == newer
    assert merge("version", "", VERSION_TABLE, ()) == VERSION_TABLE
    with pytest.raises(SipConfigError, match="not the table version"):
        merge("version", "x\n", VERSION_TABLE, ())


def test_secrets_of_other_rows_are_hidden_in_any_order_of_columns() -> None:
    text = table(row("a"), OTHER)
    shown = "\n".join(line for line, _owner, _secret in Table(text).redacted("(hidden)"))
    assert "c4n4ry" not in shown
    assert shown.count("(hidden)") == 3  # the other row has a hash, too
    assert "x:(hidden):(hidden):sip\\:d" in shown
