# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one family of errors that the collection raises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ._text import one_line

IDS_SHOWN = 20


class TelnyxError(Exception):
    """The base of the family: a sentence about what happened, and one about what to do.

    ``kind`` is the word a playbook can branch on; every subclass has its own.
    """

    kind = ""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()

    def as_dict(self) -> dict[str, Any]:
        """The error for machines: plain JSON types, no secret."""
        return {"kind": self.kind, "message": self.message, "hint": self.hint}

    def with_context(self, context: str) -> TelnyxError:
        """Return a copy of this error whose message begins with the context, such as ``GET URL``, and a colon."""
        return self._copy({**vars(self), "message": f"{context}: {self.message}"})

    def with_strings(self, change: Callable[[str], str]) -> TelnyxError:
        """Return a copy of this error in which each string is replaced by what ``change`` returns for it."""
        return self._copy({name: _change_strings(value, change) for name, value in vars(self).items()})

    def _copy(self, attributes: dict[str, Any]) -> TelnyxError:
        # Not by the class: each subclass has other parameters, and puts its message together from them.
        error = type(self).__new__(type(self), attributes["message"])
        vars(error).update(attributes)
        return error


def _change_strings(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    return [_change_strings(each, change) for each in value] if isinstance(value, list) else value


class InternalError(TelnyxError):
    """A mistake in the collection itself."""

    kind = "internal"


class UnfinishedError(TelnyxError):
    """A check has not finished: its reports say so until the check replaces them."""

    kind = "unfinished"

    def __init__(self) -> None:
        super().__init__("The check did not finish.", "The output of ansible-playbook says why.")


class OptionError(TelnyxError):
    """An option's value was refused; no request was sent for it."""

    kind = "option"

    def __init__(self, option: str, message: str, hint: str = "") -> None:
        super().__init__(f"{option}: {message}", hint)
        self.option = option

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "option": self.option}


class MissingLibraryError(TelnyxError):
    """A Python library that is needed cannot be imported."""

    kind = "missing_library"

    def __init__(self, library: str, python: str) -> None:
        super().__init__(
            f"The Python library {library} is not installed for {python}.",
            f"Install it there, for example: {python} -m pip install {library}",
        )
        self.library = library


class TransportError(TelnyxError):
    """No usable answer came: connection, DNS, TLS, time-out, deadline, or a redirect to elsewhere."""

    kind = "transport"


class ResponseError(TelnyxError):
    """An answer came that is not what the API documents."""

    kind = "response"


class ApiError(TelnyxError):
    """The API answered with an error of its own.

    Its parts are the API's: HTTP ``status``, and ``code``, ``title`` and ``detail`` of the first entry in ``errors``
    (source: the error responses in Telnyx's published OpenAPI document).
    """

    kind = "api"

    def __init__(  # noqa: PLR0913 - the parts of an API error
        self,
        message: str,
        hint: str,
        *,
        status: int,
        code: str = "",
        title: str = "",
        detail: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.request_id = request_id

    def as_dict(self) -> dict[str, Any]:
        return {
            **super().as_dict(),
            "status": self.status,
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
            "request_id": self.request_id,
        }


class AuthenticationError(ApiError):
    """401 or 403: the API key is not accepted, or not for this."""

    kind = "authentication"


class IncompleteError(TelnyxError):
    """The list did not hold still long enough to be read whole."""

    kind = "incomplete"


class QueryError(TelnyxError):
    """A JMESPath expression is wrong, or does not fit the records."""

    kind = "query"


class NotFoundError(TelnyxError):
    """A term names no connection."""

    kind = "not_found"


class AmbiguousError(TelnyxError):
    """A term names several connections; ``ids`` are theirs."""

    kind = "ambiguous"

    def __init__(self, term: str, field: str, ids: Sequence[str]) -> None:
        shown = ", ".join(one_line(each, 64) for each in ids[:IDS_SHOWN])
        more = f" and {len(ids) - IDS_SHOWN} more" if len(ids) > IDS_SHOWN else ""
        super().__init__(
            f"{len(ids)} connections have the {field} {one_line(term)!r}: {shown}{more}.",
            "Name the one you mean by its id.",
        )
        self.ids = list(ids)

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "ids": self.ids}


class DesiredError(TelnyxError):
    """A desired record or a file of them cannot be used: compared with it, nothing could be said to be in sync."""

    kind = "desired"


class TooFewConnectionsError(TelnyxError):
    """The account has fewer connections than the caller expects at the least, as that of another key would."""

    kind = "too_few_connections"

    def __init__(self, found: int, least: int) -> None:
        super().__init__(
            f"The account has {found} credential connections, but at least {least} are expected.",
            "Is it the API key of another account? If so few are right, set min_connections (in the roles"
            " drift_check_min_connections or policy_check_min_connections); 0 allows an empty account.",
        )
        self.found = found
        self.least = least

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "found": self.found, "least": self.least}


class SeveralAccountsError(TelnyxError):
    """A check that runs once was given hosts that mean several accounts.

    ``groups`` are, for each variable that differs, the hosts that agree on it; values are left out, for they are secret.
    """

    kind = "several_accounts"

    def __init__(self, groups: Mapping[str, Sequence[Sequence[str]]]) -> None:
        differing = "; ".join(
            f"{name}: {' or '.join(_names(hosts) for hosts in found)}" for name, found in sorted(groups.items())
        )
        super().__init__(
            f"The check runs once for the play, but its hosts have different values of a variable that says which"
            f" account is read ({differing}).",
            "Check each account by itself, with a folder of its own for the reports: one play for each, serial: 1, or"
            " include_role in a loop with these variables.",
        )


def _names(hosts: Sequence[str], limit: int = 5) -> str:
    more = f" and {len(hosts) - limit} more" if len(hosts) > limit else ""
    return ", ".join(one_line(host, 64) for host in hosts[:limit]) + more


class RuleError(TelnyxError):
    """A policy rule or an exemption cannot be used."""

    kind = "rule"


class ReportError(TelnyxError):
    """A file could not be written."""

    kind = "report"


class SipConfigError(TelnyxError):
    """A SIP program cannot be configured for a connection as it is; nothing was written."""

    kind = "sip_config"
