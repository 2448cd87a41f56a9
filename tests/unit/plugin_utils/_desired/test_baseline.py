"""What a baseline holds of a connection, and its text without secrets."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import DesiredError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import compare
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline import (
    baseline_record,
    without_secret_text,
)

SECRETS = """\
- id: '1'  # it was canary
  password: >
    canary
    canary
  tags: [ä, ö]
- {password: 'canary', id: '2'}
- "password": "can\\
    ary canary"
  inbound: {password: [canary, &inner {x: &short c}, canary canary canary]}
- {password: *inner, inbound: {password: *short}}
- {id: '5', ? [complex, key] : 5, ? {password: canary} : 6}
- password: new  # was canary
- password: # canary
    new
# password of the old PBX:
#   canary
- passwrod: canary
- Password: canary
- 'password ': canary
- sip_password: canary
- pwd: {canary}
- {password:canary, password canary: 1}
- onnet_t38_passthrough_enabled: visible
  ios_push_credential_id: visible
"""


def test_secrets_are_replaced_in_text() -> None:
    text = without_secret_text(SECRETS)
    assert "canary" not in text
    assert "tags: [ä, ö]" in text
    assert "id: '5'" in text
    assert text.count("visible") == 2
    assert "&" not in text
    assert without_secret_text("\ufeff- password: canary\n") == "- password: (hidden)\n"


def test_comment_is_replaced_if_it_may_be_about_a_secret() -> None:
    assert without_secret_text("- id: '1'  # by hand\n") == "- id: '1'  # by hand\n"
    assert without_secret_text("- id: '1'  # the secret is canary\n") == "- id: '1'  # (hidden)\n"


@pytest.mark.parametrize("text", ["password: [canary", "&all [*all]"])
def test_secrets_of_invalid_yaml_cannot_be_replaced(text: str) -> None:
    with pytest.raises(DesiredError, match="it is not valid YAML"):
        without_secret_text(text)


def test_records_with_the_same_meaning_give_the_same_baseline() -> None:
    one = {"id": "1", "tags": ["y", "x"], "rtcp_settings": {"report_frequency_secs": 5}, "updated_at": "1"}
    two = {"id": "1", "tags": ["x", "y"], "rtcp_settings": {"report_frequency_seconds": 5}, "password": "canary"}
    both = {**two, "rtcp_settings": {"report_frequency_secs": 5, "report_frequency_seconds": None}}
    assert baseline_record(one) == baseline_record(two) == baseline_record(both)
    for record in (one, two, both):
        assert compare([Desired(baseline_record(record))], [record])[0].status == "in_sync"
    assert baseline_record({"id": "1", "tags": None, "devices": [{"password": "canary", "n": 1}]}) == {
        "id": "1", "tags": None, "devices": [{"n": 1}],
    }  # fmt: skip
