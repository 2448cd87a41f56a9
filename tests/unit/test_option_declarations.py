"""Every option has one declaration: what is derived or documented elsewhere agrees with it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.doc_fragments import check
from ansible_collections.siptrunk.telnyx.plugins.doc_fragments.credential_connections import ModuleDocFragment
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.argument_spec import (
    ENV,
    GROUPS,
    OPTIONS,
    argument_spec,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.options import Options
from tools.update_doc_fragments import FRAGMENTS, main, updated

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins"
LOOKUP = PLUGINS / "lookup" / "credential_connections.py"
ACTIONS = sorted(path.stem for path in (PLUGINS / "action").glob("credential_connections_*.py"))

SPEC_OF_AN_ACTION = """
import importlib, json, sys
module = importlib.import_module("ansible_collections.siptrunk.telnyx.plugins.action." + sys.argv[1])
action = module.ActionModule
print(json.dumps([action.SPEC, getattr(action, "READING_GROUPS", ())]))
"""
# In a process of its own: here the collection is imported as a plain package, which Ansible's loader does not expect.
OPTIONS_OF_THE_LOOKUP = """
import json
from ansible import constants as C
from ansible.plugins import loader
loader.init_plugin_loader()
plugin = loader.lookup_loader.get("siptrunk.telnyx.credential_connections")
print(json.dumps(C.config.get_configuration_definitions("lookup", plugin._load_name)))
"""


def fragment_options(*fragments: str) -> dict[str, dict[str, Any]]:
    """Return the options of doc fragments, merged as Ansible merges them."""
    options: dict[str, dict[str, Any]] = {}
    for fragment in fragments:
        for name, option in yaml.safe_load(getattr(ModuleDocFragment, fragment)).get("options", {}).items():
            options.setdefault(name, {}).update(option)
    return options


def documented_options(file: Path) -> dict[str, dict[str, Any]]:
    """Return the options that a plugin documents: its own, and those of the fragments in ``credential_connections.py`` and ``check.py``."""
    source = re.search(r'DOCUMENTATION = r"""(.*?)"""', file.read_text(encoding="utf-8"), re.DOTALL)
    assert source
    documentation = yaml.safe_load(source[1])
    names = [each.split(".") for each in documentation.get("extends_documentation_fragment", [])]
    own = [parts[3:] for parts in names if parts[:3] == ["siptrunk", "telnyx", FRAGMENTS.stem]]
    fragments = [parts[0].upper() if parts else "DOCUMENTATION" for parts in own]
    shared = (
        yaml.safe_load(check.ModuleDocFragment.DOCUMENTATION)["options"]
        if ["siptrunk", "telnyx", "check"] in names
        else {}
    )
    return {**fragment_options(*fragments), **shared, **documentation.get("options", {})}


def declarations(options: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what options declare, without their descriptions and without what only an argument spec has."""
    found: dict[str, dict[str, Any]] = {}
    for name, option in options.items():
        found[name] = {key: option[key] for key in ("type", "elements", "default", "choices") if key in option}
        found[name].update({key: [each["name"] for each in option[key]] for key in ("env", "vars") if key in option})
    return found


def test_doc_fragments_are_up_to_date() -> None:
    assert main(["--check"]) == 0


def test_doc_fragments_update_restores_what_is_generated() -> None:
    source = FRAGMENTS.read_text(encoding="utf-8")
    changed = source.replace("    default: 300.0\n", "    default: 30\n").replace(
        "name: telnyx_timeout", "name: timeout"
    )
    changed = changed.replace("    choices: [error, warn, skip]\n", "")
    assert changed.count("\n") == source.count("\n") - 1
    assert updated(changed) == source


@pytest.mark.parametrize(
    ("text", "replacement", "message"),
    [
        ("  retries:\n    description:", "  tries:\n    description:", r"\['retries', 'tries'\]"),
        ("  query:\n    description:", "  query:\n    text:", "no description"),
    ],
)
def test_doc_fragments_update_needs_a_description_of_each_option(text: str, replacement: str, message: str) -> None:
    source = FRAGMENTS.read_text(encoding="utf-8")
    assert text in source
    with pytest.raises(ValueError, match=message):
        updated(source.replace(text, replacement))


def test_generated_yaml_has_the_declared_values() -> None:
    fragments = fragment_options("REQUESTS", "SNAPSHOT", "DOCUMENTATION", "CACHE", "TERMS", "SELECTION", "PLUGINS")
    expected = {
        name: {
            **option,
            **({"env": [{"name": option["env"]}]} if "env" in option else {}),
            **({"vars": [{"name": f"telnyx_{name}"}]} if option.get("variable") else {}),
        }
        for name, option in OPTIONS.items()
    }
    assert declarations(fragments) == declarations(expected)
    assert not [name for name, option in fragments.items() if "ini" in option]


def test_environment_variable_is_in_the_description() -> None:
    options = fragment_options("REQUESTS", "SNAPSHOT")
    assert [name for name, variable in ENV.items() if f"E({variable})" not in str(options[name]["description"])] == []


def test_argument_spec_hides_secrets() -> None:
    spec = argument_spec(*GROUPS)
    assert list(spec) == list(OPTIONS)
    assert [name for name, option in spec.items() if option.get("no_log")] == ["api_key"]


def test_options_have_the_fields_of_the_table() -> None:
    groups = (*GROUPS["access"], *GROUPS["limits"], *GROUPS["snapshot"], *GROUPS["listing"], "warnings")
    assert sorted(Options.__dataclass_fields__) == sorted(set(groups) - {"api_key_file"})


@pytest.mark.parametrize("name", ACTIONS)
def test_documentation_of_a_module_has_the_options_of_its_action(name: str) -> None:
    command = [sys.executable, "-c", SPEC_OF_AN_ACTION, name]
    own, groups = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    spec = {**argument_spec(*groups), **own}
    assert declarations(documented_options(PLUGINS / "modules" / f"{name}.py")) == declarations(spec)



def test_documentation_of_the_lookup_has_its_options() -> None:
    output = subprocess.run([sys.executable, "-c", OPTIONS_OF_THE_LOOKUP], check=True, capture_output=True).stdout
    assert declarations(documented_options(LOOKUP)) == declarations(json.loads(output))
