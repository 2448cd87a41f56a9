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

from .db_text import Table, is_ours

if TYPE_CHECKING:
    from collections.abc import Iterator

# The beginning of every file that the role writes, except db_text's: that format has no comments.
_MARK = "Managed by siptrunk.telnyx.sip_config: changes are overwritten."
HEADINGS = {"asterisk": f"; {_MARK}", "freeswitch": f"<include>\n  <!-- {_MARK}", "baresip": f"# {_MARK}"}

HIDDEN = "(hidden)"


class Account(NamedTuple):
    """An account in a file: the name of its section, gateway or row, its user name, and its lines."""

    name: str
    user_name: str
    text: str


class _Lines(NamedTuple):
    """Regular expressions of a program's files.

    ``account``: of one account in its text. ``plain``: lines without a value that somebody could have set. ``setting``: lines
    with the ``value`` of a ``name``, for an ``owner`` where the line says it. ``user``: lines of any file that register a user.
    """

    account: re.Pattern[str]
    plain: re.Pattern[str]
    setting: re.Pattern[str]
    user: re.Pattern[str]


_LINES = {
    "asterisk": _Lines(
        re.compile(r"^\[(?P<name>[^\]\n]+)\]$.*?^outbound_auth/username = (?P<user>.+?)$", re.MULTILINE | re.DOTALL),
        re.compile(rf"|{re.escape(HEADINGS['asterisk'])}|\[[^\]]+\]"),
        re.compile(r"(?P<before>(?P<owner>)(?P<name>[\w/.-]+) = )(?P<value>.*)(?P<after>)"),
        re.compile(r"\s*(?:outbound_auth/)?username\s*=>?\s*(?P<user>[^\s;]+)"),
    ),
    "freeswitch": _Lines(
        re.compile(r'<gateway name="(?P<name>[^"]*)">.*?<param name="username" value="(?P<user>[^"]*)"/>', re.DOTALL),
        re.compile(
            rf"| *</?(?:include|variables|gateway)>|  {re.escape(HEADINGS['freeswitch'].split(chr(10) + '  ')[1])} [\w ._,()+'-]* -->"
            r'|  <gateway name="[^"]*">'
        ),
        re.compile(
            r'(?P<before>(?P<owner>) *<(?:param|variable) name="(?P<name>[\w.-]+)" value=")(?P<value>[^"]*)'
            r'(?P<after>"(?: direction="\w+")?/>)'
        ),
        re.compile(
            r"""(?s)<param\s+(?:name\s*=\s*["']username["']\s+value\s*=\s*["'](?P<user>[^"']*)"""
            r"""|value\s*=\s*["'](?P<other>[^"']*)["']\s+name\s*=\s*["']username["'])"""
        ),
    ),
    "baresip": _Lines(
        re.compile(r"^(?P<name><sip:(?P<user>[^@\n]+)@)", re.MULTILINE),
        re.compile(rf"|{re.escape(HEADINGS['baresip'])}"),
        re.compile(r"(?P<before><sip:(?P<owner>[^:@;>]+)@.*?;(?P<name>auth_pass)=)(?P<value>.*)(?P<after>)"),
        re.compile(r"[^#\n]*<sips?:(?P<user>[^@:;>\s]+)@"),
    ),
}
_SECRET_NAME = re.compile(r"passw|passphrase|auth_pass|secret|md5|ha1|token|cred|key|digest", re.IGNORECASE)
_COMMENTS = {"asterisk": ("; ", "["), "baresip": ("# ", "<sip:")}  # a comment of the role's, and the line after it


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
        rows = [(table.fields(row), row) for row in table.rows if is_ours(table, row)]
        return [Account(fields["l_uuid"], fields["l_username"], row) for fields, row in rows]
    if program not in _LINES or not text.startswith(HEADINGS[program]):
        return []
    found = []
    for part in [text] if program == "freeswitch" else text.rstrip("\n").split("\n\n")[1:]:
        match = _LINES[program].account.search(part)
        if match:
            user = html.unescape(match["user"]) if program == "freeswitch" else match["user"]
            name = {"freeswitch": html.unescape(match["name"]), "baresip": user}.get(program, match["name"])
            found.append(Account(name, user, part))
    return found


def registration_settings(program: str, account: Account) -> str:
    """Return the lines of an account that matter for its registration, to compare them."""
    if program == "asterisk":
        return re.sub(r"(?m)^(?:(?:endpoint|aor)/|;).*$\n?", "", account.text)
    return account.text.partition(":")[2] if program == "kamailio" else account.text  # without the row's id


def with_accounts(program: str, text: str, kept: list[Account]) -> str:
    """Return a file with further accounts, ordered by user name."""
    everything = sorted([*accounts_in(program, text), *kept], key=lambda each: each.user_name)
    return "\n\n".join([HEADINGS[program], *(each.text for each in everything)]) + "\n"


def registered_users(program: str, text: str) -> Iterator[tuple[int, str]]:
    """Yield the number of each line of any file that registers a user, and the user."""
    if program == "freeswitch":  # without comments; the lines keep their numbers
        text = re.sub(r"<!--.*?-->", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)
        for found in _LINES[program].user.finditer(text):
            yield text.count("\n", 0, found.start()) + 1, html.unescape(found["user"] or found["other"] or "")
        return
    for number, line in enumerate(text.split("\n"), 1):
        match = _LINES[program].user.match(line) if program in _LINES else None
        if match:
            yield number, match["user"]


def without_content(text: str, what: str) -> str:
    """Return what a difference shows of a text that may contain passwords anywhere: the number of its lines."""
    return f"({len(text.splitlines())} lines {what} are not shown: they may contain passwords)\n" if text else ""


def without_passwords(program: str, text: str, before: str | None = None) -> str:
    """Return the text of a file with each password replaced by ``(hidden)``, for a difference.

    With ``before``, the old text of the file, a password that differs from its owner's old one is ``(hidden, new)``. A line
    that the role does not write is ``(hidden)``: somebody may have added a password in another form.
    """
    if program not in ("kamailio", *_LINES) or not text:
        return without_content(text, "of your own template")
    old = {place: value for _shown, place, value in _redacted(program, before or "") if value is not None}
    lines = []
    for shown, place, value in _redacted(program, text):
        new = ", new" if before and value is not None and old.get(place) != value else ""
        lines.append(shown.replace(HIDDEN, f"(hidden{new})") if value is not None else shown)
    return "\n".join(lines)


def passwords_in(program: str, text: str) -> set[str]:
    """Return the passwords of a file as they stand there."""
    return {value for _shown, _place, value in _redacted(program, text) if value}


def _redacted(program: str, text: str) -> Iterator[tuple[str, str, str | None]]:
    """Yield each line as it is shown, the place of its password, and the password; ``None`` if it has none."""
    if program == "kamailio":
        yield from Table(text).redacted(HIDDEN)
        return
    if program not in _LINES:
        return
    section, lines = "", text.split("\n")
    for line, following in zip(lines, [*lines[1:], ""]):
        section = line if line.startswith("[") else section
        found = _LINES[program].setting.fullmatch(line)
        if found and _is_secret(found):
            yield (
                f"{found['before']}{HIDDEN}{found['after']}",
                f"{section}{found['owner']}/{found['name']}",
                found["value"],
            )
        elif found or _LINES[program].plain.fullmatch(line):
            yield line, "", None
        else:
            start, after = _COMMENTS.get(program, ("\0", ""))
            is_comment = (
                line.startswith(start) and following.startswith(after) and not _LINES[program].user.search(line)
            )
            yield (line if is_comment else HIDDEN), "", None


def _is_secret(line: re.Match[str]) -> bool:
    name, value = line["name"], line["value"]
    return bool(
        _SECRET_NAME.search(name) or (name.endswith("set_var") and _SECRET_NAME.search(value.partition("=")[0]))
    )
