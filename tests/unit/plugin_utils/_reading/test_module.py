"""The modules' run on a managed node, with a stand-in for AnsibleModule."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.argument_spec import records_spec
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.module import (
    Results,
    facts_results,
    info_results,
    run_module,
)
from listing_helper import KEY, Lister


class ModuleExit(SystemExit):
    """A stand-in's exit_json or fail_json was called."""


class Module:
    """A stand-in for AnsibleModule with the defaults of the options, and ``given`` in their place."""

    def __init__(self, **given: Any) -> None:
        defaults = {name: option.get("default") for name, option in records_spec(None).items()}
        self.params = {**defaults, "retries": 0, **given}
        self.warnings: list[str] = []
        self.result: dict[str, Any] = {}

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    def exit_json(self, **result: Any) -> NoReturn:
        self.result = {"failed": False, **result}
        raise ModuleExit

    def fail_json(self, **result: Any) -> NoReturn:
        self.result = {"failed": True, **result}
        raise ModuleExit


def run(results: Results, **given: Any) -> Module:
    module = Module(**given)
    with pytest.raises(ModuleExit):
        run_module(module, results)
    return module


def test_run_module_info_returns_connections_meta_and_log(lister: Lister) -> None:
    module = run(info_results, api_key=KEY, api_url=lister.sandbox.api_url)
    result = module.result
    assert {name for name in result if name not in ("failed", "changed")} == {"connections", "meta", "log"}
    assert result["failed"] is result["changed"] is False
    assert [each["id"] for each in result["connections"]] == lister.expected()
    assert result["meta"] == {"total_results": 25, "pages": 1, "requests": 1, "passes": 1}
    assert result["log"][0] == "page 1 of 1 done; connections: 25"
    assert module.warnings == []


def test_run_module_query_returns_result_instead_of_connections(lister: Lister) -> None:
    result = run(info_results, api_key=KEY, api_url=lister.sandbox.api_url, query="[0].id").result
    assert result["result"] == lister.expected()[0]
    assert "connections" not in result


def test_run_module_terms_select_connections_and_missing_ones_are_warned_of(lister: Lister) -> None:
    wanted = lister.expected()[3]
    module = run(
        info_results,
        api_key=KEY,
        api_url=lister.sandbox.api_url,
        connections=[wanted, "absent"],
        on_missing="warn",
    )
    assert [each["id"] for each in module.result["connections"]] == [wanted]
    assert ["'absent'" in warning for warning in module.warnings] == [True]


def test_run_module_facts_returns_nothing_but_facts_and_log(lister: Lister) -> None:
    result = run(facts_results, api_key=KEY, api_url=lister.sandbox.api_url).result
    assert set(result) == {"failed", "changed", "ansible_facts", "log"}
    assert set(result["ansible_facts"]) == {
        "telnyx_credential_connections",
        "telnyx_credential_connections_inventory",
    }
    assert [each["id"] for each in result["ansible_facts"]["telnyx_credential_connections"]] == lister.expected()


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"api_key": None}, "option"),
        ({"sort": "id"}, "option"),
        ({"api_key": "KEY_WRONG"}, "authentication"),
        ({"query": "["}, "query"),
        ({"connections": ["absent"]}, "not_found"),
    ],
)
def test_run_module_error_fails_with_its_kind_and_log(lister: Lister, given: dict[str, Any], kind: str) -> None:
    module = run(info_results, **{"api_key": KEY, "api_url": lister.sandbox.api_url, **given})
    assert module.result["failed"] is True
    assert module.result["error"]["kind"] == kind
    assert module.result["error"]["message"] in module.result["msg"]
    assert isinstance(module.result["log"], list)


def test_run_module_key_of_the_task_takes_precedence_over_the_environment(
    lister: Lister, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY_FILE", "/nowhere")
    given = {"api_key": KEY, "api_key_file": "/nowhere", "api_url": lister.sandbox.api_url}
    assert run(info_results, **given).result["failed"] is False
    monkeypatch.delenv("TELNYX_API_KEY_FILE")
    assert run(info_results, **given).result["error"]["option"] == "api_key"
