"""The defaults of each role are those that its argument_specs document, and its variables begin with its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = sorted((Path(__file__).parents[2] / "roles").iterdir())


def load(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def options_of(role: Path) -> dict[str, Any]:
    """Return the variables that the role's entry points document."""
    specs = load(role / "meta" / "argument_specs.yml")["argument_specs"].values()
    return {name: option for spec in specs for name, option in spec.get("options", {}).items()}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_defaults_are_those_of_the_argument_specs(role: Path) -> None:
    options = options_of(role)
    documented = {name: option["default"] for name, option in options.items() if "default" in option}
    # A variable that is null by default has no documented default.
    defaults = {name: value for name, value in load(role / "defaults" / "main.yml").items() if value is not None}
    assert defaults == documented


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_public_variables_begin_with_the_name_of_the_role(role: Path) -> None:
    options = options_of(role)
    names = {*options, *load(role / "defaults" / "main.yml")}
    assert [name for name in names if not name.startswith(f"{role.name}_")] == []
    assert set(load(role / "defaults" / "main.yml")) <= set(options)
