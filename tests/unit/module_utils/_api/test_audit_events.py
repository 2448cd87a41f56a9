"""Audit events, read from the sandbox: as many as the API returns, and a note about the others."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _errors as errors
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api import audit_events
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.audit_events import AuditLog, list_audit_events
from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import check_options
from sandbox.audit import make_event
from sandbox.process import SandboxProcess

KEY = "KEY_SANDBOX"
SINCE = "2026-11-01T00:00:00Z"


def fill(sandbox: SandboxProcess, count: int, faults: Any = ()) -> list[str]:
    """Put events into the log, one a minute; return their ids."""
    sandbox.reset(connections=1, audit_faults=faults)
    events = [
        make_event(
            "update",
            "1",
            [],
            created_at=f"2026-11-{2 + number // 1440:02d}T{number // 60 % 24:02d}:{number % 60:02d}:00Z",
        )
        for number in range(count)
    ]
    sandbox.change(events=events)
    return [each["id"] for each in events]


def read(sandbox: SandboxProcess, **options: Any) -> AuditLog:
    lines: list[str] = []
    values = {"api_key": KEY, "api_url": sandbox.api_url, "timeout": 5.0, "deadline": 10.0, "retries": 0, **options}
    found = list_audit_events(check_options(values), SINCE, lines.append)
    assert KEY not in f"{found}{lines}"
    return found


def ids(found: AuditLog) -> list[str]:
    return sorted({event["id"] for event in found.events})


def pages(sandbox: SandboxProcess) -> list[int]:
    return sorted(int(each["query"]["page[number]"]) for each in sandbox.requests())


def test_request_has_the_documented_parameters(sandbox: SandboxProcess) -> None:
    expected = fill(sandbox, 3)
    found = read(sandbox)
    assert (ids(found), found.note, found.requests) == (sorted(expected), "", 1)
    (request,) = sandbox.requests()
    assert request["path"] == "/v2/audit_events"
    assert request["query"] == {
        "filter[created_after]": SINCE, "sort": "asc", "page[size]": "250", "page[number]": "1"
    }  # fmt: skip


def test_empty_log_is_complete(sandbox: SandboxProcess) -> None:
    fill(sandbox, 0)
    assert read(sandbox) == AuditLog([], "", 1)


@pytest.mark.parametrize(
    ("faults", "count", "read_pages"),
    [
        ([], 600, [1, 2, 3]),
        ([{"kind": "reverse"}], 600, [1, 2, 3]),
        ([{"kind": "duplicates"}], 600, [1, 2, 3, 4, 5]),
        ([{"kind": "meta"}], 600, [1, 2, 3, 4]),
        ([{"kind": "meta"}], 250, [1, 2]),
        ([{"kind": "meta", "set": {"total_results": "many", "total_pages": None}}], 250, [1, 2]),
        ([{"kind": "meta", "set": {"total_pages": None}}], 600, [1, 2, 3]),
        ([{"kind": "meta", "set": {"total_results": None}}], 600, [1, 2, 3]),
    ],
)
def test_every_page_is_read(faults: Any, count: int, read_pages: list[int], sandbox: SandboxProcess) -> None:
    expected = fill(sandbox, count, faults)
    found = read(sandbox)
    assert ids(found) == sorted(expected)
    assert pages(sandbox) == read_pages
    assert bool(found.note) == (faults[:1] == [{"kind": "duplicates"}])  # the total counts them twice
    assert found.may_lack_newer == bool(found.note)


@pytest.mark.parametrize(
    ("fault", "note", "lost"),
    [
        ({"kind": "status", "status": 500, "pages": [2]}, "could not be read: GET", 250),
        ({"kind": "text", "body": "<html>", "pages": [2]}, "could not be read: GET", 250),
        ({"kind": "status", "status": 403, "echo_key": "whole", "pages": [2]}, "could not be read: GET", 250),
        ({"kind": "data", "pages": [2]}, "is not what the API documents", 250),
        ({"kind": "data", "value": {"id": "x"}, "pages": [2]}, "is not what the API documents", 250),
        ({"kind": "element", "value": None, "pages": [2]}, "is not what the API documents", 1),
        ({"kind": "drop", "pages": [2], "times": 1}, "The API returned 599 of 600 events.", 1),
        ({"kind": "hang", "pages": [2]}, "could not be read: GET", 250),
    ],
)
def test_page_that_cannot_be_read_becomes_a_note(
    fault: dict[str, Any], note: str, lost: int, sandbox: SandboxProcess
) -> None:
    expected = fill(sandbox, 600, [fault])
    found = read(sandbox, timeout=1.0, concurrency=1)
    assert note in found.note
    assert found.may_lack_newer
    # An error of one page may end the reading of the pages after it.
    assert 600 - len(ids(found)) >= lost
    assert set(ids(found)) <= set(expected)
    assert len(ids(found)) >= 250


@pytest.mark.parametrize("faults", [[], [{"kind": "status", "status": 503, "pages": [4], "times": 1}]])
def test_only_the_newest_pages_of_a_huge_log_are_read(
    faults: Any, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the fault, page 5 is received before page 4."""
    monkeypatch.setattr(audit_events, "PAGES_MAX", 2)
    expected = fill(sandbox, 1200, faults)
    found = read(sandbox, retries=1)
    assert set(pages(sandbox)) == {1, 4, 5}
    assert set(expected[750:]) <= set(ids(found))
    assert found.note == "Only its last 2 pages were read."
    assert not found.may_lack_newer


@pytest.mark.parametrize("kind", ["meta", "reverse", "missing page"])
def test_newer_events_of_a_huge_log_may_be_missing(
    kind: str, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API gives no number of pages, does not obey the order, or fails."""
    monkeypatch.setattr(audit_events, "PAGES_MAX", 2)
    expected = fill(
        sandbox, 1200, [{"kind": "status", "status": 500, "pages": [5]} if kind == "missing page" else {"kind": kind}]
    )
    found = read(sandbox)
    assert found.may_lack_newer
    assert f"Only its {'first' if kind == 'meta' else 'last'} 2 pages were read." in found.note
    assert len(ids(found)) < len(expected)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "status", "status": 401}, errors.AuthenticationError),
        ({"kind": "status", "status": 403, "echo_key": "whole"}, errors.AuthenticationError),
        ({"kind": "status", "status": 404}, errors.ApiError),
        ({"kind": "status", "status": 422}, errors.ApiError),
        ({"kind": "status", "status": 503}, errors.ApiError),
        ({"kind": "html", "echo_key": "whole"}, errors.ResponseError),
        ({"kind": "text", "body": "[]"}, errors.ResponseError),
        ({"kind": "deep"}, errors.ResponseError),
        ({"kind": "data"}, errors.ResponseError),
        ({"kind": "data", "value": "text"}, errors.ResponseError),
        ({"kind": "reset"}, errors.TransportError),
        ({"kind": "hang"}, errors.TransportError),
    ],
)
def test_first_page_that_cannot_be_read_is_an_error(
    fault: dict[str, Any], kind: type[errors.TelnyxError], sandbox: SandboxProcess
) -> None:
    fill(sandbox, 3, [fault])
    with pytest.raises(kind) as caught:
        read(sandbox, timeout=1.0)
    assert KEY not in f"{caught.value.as_dict()}"


def test_temporary_error_is_retried(sandbox: SandboxProcess) -> None:
    expected = fill(sandbox, 3, [{"kind": "status", "status": 429, "times": 1, "headers": {"Retry-After": "0"}}])
    found = read(sandbox, retries=1)
    assert (ids(found), found.note, found.requests) == (sorted(expected), "", 2)
