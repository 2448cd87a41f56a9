"""The variables of the role sip_config, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.settings import SETTINGS, SipSettings
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.variables import VARIABLES, folder_of, prepare

ROLE = Path(__file__).parents[4] / "roles" / "sip_config"
RECORDS = [
    {
        "id": "1",
        "user_name": name,
        "connection_name": name,
        "password": "secret",
        "active": True,
        "inbound": {"codecs": ["G722"]},
    }
    | {"id": str(number)}
    for number, name in enumerate(("alice", "bob", "all"))
]


class Account:
    """An account that is read by terms, and what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[Any], dict[str, Any]]] = []

    def __call__(self, terms: Sequence[Any], options: Mapping[str, Any]) -> list[dict[str, Any]]:
        self.asked.append((list(terms), dict(options)))
        unknown = [term for term in terms if term not in ("alice", "bob", "all")]
        if unknown:
            raise SipConfigError(f"No connection {unknown[0]}.")
        return [record for record in RECORDS if not terms or record["user_name"] in terms]


def users(account: Account | None = None, **variables: Any) -> list[str]:
    _settings, found = prepare({"program": "asterisk", **variables}, account or Account())
    return [each["user_name"] for each in found.accounts]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"connections": "all"}, ["alice", "all", "bob"]),
        ({"connections": ["all"]}, ["all"]),
        ({"connections": "bob"}, ["bob"]),
        ({"connections": ["alice", "bob"]}, ["alice", "bob"]),
        ({"filters": {"connection_name_contains": "x"}}, ["alice", "all", "bob"]),
        ({"connections": None, "filters": {"sort": "created_at"}}, ["alice", "all", "bob"]),
        ({"connections": [], "allow_empty": True}, []),
        ({"connections": "", "allow_empty": True}, []),
        ({"records": [], "allow_empty": True}, []),
        ({"records": RECORDS[:1], "connections": ["bob"]}, ["alice"]),
    ],
)
def test_connections_are_selected(variables: dict[str, Any], expected: list[str]) -> None:
    assert users(**variables) == expected


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "sip_config_connections: it is not set.*the text all"),
        ({"connections": None}, "it is not set"),
        ({"connections": []}, "sip_config_connections: it is empty.*sip_config_allow_empty"),
        ({"connections": ""}, "it is empty"),
        ({"connections": "", "allow_empty": "false"}, "it is empty"),
        ({"connections": [], "filters": {"connection_name_contains": "x"}}, "it is empty"),
        ({"records": []}, "None of the 0 selected connections is active.*sip_config_allow_empty"),
        ({"connections": ["nobody"]}, "No connection nobody"),
    ],
)
def test_selection_of_nothing_is_an_error_and_reads_no_account(variables: dict[str, Any], message: str) -> None:
    account = Account()
    with pytest.raises(SipConfigError, match=message):
        users(account, **variables)
    assert account.asked in ([], [(["nobody"], {"include_passwords": True, "on_missing": "error"})])


def test_snapshot_file_has_no_passwords_to_include() -> None:
    account = Account()
    prepare({"program": "asterisk", "connections": "bob", "on_missing": "skip"}, account, has_snapshot=True)
    assert account.asked == [(["bob"], {"on_missing": "skip"})]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (
            {"transprot": "tls"},
            "sip_config_transprot: the role has no such variable.*Did you mean sip_config_transport?",
        ),
        ({"mode": 416}, "sip_config_mode: put it in quotes"),
        ({"validate": "true"}, "sip_config_validate: the command has no %s"),
        ({"program": "custom"}, "sip_config_template: the program custom needs it. sip_config_dest: the program"),
        ({"accepted_warnings": ["limits"]}, "sip_config_accepted_warnings: 'limits' is none of the warnings inactive"),
        ({"backups": -1}, "sip_config_backups: must be a whole number from 0"),
        ({"verify_timeout": -5}, "sip_config_verify_timeout: must be a whole number"),
        ({"reload": "no"}, "sip_config_reload: must be one of changed, always, never"),
        (
            {"reload_command": " "},
            "sip_config_reload_command: it is empty. To reload nothing, set sip_config_reload: never",
        ),
        ({"on_unsupported": "ignore"}, "sip_config_on_unsupported: must be one of error, skip"),
        ({"verify_timeout": 5, "program": "baresip"}, "baresip has no console that shows whether it registers"),
        ({"verify_timeout": 5, "reload": "never"}, "with sip_config_reload: never, nothing loads the files"),
        ({"verify_timeout": 5, "backups": 0}, "only if sip_config_backups is at least 1"),
        ({"extra_by_connection": {"nobody": {}}}, "sip_config_extra_by_connection: there is no connection 'nobody'"),
        ({"passwords": "x"}, "sip_config_passwords: must be a dictionary"),
        ({"records": "x"}, "sip_config_records: must be a list"),
        ({"expiry": 1, "transport": "x", "nmae": "y"}, "sip_config_nmae.*sip_config_transport.*sip_config_expiry"),
        ({"connections": "bob", "passwords": {"bob": 5}, "mode": 5}, "sip_config_mode.*bob: its password is a number"),
    ],
)
def test_mistakes_are_in_one_error_that_names_the_variables(variables: dict[str, Any], message: str) -> None:
    with pytest.raises(SipConfigError, match=message.replace("?", r"\?")):
        users(**{"connections": "all", **variables})


def test_parameters_of_a_connection_of_another_host_are_no_mistake() -> None:
    account = Account()
    given = {"alice": {"endpoint": {"language": "de"}}}
    filters = {"connection_name_contains": "b", "snapshot_file": "/s"}
    assert users(account, connections=["bob"], filters=filters, extra_by_connection=given) == ["bob"]
    assert account.asked[1] == ([], {"snapshot_file": "/s"})


@pytest.mark.parametrize(("accepted", "expected"), [([], ["inactive"]), (["inactive"], []), ("codecs, inactive", [])])
def test_accepted_warnings_are_left_out(accepted: Any, expected: list[str]) -> None:
    records = [{**RECORDS[0], "active": False}, RECORDS[1]]
    variables = {"program": "asterisk", "records": records, "accepted_warnings": accepted}
    assert [name for name, _text in prepare(variables, Account())[1].warnings] == expected


def test_folder_is_that_of_the_program_unless_given() -> None:
    assert folder_of({"program": "kamailio"}) == "/etc/kamailio/dbtext"
    assert folder_of({"program": "custom", "dest": "/x"}) == "/x"
    with pytest.raises(SipConfigError, match=r"sip_config_desk.*sip_config_dest: the program custom needs it"):
        folder_of({"program": "custom", "desk": "/x"})


def test_role_documents_these_variables_with_these_defaults() -> None:
    specs = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    assert specs["main"]["options"].keys() == {f"sip_config_{name}" for name in VARIABLES}
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8"))
    settings = vars(SipSettings())
    shared = [name for name in SETTINGS if f"sip_config_{name}" in defaults and name in settings and name != "ca_file"]
    assert shared == ["transport", "expiry", "context", "local_nets", "name", "extra"]
    assert [defaults[f"sip_config_{name}"] for name in shared] == [
        list(value) if isinstance(value, tuple) else value for value in (settings[name] for name in shared)
    ]
