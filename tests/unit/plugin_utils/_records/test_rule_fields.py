"""Fields in rules: unknown fields and impossible values are errors, everything else in JMESPath is accepted."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import RuleError
from check_helpers import GOOD, Record, policy, violated_rules


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"when": "activ"}, r"'x', when: it uses the field 'activ'.*Did you mean active\?"),
        ({"assert": "inbound.codec[0] == 'G722'"}, r"assert.*'codec'.*Did you mean inbound\.codecs\?"),
        ({"show": "derived.user_name_number"}, r"show.*Did you mean derived\.user_name_count\?"),
        ({"assert": "active == true"}, "true without backticks is a field. Write `true`"),
        ({"assert": "!capture_enabled"}, r"'capture_enabled'.*Did you mean rtcp_settings\.capture_enabled\?"),
        ({"when": "channel_limit > `100`"}, r"Did you mean inbound\.channel_limit or outbound\.channel_limit\?"),
        ({"when": "active == 'true'"}, "active is true or false, but"),
        ({"assert": "'unrestricted' == active"}, "active is true or false, but"),
        ({"assert": "sip_uri_calling_preference != 'Unrestricted'"}, r"never has. Did you mean unrestricted\?"),
        ({"assert": "encrypted_media != 'TLS'"}, "It is one of SRTP, ZRTP"),
        ({"assert": "inbound.channel_limit != 'ten'"}, r"inbound\.channel_limit is a number"),
        ({"assert": "user_name > `5`"}, "only numbers with numbers"),
        ({"assert": "outbound.outbound_voice_profile_id == `77`"}, "is text"),
        ({"assert": "contains(inbound.codecs, 'PCMA')"}, r"inbound\.codecs is compared with a value that it never has"),
        ({"assert": "inbound.codecs[?@ == 'PCMA']"}, r"inbound\.codecs is compared with a value that it never has"),
        ({"when": "!rtcp_settings.capture_enabled"}, r"! takes precedence over the dot. Write it as in !\("),
        ({"assert": "!password"}, r"'password'.*Did you mean password_status\?"),
        ({"when": "active > `0`"}, "only numbers with numbers"),
        ({"assert": "tags.first"}, "used on a list. Use"),
        ({"assert": "active.deep"}, "the field active has no field 'deep' below it"),
        ({"assert": "length([codecs][0]) > `1`"}, r"Did you mean inbound\.codecs\?"),
        ({"assert": "inbound | capture_enabled"}, r"Did you mean rtcp_settings\.capture_enabled\?"),
        ({"assert": "sort_by(tags, &name)[0]"}, "no field 'name' below it"),
        ({"assert": "{a: id, b: codecs}.a"}, r"Did you mean inbound\.codecs\?"),
    ],
    ids=str,
)
def test_rule_with_an_unknown_field_or_value_raises_rule_error(rule: Record, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        policy([GOOD], rules=[{"id": "x", "severity": "low", "description": "d", "assert": "active", **rule}])


def test_rule_with_a_value_of_a_live_connection_is_accepted() -> None:
    rule = {"id": "x", "severity": "low", "description": "d", "assert": "encrypted_media == 'MLS'"}
    assert violated_rules([{**GOOD, "encrypted_media": "MLS"}], rules=[rule], builtin=False) == []


def test_rule_with_a_live_field_or_its_own_field_is_accepted() -> None:
    rule = {"id": "x", "severity": "low", "description": "d", "assert": "new.deep[0].er && {made: id}.made"}
    assert violated_rules([{**GOOD, "new": {"deep": [{"er": 1}]}}], rules=[rule]) == []


@pytest.mark.parametrize("name", ["report_frequency_secs", "report_frequency_seconds"])
@pytest.mark.parametrize("other", ["report_frequency_secs", "report_frequency_seconds"])
def test_rule_sees_a_field_under_each_of_its_names(name: str, other: str) -> None:
    rule = {"id": "x", "severity": "low", "description": "d", "assert": f"rtcp_settings.{name} == `5`"}
    assert violated_rules([{**GOOD, "rtcp_settings": {other: 5}}], rules=[rule]) == []
    assert violated_rules([{**GOOD, "rtcp_settings": {other: 6}}], rules=[rule]) == ["x"]


@pytest.mark.parametrize(
    "expression",
    [
        '`{"US": 5}`.US == `5`',
        'merge(@, `{"limit": {"deep": 5}}`).limit.deep == `5`',
        "length(sort_by([@], &connection_name)) == `1`",
        "inbound.codecs == null || inbound.codecs[*] | [0] != ''",
        "\"connection_name\" == 'Berlin'",
        "{made: {deep: id}}.made.deep == '1'",
        "tags[?contains(@, 'x')] == `[]` || tags == null",
        "to_number(outbound.outbound_voice_profile_id) > `5`",
        "anchorsite_override != 'Lagos, Nigeria'",
        "inbound.* | length(@) > `1`",
        "(inbound || outbound).channel_limit == `10`",
        "encrypted_media != ''",
        "max_by([inbound, outbound], &channel_limit).channel_limit == `10`",
        "map(&channel_limit, [inbound, outbound])[0] == `10`",
        "contains(['a', user_name], 'a')",
        "inbound.timeout_1xx_secs != '10'",
        "created_at == null || created_at > '2026-01-01'",
        "(!encrypted_media) == `false`",
    ],
)
def test_rule_with_any_jmespath_feature_is_accepted(expression: str) -> None:
    rule = {"id": "x", "severity": "low", "description": "d", "assert": expression}
    assert violated_rules([GOOD], rules=[rule]) == []
