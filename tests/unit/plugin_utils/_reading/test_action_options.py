"""The options of an action: where each value comes from, and which are refused without showing them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.action_options import resolve_options
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.argument_spec import GROUPS, argument_spec
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.plugin_options import given_options

SECRET = "KEY_CANARY_0123456789"


class AnsibleVaultEncryptedUnicode:
    """Stands for the class of an inline vaulted value before ansible-core 2.19."""

    def __str__(self) -> str:
        return SECRET

    def __repr__(self) -> str:
        return "vaulted"  # in the names of tests, which all processes of pytest-xdist agree on


def resolve(args: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
    return resolve_options(argument_spec(*GROUPS), args, variables, Templar(DataLoader(), variables=variables))


@pytest.mark.parametrize(
    ("args", "variables", "environment", "option", "value"),
    [
        ({"timeout": "5"}, {"telnyx_timeout": 6}, {}, "timeout", 5.0),
        ({"timeout": None}, {"telnyx_timeout": 6}, {}, "timeout", 6.0),
        ({}, {"telnyx_timeout": ""}, {}, "timeout", 30.0),
        ({}, {"telnyx_api_url": None}, {"TELNYX_BASE_URL": "https://b.test"}, "api_url", "https://b.test"),
        ({}, {"telnyx_api_url": "https://a.test"}, {"TELNYX_BASE_URL": "https://b.test"}, "api_url", "https://a.test"),
        ({}, {}, {"TELNYX_API_KEY_FILE": ""}, "api_key_file", None),
        ({}, {}, {"TELNYX_SNAPSHOT_FILE": ""}, "snapshot_file", None),
        ({}, {"telnyx_api_key": ""}, {"TELNYX_API_KEY": SECRET}, "api_key", ""),
        ({}, {"telnyx_api_key": None}, {"TELNYX_API_KEY": SECRET}, "api_key", ""),
        ({}, {"telnyx_api_key": "gone", "omit": "gone"}, {"TELNYX_API_KEY": SECRET}, "api_key", SECRET),
        ({"api_key": "x"}, {"telnyx_api_key_file": "/y"}, {"TELNYX_API_KEY_FILE": "/z"}, "api_key_file", None),
        ({"connections": "Office, Chicago"}, {}, {}, "connections", "Office, Chicago"),
        ({"query": "[]"}, {"telnyx_query": "[0]"}, {}, "query", "[]"),
        ({}, {"telnyx_query": "[0]"}, {}, "query", None),
        ({"api_key": AnsibleVaultEncryptedUnicode()}, {}, {}, "api_key", SECRET),
        ({"connections": [AnsibleVaultEncryptedUnicode()]}, {}, {}, "connections", [SECRET]),
    ],
    ids=str,
)
def test_value_is_from_the_task_else_the_variable_else_the_environment(
    args: dict[str, Any],
    variables: dict[str, Any],
    environment: dict[str, str],
    option: str,
    value: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, each in environment.items():
        monkeypatch.setenv(name, each)
    assert resolve(args, variables)[option] == value


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"api_key": [SECRET]}, "api_key: must be text, not of type list"),
        ({"retries": SECRET}, "convert to int"),
        ({"sort": SECRET}, "sort must be one of"),
        ({"refesh": SECRET}, "Unsupported parameters: refesh"),
    ],
)
def test_value_that_is_refused_is_not_shown(args: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        resolve(args, {})
    assert message in str(caught.value)
    assert SECRET not in str(caught.value)


def test_given_options_are_those_that_are_not_omitted() -> None:
    omit_type = type("_OmitType", (), {})
    direct = {"query": "[]", "sort": "gone", "page_size": omit_type(), "api_key": AnsibleVaultEncryptedUnicode()}
    assert given_options(direct, {"omit": "gone"}) == {"query": "[]", "api_key": SECRET}
    assert given_options({"query": "x"}, None) == {"query": "x"}
