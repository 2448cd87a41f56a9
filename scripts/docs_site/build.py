"""Build the documentation site: `python build.py FOLDER [--linkcheck]`, in the collection's folder; the site is in FOLDER/html.

The pages are the repository's Markdown files, which people also read on GitHub, and those that antsibull-docs creates from the plugins'
and roles' documentation. The site needs no network, neither when it is built nor when it is read. With `--linkcheck`, which does need it,
the links to other sites are checked as well.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "tests")]
from docs_site import screenshots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COLLECTION = "siptrunk.telnyx"
MARKDOWN = ("*.md", "docs/**/*.md")
# The headings of the site's contents, and the pages below each: a page belongs to the first pattern that it matches.
GROUPS = (
    ("Start here", ("README", "docs/README", "docs/fields", "docs/variables", "docs/troubleshooting")),
    (
        "Find changes and risks",
        (
            "docs/baseline",
            "docs/drift",
            "docs/policy",
            "docs/reports",
            "docs/accepted",
            "docs/notif*",
            "docs/schedule",
            "reports",
        ),
    ),
    ("Configure a PBX", ("docs/sip/*",)),
    (
        "Many hosts, workers and accounts",
        ("docs/performance", "docs/snapshot", "docs/accounts", "docs/runner", "docs/awx", "docs/exec*"),
    ),
    ("More guides", ("docs/*",)),
    ("Plugins, roles and variables", ("collection/index", "collection/environment_variables")),
    ("The project", ("CHANGELOG", "*")),
)
TITLES = {
    "README": "Overview",
    "docs/README": "All guides",
    "collection/index": "Plugins and roles",
    "collection/environment_variables": "Environment variables",
    "CHANGELOG": "Release notes",
}


def main(folder: Path, *, linkcheck: bool = False) -> None:
    """Build the site of the collection in the current folder into `folder`, which is emptied first.

    Raises `CalledProcessError` if a program fails, as Sphinx does at any warning.
    """
    source, doctrees = folder / "source", folder / "doctrees"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(Path.cwd(), source, ignore=shutil.ignore_patterns(".git", ".build"))
    pages = source / "collection"
    pages.mkdir(mode=0o755)
    antsibull_docs = ("antsibull-docs", "--config-file", HERE / "antsibull-docs.cfg", "collection", "--fail-on-error")
    _run(*antsibull_docs, "--use-current", "--squash-hierarchy", "--dest-dir", pages, COLLECTION)
    pictures = screenshots.page(screenshots.take(source / "screenshots"))
    (source / "reports.rst").write_text(_template("reports.rst") + pictures, encoding="utf-8")
    found = ["reports", "collection/index", "collection/environment_variables"]
    found += [str(page.relative_to(source).with_suffix("")) for each in MARKDOWN for page in source.glob(each)]
    (source / "index.rst").write_text(_template("index.rst") + "\n".join(contents(found)), encoding="utf-8")
    sphinx = ("sphinx-build", "-c", HERE, "-W", "--keep-going", "-q", "-j", "auto", "-d", doctrees)
    _run(*sphinx, "-b", "html", ".", folder / "html", folder=source)
    if linkcheck:
        _run(*sphinx, "-b", "linkcheck", ".", folder / "linkcheck", folder=source)
    print(f"The site is {(folder / 'html' / 'index.html').as_uri()}")


def contents(pages: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a table of contents for each group that has pages. `pages` are paths without suffix, as Sphinx names them."""
    patterns = [pattern for _heading, group in GROUPS for pattern in group]
    # The patterns for all pages of a folder are tried last, in whichever group they are.
    specific = sorted(patterns, key=lambda each: each.endswith("/*") or each == "*")
    places: dict[str, list[str]] = {}
    for page in sorted(pages, key=lambda page: (not page.endswith("README"), page)):
        pattern = next((each for each in specific if fnmatch(page, each)), "*")
        places.setdefault(pattern, []).append(page)
    for heading, group in GROUPS:
        names = [page for pattern in group for page in places.get(pattern, ())]
        if names:
            yield f".. toctree::\n   :maxdepth: 1\n   :caption: {heading}\n"
            yield from (f"   {TITLES[name]} <{name}>" if name in TITLES else f"   {name}" for name in names)
            yield ""


def _template(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _run(*command: str | Path, folder: Path | None = None) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    sys.stdout.flush()
    subprocess.run([*map(str, command)], cwd=folder, env={**os.environ, "PATH": path}, check=True)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]).resolve(), linkcheck="--linkcheck" in sys.argv[2:])
    except subprocess.CalledProcessError as exc:
        sys.exit(f"{Path(exc.cmd[0]).name} failed; its messages are above.")
