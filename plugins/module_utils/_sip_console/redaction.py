# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that the role sip_config has written: how they are recognized, and their text without passwords, for a diff.

Everything here depends on the lines that the role's templates write (``roles/sip_config/templates``).
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# In the first lines of every file that the role writes, except db_text's: that format has no comments.
MANAGED_MARK = "Managed by siptrunk.telnyx.sip_config"

# What precedes the mark, from the beginning of the file.
_BEFORE_MARK = {"asterisk": "; ", "freeswitch": "<include>\n  <!-- ", "baresip": "# "}

HIDDEN_LINE = "(hidden)"

# A field of a row of db_text: in it, a backslash precedes each ":" and "\".
_FIELD = r"(?: \\. | [^:\\] )*"

# A line with a password, as the role writes it. ``before`` and ``after`` are shown. ``owner``, where a file has several
# passwords, is the user; in Asterisk's files it is the section (see _lines).
_PASSWORD_LINES: dict[str, re.Pattern[str]] = {
    "asterisk": re.compile(r"(?P<before> outbound_auth/password\ =\  ) (?P<secret> .* ) (?P<after>)", re.VERBOSE),
    "freeswitch": re.compile(
        r"""(?P<before> \ * <param\ name="password"\ value=" ) (?P<secret> [^"]* ) (?P<after> "/> )""", re.VERBOSE
    ),
    # A row of the table uacreg; the columns are in the first line of the template.
    "kamailio": re.compile(
        rf"""
        (?P<before>
            [0-9]+ :                      # id
            (?P<owner> {_FIELD} ) :       # l_uuid
            (?: {_FIELD} : ){{6}}         # l_username, l_domain, r_username, r_domain, realm, auth_username
        )
        (?P<secret> {_FIELD} : {_FIELD} ) # auth_password, auth_ha1
        (?P<after> : .* )                 # auth_proxy and the columns after it
        """,
        re.VERBOSE,
    ),
    "baresip": re.compile(
        r"(?P<before> (?P<owner> <sip:[^:@]*@ ) .*? ;auth_pass= ) (?P<secret> .* ) (?P<after>)", re.VERBOSE
    ),
}

# A line without a password, in which only the value (``value``) differs between connections. The other programs' files
# have no such lines.
_SETTING_LINES: dict[str, re.Pattern[str]] = {
    "asterisk": re.compile(r"\[telnyx- (?P<section> [\w.+-]+ ) \] | [\w/]+\ =\  (?P<value> .* )", re.VERBOSE),
    "freeswitch": re.compile(
        r"""\ * <(?:param|variable)\ name="[\w-]+"\ value=" (?P<value> [^"]* ) " (?:\ direction="\w+")? />""",
        re.VERBOSE,
    ),
}


class _Line(NamedTuple):
    """A line of a file; ``password`` is the match of the line if it has a password, and ``owner`` whose password it is."""

    text: str
    password: re.Match[str] | None
    owner: str


def is_managed(program: str, text: str, wanted: str) -> bool:
    """Return whether the role wrote the text of a file whose new text is ``wanted``. Other programs' files always count."""
    if program not in _PASSWORD_LINES:
        return True
    if program == "kamailio":
        return text.split("\n", 1)[0] == wanted.split("\n", 1)[0]
    return text.startswith(f"{_BEFORE_MARK[program]}{MANAGED_MARK}:")


def is_managed_gateway(stem: str, text: str) -> bool:
    """Return whether the role wrote the text of the FreeSWITCH gateway file ``<stem>.xml``.

    The role's heading must begin the file, and the gateway must be named after the file, so a copy under another name does
    not count.
    """
    heading = rf"{re.escape(_BEFORE_MARK['freeswitch'] + MANAGED_MARK)}:[^\n]*-->\n"
    found = re.match(rf'{heading} *<gateway name="(?P<name>[^"]*)">', text)
    return found is not None and html.unescape(found["name"]) == f"telnyx-{stem}"


def without_content(text: str, what: str) -> str:
    """Return what a diff shows of a text that may contain passwords anywhere: the number of its lines, and what it is."""
    return f"({len(text.splitlines())} lines {what} are not shown: they may contain passwords)\n" if text else ""


def without_passwords(program: str, text: str, before: str = "", wanted: str | None = None) -> str:
    """Return the text of a managed file with each password replaced by ``(hidden)``, for a diff.

    With ``before``, the old text of the file, a password that differs from its owner's old one is ``(hidden, new)``. With
    ``wanted``, the new text of the file whose old text is ``text``, lines that the role does not write are hidden too:
    somebody may have added a password in another form. Of a program that is not known, only the number of lines is returned.
    """
    if program not in _PASSWORD_LINES:
        return without_content(text, "of your own template")
    old = {line.owner: line.password["secret"] for line in _lines(program, before) if line.password}
    wanted_lines = set(wanted.split("\n")) if wanted is not None else set()
    wanted_settings = {_setting(program, line) for line in wanted_lines} - {None}

    def redacted(line: _Line) -> str:
        if line.password:
            new = ", new" if before and old.get(line.owner) != line.password["secret"] else ""
            return f"{line.password['before']}(hidden{new}){line.password['after']}"
        is_shown = (
            wanted is None
            or not line.text
            or line.text in wanted_lines
            or _setting(program, line.text) in wanted_settings
        )
        return line.text if is_shown else HIDDEN_LINE

    return "\n".join(redacted(line) for line in _lines(program, text))


def _setting(program: str, line: str) -> str | None:
    """Return the line without its value, or ``None`` if it is not the line of a setting."""
    found = _SETTING_LINES[program].fullmatch(line) if program in _SETTING_LINES else None
    if not found:
        return None
    start, end = found.span(found.lastgroup or 0)
    return line[:start] + line[end:]


def _lines(program: str, text: str) -> Iterator[_Line]:
    """Yield the lines of a file."""
    section = ""
    for line in text.split("\n"):
        section = line if line.startswith("[") else section
        found = _PASSWORD_LINES[program].fullmatch(line)
        owner = found.groupdict().get("owner") if found else None
        yield _Line(line, found, owner or section)
