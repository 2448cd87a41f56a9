# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML text without its secrets."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import DesiredError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.shown_text import shown_texts

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


def without_secret_text(text: str) -> str:
    return shown_texts(text, "")[0]


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


def test_secrets_of_urls_are_replaced() -> None:
    url = "https://u:canary@hooks.example.com/in?key=canary#canary"
    text = without_secret_text(f"- webhook_event_url: {url}\n  user_name: x  # see {url}\n")
    assert text == (
        "- webhook_event_url: https://(hidden)@hooks.example.com/in?key=(hidden)#(hidden)\n"
        "  user_name: x  # see https://(hidden)@hooks.example.com/in?key=(hidden)#(hidden)\n"
    )
    assert "canary" not in without_secret_text(
        f"- webhook_event_url: >-\n    {url}\n  devices: [{{push_url: '{url}'}}]\n"
    )


def test_secret_that_changed_is_shown_as_different() -> None:
    texts = [
        "- {password: canary1, webhook_event_url: 'https://h/?k=canary1'}\n",
        "- {password: canary2, webhook_event_url: 'https://h/?k=canary1'}\n",
    ]
    shown = shown_texts(*texts)
    assert shown == (
        "- {password: (hidden), webhook_event_url: https://h/?k=(hidden)}\n",
        "- {password: (hidden, different), webhook_event_url: https://h/?k=(hidden)}\n",
    )
    assert "?k=(hidden, different)" in shown_texts(texts[0], texts[0].replace("?k=canary1", "?k=canary3"))[1]
