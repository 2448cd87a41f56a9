"""Parameters of the user's own."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.extra import merge_extra, read_extra


@pytest.mark.parametrize(
    ("program", "given", "expected"),
    [
        (
            "asterisk",
            {"endpoint": {"t38_udptl": True, "set_var": ["A=1", "B=x;y"]}, "aor": {"qualify_frequency": 0}},
            {"endpoint": {"t38_udptl": ["yes"], "set_var": ["A=1", "B=x;y"]}, "aor": {"qualify_frequency": ["0"]}},
        ),
        (
            "freeswitch",
            {
                "params": {"ping": 25, "caller-id-in-from": True},
                "variables": {"a": "b", "c": {"value": 1, "direction": "inbound"}},
            },
            {
                "params": {"ping": ["25"], "caller-id-in-from": ["true"]},
                "variables": {"a": ["b", ""], "c": ["1", "inbound"]},
            },
        ),
        ("kamailio", {"columns": {"reg_delay": 5}}, {"columns": {"reg_delay": ["5"]}}),
        ("baresip", {"parameters": {"answermode": "auto"}}, {"parameters": {"answermode": ["auto"]}}),
        ("custom", {"anything": {"goes": "{{ here }}"}}, {"anything": {"goes": ["{{ here }}"]}}),
    ],
)
def test_parameters_are_text_by_section_and_name(program: str, given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert read_extra(program, given) == expected


@pytest.mark.parametrize(
    ("program", "given", "message"),
    [
        ("asterisk", {"endpont": {"language": "de"}}, "has the sections wizard, endpoint"),
        ("asterisk", {"endpoint": "language=de"}, "endpoint must be a dictionary"),
        ("asterisk", {"endpoint": {"x\n[evil]": 1}}, "not the name of a parameter"),
        ("asterisk", {"endpoint": {"language": "de\n[evil]"}}, "endpoint/language: Asterisk cannot represent"),
        ("asterisk", {"endpoint": {"language": {"a": 1}}}, "must be text, a number or a boolean"),
        ("asterisk", {"endpoint": {"language": None}}, "must be text"),
        ("asterisk", {"outbound_auth": {"Password": "c4n4ry"}}, "the account and the other variables say this"),
        ("asterisk", {"wizard": {"remote_hosts": "evil"}}, "say this"),
        ("asterisk", {"endpoint": {"from_user": "x"}}, "say this"),
        ("asterisk", {"registration": {"server_uri": "x"}}, "say this"),
        ("freeswitch", {"params": {"username": "x"}}, "say this"),
        ("freeswitch", {"params": {"auth-username": "x"}}, "say this"),
        ("freeswitch", {"params": {"proxy": "x"}}, "say this"),
        ("freeswitch", {"params": {"ping": [1, 2]}}, "more than one value"),
        (
            "freeswitch",
            {"variables": {"a": {"value": 1, "direction": "up"}}},
            "direction, which is inbound or outbound",
        ),
        ("kamailio", {"columns": {"auth_password": "c4n4ry"}}, "say this"),
        ("kamailio", {"columns": {"reg_delai": 1}}, "no such column. Did you mean reg_delay?"),
        ("kamailio", {"columns": {"expires": "x"}}, "must be a whole number"),
        ("baresip", {"parameters": {"auth_pass": "c4n4ry"}}, "say this"),
        ("baresip", {"parameters": {"outbound2": "x"}}, "say this"),
        ("baresip", {"parameters": {"ptime": 'a";auth_pass=b'}}, "cannot represent"),
    ],
)
def test_parameter_that_is_impossible_is_an_error_without_its_value(
    program: str, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        read_extra(program, given)
    assert message in str(caught.value)
    assert "c4n4ry" not in str(caught.value)


def test_all_problems_are_in_one_error() -> None:
    with pytest.raises(ValueError, match=r"endpoint/a b: .*aor/contact: .*x"):
        read_extra("asterisk", {"endpoint": {"a b": 1}, "aor": {"contact": "c"}, "x": {}})


def test_second_parameters_take_precedence() -> None:
    merged = merge_extra({"a": {"x": ["1"], "y": ["1"]}}, {"a": {"y": ["2"]}, "b": {"z": ["2"]}})
    assert merged == {"a": {"x": ["1"], "y": ["2"]}, "b": {"z": ["2"]}}
