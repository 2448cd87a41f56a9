"""The list of accounts: every entry is an account or an error of that account, and each account has a folder of its own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.accounts import (
    AccountEntry,
    folder_name,
    read_accounts,
    refuse_unknown_options,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from hypothesis import given
from hypothesis import strategies as st

BOTH = ["drift", "policy"]
KEY = "KEY0123456789secret"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
KNOWN_KEYS = st.sampled_from(["name", "api_key_env", "api_key_var", "api_key_file", "checks", "drift", "desired_files"])
ENTRIES = JSON | st.dictionaries(KNOWN_KEYS, JSON | st.sampled_from(["a", "A", "../a", "drift"]), max_size=7)


def one(**entry: Any) -> AccountEntry:
    (account,) = read_accounts([entry], BOTH)
    return account


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("berlin", "berlin"),
        ("Berlin_2-a", "Berlin_2-a"),
        ("Zürich GmbH", r"zurich-gmbh-[0-9a-f]{8}"),
        ("../../etc/passwd", r"etc-passwd-[0-9a-f]{8}"),
        ("..", r"account-[0-9a-f]{8}"),
        ("status.json", r"status-json-[0-9a-f]{8}"),
        ("-rf", r"rf-[0-9a-f]{8}"),
        ("\ud800", r"account-[0-9a-f]{8}"),
        ("x" * 61, r"x{40}-[0-9a-f]{8}"),
    ],
)
def test_folder_is_the_name_or_a_part_of_it_with_a_hash(name: str, folder: str) -> None:
    assert re.fullmatch(folder, folder_name(name))


@given(st.lists(st.text(st.characters(), min_size=1), min_size=2, max_size=2, unique=True))
def test_folders_are_plain_and_differ(names: list[str]) -> None:
    folders = [folder_name(name) for name in names]
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", folder) for folder in folders)
    assert folders[0] != folders[1]


@given(st.lists(ENTRIES, min_size=1, max_size=4))
def test_every_entry_is_an_account_or_an_error(entries: list[Any]) -> None:
    accounts = read_accounts(entries, BOTH)
    assert [each.number for each in accounts] == list(range(1, len(entries) + 1))
    folders = [each.folder.casefold() for each in accounts if each.folder]
    assert len(set(folders)) == len(folders)
    for account, entry in zip(accounts, entries):
        assert account.checks
        if account.error is None:
            assert account.folder
            assert str(entry["name"]) == account.name
            assert len([key for key in entry if key.startswith("api_key") and entry[key] is not None]) == 1


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"api_key_env": "A", "api_key_file": "x"}, "it has 2 of api_key_file, api_key_env, api_key_var."),
        ({}, "it has 0 of"),
        ({"api_key": KEY}, "the list must not have keys in it."),
        ({"api_key_env": KEY + "!"}, "must be the name of an environment variable."),
        ({"api_key_var": "{{ " + KEY + " }}"}, "must be the name of a variable."),
        ({"api_key_var": ""}, "api_key_var: must be text that is not empty."),
        ({"api_key_env": 5}, "api_key_env: must be text"),
        ({"api_key_env": "A", "api_url": ""}, "api_url: must be text that is not empty."),
        ({"api_key_env": "A", "drift": ["ignore"]}, "drift: must be a dictionary"),
        ({"api_key_env": "A", "checks": ["drif"]}, "checks: must be a list of drift and policy"),
        ({"api_key_env": "A", "checks": []}, "checks: must be a list"),
        ({"api_key_env": "A", "desired_files": {"a": 1}}, "desired_files: must be a list of paths."),
        ({"api_key_env": "A", "desierd_files": []}, "there is no key 'desierd_files'. Did you mean desired_files?"),
        ({"api_key_env": "A", KEY + ": x": 1}, "there is no key (not shown"),
    ],
)
def test_mistake_is_an_error_that_names_the_account_and_shows_no_key(entry: dict[str, Any], message: str) -> None:
    account = one(name="berlin", **entry)
    assert account.folder == "berlin"
    assert str(account.error).startswith("account berlin: ")
    assert message in str(account.error)
    assert KEY not in str(account.error)


@pytest.mark.parametrize("names", [("a", "a"), ("a", "A"), (7, "7"), ("Ü b", "Ü b")])
def test_second_entry_with_the_same_name_or_folder_is_an_error(names: tuple[Any, Any]) -> None:
    first, second = read_accounts([{"name": name, "api_key_env": "A"} for name in names], BOTH)
    assert (first.error, second.folder) == (None, None)
    assert "entry 1 of the list has the same name" in str(second.error)


@pytest.mark.parametrize("entry", [None, "a", 5, ["name"], {}, {"name": None}, {"name": " "}, {"name": True}])
def test_entry_without_a_name_is_named_by_its_number(entry: Any) -> None:
    _first, account = read_accounts([{"name": "a", "api_key_env": "A"}, entry], BOTH)
    assert (account.name, account.folder) == ("(entry 2)", None)
    assert "must be a dictionary with a name." in str(account.error)


@pytest.mark.parametrize(
    ("accounts", "checks", "option"),
    [([], BOTH, "accounts"), ("a", BOTH, "accounts"), ({"name": "a"}, BOTH, "accounts"), (None, BOTH, "accounts")]
    + [([{"name": "a"}], checks, "checks") for checks in ([], "drif", ["drift", 5], None, {"drift": 1})],
)
def test_list_or_checks_that_are_not_valid(accounts: Any, checks: Any, option: str) -> None:
    with pytest.raises(OptionError) as raised:
        read_accounts(accounts, checks)
    assert raised.value.option == option


def test_checks_of_an_account_take_precedence_and_have_an_order() -> None:
    assert one(name="a", api_key_env="A").checks == ("drift", "policy")
    assert one(name="a", api_key_env="A", checks="policy, drift").checks == ("drift", "policy")
    assert one(name="a", api_key_env="A", checks=["policy"]).checks == ("policy",)


def test_option_that_a_check_does_not_have_is_an_error() -> None:
    known = {"drift": {"ignore"}, "policy": {"rules"}}
    refuse_unknown_options(one(name="a", api_key_env="A", drift={"ignore": []}, policy={"rules": []}), known)
    with pytest.raises(OptionError, match=r"account a: policy: there is no option 'ignore'\."):
        refuse_unknown_options(one(name="a", api_key_env="A", policy={"ignore": []}), known)
