"""The house: imports run downwards only, and what is declared in several places is the same in all."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.doc_fragments.credential_connections import ModuleDocFragment
from ansible_collections.siptrunk.telnyx.plugins.module_utils._argument_spec import ENV, argument_spec, records_spec
from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import LISTING_OPTIONS, Options
from ansible_collections.siptrunk.telnyx.plugins.module_utils._version import VERSION
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils import _plugin_options as plugin_options

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins"
COLLECTION = "ansible_collections.siptrunk.telnyx.plugins."
FILES = sorted(path.relative_to(PLUGINS) for path in PLUGINS.rglob("*.py"))
HTTP = {"requests", "urllib3", "urllib", "http", "socket", "ssl"}
HTTP_FILES = {"client", "transport", "answers", "throttle"}
PURE = {"errors", "answers", "redaction", "records", "query", "inventory", "argument_spec", "version"}
PURE |= {"fields", "field_values", "paths", "same", "drift", "policy", "policy_rules", "rule_fields", "sip", "sip_text"}


def imports(file: Path) -> set[tuple[str, bool]]:
    """The modules that a file imports, in full, and whether at its top (relative ones as ``module_utils.NAME``)."""
    tree = ast.parse((PLUGINS / file).read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(name.name, node in tree.body) for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = f"{file.parts[0]}.{node.module}" if node.level else str(node.module)
            found.add((module.removeprefix(COLLECTION), node in tree.body))
    return found


@pytest.mark.parametrize("file", FILES, ids=str)
def test_imports_run_downwards_only(file: Path) -> None:
    floor = {"module_utils": 1, "plugin_utils": 2, "doc_fragments": 2}
    for module, _top in imports(file):
        above = floor.get(module.split(".")[0], 0)
        assert above <= floor.get(file.parts[0], 3), f"{file} imports {module}"
        if file.parts[0] == "module_utils":
            assert module.split(".")[0] not in ("ansible", "ansible_collections"), f"{file} imports {module}"
        else:
            assert module.split(".")[0] not in HTTP or module == "urllib.parse", f"{file} imports {module}"
            assert module not in {f"module_utils.{name}" for name in HTTP_FILES}, f"{file} imports {module}"


@pytest.mark.parametrize("file", FILES, ids=str)
def test_nothing_heavy_is_imported_before_it_is_needed(file: Path) -> None:
    # On the controller, Ansible itself has loaded YAML already.
    heavy = {"requests", "urllib3", "jmespath"} | ({"yaml"} if file.parts[0] == "module_utils" else set())
    assert not heavy & {module.split(".")[0] for module, top in imports(file) if top}


@pytest.mark.parametrize("name", sorted(PURE))
def test_pure_files_know_nothing_of_what_is_beside_them(name: str) -> None:
    mine = {
        module.split(".")[1]
        for module, _top in imports(Path(f"module_utils/{name}.py"))
        if module.startswith("module_utils.")
    }
    assert mine <= PURE


def documented(*fragments: str) -> dict[str, dict[str, Any]]:
    """The options of the doc fragments, merged as Ansible merges them."""
    options: dict[str, dict[str, Any]] = {}
    for fragment in fragments:
        for name, option in yaml.safe_load(getattr(ModuleDocFragment, fragment))["options"].items():
            options.setdefault(name, {}).update(option)
    return options


def facts(option: dict[str, Any]) -> dict[str, Any]:
    """What counts of an option's declaration."""
    sources = {key: [each["name"] for each in option[key]] for key in ("env", "vars") if key in option}
    counts: dict[str, Any] = {key: option[key] for key in ("type", "elements", "default", "choices") if key in option}
    return counts | sources


def test_the_argument_spec_is_what_the_documentation_says() -> None:
    def fallback() -> None:
        """Stands for Ansible's env_fallback."""

    spec = argument_spec(fallback)
    assert {name: facts(option) for name, option in spec.items()} == {
        name: facts(option) for name, option in documented("REQUESTS", "DOCUMENTATION").items()
    }
    assert {name: option["fallback"] for name, option in spec.items() if "fallback" in option} == {
        name: (fallback, [env]) for name, env in ENV.items()
    }
    assert [name for name, option in spec.items() if option.get("no_log")] == ["api_key"]
    for name, env in ENV.items():
        assert f"E({env})" in str(documented("REQUESTS", "DOCUMENTATION")[name]["description"])


ACTIONS = sorted(path.stem for path in (PLUGINS / "action").glob("*.py"))
SPEC_OF_AN_ACTION = """
import importlib, json, sys
module = importlib.import_module("ansible_collections.siptrunk.telnyx.plugins.action." + sys.argv[1])
print(json.dumps(module.ActionModule.SPEC))
"""


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_s_options_are_what_its_module_s_documentation_says(name: str) -> None:
    command = [sys.executable, "-c", SPEC_OF_AN_ACTION, name]
    spec = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    source = (PLUGINS / "modules" / f"{name}.py").read_text(encoding="utf-8")
    docs = yaml.safe_load(re.search(r'DOCUMENTATION = r"""(.*?)"""', source, re.DOTALL)[1])  # type: ignore[index]
    shared = [each.rsplit(".", 1)[-1].upper() for each in docs.get("extends_documentation_fragment", [])]
    wanted = {**docs.get("options", {})}
    if "SELECTION" in shared:
        wanted = documented("DOCUMENTATION", "CACHE", "SELECTION")
    assert {option: facts(entry) for option, entry in spec.items()} == {
        option: facts(entry) for option, entry in wanted.items()
    }
    if name.startswith("credential_connections_"):
        assert "siptrunk.telnyx.credential_connections.requests" in docs["extends_documentation_fragment"]


def test_the_modules_that_return_records_have_the_documented_options() -> None:
    expected = documented("REQUESTS", "DOCUMENTATION", "CACHE", "SELECTION")
    assert {name: facts(option) for name, option in records_spec(None).items()} == {
        name: facts(option) for name, option in expected.items()
    }


def test_the_bytecode_that_a_reading_leaves_is_what_the_lookup_imports() -> None:
    names = "COMPILED = tuple|COMPILED = \\("
    lookup, walk = (
        (PLUGINS / file).read_text() for file in ("lookup/credential_connections.py", "plugin_utils/walk.py")
    )
    assert re.search(names, lookup)
    assert re.search(names, walk)
    files = r"(?:module|plugin)_utils\.(?:argument_spec|plugin|snapshot)\b(?=\")"
    assert re.findall(files, lookup) == re.findall(files, walk)


def test_the_defaults_are_the_same_everywhere() -> None:
    spec = argument_spec(None)
    assert set(spec) == {"api_key", "api_key_file", *LISTING_OPTIONS}
    for name in LISTING_OPTIONS:
        assert spec[name].get("default") == Options.__dataclass_fields__[name].default, name


# In a process of its own: here the collection is imported as a plain package, which Ansible's loader does not expect.
OPTIONS_OF_A_PLUGIN = """
import json, sys
from ansible import constants as C
from ansible.plugins import loader
loader.init_plugin_loader()
plugin = getattr(loader, sys.argv[1] + "_loader").get(sys.argv[2])
print(json.dumps([plugin._original_path, C.config.get_configuration_definitions(sys.argv[1], plugin._load_name)]))
"""


def test_the_lookup_s_options_are_what_its_documentation_says() -> None:
    command = [sys.executable, "-c", OPTIONS_OF_A_PLUGIN, "lookup", "siptrunk.telnyx.credential_connections"]
    path, defined = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    source = Path(path).read_text(encoding="utf-8")
    own = yaml.safe_load(re.search(r'DOCUMENTATION = r"""(.*?)"""', source, re.DOTALL)[1])["options"]  # type: ignore[index]
    expected = {**documented("REQUESTS", "DOCUMENTATION", "PLUGINS", "CACHE"), **own}
    assert {name: facts(option) for name, option in defined.items()} == {
        name: facts(option) for name, option in expected.items()
    }


def test_there_is_no_ini_key_and_no_variable_without_its_prefix() -> None:
    options = documented("REQUESTS", "DOCUMENTATION", "PLUGINS", "CACHE")
    assert not [name for name, option in options.items() if "ini" in option]
    for name, option in options.items():
        assert [each["name"] for each in option.get("vars", [])] in ([], [plugin_options.VARS_PREFIX + name])


def test_the_version_is_the_same_everywhere() -> None:
    assert yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"] == VERSION


def test_every_module_is_in_the_action_group() -> None:
    group = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]["telnyx"]
    # Those that read the account; the others do not.
    assert sorted(group) == sorted(path.stem for path in (PLUGINS / "modules").glob("credential_connections_*.py"))
