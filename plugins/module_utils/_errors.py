# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every error that the collection raises on purpose."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Callable, ClassVar

from ._text import one_line, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

IDS_SHOWN = 20


class TelnyxError(Exception):
    """Base class of the errors: ``message`` is a sentence about what happened, ``hint`` one about what to do, or empty.

    ``kind`` is the word that a playbook can test; every subclass has its own. ``fields`` are what a user gets besides. All of
    it is plain JSON types without secrets, and is not changed after the error is created.
    """

    kind: ClassVar[str] = ""
    _classes: ClassVar[dict[str, type[TelnyxError]]] = {}

    def __init__(self, message: str, hint: str = "", **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fields = fields

    def __init_subclass__(cls) -> None:
        """Register the class by its kind, for :meth:`from_json`."""
        TelnyxError._classes[cls.kind] = cls

    def __str__(self) -> str:
        return f"{self.full_message()} {self.hint}".rstrip()

    def full_message(self) -> str:
        """Return the message as users see it, without the hint."""
        return self.message

    def as_dict(self) -> dict[str, Any]:
        """Return the error as a module returns it, in plain JSON types."""
        return {"kind": self.kind, "message": self.full_message(), "hint": self.hint, **self.fields}

    def to_json(self) -> str:
        """Return the error as a JSON text, for another process of the run; see :meth:`from_json`."""
        return json.dumps([self.kind, vars(self)])

    @staticmethod
    def from_json(text: str) -> TelnyxError:
        """Return the error of a text that :meth:`to_json` returned. Raises ``json.JSONDecodeError``."""
        kind, attributes = json.loads(text)
        return _create(TelnyxError._classes[kind], **attributes)

    def with_context(self, context: str) -> TelnyxError:
        """Return a copy of this error whose message begins with the context, such as ``GET URL``, and a colon."""
        return _create(type(self), f"{context}: {self.message}", self.hint, self.fields)

    def with_strings(self, change: Callable[[str], str]) -> TelnyxError:
        """Return a copy of this error in which each string is replaced by what ``change`` returns for it."""
        return _create(type(self), **{name: _change_strings(value, change) for name, value in vars(self).items()})


def _create(kind: type[TelnyxError], message: str, hint: str, fields: dict[str, Any]) -> TelnyxError:
    """Return an error with these attributes, which the constructors of some classes compose from others."""
    error = kind.__new__(kind, message)
    TelnyxError.__init__(error, message, hint, **fields)
    return error


def _change_strings(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _change_strings(each, change) for key, each in value.items()}
    return [_change_strings(each, change) for each in value] if isinstance(value, list) else value


class InternalError(TelnyxError):
    """A bug of the collection."""

    kind = "internal"


class OptionError(TelnyxError):
    """The value of an option is refused. No request is sent with it."""

    kind = "option"

    def __init__(self, option: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint, option=option)

    @property
    def option(self) -> str:
        """The name of the option."""
        return str(self.fields["option"])

    def full_message(self) -> str:
        return f"{self.option}: {self.message}"


class MissingLibraryError(TelnyxError):
    """The Python library ``library`` cannot be imported."""

    kind = "missing_library"

    def __init__(self, library: str) -> None:
        super().__init__(
            f"The Python library {library} is not installed for {sys.executable}.",
            f"Install it there, for example: {sys.executable} -m pip install {library}",
            library=library,
        )


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


class AuthenticationError(ApiError):
    """The status is 401 or 403: the API key is not accepted, or it has no permission for this."""

    kind = "authentication"


class IncompleteError(TelnyxError):
    """The list changed while it was read, each time, so that it could not be read completely."""

    kind = "incomplete"


class SnapshotError(TelnyxError):
    """A snapshot file cannot be written, or cannot be used; no request is sent instead of using it."""

    kind = "snapshot"


class QueryError(TelnyxError):
    """A JMESPath expression is invalid, or cannot be applied to the records."""

    kind = "query"


class NotFoundError(TelnyxError):
    """No connection has the id, user name or connection name that is looked for."""

    kind = "not_found"


class AmbiguousError(TelnyxError):
    """Several connections, with the ``ids``, have the user name or connection name that is looked for, in ``field``."""

    kind = "ambiguous"

    def __init__(self, term: str, field: str, ids: Sequence[str]) -> None:
        shown = ", ".join(one_line(each, 64) for each in ids[:IDS_SHOWN])
        more = f" and {len(ids) - IDS_SHOWN} more" if len(ids) > IDS_SHOWN else ""
        message = f"{len(ids)} connections have the {field} {quoted(term)}: {shown}{more}."
        super().__init__(message, "Name the one you mean by its id.", ids=list(ids))


class DesiredError(TelnyxError):
    """A desired record, or a file of them, is invalid.

    It is an error and not drift, because no comparison with it would mean anything.
    """

    kind = "desired"


class RuleError(TelnyxError):
    """A policy rule is invalid."""

    kind = "rule"


class AcceptanceError(TelnyxError):
    """An entry of a file of accepted findings, or an exemption, is invalid, or the file is; or nothing can be accepted."""

    kind = "acceptance"


class TooFewConnectionsError(TelnyxError):
    """The account has ``found`` connections, fewer than ``minimum``: the API key may be of another account.

    ``remedy`` is what to do if the account is the right one: the caller knows the option for it.
    """

    kind = "too_few_connections"

    def __init__(self, found: int, minimum: int, remedy: str) -> None:
        super().__init__(
            f"The account has {found} credential connections, but at least {minimum} are expected.",
            f"Is it the API key of another account? If not, {remedy}.",
            found=found,
            minimum=minimum,
        )


class ReportError(TelnyxError):
    """A report or another file cannot be written."""

    kind = "report"


class SipConfigError(TelnyxError):
    """A SIP program cannot be configured for a connection. Nothing is written."""

    kind = "sip_config"
