# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a registrar answered to each account, read from the output of a SIP program.

An answer is a part of a sentence such as ``403 Forbidden`` or ``certificate verify failed``. Nothing else of an output is
returned, because a program may quote its configuration, with passwords.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Reason phrases of RFC 3261.
_REASONS = {
    300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 305: "Use Proxy", 400: "Bad Request",
    401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone",
    420: "Bad Extension", 421: "Extension Required", 423: "Interval Too Brief", 480: "Temporarily Unavailable",
    500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Server Time-out", 600: "Busy Everywhere", 603: "Decline", 606: "Not Acceptable",
}  # fmt: skip

# Sofia-SIP's own status for a registrar that asks for a password again.
_SOFIA_REFUSED_AGAIN = 904

NO_ANSWER = "no answer"
CERTIFICATE = "the registrar's certificate is not accepted"
_REFUSED = "the connection was refused"

_USER = r"(?P<user>[\w.+-]+)"
# The end of a registration attempt of one account, in each program's words; ``code`` is a SIP status.
_ATTEMPTS: dict[str, tuple[re.Pattern[str], ...]] = {
    "asterisk": (
        re.compile(
            rf"(?m)(?:response '(?P<code>\d{{3}})'|(?P<silent>No response)) received from '.*?'"
            rf" on registration attempt to '<?sip:{_USER}@"
        ),
    ),
    "kamailio": (
        re.compile(rf"(?P<refused>authentication failed) for <{_USER}>"),
        re.compile(rf"got sip response (?P<code>\d{{3}}) while registering \[{_USER}\]"),
    ),
    "freeswitch": (
        re.compile(rf"telnyx-{_USER} Failed Registration with status .*?\[(?P<code>\d{{3}})\]"),
        re.compile(rf"telnyx-{_USER} (?P<silent>Registration Timed out|Timeout Registering)"),
    ),
    # The registrar's own reason phrase is left out.
    "baresip": (
        re.compile(rf"reg: sip:{_USER}@[^\s]+: (?P<code>\d{{3}}) "),
        re.compile(
            rf"reg: sip:{_USER}@[^\s]+: (?:Register: )?(?P<reason>[A-Z][A-Za-z /-]{{2,60}})(?=\W*(?:$|\x1b|\n))"
        ),
    ),
}
# Errors of the transport, which all accounts share.
_CERTIFICATE_ERRORS = re.compile(
    r"certificate verify failed|The (?:server )?certificate (?:is|has|was|does|could)[\w ]{0,60}"
)
_CONNECTION_ERRORS = re.compile(r"Connection refused|No route to host|Network is unreachable")

# Why a program did not start, in words that quote no content of a file.
_START_FAILURES = re.compile(
    r"error while loading shared libraries: [\w.+-]+"
    r"|[Uu]nable to (?:open|load) module [\w./+-]+"
    r"|could not find module <[\w./+-]+>"
    r"|Error loading module '[\w./+-]+'"
    r"|Error while initializing module \w+"
    r"|Can't read CA file"
    r"|Permission denied"
    r"|Address already in use"
)


def answers(program: str, output: str) -> dict[str, str]:
    """Return the last answer of the registrar to each account that was refused or got no response, by user name.

    ``output`` is the program's log: that of Asterisk with notices, warnings and errors.
    """
    found: dict[str, tuple[int, str]] = {}
    for pattern in _ATTEMPTS[program]:
        for match in pattern.finditer(output):
            user = match["user"]
            if match.start() >= found.get(user, (-1, ""))[0]:
                found[user] = (match.start(), _answer(match, output))
    return {user: answer for user, (_place, answer) in found.items()}


def transport_error(output: str) -> str | None:
    """Return the last error of the connection to the registrar; ``None`` if the output has none."""
    certificate = _CERTIFICATE_ERRORS.findall(output)
    if certificate:
        return f"{CERTIFICATE} ({certificate[-1].strip()})"
    connection = _CONNECTION_ERRORS.findall(output)
    if connection:
        return _REFUSED if connection[-1] == "Connection refused" else str(connection[-1])
    return None


def _answer(match: re.Match[str], output: str) -> str:
    groups = match.groupdict()
    if groups.get("code"):
        code = int(groups["code"])
        if code == _SOFIA_REFUSED_AGAIN:
            code = 401
        # A program's own 408 or 503 stands for a response that did not come.
        if code in (408, 503):
            return transport_error(output) or f"{code} {_REASONS[code]}"
        return f"{code} {_REASONS.get(code, '')}".rstrip()
    if groups.get("refused"):
        return "401 Unauthorized"
    if groups.get("reason") and groups["reason"] != "Connection refused":
        return str(groups["reason"])
    return transport_error(output) or NO_ANSWER


def baresip_registered(output: str) -> set[str]:
    """Return the users whose last registration baresip reports with status 200."""
    last: dict[str, bool] = {}
    pattern = rf"(?m)^(?:\x1b\[[\d;]*m)*(?:{_USER}@\S+: \{{\d+/\S+?\}} 200 |reg: sip:(?P<failed>[\w.+-]+)@)"
    for match in re.finditer(pattern, output):
        last[match["user"] or match["failed"]] = bool(match["user"])
    return {user for user, is_registered in last.items() if is_registered}


def shared_registrations(output: str) -> set[str]:
    """Return the users of whom the registrar keeps several registrations, from the SIP messages in the output of Asterisk."""
    found = set()
    for message in re.findall(r"(?m)^SIP/2\.0 200 .*\n(?:[^\n]+\n)+", output.replace("\r", "")):
        to = re.search(rf"(?mi)^(?:To|t): .*?sips?:{_USER}@", message)
        contacts = re.findall(r"(?mi)^(?:Contact|m):(.*)", message)
        if to and re.search(r"(?mi)^CSeq: \d+ REGISTER", message) and sum(line.count("<sip") for line in contacts) > 1:
            found.add(to["user"])
    return found


def start_failure(output: str) -> str | None:
    """Return the reason why a program did not start, if the output has one that quotes no file; else ``None``."""
    found = _START_FAILURES.findall(output)
    return str(found[-1]) if found else None


def refusal_message(not_registered: Iterable[tuple[str, str]], total: int, registrar: str) -> str:
    """Return the message about accounts, each with the registrar's answer, that did not register."""
    each = list(not_registered)
    listed = "; ".join(f"{user}: {answer}" for user, answer in each)
    return f"{len(each)} of {total} accounts did not register at {registrar}: {listed}. Nothing was written."
