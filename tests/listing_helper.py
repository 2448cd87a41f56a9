"""Lists the sandbox's account, and looks for secrets in what comes of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _errors as errors
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.credential_connections import (
    Listing,
    list_connections,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import check_options
from sandbox.process import SandboxProcess

KEY = "KEY_SANDBOX"


class Lister:
    """Lists the sandbox's account; ``said`` is what the listing said."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self.said: list[str] = []

    def __call__(self, **options: Any) -> Listing:
        values = {"api_key": KEY, "api_url": self.sandbox.api_url, "timeout": 5.0, "deadline": 20.0, **options}
        return list_connections(check_options(values), self.said.append)

    def fails(self, kind: type[errors.TelnyxError], **options: Any) -> errors.TelnyxError:
        """List, and give the error that it ends with, which shows no secret."""
        error = self.fails_without_asking(kind, **options)
        assert not [each for each in self.sandbox.seen()["records"] if each["password"] in str(error.as_dict())]
        return error

    def fails_without_asking(self, kind: type[errors.TelnyxError], **options: Any) -> errors.TelnyxError:
        """The same for a sandbox that cannot be asked for its passwords."""
        with pytest.raises(kind) as caught:
            self(**options)
        text = f"{caught.value} {caught.value.as_dict()} {self.said}"
        assert KEY not in text
        assert text.isprintable()
        return caught.value

    def expected(self) -> list[str]:
        """The ids of the account as it is now, in the order of their making."""
        records = sorted(self.sandbox.seen()["records"], key=lambda each: (each["created_at"], each["id"]))
        return [each["id"] for each in records]


def ids(listing: Listing) -> list[str]:
    return [record["id"] for record in listing.records]
