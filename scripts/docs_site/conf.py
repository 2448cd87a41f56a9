"""Sphinx's settings for the documentation site; the folder of the sources has the collection and what build.py adds to it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from docutils import nodes
from sphinx.addnodes import pending_xref

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

GALAXY = yaml.safe_load((Path(__file__).parents[2] / "galaxy.yml").read_text(encoding="utf-8"))

project = f"{GALAXY['namespace']}.{GALAXY['name']}"
author = GALAXY["authors"][0]
project_copyright = f"{author}. Not affiliated with Telnyx"
release = version = GALAXY["version"]
extensions = ["myst_parser", "sphinx_antsibull_ext"]
include_patterns = ["*.rst", "*.md", "docs/**.md", "collection/**.rst"]
nitpicky = True
smartquotes = False
highlight_language = "yaml+jinja"
# The pages are read on GitHub too, so they use GitHub's Markdown and its anchors of headings. (With myst_gfm_only, MyST would not
# resolve the links between pages.)
myst_disable_syntax = ["myst_block_break", "myst_line_comment", "myst_role", "myst_target"]
myst_enable_extensions = ["linkify", "strikethrough"]
myst_heading_anchors = 6

# `make docs-site LINKCHECK=1` asks other sites for the pages that are linked, but not for the anchors in them: on GitHub, scripts
# create these.
linkcheck_anchors = False
linkcheck_timeout = 20

html_theme = "furo"
html_title = f"{project} {release}"
html_static_path = [str(Path(__file__).with_name("static"))]
html_css_files = ["site.css"]
html_copy_source = False
html_use_index = False

# Where Ansible's own documentation has the labels that antsibull-docs refers to. intersphinx would need the network to find them.
ANSIBLE = "https://docs.ansible.com/projects/ansible/latest"
ANSIBLE_LABELS = {
    "action_plugins": "plugins/action.html#action-plugins",
    "ansible_configuration_settings": "reference_appendices/config.html#ansible-configuration-settings",
    "common_return_values": "reference_appendices/common_return_values.html#common-return-values",
}


def _short_title(found: re.Match[str]) -> str:
    name = found[2].replace("_", "_\u200b")
    return f"    {name} ({found[3]}) <{found[1]}>"


# What is replaced in the sources: a language such as ``yaml+baseline`` says only which test reads the example; the theme has a table
# of contents beside each page; antsibull-docs writes the collection's name in title case; and the full titles of the plugins' pages
# are too long for the contents of the site. A long name is broken after an underscore, by a zero-width space.
REPLACEMENTS: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"^( *```)yaml(\+\w+)?$", r"\1yaml+jinja"),
    (r"^\.\. contents::\n( +:.*\n)+", ""),
    (rf"^{project.title()}$", project),
    (r"^    ((\w+)_(filter|inventory|lookup|module|role))$", _short_title),
)


def _replace(_app: Sphinx, _page: str, source: list[str]) -> None:
    for pattern, replacement in REPLACEMENTS:
        source[0] = re.sub(pattern, replacement, source[0], flags=re.MULTILINE)


def _link_to_ansible(
    _app: Sphinx, _env: BuildEnvironment, node: pending_xref, text: nodes.TextElement
) -> nodes.reference | None:
    kind, target = node["reftype"], node["reftarget"]
    if kind == "envvar" and target.startswith("ANSIBLE_"):
        address = f"reference_appendices/config.html#envvar-{target}"
    else:
        address = ANSIBLE_LABELS.get(target, "") if kind == "ref" else ""
    return nodes.reference("", "", text, internal=False, refuri=f"{ANSIBLE}/{address}") if address else None


def _link_folders(app: Sphinx, page: nodes.document) -> None:
    """Link a folder, which is no page, to the repository. Sphinx itself copies a file that a page links into the site."""
    root = Path(app.srcdir).resolve()
    for node in list(page.findall(pending_xref)):
        folder = (root / app.env.docname).parent.joinpath(node["reftarget"]).resolve()
        if node["reftype"] == "myst" and folder.is_dir() and folder.is_relative_to(root):
            address = f"{GALAXY['repository']}/tree/main/{folder.relative_to(root).as_posix()}"
            node.replace_self(nodes.reference("", "", *node.children, internal=False, refuri=address))


def setup(app: Sphinx) -> None:
    """Connect the functions above."""
    app.connect("source-read", _replace)
    app.connect("doctree-read", _link_folders)
    app.connect("missing-reference", _link_to_ansible)
