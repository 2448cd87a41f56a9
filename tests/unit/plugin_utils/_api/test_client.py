"""Requests: retries, the rate limit, the deadline and concurrency."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _errors as errors
from listing_helper import Lister, ids


def test_client_concurrency_limits_requests_in_flight(lister: Lister) -> None:
    lister.sandbox.reset(connections=100, delay=0.02)
    lister(page_size=5, concurrency=3)
    assert lister.sandbox.seen()["most_in_flight"] == 3


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_client_retryable_status_is_retried(lister: Lister, status: int) -> None:
    lister.sandbox.reset(connections=30, faults=[{"kind": "status", "status": status, "pages": [2], "times": 2}])
    listing = lister(page_size=10)
    assert ids(listing) == lister.expected()
    assert listing.requests == 5
    assert [line for line in lister.logged if line.startswith(f"page 2: HTTP {status}") and "try 2 of 6 in" in line]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 422, 501])
def test_client_other_status_fails_after_one_request(lister: Lister, status: int) -> None:
    fault = {"kind": "status", "status": status, "code": 10009, "title": "No", "detail": "Not so", "echo_key": "whole"}
    lister.sandbox.reset(faults=[fault])
    error = lister.error(errors.ApiError)
    assert isinstance(error, errors.AuthenticationError) == (status in (401, 403))
    for part in (f"HTTP {status}", "No: Not so", "[code 10009]", "req-0001", "(page 1)", error.hint):
        assert part in str(error)
    assert len(lister.sandbox.requests()) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"kind": "status", "status": 503}, "HTTP 503"),
        ({"kind": "reset"}, "closed the connection"),
        ({"kind": "cut"}, "response is incomplete"),
        ({"kind": "cut", "chunked": True}, "response is incomplete"),
        ({"kind": "hang"}, "no complete response within 0.5 s"),
        ({"kind": "trickle", "seconds": 0.1}, "no complete response within 0.5 s"),
        ({"kind": "trickle", "headers": True, "seconds": 0.1}, "no complete response within 0.5 s"),
        ({"kind": "interim"}, "no complete response within 0.5 s"),
    ],
    ids=str,
)
def test_client_persistent_failure_reports_its_attempts(lister: Lister, fault: dict[str, Any], reason: str) -> None:
    lister.sandbox.reset(faults=[fault])
    error = lister.error(errors.TelnyxError, retries=1, timeout=0.5)
    assert reason in str(error)
    assert "Tried 2 times in" in str(error)
    assert len(lister.sandbox.requests()) == 2


@pytest.mark.parametrize(
    ("fault", "requests"),
    [
        ({"kind": "trickle", "headers": True, "seconds": 0.1}, 1),
        ({"kind": "trickle", "seconds": 0.1}, 1),
        ({"kind": "interim"}, 1),
        ({"kind": "hang"}, 1),
        ({"kind": "status", "status": 429, "headers": {"Retry-After": "3600"}}, 1),
        ({"kind": "status", "status": 429, "headers": {"x-ratelimit-reset": "3600"}}, 1),
        ({"kind": "status", "status": 503, "headers": {"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}}, 1),
    ],
    ids=str,
)
def test_client_slow_or_limiting_server_ends_at_the_deadline(
    lister: Lister, fault: dict[str, Any], requests: int
) -> None:
    lister.sandbox.reset(faults=[fault])
    started = time.monotonic()
    error = lister.error(errors.TelnyxError, deadline=1.0, timeout=60.0, retries=100)
    assert "deadline of 1 s" in str(error)
    assert time.monotonic() - started < 10
    assert len(lister.sandbox.requests()) == requests


@pytest.mark.parametrize("style", ["seconds", "unix", "retry-after", "date", "none"])
def test_client_rate_limit_is_respected(lister: Lister, style: str) -> None:
    lister.sandbox.reset(connections=120, rate_limit=10, rate_window=0.5, rate_headers=style)
    listing = lister(page_size=4, deadline=60.0)
    assert ids(listing) == lister.expected()
    refused = [each for each in lister.sandbox.requests() if each["status"] == 429]
    assert 0 < len(refused) <= 15


def test_client_leaves_no_thread(lister: Lister) -> None:
    before = threading.active_count()
    lister.sandbox.reset(connections=100)
    lister(page_size=5)
    lister.sandbox.reset(connections=100, faults=[{"kind": "status", "status": 401, "pages": [7]}])
    lister.error(errors.AuthenticationError, page_size=5)
    for _time in range(50):
        if threading.active_count() <= before:
            break
        time.sleep(0.1)
    assert threading.active_count() <= before


# A process that lists the account; "ended" is written after the error.
LIST = """
import sys
from listing_helper import Lister
try:
    Lister(type("Sandbox", (), {"api_url": sys.argv[1]}))(deadline=1.0, timeout=60.0)
except Exception as exc:
    print(exc, "ended")
"""


@pytest.mark.parametrize("headers", [True, False])
def test_client_process_ends_although_a_thread_still_reads(lister: Lister, headers: bool) -> None:
    lister.sandbox.reset(faults=[{"kind": "trickle", "headers": headers, "seconds": 0.1}])
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", LIST, lister.sandbox.api_url]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=30)
    assert "deadline of 1 s" in done.stdout, done.stderr
    assert done.stdout.endswith("ended\n")
    assert done.returncode == 0


def test_client_logs_pages_and_retries(lister: Lister) -> None:
    lister.sandbox.reset(connections=30, faults=[{"kind": "status", "status": 503, "pages": [3], "times": 1}])
    lister(page_size=10)
    assert lister.logged[0] == "page 1 of 3 done; connections: 30"
    assert "page 2 done: 2 of 3" in lister.logged
    assert [line for line in lister.logged if line.startswith("page 3: HTTP 503 Service Unavailable; try 2 of 6 in")]
    assert lister.logged[-1].startswith("connections: 30, pages: 3, requests: 4, in ")
