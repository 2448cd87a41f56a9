# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a baseline holds of a connection, and the head of its files."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline import (
    ExistingFile,
    baseline_record,
    generated,
)
from hypothesis import given
from hypothesis import strategies as st


def test_records_with_the_same_meaning_give_the_same_baseline() -> None:
    one = {"id": "1", "tags": ["y", "x"], "rtcp_settings": {"report_frequency_secs": 5}, "updated_at": "1"}
    two = {"id": "1", "tags": ["x", "y"], "rtcp_settings": {"report_frequency_seconds": 5}, "password": "canary"}
    both = {**two, "rtcp_settings": {"report_frequency_secs": 5, "report_frequency_seconds": None}}
    assert baseline_record(one) == baseline_record(two) == baseline_record(both)
    assert baseline_record({"id": "1", "tags": None, "devices": [{"password": "canary", "n": 1}]}) == {
        "id": "1", "tags": None, "devices": [{"n": 1}],
    }  # fmt: skip


@given(st.text(), st.sampled_from(["", '{"tags": ["a"]}']))
def test_generated_text_is_recognized_with_its_selection(body: str, selection: str) -> None:
    text = generated(body.replace("\r", ""), selection)
    for each in (text, text.replace("\n", "\r\n"), f"\ufeff{text}"):
        assert ExistingFile.of_text(each) == ExistingFile(each, is_generated=True, selection=selection)


TEXT = generated("- id: '1'\n  active: true\n", '{"tags": ["a"]}')


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- id: '1'\n",
        TEXT.replace("active: true", "active: false"),
        TEXT.replace('["a"]', '["b"]'),
        TEXT + "# mine\n",
        "# mine\n" + TEXT,
        TEXT.replace("SHA-256", "SHA-1"),
    ],
)
def test_edited_or_other_text_is_not_a_generated_one(text: str) -> None:
    assert not ExistingFile.of_text(text).is_generated
