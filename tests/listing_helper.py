"""Lists the sandbox's account, and checks that no secret is in an error or in the log."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _errors as errors
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.credential_connections import Listing
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.options import check_options
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.snapshot_file import read_connections
from sandbox.process import SandboxProcess

KEY = "KEY_SANDBOX"


class Lister:
    """Lists the sandbox's account; ``logged`` are the log lines of all calls."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self.logged: list[str] = []

    def __call__(self, **options: Any) -> Listing:
        values = {"api_key": KEY, "api_url": self.sandbox.api_url, "timeout": 5.0, "deadline": 20.0, **options}
        return read_connections(check_options(values), self.logged.append)

    def error(self, kind: type[errors.TelnyxError], **options: Any) -> errors.TelnyxError:
        """Return the error that the listing ends with. It contains neither the key nor a password of the account."""
        error = self.error_without_key(kind, **options)
        assert not [each for each in self.sandbox.seen()["records"] if each["password"] in str(error.as_dict())]
        return error

    def error_without_key(self, kind: type[errors.TelnyxError], **options: Any) -> errors.TelnyxError:
        """Return the error that the listing ends with, for a sandbox with TLS, whose passwords cannot be read here."""
        with pytest.raises(kind) as caught:
            self(**options)
        text = f"{caught.value} {caught.value.as_dict()} {self.logged}"
        assert KEY not in text
        assert text.isprintable()
        return caught.value

    def expected(self) -> list[str]:
        """Return the ids of the account's present connections, in the order of their creation."""
        records = sorted(self.sandbox.seen()["records"], key=lambda each: (each["created_at"], each["id"]))
        return [each["id"] for each in records]


def ids(listing: Listing) -> list[str]:
    return [record["id"] for record in listing.records]
