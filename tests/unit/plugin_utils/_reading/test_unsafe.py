# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts whose text Ansible does not template and does not mark again."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from ansible.utils.unsafe_proxy import AnsibleUnsafe, wrap_var
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading import unsafe
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.unsafe import mark_facts

RECORD = {"id": "1", "tags": ["{{ 1 }}", {"#jinja2:": ["x"]}], "active": True, "outbound": None}
FACTS = {"records": [RECORD], "inventory": {"_meta": {"hostvars": {"{% x %}": RECORD}}}}
marked_only = pytest.mark.skipif(
    not unsafe.MARKING_NEEDED, reason="ansible-core marks text that is trusted, not text that is unsafe"
)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from (*texts(key), *texts(each))
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


@pytest.mark.parametrize("needed", [True, False])
def test_marked_values_are_equal_also_as_json_and_when_they_are_sent(
    needed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsafe, "MARKING_NEEDED", needed)
    facts = mark_facts(FACTS)
    assert facts == json.loads(json.dumps(facts)) == pickle.loads(pickle.dumps(facts)) == FACTS
    for value in (None, 5, "{{ x }}", FACTS, ("{{ x }}",)):
        assert unsafe.mark_unsafe(value) == value


@marked_only
@pytest.mark.parametrize("sent", [False, True])
def test_all_text_in_facts_is_marked(sent: bool) -> None:
    facts = mark_facts(FACTS)
    facts = pickle.loads(pickle.dumps(facts)) if sent else facts
    found = list(texts(facts))
    assert len(found) == len(list(texts(FACTS)))
    assert all(isinstance(text, AnsibleUnsafe) for text in found)


@marked_only
def test_ansible_does_not_mark_facts_again_and_pickles_plain_containers() -> None:
    facts = mark_facts(FACTS)
    wrapped = wrap_var(facts)
    assert all(wrapped[name] is facts[name] for name in FACTS)
    sent = pickle.loads(pickle.dumps(facts))
    assert {name: type(value) for name, value in sent.items()} == {"records": list, "inventory": dict}
    assert sent["records"][0] is sent["inventory"]["_meta"]["hostvars"]["{% x %}"]
