"""Functions as filters of Ansible."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.filters import (
    connections_filter,
    text_filter,
    translate_errors,
)


def fails(*_arguments: Any) -> str:
    raise SipConfigError("The message.")


def test_errors_of_the_collection_become_ansible_s() -> None:
    for function in (translate_errors(fails), text_filter(fails)):
        with pytest.raises(AnsibleFilterError, match=r"siptrunk\.telnyx: The message\."):
            function("x")


@pytest.mark.parametrize("value", [None, [], {}])
def test_text_filter_refuses_what_is_no_text(value: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="needs text"):
        text_filter(str)(value)


def test_text_filter_takes_a_number_as_text() -> None:
    assert text_filter(str)(5) == "5"


@pytest.mark.parametrize("value", [None, "text", {"id": "1"}, [{"id": "1"}, "text"]])
def test_connections_filter_refuses_what_is_no_list_of_connections(value: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="needs a list of connections"):
        connections_filter(len)(value)


def test_connections_filter_passes_the_connections() -> None:
    assert connections_filter(len)([{"id": "1"}, {"id": "2"}]) == 2
