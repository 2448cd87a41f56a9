"""Listing over HTTP: all connections, or one clear error, whatever the server does."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import trustme
from ansible_collections.siptrunk.telnyx.plugins.module_utils import errors
from ansible_collections.siptrunk.telnyx.plugins.module_utils.listing import Listing, list_connections
from ansible_collections.siptrunk.telnyx.plugins.module_utils.options import check_options
from ansible_collections.siptrunk.telnyx.plugins.module_utils.version import VERSION
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


@pytest.fixture
def listed(sandbox: SandboxProcess) -> Lister:
    return Lister(sandbox)


def ids(listing: Listing) -> list[str]:
    return [record["id"] for record in listing.records]


@pytest.mark.parametrize("size", [0, 1, 249, 250, 251, 1001])
def test_every_connection_comes_once_with_one_request_a_page(listed: Lister, size: int) -> None:
    listed.sandbox.reset(connections=size)
    listing = listed()
    pages = max(1, -(-size // 250))
    assert ids(listing) == listed.expected()
    assert listing.meta == {"total_results": size, "pages": pages, "requests": pages, "walks": 1}
    requests = listed.sandbox.requests()
    assert {each["method"] for each in requests} == {"GET"}
    assert {each["user_agent"] for each in requests} == {f"siptrunk.telnyx/{VERSION}"}
    assert {each["query"]["page[size]"] for each in requests} == {"250"}
    assert {each["query"]["sort"] for each in requests} == {"created_at"}


def test_every_parameter_is_sent_by_its_documented_name(listed: Lister) -> None:
    listed.sandbox.reset(connections=300)
    profile = listed.sandbox.seen()["records"][0]["outbound"]["outbound_voice_profile_id"]
    listing = listed(
        connection_name_contains="BER",
        outbound_voice_profile_id=profile,
        sort="-connection_name",
        page_size=7,
        page_number=1,
    )
    assert listed.sandbox.requests()[0]["query"] == {
        "page[size]": "7",
        "page[number]": "1",
        "sort": "-connection_name",
        "filter[connection_name][contains]": "BER",
        "filter[outbound.outbound_voice_profile_id]": profile,
    }
    assert listing.records
    assert listing.warnings == []


def test_a_page_number_gives_that_page_alone(listed: Lister) -> None:
    listed.sandbox.reset(connections=30)
    listing = listed(page_number=2, page_size=20)
    assert ids(listing) == listed.expected()[20:]
    assert listing.meta == {"total_results": 30, "pages": 1, "requests": 1, "walks": 1}


def test_no_more_requests_are_in_flight_than_allowed(listed: Lister) -> None:
    listed.sandbox.reset(connections=100, delay=0.02)
    listed(page_size=5, concurrency=3)
    assert listed.sandbox.seen()["most_in_flight"] == 3


CHANGES: list[dict[str, Any]] = [
    {"delete": [0]},
    {"delete": [49]},
    {"insert": 1},
    {"delete": [0], "insert": 1},
    {"delete": [5, 15], "insert": 2},
    {"delete": [30], "insert": 1},
]


@pytest.mark.parametrize(("change", "page"), list(itertools.product(CHANGES, [2, 3, 5])), ids=str)
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("sort", ["created_at", "-connection_name"])
def test_a_change_between_two_pages_loses_and_repeats_nobody(
    listed: Lister, change: dict[str, Any], page: int, concurrency: int, sort: str
) -> None:
    fault = {"kind": "change", "pages": [page], "times": 1, **change}
    listed.sandbox.reset(connections=50, faults=[fault])
    before = listed.expected()
    listing = listed(page_size=10, concurrency=concurrency, sort=sort)
    # Whole as it was before the change, or whole as it was after it; never some of each.
    assert sorted(ids(listing)) in (sorted(before), sorted(listed.expected()))


def test_an_account_that_never_holds_still_is_an_error(listed: Lister) -> None:
    listed.sandbox.reset(connections=50, faults=[{"kind": "change", "pages": [3], "insert": 1}])
    error = listed.fails(errors.IncompleteError, page_size=10)
    assert "4 walks" in str(error)


def test_strict_walks_until_two_walks_agree(listed: Lister) -> None:
    listed.sandbox.reset(connections=50)
    assert listed(page_size=10, consistency="strict").meta == {
        "total_results": 50,
        "pages": 5,
        "requests": 10,
        "walks": 2,
    }
    first = listed.expected()[0]
    listed.sandbox.reset(
        connections=50, faults=[{"kind": "change", "pages": [5], "times": 1, "delete": [0], "insert": 1}]
    )
    assert first not in ids(listed(page_size=10, consistency="strict"))


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("size", [99, 100, 101, 620])
def test_a_server_may_cap_the_page_size(listed: Lister, silent: bool, size: int) -> None:
    listed.sandbox.reset(connections=size, faults=[{"kind": "cap", "size": 100, "silent": silent}])
    listing = listed()
    assert ids(listing) == listed.expected()
    assert listing.requests == -(-size // 100)


@pytest.mark.parametrize("cap", [100, 250])
@pytest.mark.parametrize("size", [0, 7, 100, 250, 251, 600])
def test_without_meta_it_reads_to_the_end(listed: Lister, size: int, cap: int) -> None:
    listed.sandbox.reset(connections=size, faults=[{"kind": "meta"}, {"kind": "cap", "size": cap}])
    assert ids(listed()) == listed.expected()
    assert len(listed.sandbox.requests()) <= 2 * (size // cap + 2)


def test_without_meta_a_server_that_repeats_itself_is_an_error(listed: Lister) -> None:
    listed.sandbox.reset(connections=600, faults=[{"kind": "meta"}, {"kind": "repeat"}])
    assert "names connections that pages before it named" in str(listed.fails(errors.IncompleteError))
    assert len(listed.sandbox.requests()) == 8


def test_pages_that_name_the_same_connections_are_an_error(listed: Lister) -> None:
    listed.sandbox.reset(connections=600, faults=[{"kind": "repeat", "pages": [2]}])
    assert "named twice: 250" in str(listed.fails(errors.IncompleteError))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "meta", "set": {"total_results": 10**12}}, "1000000000000 connections"),
        ({"kind": "meta", "set": {"total_results": 100_001}}, "100001 connections"),
        ({"kind": "meta", "set": {"total_results": -1}}, "not a count"),
        ({"kind": "meta", "set": {"total_results": 1.5}}, "not a count"),
        ({"kind": "meta", "set": {"total_results": True}}, "not a count"),
        ({"kind": "meta", "set": {"total_results": "many"}}, "not a count"),
        ({"kind": "meta", "set": {"total_pages": 10**9}}, "which cannot be"),
        ({"kind": "meta", "set": {"total_pages": [1]}}, "not a count"),
        ({"kind": "data"}, "data is missing"),
        ({"kind": "data", "value": None}, "data is not a list"),
        ({"kind": "data", "value": {}}, "data is not a list"),
        ({"kind": "data", "value": "x"}, "data is not a list"),
        ({"kind": "element", "value": "x"}, "element 25 of data is not an object"),
        ({"kind": "element", "value": None}, "element 25 of data is not an object"),
        ({"kind": "element", "value": {"id": None}}, "element 25 of data has no id"),
        ({"kind": "element", "value": {"id": ""}}, "element 25 of data has no id"),
        ({"kind": "element", "value": {"id": True}}, "element 25 of data has no id"),
        ({"kind": "html"}, "an HTML page, titled 'Corporate proxy login'"),
        ({"kind": "text", "body": '[{"password": "x"}]'}, "a JSON list"),
        ({"kind": "deep"}, "nested too deep"),
        ({"kind": "huge"}, "longer than 32 MiB"),
        ({"kind": "huge", "gzip": True}, "longer than 32 MiB"),
    ],
    ids=str,
)
def test_an_answer_that_is_not_the_api_s_is_one_error_without_another_try(
    listed: Lister, fault: dict[str, Any], said: str
) -> None:
    listed.sandbox.reset(faults=[fault])
    error = listed.fails(errors.ResponseError)
    assert said in str(error)
    assert (
        f"GET {listed.sandbox.api_url}/credential_connections" in str(error)
        or "The API says" in str(error)
        or "Page 1" in str(error)
    )
    assert len(listed.sandbox.requests()) == 1


def test_a_count_that_is_wrong_is_an_error(listed: Lister) -> None:
    for fault in ({"kind": "meta", "set": {"total_results": 24}}, {"kind": "drop"}):
        listed.sandbox.reset(faults=[fault])
        assert "but the API counts" in str(listed.fails(errors.IncompleteError))


def test_an_id_that_came_as_a_number_is_a_string(listed: Lister) -> None:
    number = 9007199254740993
    listed.sandbox.reset(faults=[{"kind": "element", "value": {"id": number}}])
    assert ids(listed())[-1] == str(number)


@pytest.mark.parametrize(
    "option", [{"connection_name_contains": "berlin"}, {"outbound_voice_profile_id": "1293384261075731499"}]
)
def test_a_filter_that_the_server_ignored_is_noticed_and_the_result_is_right(
    listed: Lister, option: dict[str, str]
) -> None:
    listed.sandbox.reset(connections=300)
    right = ids(listed(**option))
    assert 0 < len(right) < 300
    listed.sandbox.reset(connections=300, faults=[{"kind": "ignore_filters"}])
    listing = listed(**option)
    assert ids(listing) == right
    assert [f"{300 - len(right)} of 300 connections" in warning for warning in listing.warnings] == [True]
    assert "ignored a filter" in str(listed.fails(errors.ResponseError, page_number=1, **option))


def test_a_name_that_differs_in_accents_only_is_not_taken_for_one_that_the_server_let_slip(listed: Lister) -> None:
    listed.sandbox.reset(
        connections=1, overrides=[{"connection_name": "JOSÉ STRASSE"}], faults=[{"kind": "ignore_filters"}]
    )
    for text in ("jose", "José", "straße"):
        assert len(listed(connection_name_contains=text).records) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_error_is_tried_again(listed: Lister, status: int) -> None:
    listed.sandbox.reset(connections=30, faults=[{"kind": "status", "status": status, "pages": [2], "times": 2}])
    listing = listed(page_size=10)
    assert ids(listing) == listed.expected()
    assert listing.requests == 5
    assert [line for line in listed.said if line.startswith(f"page 2: HTTP {status}") and "try 2 of 6 in" in line]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 422, 501])
def test_a_lasting_error_is_not_tried_again(listed: Lister, status: int) -> None:
    fault = {"kind": "status", "status": status, "code": 10009, "title": "No", "detail": "Not so", "echo_key": True}
    listed.sandbox.reset(faults=[fault])
    error = listed.fails(errors.ApiError)
    assert isinstance(error, errors.AuthenticationError) == (status in (401, 403))
    for part in (f"HTTP {status}", "No: Not so", "[code 10009]", "req-0001", "(page 1)", error.hint):
        assert part in str(error)
    assert len(listed.sandbox.requests()) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"kind": "status", "status": 503}, "HTTP 503"),
        ({"kind": "reset"}, "closed the connection"),
        ({"kind": "cut"}, "cut short"),
        ({"kind": "cut", "chunked": True}, "cut short"),
        ({"kind": "hang"}, "no whole answer within 0.5 s"),
        ({"kind": "trickle", "seconds": 0.1}, "no whole answer within 0.5 s"),
    ],
    ids=str,
)
def test_a_lasting_fault_says_how_often_and_how_long_it_tried(
    listed: Lister, fault: dict[str, Any], reason: str
) -> None:
    listed.sandbox.reset(faults=[fault])
    error = listed.fails(errors.TelnyxError, retries=1, timeout=0.5)
    assert reason in str(error)
    assert "Tried 2 times in" in str(error)
    assert len(listed.sandbox.requests()) == 2


@pytest.mark.parametrize(
    ("fault", "requests"),
    [
        ({"kind": "trickle", "headers": True, "seconds": 0.1}, 1),
        ({"kind": "trickle", "seconds": 0.1}, 1),
        ({"kind": "hang"}, 1),
        ({"kind": "status", "status": 429, "headers": {"Retry-After": "3600"}}, 1),
        ({"kind": "status", "status": 429, "headers": {"x-ratelimit-reset": "3600"}}, 1),
        ({"kind": "status", "status": 503, "headers": {"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}}, 1),
    ],
    ids=str,
)
def test_the_deadline_holds_whatever_the_server_does(listed: Lister, fault: dict[str, Any], requests: int) -> None:
    listed.sandbox.reset(faults=[fault])
    started = time.monotonic()
    error = listed.fails(errors.TelnyxError, deadline=1.0, timeout=60.0, retries=100)
    assert "deadline of 1 s" in str(error)
    assert time.monotonic() - started < 10
    assert len(listed.sandbox.requests()) == requests


@pytest.mark.parametrize("style", ["seconds", "unix", "retry-after", "date", "none"])
def test_a_rate_limit_is_kept_to(listed: Lister, style: str) -> None:
    listed.sandbox.reset(connections=120, rate_limit=10, rate_window=0.5, rate_headers=style)
    listing = listed(page_size=4, deadline=60.0)
    assert ids(listing) == listed.expected()
    refused = [each for each in listed.sandbox.requests() if each["status"] == 429]
    assert 0 < len(refused) <= 15


def test_a_redirect_within_the_origin_is_followed(listed: Lister) -> None:
    target = f"{listed.sandbox.api_url}/credential_connections?page[size]=250"
    listed.sandbox.reset(faults=[{"kind": "redirect", "to": target, "times": 1}])
    assert ids(listed()) == listed.expected()


def test_a_redirect_loop_is_an_error(listed: Lister) -> None:
    listed.sandbox.reset(faults=[{"kind": "redirect", "to": "/v2/credential_connections"}])
    assert "more than 3 times" in str(listed.fails(errors.TransportError))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_key_is_not_sent_to_where_a_redirect_points(listed: Lister, status: int) -> None:
    with SandboxProcess() as other:
        listed.sandbox.reset(
            faults=[{"kind": "redirect", "status": status, "to": f"{other.api_url}/credential_connections"}]
        )
        assert "redirects to another origin" in str(listed.fails(errors.TransportError))
        assert other.requests() == []


def test_neither_netrc_nor_a_proxy_gets_in_the_way_of_loopback(
    listed: Lister, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login thief password stolen\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ids(listed()) == listed.expected()


@pytest.mark.parametrize(
    ("url", "said"),
    [("http://127.0.0.1:9/v2", "Connection refused"), ("https://host.invalid/v2", "not found by DNS")],
)
def test_an_address_where_nobody_answers(url: str, said: str) -> None:
    options = check_options({"api_key": KEY, "api_url": url, "retries": 1, "timeout": 2.0, "deadline": 20.0})
    with pytest.raises(errors.TransportError, match=said) as caught:
        list_connections(options, lambda _text: None)
    assert "Tried 2 times" in str(caught.value)


def test_tls(tmp_path: Path) -> None:
    ca, stranger = trustme.CA(), trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    stranger.cert_pem.write_to_path(tmp_path / "stranger.pem")
    ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    ca.issue_cert("client@example.com").private_key_and_cert_chain_pem.write_to_path(tmp_path / "client.pem")
    good = {"ca_path": str(tmp_path / "ca.pem")}
    with SandboxProcess("--certificate", str(tmp_path / "server.pem")) as sandbox:
        listed = Lister(sandbox)
        assert len(listed(**good).records) == 25
        insecure = listed(validate_certs=False)
        assert len(insecure.records) == 25
        assert ["validate_certs is false" in warning for warning in insecure.warnings] == [True]
        for options in ({}, {"ca_path": str(tmp_path / "stranger.pem")}):
            error = str(listed.fails_without_asking(errors.TransportError, **options))
            assert "certificate was not accepted" in error
            assert "Tried once" in error
    certificates = ("--certificate", str(tmp_path / "server.pem"), "--client-ca", str(tmp_path / "ca.pem"))
    with SandboxProcess(*certificates) as sandbox:
        listed = Lister(sandbox)
        assert len(listed(**good, client_cert=str(tmp_path / "client.pem")).records) == 25
        assert "Tried 2 times" in str(listed.fails_without_asking(errors.TransportError, **good, retries=1))


def test_what_is_not_tls_is_an_error(listed: Lister) -> None:
    url = listed.sandbox.api_url.replace("http:", "https:")
    assert "TLS failed" in str(listed.fails(errors.TransportError, api_url=url, retries=0))


def test_no_thread_is_left_behind(listed: Lister) -> None:
    before = threading.active_count()
    listed.sandbox.reset(connections=100)
    listed(page_size=5)
    listed.sandbox.reset(connections=100, faults=[{"kind": "status", "status": 401, "pages": [7]}])
    listed.fails(errors.AuthenticationError, page_size=5)
    for _time in range(50):
        if threading.active_count() == before:
            break
        time.sleep(0.1)
    assert threading.active_count() == before


def test_it_says_what_it_does(listed: Lister) -> None:
    listed.sandbox.reset(connections=30, faults=[{"kind": "status", "status": 503, "pages": [3], "times": 1}])
    listed(page_size=10)
    assert listed.said[0] == "page 1 of 3 done; connections: 30"
    assert "page 2 done: 2 of 3" in listed.said
    assert [line for line in listed.said if line.startswith("page 3: HTTP 503 Service Unavailable; try 2 of 6 in")]
    assert listed.said[-1].startswith("connections: 30, pages: 3, requests: 4, in ")


MEMORY = """
import resource, sys
from ansible_collections.siptrunk.telnyx.plugins.module_utils import errors, listing, options
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    listing.list_connections(options.check_options({"api_key": "KEY_SANDBOX", "api_url": sys.argv[1]}), print)
except errors.ResponseError:
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("gzip", [False, True])
def test_a_body_without_end_takes_bounded_memory(listed: Lister, gzip: bool) -> None:
    listed.sandbox.reset(faults=[{"kind": "huge", "gzip": gzip}])
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, listed.sandbox.api_url], check=True, capture_output=True, text=True
    )
    assert int(done.stdout.splitlines()[-1]) < 250  # MiB


def test_a_missing_requests_is_an_error_that_says_what_to_install(listed: Lister, tmp_path: Path) -> None:
    (tmp_path / "requests.py").write_text("raise ImportError('not here')")
    code = MEMORY.replace("import resource, sys", f"import resource, sys; sys.path.insert(0, {str(tmp_path)!r})")
    code = code.replace(
        "errors.ResponseError:",
        "errors.MissingLibraryError as error: print(error); sys.exit()\nexcept ZeroDivisionError:",
    )
    done = subprocess.run(
        [sys.executable, "-c", code, listed.sandbox.api_url], check=True, capture_output=True, text=True
    )
    assert "requests is not installed for" in done.stdout
    assert "-m pip install requests" in done.stdout


def test_hostile_names_come_through_byte_for_byte(listed: Lister) -> None:
    listed.sandbox.reset(connections=30, hostile=True)
    names = [each["connection_name"] for each in listed.sandbox.seen()["records"]]
    assert [record["connection_name"] for record in listed(page_size=7).records] == names


def test_passwords_come_only_where_they_are_asked_for(listed: Lister) -> None:
    passwords = [each["password"] for each in listed.sandbox.seen()["records"]]
    text = json.dumps(listed().records, ensure_ascii=False)
    assert not [password for password in passwords if json.dumps(password, ensure_ascii=False)[1:-1] in text]
    assert [record["password"] for record in listed(include_passwords=True).records] == passwords
    listed.sandbox.reset(masked=True)
    assert {record["password_status"] for record in listed().records} == {"masked"}
