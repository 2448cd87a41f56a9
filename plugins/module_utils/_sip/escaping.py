# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values in the files of SIP programs: escaped such that each program reads back exactly the value.

Where a format has no way to write a value, that is a :class:`SipConfigError`, which never shows the value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Callable

from .._errors import SipConfigError


def _checked(value: object, program: str) -> str:
    text = str(value)
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text):
        raise SipConfigError(f"{program} cannot carry a value with a line break or another control character.")
    return text


def asterisk_value(value: object) -> str:
    r"""A value of an Asterisk configuration file.

    A ``;`` begins a comment unless a ``\`` stands before it; no other escape is known, a ``\`` elsewhere is itself, and
    space around a value is dropped (source: Asterisk's ``main/config.c``, ``process_text_line`` and its caller).
    """
    text = _checked(value, "Asterisk")
    if text != text.strip(" "):
        raise SipConfigError("Asterisk cannot carry a value that begins or ends with a space.")
    if len(text.encode("utf-8")) > 4000:
        raise SipConfigError("Asterisk cannot carry a value of more than 4,000 bytes.")
    return text.replace(";", "\\;")


def freeswitch_value(value: object) -> str:
    """The value of an attribute in FreeSWITCH's XML.

    Markup is written as character references, and so is ``$``, because ``$${name}`` is replaced by a global variable
    before the XML is read (source: FreeSWITCH's documentation, "Default Configuration" and "Channel Variables").
    """
    text = _checked(value, "FreeSWITCH")
    if "\ufffe" in text or "\uffff" in text:
        raise SipConfigError("XML cannot carry a non-character.")
    return re.sub(r"[&<>\"'$#]", lambda found: f"&#{ord(found[0])};", text)


def freeswitch_password(value: object) -> str:
    """A password as the value of an attribute in FreeSWITCH's XML; not every value can be one.

    Sofia-SIP takes ``scheme:realm:user:password`` apart at each ``:`` and drops what follows a further one, and mod_sofia
    puts all four into 256 bytes (source: ``auc_credentials`` in its ``auth_client.c``; ``sofia_reg.c``).
    """
    text = str(value)
    if ":" in text:
        raise SipConfigError("FreeSWITCH cannot carry a password with a colon.")
    if len(text.encode("utf-8", "replace")) > 150:
        raise SipConfigError("FreeSWITCH cannot carry a password of more than 150 bytes.")
    return freeswitch_value(text)


def kamailio_value(value: object) -> str:
    r"""A field of a row of Kamailio's db_text.

    ``:`` ends a field and ``\`` begins an escape (source: Kamailio's ``db_text`` module, ``dbt_file.c``). An empty field
    would be NULL.
    """
    text = _checked(value, "Kamailio")
    if not text:
        raise SipConfigError("Kamailio's db_text cannot carry an empty value.")
    return text.replace("\\", "\\\\").replace(":", "\\:")


def baresip_value(value: object) -> str:
    r"""The value of the last parameter of a line of baresip's ``accounts``.

    A value ends at a space, tab or ``;`` outside of double quotes; a ``\`` takes the special meaning from the next
    character but stays; double quotes around the whole are dropped, and others stay (source: the library re,
    ``re_regex`` and ``msg_param_decode``). So what can be written at all, can be with or without quotes around it. Only
    as the last parameter may it hold quotes of its own, and what looks like a parameter in it would be taken for one.
    """
    text = _checked(value, "baresip")
    if re.search(r";[ \t]*[A-Za-z0-9_]+[ \t]*=", text):
        raise SipConfigError("baresip cannot carry a value in which a semicolon, a word and = follow each other.")
    for written in (f'"{text}"', text):
        if _baresip_reads(written) == text:
            return written
    raise SipConfigError("baresip cannot carry a value with this mixture of quotes, spaces and semicolons.")


def _baresip_reads(written: str) -> str:
    """What baresip makes of the last parameter's value."""
    quoted = escaped = False
    end = len(written)
    for place, char in enumerate(written):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif not quoted and char in " \t\r\n;":
            end = place
            break
    read = written[:end]
    return read[1:-1] if len(read) > 1 and read[0] == read[-1] == '"' else read


def comment_text(value: object) -> str:
    """Text for a comment in any of the files: letters, digits, and marks that mean nothing in them."""
    text = "".join(char if char.isalnum() or char in " ._,()+'" else "-" for char in str(value))
    return re.sub(r"[ -]*-[ -]*", "-", " ".join(text.split())).strip("- ")[:80] or "no name"


# How a password is written in each program's files.
PASSWORDS: dict[str, Callable[[object], str]] = {
    "asterisk": asterisk_value,
    "freeswitch": freeswitch_password,
    "kamailio": kamailio_value,
    "baresip": baresip_value,
}

# Its 512 bytes of room for a line hold a zero too (source: baresip 1.0, modules/account/account.c).
BARESIP_LINE_MAX = 511

# Near the beginning of every file that the role writes, except db_text's, which have no comments.
MARK = "Managed by siptrunk.telnyx.sip_config"

# What stands before it, from the beginning of the file.
_HEADS = {"asterisk": "; ", "freeswitch": "<include>\n  <!-- ", "baresip": "# "}

HIDDEN_LINE = "(hidden)"

# A line of ours with a password: what stands before it, and itself.
_WITH_PASSWORD: dict[str, re.Pattern[str]] = {
    "asterisk": re.compile(r"(outbound_auth/password = )(.*)"),
    "freeswitch": re.compile(r"( *<param name=\"password\" value=)(\"[^\"]*\"/>)"),
    "kamailio": re.compile(r"([0-9]+:(?:(?:\\.|[^:\\])*:){7})((?:\\.|[^:\\])*:(?:\\.|[^:\\])*)(?=:)(.*)"),
    "baresip": re.compile(r"(<sip:[^:@]*@.*?;auth_pass=)(.*)"),
}
# A line of ours without one: what it sets. In the other programs' files no line is like another one.
_SETTING: dict[str, re.Pattern[str]] = {
    "asterisk": re.compile(r"(\[)telnyx-[\w.+-]+\]|([\w/]+) = .*"),
    "freeswitch": re.compile(r" *<(?:param|variable) (name=\"[\w-]+\") value=\"[^\"]*\"( direction=\"\w+\")?/>"),
}


def is_ours(program: str, text: str, wanted: str) -> bool:
    """Whether the role wrote the text, in whose place it writes ``wanted`` now."""
    if program not in PASSWORDS:
        return True
    if program == "kamailio":
        return text.split("\n", 1)[0] == wanted.split("\n", 1)[0]
    return text.startswith(f"{_HEADS[program]}{MARK}:")


def is_managed_gateway(stem: str, text: str) -> bool:
    """Whether the role wrote this FreeSWITCH gateway under the file name ``stem`` and ``.xml``: its heading stands where the
    role's template has it, and the gateway is called by the file's name. So a copy under another name is not the role's.
    """
    heading = rf"{re.escape(_HEADS['freeswitch'] + MARK)}:[^\n]*-->\n"
    return bool(re.match(rf'{heading} *<gateway name="telnyx-{re.escape(stem)}">', text))


def without_content(text: str, why: str) -> str:
    """What a diff shows of a text that may hold passwords anywhere."""
    return f"({len(text.splitlines())} lines {why} are not shown: they may hold passwords)\n" if text else ""


def without_passwords(program: str, text: str, before: str = "", wanted: str | None = None) -> str:
    """The text of a file of ours with its passwords hidden, for a diff; one that its owner did not have in ``before`` is
    called new. Of an older text, in whose place ``wanted`` comes, no line is shown that the role would not write: somebody
    may have added it. Where the format is unknown, nothing but a count of lines.
    """
    if program not in _WITH_PASSWORD:
        return without_content(text, "of a template of your own")
    known = {owner: found[2] for _line, found, owner in _lines(program, before) if found}
    written = set(wanted.split("\n")) if wanted is not None else set()
    settings = {_setting(program, line) for line in written}

    def show(line: str, found: re.Match[str] | None, owner: str) -> str:
        if found:
            new = ", new" if before and known.get(owner) != found[2] else ""
            return f"{found[1]}(hidden{new}){''.join(found.groups()[2:])}"
        ours = wanted is None or not line or line in written or (_setting(program, line) or "") in settings
        return line if ours else HIDDEN_LINE

    return "\n".join(show(*each) for each in _lines(program, text))


def _setting(program: str, line: str) -> str | None:
    found = _SETTING[program].fullmatch(line) if program in _SETTING else None
    return "".join(filter(None, found.groups())) if found else None


def _lines(program: str, text: str) -> Iterator[tuple[str, re.Match[str] | None, str]]:
    """The lines; where one of ours has a password, the match of it and whose it is: the section's, or that of what stands
    before it, less the number of a row.
    """
    section = ""
    for line in text.split("\n"):
        section = line if line.startswith("[") else section
        found = _WITH_PASSWORD[program].fullmatch(line)
        yield line, found, section + re.sub(r"^[0-9]+:|;.*", "", found[1]) if found else ""
