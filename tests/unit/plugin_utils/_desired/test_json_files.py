# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON reader: what it refuses. What it returns is checked with the layouts."""

from __future__ import annotations

import re

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.errors import ParseError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.json_files import json_content


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"a": 1,\n"a": "canary"}]', "^a key is given twice in one object"),
        ('[{"a": 1},\n{]', "line 2: it is not valid JSON"),
        ('[{"password": "canary}]', "is not valid JSON"),
        ('[{"a": 1} {"a": 1}]', "is not valid JSON"),
        ('{"a": 1} canary', "is not valid JSON"),
        ('{"a": NaN}', "is not valid JSON"),
        ('{"a": 1e999}', "a number is too large"),
        (f'{{"a": {"9" * 5000}}}', "is not valid JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("- canary", "is not valid JSON"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_invalid_json_is_refused_without_quoting_it(text: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        json_content(text, "f.json")
    shown = f"line {caught.value.line}: {caught.value}" if caught.value.line else str(caught.value)
    assert re.search(message, shown), shown
    assert "canary" not in shown
