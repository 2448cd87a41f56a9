"""The architecture: what each folder may import, and a few facts that two files must agree on."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.version import VERSION

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins"
FILES = [path.relative_to(PLUGINS) for path in sorted(PLUGINS.rglob("*.py"))]
COLLECTION = "ansible_collections.siptrunk.telnyx.plugins."

COMMON = {"module_utils"}
GROUND_FLOOR = {*COMMON, "plugin_utils/_api", "plugin_utils/_records", "plugin_utils/_reading"}
CHECK_WING = {"plugin_utils/_checks", "plugin_utils/_desired", "plugin_utils/_reports"}
PBX_WING = {"plugin_utils/_sip", "module_utils/_sip_console"}
EVERYTHING = GROUND_FLOOR | CHECK_WING | PBX_WING
# What each folder may import of the collection, besides itself.
MAY_IMPORT = {
    "module_utils": set(),
    "module_utils/_sip_console": COMMON,
    "plugin_utils/_records": COMMON,
    "plugin_utils/_api": {*COMMON, "plugin_utils/_records"},
    "plugin_utils/_reading": GROUND_FLOOR,
    "plugin_utils/_checks": {*COMMON, "plugin_utils/_records"},
    "plugin_utils/_desired": GROUND_FLOOR | CHECK_WING,
    "plugin_utils/_reports": GROUND_FLOOR | CHECK_WING,
    "plugin_utils/_sip": {*COMMON, "module_utils/_sip_console", "plugin_utils/_records"},
    "doc_fragments": set(),
    "lookup": GROUND_FLOOR,
    "inventory": GROUND_FLOOR,
    "filter": EVERYTHING,
    "action": EVERYTHING,
    "modules": {
        *COMMON,
        "module_utils/_sip_console",
    },  # they may run on the host of a PBX, which gets module_utils only
}
WITHOUT_ANSIBLE = {
    "module_utils",
    "module_utils/_sip_console",
    "plugin_utils/_api",
    "plugin_utils/_records",
    "plugin_utils/_checks",
    "plugin_utils/_sip",
}
# No input or output, and neither the clock nor the environment.
PURE = {"plugin_utils/_records", "plugin_utils/_checks"}
INPUT_OUTPUT = {"os", "pathlib", "shutil", "subprocess", "tempfile", "time", "random", "logging", "sqlite3"}
INPUT_OUTPUT_CALLS = {"open", "print", "input", "now", "utcnow", "today", "getenv"}
# The packages that only one folder may import.
ONLY_IN = {
    "plugin_utils/_api": {"requests", "urllib3", "urllib", "http", "socket", "ssl", "threading", "queue", "concurrent"},
    "plugin_utils/_reading": {"sqlite3", "fcntl"},
    "module_utils/_sip_console": {"subprocess"},
}
# Packages that a run may not need, and that take long to import.
DEFERRED = {"requests", "urllib3", "jmespath"}


def folder_of(module: str) -> str | None:
    """Return the folder of a module of the collection, such as ``plugin_utils/_api``, or ``None`` for another module."""
    parts = module.split(".")
    return next((name for name in ("/".join(parts[:2]), parts[0]) if name in MAY_IMPORT), None)


def imports(file: Path, root: Path) -> list[tuple[str, bool]]:
    """Return what a file imports, and whether at its top; a module of the collection as ``plugin_utils._api.client``."""
    tree = ast.parse((root / file).read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = file.parent.parts[: len(file.parent.parts) - node.level + 1] if node.level else ()
            module = ".".join([*package, *([node.module] if node.module else [])])
            # `from package import module` imports a module, but `from module import name` a name.
            is_package = folder_of(module.removeprefix(COLLECTION)) == module.removeprefix(COLLECTION).replace(".", "/")
            names = [f"{module}.{alias.name}" for alias in node.names] if is_package or not node.module else [module]
        else:
            continue
        found += [(name.removeprefix(COLLECTION), node in tree.body) for name in names]
    return found


def violations(file: Path, root: Path = PLUGINS) -> list[str]:
    """Return the rules of the architecture that a file breaks, see CONTRIBUTING.md."""
    here = folder_of(".".join(file.with_suffix("").parts))
    assert here is not None
    found = []
    for module, is_at_top in imports(file, root):
        package, there = module.split(".")[0], folder_of(module)
        if there is not None and there != here and there not in MAY_IMPORT[here]:
            found.append(f"imports {module}, which {here} may not")
        if package == "ansible" and here in WITHOUT_ANSIBLE:
            found.append(f"imports {module}, but {here} does not know Ansible")
        if package in INPUT_OUTPUT and here in PURE:
            found.append(f"imports {module}, but {here} is pure")
        if package in DEFERRED and is_at_top:
            found.append(f"imports {module} before it is needed")
        if module.startswith("urllib.parse"):
            continue
        found += [
            f"imports {module}, which only {only} may" for only in ONLY_IN if package in ONLY_IN[only] and here != only
        ]
    if here in PURE:
        for node in ast.walk(ast.parse((root / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in INPUT_OUTPUT_CALLS:
                    found.append(f"calls {name}, but {here} is pure")
    return sorted(found)


@pytest.mark.parametrize("file", FILES, ids=str)
def test_file_follows_the_rules_of_its_folder(file: Path) -> None:
    assert violations(file) == []


@pytest.mark.parametrize(
    ("file", "source", "violation"),
    [
        ("plugin_utils/_api/x.py", "from .._reading.options import Options", "which plugin_utils/_api may not"),
        ("plugin_utils/_api/x.py", "from .. import _reading", "which plugin_utils/_api may not"),
        ("plugin_utils/_records/x.py", "from .._api.client import Client", "which plugin_utils/_records may not"),
        ("plugin_utils/_reading/x.py", "from .._checks.drift import compare", "which plugin_utils/_reading may not"),
        ("plugin_utils/_reading/x.py", "from .._sip.accounts import x", "which plugin_utils/_reading may not"),
        ("plugin_utils/_reports/x.py", "from .._sip.accounts import x", "which plugin_utils/_reports may not"),
        ("plugin_utils/_sip/x.py", "from .._checks.drift import compare", "which plugin_utils/_sip may not"),
        ("module_utils/_text.py", f"from {COLLECTION}plugin_utils._records.records import x", "which module_utils may not"),
        ("module_utils/_sip_console/x.py", "from ...plugin_utils._sip.accounts import x", "_sip_console may not"),
        ("lookup/x.py", f"from {COLLECTION}plugin_utils._checks.drift import compare", "which lookup may not"),
        ("modules/x.py", f"from {COLLECTION}plugin_utils._records.records import x", "which modules may not"),
        ("action/x.py", f"import {COLLECTION}lookup.credential_connections", "which action may not"),
        ("plugin_utils/_sip/x.py", "from ansible.errors import AnsibleError", "does not know Ansible"),
        ("module_utils/_text.py", "def f():\n    import requests", "only plugin_utils/_api may"),
        ("plugin_utils/_desired/x.py", "from urllib.request import urlopen", "only plugin_utils/_api may"),
        ("lookup/x.py", "import threading", "only plugin_utils/_api may"),
        ("modules/x.py", "import subprocess", "only module_utils/_sip_console may"),
        ("plugin_utils/_api/x.py", "import sqlite3", "only plugin_utils/_reading may"),
        ("plugin_utils/_api/x.py", "import requests", "before it is needed"),
        ("plugin_utils/_records/x.py", "import os", "is pure"),
        ("plugin_utils/_records/x.py", "def f(path):\n    return open(path).read()", "calls open"),
        ("plugin_utils/_checks/x.py", "import datetime\nTODAY = datetime.date.today()", "calls today"),
    ],
)  # fmt: skip
def test_planted_violation_is_found(tmp_path: Path, file: str, source: str, violation: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(source)
    assert violation in " ".join(violations(Path(file), tmp_path))


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("plugin_utils/_api/x.py", "def f():\n    import requests"),
        ("plugin_utils/_checks/x.py", "from .._records.records import Record\nfrom ...module_utils._errors import X"),
        ("plugin_utils/_reports/x.py", "from urllib.parse import quote\nfrom .._checks.drift import compare"),
        ("plugin_utils/_reading/x.py", "from .._api.client import Client\nimport sqlite3"),
        ("action/x.py", f"from {COLLECTION}plugin_utils._checks.drift import compare"),
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
