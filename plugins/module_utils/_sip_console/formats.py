# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of the files that the role sip_config writes: whose account each is, and what of it a difference may show.

The files are written by ``plugin_utils/_sip/files.py``; its test compares the two.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, NamedTuple

from .db_text import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

# The beginning of every file that the role writes, except db_text's: that format has no comments.
_MARK = "Managed by siptrunk.telnyx.sip_config: changes are overwritten."
HEADINGS = {"asterisk": f"; {_MARK}", "freeswitch": f"<include>\n  <!-- {_MARK}", "baresip": f"# {_MARK}"}

HIDDEN = "(hidden)"


class Account(NamedTuple):
    """An account in a file: the name of its section, gateway or row, its user name, and its lines.

    ``registration`` are the lines that matter for its registration, to compare them.
    """

    name: str
    user_name: str
    text: str
    registration: str


_COMMENT = r"[\w ._,()+'-]"  # a character of what plugin_utils/_sip/escaping.py, comment_text, returns
# One account in the text of its section, file or line.
_ACCOUNT = {
    "asterisk": re.compile(r"(?ms)^\[(?P<name>[^\]\n]+)\]$.*?^outbound_auth/username = (?P<user>.+?)$"),
    "freeswitch": re.compile(
        r'(?s)<gateway name="(?P<name>[^"]*)">.*?<param name="username" value="(?P<user>[^"]*)"/>'
    ),
    "baresip": re.compile(r"(?m)^<sip:(?P<name>(?P<user>[^@\n]+))@"),
}
# A line without a value that somebody could have set, and the beginning of the next one.
_PLAIN = {
    "asterisk": re.compile(rf"(?:|; {re.escape(_MARK)}|\[[^\]]+\])\n|; {_COMMENT}*\n\["),
    "freeswitch": re.compile(
        rf"(?:| *</?(?:include|variables|gateway)>|  <!-- {re.escape(_MARK)} (?:{_COMMENT}|&#\d+;)* -->"
        r'|  <gateway name="[^"]*">)\n'
    ),
    "baresip": re.compile(rf"(?:|# {re.escape(_MARK)})\n|# {_COMMENT}*\n<sip:"),
}
# A line with the value of a name, for an owner where the line says it.
_SETTING = {
    "asterisk": re.compile(r"(?P<before>(?P<owner>)(?P<name>[\w/.-]+) = )(?P<value>.*)(?P<after>)"),
    "freeswitch": re.compile(
        r'(?P<before>(?P<owner>) *<(?:param|variable) name="(?P<name>[\w.-]+)" value=")(?P<value>[^"]*)'
        r'(?P<after>"(?: direction="\w+")?/>)'
    ),
    "baresip": re.compile(r"(?P<before><sip:(?P<owner>[^:@;>]+)@.*?;(?P<name>auth_pass)=)(?P<value>.*)(?P<after>)"),
}
# What registers a user in any file of the program.
_USER = {
    "asterisk": re.compile(r"(?m)^[ \t]*(?:outbound_auth/)?username[ \t]*=>?[ \t]*([^\s;]+)"),
    "freeswitch": re.compile(
        r"""<param\s+(?:name\s*=\s*["']username["']\s+value\s*=\s*["']([^"']*)"""
        r"""|value\s*=\s*["']([^"']*)["']\s+name\s*=\s*["']username["'])"""
    ),
    "baresip": re.compile(r"(?m)^[^#\n]*<sips?:([^@:;>\s]+)@"),
}
_SECRET_NAME = re.compile(r"passw|passphrase|auth_pass|secret|md5|ha1|token|cred|key|digest", re.IGNORECASE)


def is_managed(program: str, text: str) -> bool:
    """Return whether the role wrote a file of Asterisk, FreeSWITCH or baresip, or the file has no content but comments."""
    if text.startswith(HEADINGS[program]):
        return True
    if program == "freeswitch":
        return not re.sub(r"<!--.*?-->|</?include>|<include/>|<\?xml[^>]*\?>|\s", "", text, flags=re.DOTALL)
    return not re.sub(r"(?m)^\s*[;#].*$|\s", "", text)


def accounts_in(program: str, text: str) -> list[Account]:
    """Return the accounts that the role wrote into a file. ``custom`` files have none that are known."""
    if program == "kamailio":
        table = Table(text)
        rows = [(table.fields(row), row) for row in table.rows if table.is_ours(row)]
        return [Account(fields["l_uuid"], fields["l_username"], row, row.partition(":")[2]) for fields, row in rows]
    if program not in _ACCOUNT or not text.startswith(HEADINGS[program]):
        return []
    found = []
    for part in [text] if program == "freeswitch" else text.rstrip("\n").split("\n\n")[1:]:
        match = _ACCOUNT[program].search(part)
        if match:
            name, user = (
                html.unescape(each) if program == "freeswitch" else each for each in match.group("name", "user")
            )
            settings = re.sub(r"(?m)^(?:(?:endpoint|aor)/|;).*$\n?", "", part) if program == "asterisk" else part
            found.append(Account(name, user, part, settings))
    return found


def with_accounts(program: str, text: str, kept: list[Account]) -> str:
    """Return a file with further accounts, ordered by user name."""
    everything = sorted([*accounts_in(program, text), *kept], key=lambda each: each.user_name)
    return "\n\n".join([HEADINGS[program], *(each.text for each in everything)]) + "\n"


def registered_users(program: str, text: str) -> Iterator[tuple[int, str]]:
    """Yield the number of each line of any file that registers a user, and the user."""
    if program == "freeswitch":  # without comments; the lines keep their numbers
        text = re.sub(r"<!--.*?-->", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)
    for found in _USER[program].finditer(text):
        yield text.count("\n", 0, found.start()) + 1, html.unescape(found[found.lastindex or 0])


def without_content(text: str, what: str) -> str:
    """Return what a difference shows of a text that may contain passwords anywhere: the number of its lines."""
    return f"({len(text.splitlines())} lines {what} are not shown: they may contain passwords)\n" if text else ""


def without_passwords(program: str, text: str, before: str | None = None) -> str:
    """Return the text of a file with each password replaced by ``(hidden)``, for a difference.

    With ``before``, the old text of the file, a password that differs from its owner's old one is ``(hidden, new)``. A line
    that the role does not write is ``(hidden)``: somebody may have added a password in another form.
    """
    if program not in ("kamailio", *_SETTING) or not text:
        return without_content(text, "of your own template")
    old = {place: value for _shown, place, value in _redacted(program, before or "") if value is not None}
    lines = []
    for shown, place, value in _redacted(program, text):
        is_new = before and value is not None and old.get(place) != value
        lines.append(shown.replace(HIDDEN, "(hidden, new)") if is_new else shown)
    return "\n".join(lines)


def passwords_in(program: str, text: str) -> set[str]:
    """Return the passwords of a file as they stand there."""
    return {value for _shown, _place, value in _redacted(program, text) if value}


def _redacted(program: str, text: str) -> Iterator[tuple[str, str, str | None]]:
    """Yield each line as it is shown, the place of its password, and the password; ``None`` if it has none."""
    if program == "kamailio":
        yield from Table(text).redacted(HIDDEN)
        return
    section, lines = "", text.split("\n")
    for line, following in zip(lines, [*lines[1:], ""]):
        section = line if line.startswith("[") else section
        found = _SETTING[program].fullmatch(line)
        if found and _is_secret(found["name"], found["value"]):
            place = f"{section}{found['owner']}/{found['name']}"
            yield f"{found['before']}{HIDDEN}{found['after']}", place, found["value"]
        else:
            yield (line if found or _PLAIN[program].match(f"{line}\n{following}") else HIDDEN), "", None


def _is_secret(name: str, value: str) -> bool:
    """Return whether the value of a setting, or of the variable of the dialplan that it sets, may be a secret."""
    variable = value.partition("=")[0] if name.endswith("set_var") else ""
    return bool(_SECRET_NAME.search(f"{name} {variable}"))
