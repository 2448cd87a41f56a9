# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The beginning of an HTML page that makes no requests: its content security policy allows its own style and script alone."""

from __future__ import annotations

import base64
import functools
import hashlib
import html
from pathlib import Path

from ...module_utils._text import visible


@functools.cache
def asset(name: str) -> str:
    """Return the text of a file beside this one, with a line break before it: the content of its element, to which the hash applies."""
    return "\n" + Path(__file__).with_name(name).read_text(encoding="utf-8")


def page_start(title: str, script: str = "") -> str:
    """Return a page up to the beginning of its body. ``script`` is the text of the only script that it may have."""
    style = asset("report.css")
    scripts = f" script-src {_hash(script)};" if script else ""
    security_policy = f"default-src 'none'; style-src {_hash(style)};{scripts} base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{security_policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(visible(title))}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    )


def _hash(content: str) -> str:
    """Return the source expression by which a content security policy allows this style or script alone."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
