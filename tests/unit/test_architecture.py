"""The architecture: what each folder may import, and that what is declared in several places is the same in all."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

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
# The layer of each folder, by its longest matching name. A file imports from its own layer and from those below.
LAYERS = {
    "module_utils": 1,
    "plugin_utils": 2,
    "doc_fragments": 2,
    "lookup": 3,
    "modules": 3,
    "action": 3,
    "inventory": 3,
    "filter": 3,
}
PURE = ("module_utils/_connections", "module_utils/_checks", "module_utils/_sip")
# What a pure folder may import of layer 1 besides the pure folders.
PURE_FILES = ("module_utils._argument_spec", "module_utils._errors", "module_utils._text")
HTTP = {"requests", "urllib3", "urllib", "http", "socket", "ssl"}
THREADS = {"threading", "queue", "concurrent", "asyncio", "multiprocessing"}
INPUT_OUTPUT = {"io", "os", "pathlib", "shutil", "subprocess", "tempfile", "time", "random", "logging", "sqlite3"}
INPUT_OUTPUT_CALLS = {"open", "print", "input", "now", "utcnow", "today", "getenv"}


class Import(NamedTuple):
    """An imported module: of the collection ``module_utils._api.client``, else its full name; ``top``: at the file's top."""

    module: str
    top: bool

    @property
    def package(self) -> str:
        return self.module.split(".")[0]


def imports(file: Path, root: Path = PLUGINS) -> set[Import]:
    """What a file under ``root`` imports, at its top or later."""
    tree = ast.parse((root / file).read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = file.parent.parts[: len(file.parent.parts) - node.level + 1] if node.level else ()
            module = ".".join([*package, *([node.module] if node.module else [])])
            # `from package import module` imports a module; `from module import name` a name, which does no harm here.
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        else:
            continue
        found |= {Import(name.removeprefix(COLLECTION), node in tree.body) for name in names}
    return found


def violations(file: Path, root: Path = PLUGINS) -> list[str]:
    """The rules of the architecture that a file breaks, see CONTRIBUTING.md."""
    found = []
    layer, folder = LAYERS[file.parts[0]], file.parent.as_posix()
    # On the controller, Ansible itself has loaded YAML already.
    heavy = {"requests", "urllib3", "jmespath"} | ({"yaml"} if layer == 1 else set())
    for each in imports(file, root):
        if LAYERS.get(each.package, 0) > layer:
            found.append(f"imports {each.module} from a layer above")
        if layer == 1 and each.package in ("ansible", "ansible_collections"):
            found.append(f"imports {each.module}, but layer 1 does not know Ansible")
        if (
            folder != "module_utils/_api"
            and each.package in HTTP | THREADS
            and not each.module.startswith("urllib.parse")
        ):
            found.append(f"imports {each.module}, which only _api may")
        if each.package in heavy and each.top:
            found.append(f"imports {each.module} before it is needed")
        if folder in PURE:
            module = each.module.replace(".", "/")
            if each.package == "module_utils" and not module.startswith(
                (*PURE, *(name.replace(".", "/") for name in PURE_FILES))
            ):
                found.append(f"imports {each.module}, but its folder is pure")
            if each.package in INPUT_OUTPUT:
                found.append(f"imports {each.module}, but its folder is pure")
    if folder in PURE:
        for node in ast.walk(ast.parse((root / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in INPUT_OUTPUT_CALLS:
                    found.append(f"calls {name}, but its folder is pure")
    return sorted(found)


@pytest.mark.parametrize("file", FILES, ids=str)
def test_file_keeps_to_the_rules_of_its_folder(file: Path) -> None:
    assert violations(file) == []


@pytest.mark.parametrize(
    ("file", "source", "violation"),
    [
        ("module_utils/_api/x.py", "from ...plugin_utils._snapshot import Reading", "a layer above"),
        ("module_utils/_api/x.py", "from ...plugin_utils import _snapshot", "a layer above"),
        ("module_utils/_options.py", f"from {COLLECTION}plugin_utils._table import x", "a layer above"),
        ("plugin_utils/_reports/x.py", f"import {COLLECTION}lookup.credential_connections", "a layer above"),
        ("module_utils/_sip/x.py", "from ansible.errors import AnsibleError", "does not know Ansible"),
        ("module_utils/_text.py", "def f():\n    import requests", "only _api may"),
        ("plugin_utils/_desired/x.py", "from urllib.request import urlopen", "only _api may"),
        ("lookup/x.py", "import threading", "only _api may"),
        ("module_utils/_api/x.py", "import requests", "before it is needed"),
        ("module_utils/_checks/x.py", "from .._api.client import Client", "is pure"),
        ("module_utils/_checks/x.py", "from .. import _options", "is pure"),
        ("module_utils/_connections/x.py", "import os", "is pure"),
        ("module_utils/_sip/x.py", "def f(path):\n    return open(path).read()", "calls open"),
        ("module_utils/_checks/x.py", "import datetime\nTODAY = datetime.date.today()", "calls today"),
    ],
)
def test_planted_violation_is_found(tmp_path: Path, file: str, source: str, violation: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(source)
    assert violation in " ".join(violations(Path(file), tmp_path))


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("module_utils/_api/x.py", "def f():\n    import requests"),
        ("module_utils/_checks/x.py", "from .._connections.records import Record\nfrom .._errors import OptionError"),
        ("plugin_utils/_reports/x.py", "from urllib.parse import quote"),
        ("module_utils/_options.py", "from .module_utils import x"),
    ],
)
def test_allowed_import_is_no_violation(tmp_path: Path, file: str, source: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(source)
    assert violations(Path(file), tmp_path) == []


@pytest.mark.parametrize("file", [file for file in FILES if file.parts[0] in ("module_utils", "plugin_utils")], ids=str)
def test_utility_file_is_private(file: Path) -> None:
    assert any(part.startswith("_") for part in file.parts), (
        "Without an underscore it is a promise to other collections."
    )


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
