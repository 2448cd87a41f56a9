"""What `make format` writes of the documentation is up to date and complete."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from tools import write_pages

ROOT = Path(__file__).parents[2]


def test_pages_and_returns_are_up_to_date() -> None:
    assert write_pages.main(["--check"]) == 0


def test_every_variable_of_roles_and_playbooks_is_on_the_page() -> None:
    page = (ROOT / "docs" / "variables.md").read_text(encoding="utf-8")
    used = set()
    for file in [
        *ROOT.glob("roles/*/defaults/main.yml"),
        *ROOT.glob("roles/*/meta/argument_specs.yml"),
        *ROOT.glob("playbooks/*.yml"),
    ]:
        names = r"\b((?:telnyx_(?:list|baseline|snapshot)|drift_check|policy_check|sip_config|accept)_[a-z_]*[a-z])\b"
        used |= set(re.findall(r"(?<![\w.])" + names, file.read_text(encoding="utf-8")))
    # What is registered, the folder of a role's tasks, and the names of playbooks and modules are no variables.
    used -= {"drift_check_result", "policy_check_result", "sip_config_files", "sip_config_reload_command_result"}
    assert len(used) > 60
    assert {name for name in used if f"`{name}`" not in page} == set()


def test_sample_record_has_every_field_with_a_value_that_it_can_have() -> None:
    sample = write_pages.sample()
    assert yaml.safe_load(yaml.safe_dump(sample)) == sample
    for path, field in write_pages.fields().items():
        above, _dot, name = path.rpartition(".")
        value = (sample[above] if above else sample).get(name)
        allowed = write_pages.DESCRIPTIONS[path].get("values", field.values)
        for each in value if isinstance(value, list) else [value]:
            assert not allowed or each in allowed or name == "password", path
