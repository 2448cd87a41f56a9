"""The sessions that `make` runs: each in its own environment, on a copy of the collection in .build/."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nox
from nox import registry

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent
BUILD = ROOT / ".build"
TREE = BUILD / "tree"
COLLECTION = TREE / "ansible_collections" / "siptrunk" / "telnyx"
REPORTS = BUILD / "reports"
HOME = BUILD / "home"
REQUIREMENTS = ROOT / "requirements"
UV = str(Path(sys.executable).with_name("uv"))

# Every supported ansible-core, and the Python versions of a controller that it supports.
CORES = {
    "2.16": ["3.10", "3.11", "3.12"],
    "2.17": ["3.10", "3.11", "3.12"],
    "2.18": ["3.11", "3.12", "3.13"],
    "2.19": ["3.11", "3.12", "3.13"],
    "2.20": ["3.12", "3.13"],
    "2.21": ["3.12", "3.13"],
}
# The least coverage by unit tests, in percent of the lines: of the folders without Ansible, and of the others.
COVERAGE = {
    "module_utils plugin_utils/_api plugin_utils/_records plugin_utils/_checks plugin_utils/_sip": 95,
    "plugin_utils/_reading plugin_utils/_desired plugin_utils/_reports": 90,
}
# The versions in the names of the get-pip.py files that ansible-test looks for; see tests/tools/get_pip.py.
GET_PIP = ("23_1_2", "24_2", "25_2")
# The schemas that check-jsonschema brings, and the files that they are for.
SCHEMAS = (
    ("github-workflows", ".github/workflows/*.yml", "docs/ci/github-actions.yml"),
    ("dependabot", ".github/dependabot.yml"),
    ("github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
    ("github-issue-forms", ".github/ISSUE_TEMPLATE/[!c]*.yml"),
    ("gitlab-ci", "docs/ci/gitlab-ci.yml"),
)

nox.needs_version = ">=2026.4"
nox.options.envdir = str(BUILD / "nox")
nox.options.reuse_existing_virtualenvs = True
# uv installs the 43,000 files of the package ansible in 5 seconds, pip in a minute.
nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = True

# pyenv's shims fail for versions that are not activated, so the interpreters themselves come first on the PATH.
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
os.environ["PATH"] = os.pathsep.join([*map(str, sorted(PYENV.glob("3.*/bin"))), os.environ["PATH"]])


def _works(python: str) -> bool:
    command = shutil.which(f"python{python}")
    return (
        command is not None
        and subprocess.run([command, "-c", "import venv"], check=False, capture_output=True).returncode == 0
    )


def _cores() -> list[tuple[str, str]]:
    """Return the cores that the installed Pythons allow, oldest first, each with a Python: the oldest core with the oldest."""
    installed = {python for pythons in CORES.values() for python in pythons if _works(python)}
    usable = [(core, [each for each in pythons if each in installed]) for core, pythons in CORES.items()]
    usable = [(core, pythons) for core, pythons in usable if pythons]
    if not usable:
        raise SystemExit("No Python from 3.10 to 3.13 was found on this machine.")
    return [(core, pythons[0] if core == usable[0][0] else pythons[-1]) for core, pythons in usable]


MATRIX = _cores()
NEWEST = MATRIX[-1]


def _on_cores(*tags: str) -> Callable[[Any], Any]:
    """Run a session on every core: on the oldest and the newest by `tags`, on all of them by `matrix`."""
    ends = (MATRIX[0], NEWEST)
    parameters = [
        nox.param(python, core, id=core, tags=[*(tags if (core, python) in ends else ()), "matrix", f"core-{core}"])
        for core, python in MATRIX
    ]
    return nox.parametrize("python,core", parameters)


def _copy() -> None:
    """Copy what git would commit to a folder where Ansible finds the collection; ansible-test needs a git repository there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    wanted = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for name in wanted:
        target = COLLECTION / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != (ROOT / name).read_bytes():
            shutil.copy2(ROOT / name, target)
    # In reverse order, so that the content of a folder is removed before the folder.
    for path in sorted(COLLECTION.rglob("*"), reverse=True):
        place = path.relative_to(COLLECTION)
        if place.parts[0] in (".git", ".hypothesis"):
            continue
        if path.is_file() and str(place) not in wanted:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    if not (COLLECTION / ".git").exists():
        subprocess.run(["git", "init", "--quiet"], cwd=COLLECTION, check=True)


def _install(session: nox.Session, environment: str) -> None:
    """Install exactly what the environment's lock file lists."""
    # The tests start Python thousands of times, so the packages are compiled once, as pip does it.
    session.install(
        *("--require-hashes", "-r", str(REQUIREMENTS / f"{environment}.txt")), env={"UV_COMPILE_BYTECODE": "1"}
    )


def _prepare(session: nox.Session, environment: str) -> None:
    _install(session, environment)
    _copy()
    HOME.mkdir(parents=True, exist_ok=True)
    session.env.update(
        {
            "HOME": str(HOME),
            "ANSIBLE_COLLECTIONS_PATH": str(TREE),
            "PYTHONPATH": str(TREE),
            "ANSIBLE_NOCOLOR": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
    )
    session.chdir(COLLECTION)


def _reports(session: nox.Session) -> Path:
    """Return the folder for the session's JUnit files, which tests/tools/summary.py reads."""
    folder = REPORTS / session.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _pytest(session: nox.Session, environment: str, part: str, *arguments: str, **variables: str) -> None:
    _prepare(session, environment)
    command = ("pytest", f"tests/{part}", "-n", "2", f"--junit-xml={_reports(session) / 'junit.xml'}")
    session.run(*command, *arguments, *session.posargs, env=variables)


@nox.session(tags=["test", "lint"])
def lint(session: nox.Session) -> None:
    """Ruff, mypy, and the settings of GitHub and pre-commit; with arguments, only the tool that they name, on the work tree."""
    if session.posargs:  # This is how .pre-commit-config.yaml runs the tools.
        _install(session, "lint")
        session.run(*session.posargs)
        return
    _prepare(session, "lint")
    for schema, *patterns in SCHEMAS:
        files = [str(file) for pattern in patterns for file in sorted(Path().glob(pattern))]
        session.run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files)
    session.run("pre-commit", "validate-config")
    session.run("zizmor", "--offline", "--quiet", ".github", "docs/ci/github-actions.yml")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    package = "ansible_collections/siptrunk/telnyx"
    session.chdir(TREE)
    session.run("mypy", f"--config-file={package}/pyproject.toml", f"{package}/plugins")
    session.chdir(COLLECTION)
    session.env["MYPYPATH"] = os.pathsep.join([str(TREE), "tests", "scripts"])
    session.run("mypy", "noxfile.py", "scripts", "tests", "demo")


@nox.session(name="mypy-3.9", tags=["test", "lint"])
def mypy_3_9(session: nox.Session) -> None:
    """mypy for Python 3.9, on which module_utils run on the host of a PBX."""
    _prepare(session, "mypy-3.9")
    package = "ansible_collections/siptrunk/telnyx"
    session.chdir(TREE)
    session.run(
        "mypy", f"--config-file={package}/pyproject.toml", "--python-version=3.9", f"{package}/plugins/module_utils"
    )


@nox.session
@_on_cores("test", "unit")
def unit(session: nox.Session, core: str) -> None:
    """Unit tests, on the oldest and the newest ansible-core."""
    measured = core == NEWEST[0] and not session.posargs
    # The plugins themselves run in processes of Ansible, which the integration tests start.
    coverage = ["--cov=plugins/module_utils", "--cov=plugins/plugin_utils", "--cov-report="]
    _pytest(session, f"core-{core}", "unit", *(coverage if measured else ()))
    if measured:
        for folders, percent in COVERAGE.items():
            include = ",".join(f"plugins/{folder}/*" for folder in folders.split())
            session.run("coverage", "report", "--skip-covered", f"--include={include}", f"--fail-under={percent}")


@nox.session
@_on_cores("test", "integration")
def integration(session: nox.Session, core: str) -> None:
    """The real ansible-playbook against the sandbox, on the oldest and the newest ansible-core."""
    _pytest(session, f"core-{core}", "integration")


@nox.session(python=NEWEST[1], tags=["test", "page"])
def page(session: nox.Session) -> None:
    """The HTML report in a real browser."""
    _pytest(session, f"core-{NEWEST[0]}", "page", "-n", "0")


@nox.session(python=NEWEST[1], tags=["test", "sip"])
def sip(session: nox.Session) -> None:
    """The real SIP programs, with the files that the role sip_config writes."""
    # Asterisk's chroot takes minutes to create, so later runs use it again.
    session.env["SIP_TEST_CACHE"] = str(BUILD)
    _pytest(session, f"core-{NEWEST[0]}", "sip")


# The package ansible needs a Python that ansible-core 2.20 supports.
@nox.session(python=NEWEST[1], tags=["test", "ee"] if NEWEST[1] in CORES["2.20"] else ["ee"])
def ee(session: nox.Session) -> None:
    """ansible-builder, ansible-navigator, and what the modules of awx.awx send to AWX."""
    _pytest(session, "ee", "ee", "--dist", "loadfile")


@nox.session(python=NEWEST[1], tags=["test", "sanity"])
def sanity(session: nox.Session) -> None:
    """ansible-test sanity, on the newest ansible-core."""
    _sanity(session, NEWEST[0])


@nox.session(name="sanity-all")
@_on_cores()
def sanity_all(session: nox.Session, core: str) -> None:
    """ansible-test sanity on every ansible-core."""
    _sanity(session, core)


def _sanity(session: nox.Session, core: str) -> None:
    _prepare(session, f"core-{core}")
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in GET_PIP:
        shutil.copy(ROOT / "tests" / "tools" / "get_pip.py", cache / f"get_pip_{version}.py")
    # With a PYTHONPATH, ansible-test finds a second collection of the same name.
    session.env.pop("PYTHONPATH")
    results = COLLECTION / "tests" / "output" / "junit"
    shutil.rmtree(results, ignore_errors=True)
    try:
        python = str(session.python)
        session.run(
            "ansible-test", "sanity", "--local", "--python", python, "--junit", "--color", "no", *session.posargs
        )
    finally:
        if results.is_dir():
            shutil.copytree(results, _reports(session), dirs_exist_ok=True)
    # If ansible-test considers the files ignored by git, it runs no test and succeeds.
    if len(list(results.glob("*.xml"))) < 10 and not session.posargs:
        session.error("ansible-test sanity ran fewer than 10 tests")


@nox.session(tags=["test", "docs"])
def docs(session: nox.Session) -> None:
    """The documentation and the changelog."""
    _prepare(session, "docs")
    session.run("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", ".")
    session.run("antsibull-changelog", "lint")


@nox.session(name="docs-site", python=NEWEST[1], tags=["test", "docs-site"])
def docs_site(session: nox.Session) -> None:
    """The documentation site, and tests of it; with `--linkcheck`, also the links to other sites, for which it needs the network."""
    _prepare(session, "docs")
    site = BUILD / "site"
    session.run("python", "scripts/docs_site/build.py", str(site), *session.posargs)
    report = _reports(session) / "junit.xml"
    session.env["DOCS_SITE"] = str(site)
    # Without tests/conftest.py, which needs more packages than are installed here.
    session.run("pytest", "tests/docs_site", "--confcutdir=tests/docs_site", f"--junit-xml={report}")


@nox.session(name="ansible-lint", tags=["test", "ansible-lint"])
def ansible_lint(session: nox.Session) -> None:
    """ansible-lint, production profile."""
    _prepare(session, "ansible-lint")
    session.run("ansible-lint", "--offline", "--strict", "--profile", "production")


@nox.session(tags=["build"])
def build(session: nox.Session) -> None:
    """Build the archive, check it with Galaxy's importer, install it and use it once."""
    _prepare(session, "build")
    session.run("python", "scripts/archive.py", str(BUILD / "archive"))


@nox.session(name="release-check", tags=["test", "release-check"])
def release_check(session: nox.Session) -> None:
    """What a release refuses, and its dry run, which checks the archive as `build` does."""
    _prepare(session, "build")
    report = _reports(session) / "junit.xml"
    # Without tests/conftest.py, which needs more packages than are installed here.
    session.run("pytest", "tests/scripts", "--confcutdir=tests/scripts", f"--junit-xml={report}", *session.posargs)


@nox.session
def release(session: nox.Session) -> None:
    """Release the version that the arguments name; see scripts/release.py."""
    _install(session, "build")
    session.run("python", "scripts/release.py", *session.posargs)


@nox.session(tags=["bench"])
def bench(session: nox.Session) -> None:
    """Measure ratios against peers in the same run."""
    _prepare(session, "bench")
    session.run("python", "tests/bench/run.py", str(BUILD), *session.posargs)


@nox.session(name="format")
def format_code(session: nox.Session) -> None:
    """Format the code with ruff, and write the generated documentation."""
    _install(session, "lint")
    session.run("python", "tests/tools/update_doc_fragments.py")
    session.run("python", "tests/tools/write_pages.py")
    session.run("ruff", "check", "--fix", ".")
    session.run("ruff", "format", ".")


@nox.session(venv_backend="none")
def pythons(session: nox.Session) -> None:
    """Install, by uv, every Python that a supported ansible-core is tested with."""
    names = sorted({python for pythons in CORES.values() for python in pythons})
    session.run(UV, "python", "install", *names, external=True)


@nox.session(name="ci-targets", venv_backend="none")
def ci_targets(session: nox.Session) -> None:  # noqa: ARG001
    """Print, as JSON, the targets of `make` that .github/workflows/test.yml runs, each in a job of its own."""
    # A session that runs on several cores has its tags on its parameters; sanity is a part of each core's target.
    parts = [name for name, function in registry.get().items() if "test" in function.tags and name != "sanity"]
    print(json.dumps([*(f"core-{core}" for core in CORES), *parts]))


@nox.session(name="lock", venv_backend="none")
def lock(session: nox.Session) -> None:
    """Write the lock file of every environment, with the newest releases that its list allows."""
    session.chdir(REQUIREMENTS)  # The lock files quote the paths of the .in files as they are given here.
    for in_file in sorted(REQUIREMENTS.glob("*.in")):
        if in_file.name == "test.in":
            continue  # The others include it.
        pythons = {**CORES, "ee": CORES["2.20"]}.get(in_file.stem.removeprefix("core-"), ["3.10"])
        session.run(
            *(UV, "pip", "compile", "--universal", "--generate-hashes", "--upgrade", "--quiet"),
            # Dependabot finds its options in the header.
            *("--python-version", pythons[0], "--custom-compile-command", "make lock  # uv pip compile --universal"),
            *(in_file.name, "-o", in_file.with_suffix(".txt").name),
            env={"UV_NO_CONFIG": "1"},
            external=True,
        )
    # What the examples for CI install is what the tests on the newest core run with.
    core, pythons = list(CORES.items())[-1]
    session.chdir(ROOT)
    session.run(
        *(UV, "pip", "compile", "--universal", "--no-annotate", "--quiet", "--python-version", pythons[0]),
        *("--custom-compile-command", "make lock", "--constraint", f"requirements/core-{core}.txt"),
        *("docs/ci/requirements.in", "-o", "docs/ci/requirements.txt"),
        env={"UV_NO_CONFIG": "1"},
        external=True,
    )
