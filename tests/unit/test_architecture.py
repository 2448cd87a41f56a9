"""The architecture: what each folder may import, and a few facts that two files must agree on."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.version import VERSION

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins"
COLLECTION = "ansible_collections.siptrunk.telnyx.plugins."
EXTENSIONS = ROOT / "extensions" / "eda" / "plugins"
# Each file with the folder that its path begins in.
PLACES = [(root, path.relative_to(root)) for root in (PLUGINS, EXTENSIONS) for path in sorted(root.rglob("*.py"))]
FILES = [file for root, file in PLACES if root == PLUGINS]
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
    "event_source": 3,
}
PURE = ("module_utils/_connections", "module_utils/_checks", "module_utils/_sip", "module_utils/_events")
# What a pure folder may import of layer 1 besides the pure folders.
PURE_FILES = ("plugin_utils._reading.argument_spec", "module_utils._errors", "module_utils._text")
HTTP = {"requests", "urllib3", "urllib", "http", "socket", "ssl"}
# What else a folder may import of what is reserved for another one.
EXCEPTIONS = {"module_utils/_preflight": {"socket", "subprocess"}, "event_source": {"asyncio"}}
THREADS = {"threading", "queue", "concurrent", "asyncio", "multiprocessing"}
# What only one folder of module_utils may import.
ONLY_IN = {"_api": HTTP | THREADS, "_console": {"subprocess"}}
INPUT_OUTPUT = {"io", "os", "pathlib", "shutil", "subprocess", "tempfile", "time", "random", "logging", "sqlite3"}
INPUT_OUTPUT_CALLS = {"open", "print", "input", "now", "utcnow", "today", "getenv"}


class Import(NamedTuple):
    """An imported module.

    ``module`` is its full name, or for a module of the collection one such as ``module_utils._api.client``; ``top`` says
    whether the import is at the top of the file.
    """

    module: str
    top: bool

    @property
    def package(self) -> str:
        return self.module.split(".")[0]


def imports(file: Path, root: Path = PLUGINS) -> set[Import]:
    """Return what a file under ``root`` imports, at its top or later."""
    tree = ast.parse((root / file).read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = file.parent.parts[: len(file.parent.parts) - node.level + 1] if node.level else ()
            module = ".".join([*package, *([node.module] if node.module else [])])
            # `from package import module` imports a module; `from module import name` a name, which is harmless here.
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        else:
            continue
        found |= {Import(name.removeprefix(COLLECTION), node in tree.body) for name in names}
    return found


def reserved_for(found: Import) -> list[str]:
    """Return the name of the only folder that may import something, if there is one."""
    if found.module.startswith("urllib.parse"):
        return []
    return [folder for folder, packages in ONLY_IN.items() if found.package in packages]


def violations(file: Path, root: Path = PLUGINS) -> list[str]:
    """Return the rules of the architecture that a file breaks, see CONTRIBUTING.md."""
    found = []
    layer, folder = LAYERS[file.parts[0]], file.parent.as_posix()
    # On the controller, Ansible itself has loaded YAML already.
    heavy = {"requests", "urllib3", "jmespath"} | ({"yaml"} if layer == 1 else set())
    for each in imports(file, root):
        if LAYERS.get(each.package, 0) > layer:
            found.append(f"imports {each.module} from a layer above")
        if layer == 1 and each.package in ("ansible", "ansible_collections"):
            found.append(f"imports {each.module}, but layer 1 does not know Ansible")
        found += [
            f"imports {each.module}, which only {only} may"
            for only in reserved_for(each)
            if not folder.endswith(only) and each.package not in EXCEPTIONS.get(folder, ())
        ]
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


@pytest.mark.parametrize(("root", "file"), PLACES, ids=str)
def test_file_follows_the_rules_of_its_folder(root: Path, file: Path) -> None:
    assert violations(file, root) == []


@pytest.mark.parametrize(
    ("file", "source", "violation"),
    [
        ("module_utils/_api/x.py", "from ...plugin_utils._run_snapshot import Reading", "a layer above"),
        ("module_utils/_api/x.py", "from ...plugin_utils import _run_snapshot", "a layer above"),
        ("plugin_utils/_reading/options.py", f"from {COLLECTION}plugin_utils._table import x", "a layer above"),
        ("plugin_utils/_reports/x.py", f"import {COLLECTION}lookup.credential_connections", "a layer above"),
        ("module_utils/_sip/x.py", "from ansible.errors import AnsibleError", "does not know Ansible"),
        ("module_utils/_text.py", "def f():\n    import requests", "only _api may"),
        ("plugin_utils/_desired/x.py", "from urllib.request import urlopen", "only _api may"),
        ("lookup/x.py", "import threading", "only _api may"),
        ("modules/x.py", "import subprocess", "only _console may"),
        ("module_utils/_preflight/x.py", "import ssl", "only _api may"),
        ("event_source/x.py", "import threading", "only _api may"),
        ("module_utils/_events/x.py", "import os", "is pure"),
        ("module_utils/_preflight/x.py", "import ansible", "does not know Ansible"),
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
        ("plugin_utils/_reading/options.py", "from .module_utils import x"),
        ("event_source/x.py", "import asyncio"),
        ("module_utils/_preflight/x.py", "import socket\nfrom .._sip.preflight_config import Place"),
    ],
)
def test_allowed_import_is_not_a_violation(tmp_path: Path, file: str, source: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(source)
    assert violations(Path(file), tmp_path) == []


@pytest.mark.parametrize("file", [file for file in FILES if file.parts[0] in ("module_utils", "plugin_utils")], ids=str)
def test_utility_file_is_private(file: Path) -> None:
    assert any(part.startswith("_") for part in file.parts), "Without an underscore, other collections may rely on it."


def test_version_is_that_of_galaxy_yml() -> None:
    assert yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"] == VERSION


def test_action_group_has_every_module_that_reads_the_account_or_a_snapshot_of_it() -> None:
    group = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]["telnyx"]
    modules = {path.stem: path.read_text() for path in (PLUGINS / "modules").glob("credential_connections_*.py")}
    assert sorted(group) == sorted(set(modules) - {"credential_connections_snapshot"})
    # The documentation says the same: attributes is the fragment of _info and _facts.
    documented = re.compile(r"- siptrunk\.telnyx\.credential_connections\.(action_group|attributes)$", re.MULTILINE)
    assert sorted(group) == sorted(name for name, text in modules.items() if documented.search(text))
