# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values escaped for the files of SIP programs, so that each program reads back exactly the value.

A value that a format cannot represent is a :class:`SipConfigError`. Its message never shows the value.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Callable

from ...module_utils._errors import SipConfigError


def _without_control_characters(value: object, program: str) -> str:
    """Return the value as text. Raises :class:`SipConfigError` for control characters, line separators and surrogates."""
    text = str(value)
    if not text.isprintable() and any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text):
        raise SipConfigError(f"{program} cannot represent a value with a line break or another control character.")
    return text


def asterisk_value(value: object) -> str:
    r"""Return a value for an Asterisk configuration file. Raises :class:`SipConfigError`.

    ``;`` begins a comment unless it follows a ``\``. There is no other escape: any other ``\`` is an ordinary character.
    Spaces around a value are dropped (source: Asterisk's ``main/config.c``, ``process_text_line`` and its caller).
    """
    text = _without_control_characters(value, "Asterisk")
    if text != text.strip(" "):
        raise SipConfigError("Asterisk cannot represent a value that begins or ends with a space.")
    if len(text.encode("utf-8")) > 4000:
        raise SipConfigError("Asterisk cannot represent a value of more than 4,000 bytes.")
    return text.replace(";", "\\;")


def freeswitch_value(value: object) -> str:
    """Return the value of an attribute in FreeSWITCH's XML. Raises :class:`SipConfigError`.

    Markup is written as character references. So are ``$`` and ``#``, and the hyphens of ``x-pre-process``: before the XML
    is parsed, ``$${name}`` is replaced by a global variable, and a line with ``x-pre-process`` is executed or dropped. An
    attribute must be escaped as a whole, because its parts may form that word together (source: FreeSWITCH's
    ``switch_xml.c``, ``expand_vars`` and ``preprocess``).
    """
    text = _without_control_characters(value, "FreeSWITCH")
    if "\ufffe" in text or "\uffff" in text:
        raise SipConfigError("XML cannot represent a non-character.")
    text = re.sub(r"[&<>\"'$#]", _character_reference, text)
    return re.sub("x-pre-process", lambda found: found[0].replace("-", "&#45;"), text, flags=re.IGNORECASE)


def _character_reference(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


def _freeswitch_password(value: object) -> str:
    """Return a password as the value of an attribute in FreeSWITCH's XML. Raises :class:`SipConfigError`.

    Sofia-SIP splits ``scheme:realm:user:password`` at each ``:`` and drops what follows a fourth one. mod_sofia stores the
    whole in 256 bytes (source: ``auc_credentials`` in Sofia-SIP's ``auth_client.c``; mod_sofia's ``sofia_reg.c``).
    """
    text = str(value)
    if ":" in text:
        raise SipConfigError("FreeSWITCH cannot represent a password with a colon.")
    if len(text.encode("utf-8", "replace")) > 150:
        raise SipConfigError("FreeSWITCH cannot represent a password of more than 150 bytes.")
    return freeswitch_value(text)


def kamailio_value(value: object) -> str:
    r"""Return a field for a row of Kamailio's db_text. Raises :class:`SipConfigError`.

    ``:`` ends a field and ``\`` begins an escape (source: Kamailio's ``db_text`` module, ``dbt_file.c``). An empty field
    means NULL.
    """
    text = _without_control_characters(value, "Kamailio")
    if not text:
        raise SipConfigError("Kamailio's db_text cannot represent an empty value.")
    return text.replace("\\", "\\\\").replace(":", "\\:")


def baresip_value(value: object) -> str:
    r"""Return the value of the last parameter of a line of baresip's ``accounts``. Raises :class:`SipConfigError`.

    A value ends at a space, tab or ``;`` that is not in double quotes. A ``\`` removes the special meaning of the next
    character and stays in the value. Double quotes around the whole value are removed, others stay (source: the library
    re, ``re_regex`` and ``msg_param_decode``). So a value is written with quotes around it, or without where they would
    change it. It may contain quotes only as the last parameter, and must not contain anything that looks like a parameter.
    """
    text = _without_control_characters(value, "baresip")
    if re.search(r";[ \t]*[A-Za-z0-9_]+[ \t]*=", text):
        raise SipConfigError("baresip cannot represent a value in which a semicolon, a word and = follow each other.")
    for written in (f'"{text}"', text):
        if _baresip_reads(written) == text:
            return written
    raise SipConfigError("baresip cannot represent a value with this mixture of quotes, spaces and semicolons.")


def _baresip_parameter(value: object) -> str:
    """Return the value of a parameter of baresip's ``accounts`` that others follow. Raises :class:`SipConfigError`.

    baresip finds a parameter by its name anywhere in the line, quoted values included, so there are no quotes in the value.
    """
    text = _without_control_characters(value, "baresip")
    if not text or re.search(r'["\\\\<>]|;[ \t]*[A-Za-z0-9_]+[ \t]*=', text):
        raise SipConfigError(
            "baresip cannot represent this value of a parameter: it is empty, or has quotes or a parameter in it."
        )
    return f'"{text}"' if re.search(r"[ \t;]", text) else text


def _baresip_reads(written: str) -> str:
    """Return what baresip reads from the written value of the last parameter."""
    quoted = escaped = False
    end = len(written)
    for index, char in enumerate(written):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif not quoted and char in " \t\r\n;":
            end = index
            break
    read = written[:end]
    return read[1:-1] if len(read) > 1 and read[0] == read[-1] == '"' else read


def comment_text(value: object) -> str:
    """Return text that is safe in a comment of every format: letters, digits and some punctuation, at most 80 characters."""
    text = "".join(char if char.isalnum() or char in " ._,()+'" else "-" for char in str(value))
    return re.sub(r"[ -]*-[ -]*", "-", " ".join(text.split())).strip("- ")[:80] or "no name"


# How a parameter is escaped for each program's files, and how a password is.
ESCAPES: dict[str, Callable[[object], str]] = {
    "asterisk": asterisk_value,
    "freeswitch": freeswitch_value,
    "kamailio": kamailio_value,
    "baresip": _baresip_parameter,
}
PASSWORD_ESCAPES = {**ESCAPES, "freeswitch": _freeswitch_password, "baresip": baresip_value}
