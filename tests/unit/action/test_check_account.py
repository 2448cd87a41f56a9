"""What an account of several can set is what the roles of the checks have, and what the documentation says."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.action.check_account import FAIL_ON, OPTIONS
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.accounts import (
    ENTRY_KEYS,
    read_accounts,
    refuse_unknown_options,
)

ROOT = Path(__file__).parents[3]
ROLES = ROOT / "roles"


@pytest.mark.parametrize("check", OPTIONS)
def test_options_are_those_of_the_role(check: str) -> None:
    role, prefix = ROLES / f"{check}_check", f"{check}_check_"
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    options = {name.removeprefix(prefix) for name in specs["argument_specs"]["main"]["options"]}
    assert OPTIONS[check] == options - {"report_dir", "account_label", "history_dir"}
    defaults = yaml.safe_load((role / "defaults" / "main.yml").read_text(encoding="utf-8"))
    assert FAIL_ON[check] == defaults[f"{prefix}fail_on"]


def test_documented_list_is_valid_and_every_key_is_documented() -> None:
    guide = (ROOT / "docs" / "accounts.md").read_text(encoding="utf-8")
    (example,) = [part.split("```")[0] for part in guide.split("```yaml+several\n")[1:]]
    accounts = read_accounts(yaml.safe_load(example)["accounts_check_accounts"], ["drift", "policy"])
    assert [(each.name, each.checks, each.error) for each in accounts] == [
        ("berlin", ("drift", "policy"), None),
        ("paris", ("drift", "policy"), None),
        ("lab", ("policy",), None),
    ]
    for account in accounts:
        refuse_unknown_options(account, OPTIONS)
    specs = yaml.safe_load((ROLES / "accounts_check" / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    described = " ".join(specs["argument_specs"]["main"]["options"]["accounts_check_accounts"]["description"])
    assert [key for key in ENTRY_KEYS if f"C({key})" not in described or f"`{key}`" not in guide] == []
