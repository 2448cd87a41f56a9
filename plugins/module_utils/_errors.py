# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every error that the collection raises on purpose."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ._text import one_line

IDS_SHOWN = 20


class TelnyxError(Exception):
    """Base class of the errors: ``message`` is a sentence about what happened, ``hint`` one about what to do, or empty.

    ``kind`` is the word that a playbook can test; every subclass has its own. ``FIELDS`` are the attributes that a user gets
    besides. All attributes are plain JSON types without secrets, and they are not changed once the error is created.
    """

    kind: ClassVar[str] = ""
    FIELDS: ClassVar[tuple[str, ...]] = ()
    _classes: ClassVar[dict[str, type[TelnyxError]]] = {}

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __init_subclass__(cls) -> None:
        """Register the class by its kind, for :meth:`from_json`."""
        TelnyxError._classes[cls.kind] = cls

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()

    def as_dict(self) -> dict[str, Any]:
        """Return the error as a module returns it, in plain JSON types."""
        fields = {name: getattr(self, name) for name in self.FIELDS}
        return {"kind": self.kind, "message": self.message, "hint": self.hint, **fields}

    def to_json(self) -> str:
        """Return the error as a JSON text, for another process of the run; see :meth:`from_json`."""
        return json.dumps([self.kind, vars(self)])

    @staticmethod
    def from_json(text: str) -> TelnyxError:
        """Return the error of a text that :meth:`to_json` returned. Raises ``json.JSONDecodeError``."""
        kind, attributes = json.loads(text)
        error_class = TelnyxError._classes[kind]
        error = error_class.__new__(error_class)  # without the constructor, which would compose the message again
        vars(error).update(attributes)
        return error


class InternalError(TelnyxError):
    """A bug of the collection."""

    kind = "internal"


class OptionError(TelnyxError):
    """The value of an option is refused. No request is sent with it."""

    kind = "option"
    FIELDS = ("option",)

    def __init__(self, option: str, message: str, hint: str = "") -> None:
        super().__init__(f"{option}: {message}", hint)
        self.option = option


class MissingLibraryError(TelnyxError):
    """A required Python library cannot be imported."""

    kind = "missing_library"

    def __init__(self, library: str, python: str) -> None:
        super().__init__(
            f"The Python library {library} is not installed for {python}.",
            f"Install it there, for example: {python} -m pip install {library}",
        )
        self.library = library


class TransportError(TelnyxError):
    """No response: an error of the connection, DNS or TLS, a timeout, the deadline, or a redirect to another server."""

    kind = "transport"


class ResponseError(TelnyxError):
    """A response is not what the API documents."""

    kind = "response"


class ApiError(TelnyxError):
    """The API responded with an error: the HTTP ``status``, and ``code``, ``title`` and ``detail`` of the first of its ``errors``.

    Source: the error responses in Telnyx's published OpenAPI document. ``request_id`` is the header ``X-Request-Id``.
    """

    kind = "api"
    FIELDS = ("status", "code", "title", "detail", "request_id")

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


class AuthenticationError(ApiError):
    """The status is 401 or 403: the API key is not accepted, or it has no permission for this."""

    kind = "authentication"


class IncompleteError(TelnyxError):
    """The list changed while it was read, each time, so that it could not be read completely."""

    kind = "incomplete"


class QueryError(TelnyxError):
    """A JMESPath expression is invalid, or cannot be applied to the records."""

    kind = "query"


class NotFoundError(TelnyxError):
    """No connection has the id, user name or connection name that is looked for."""

    kind = "not_found"


class AmbiguousError(TelnyxError):
    """Several connections have the user name or connection name that is looked for; ``ids`` are theirs."""

    kind = "ambiguous"
    FIELDS = ("ids",)

    def __init__(self, term: str, field: str, ids: Sequence[str]) -> None:
        shown = ", ".join(one_line(each, 64) for each in ids[:IDS_SHOWN])
        more = f" and {len(ids) - IDS_SHOWN} more" if len(ids) > IDS_SHOWN else ""
        super().__init__(
            f"{len(ids)} connections have the {field} {one_line(term)!r}: {shown}{more}.",
            "Name the one you mean by its id.",
        )
        self.ids = list(ids)


class DesiredError(TelnyxError):
    """A desired record, or a file of them, is invalid.

    It is an error and not drift, because no comparison with it would mean anything.
    """

    kind = "desired"


class RuleError(TelnyxError):
    """A policy rule or an exemption is invalid."""

    kind = "rule"


class TooFewConnectionsError(TelnyxError):
    """The account has fewer connections than expected, which may mean that the API key is of another account."""

    kind = "too_few_connections"
    FIELDS = ("found", "least")

    def __init__(self, found: int, least: int) -> None:
        super().__init__(
            f"The account has {found} credential connections, but at least {least} are expected.",
            "Is it the API key of another account? If so few are right, set min_connections (in the roles"
            " drift_check_min_connections or policy_check_min_connections); 0 allows an empty account.",
        )
        self.found = found
        self.least = least


class SeveralAccountsError(TelnyxError):
    """A check runs once for hosts whose variables select several accounts.

    ``groups`` has, for each variable that differs, the groups of hosts with the same value. The values are secret and not here.
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


class UnfinishedError(TelnyxError):
    """A check has not finished: what its reports show until the check replaces them."""

    kind = "unfinished"

    def __init__(self) -> None:
        super().__init__("The check did not finish.", "The output of ansible-playbook says why.")


class ReportError(TelnyxError):
    """A report or another file cannot be written."""

    kind = "report"


class SipConfigError(TelnyxError):
    """A SIP program cannot be configured for a connection. Nothing is written."""

    kind = "sip_config"


def _names(hosts: Sequence[str], limit: int = 5) -> str:
    more = f" and {len(hosts) - limit} more" if len(hosts) > limit else ""
    return ", ".join(one_line(host, 64) for host in hosts[:limit]) + more
