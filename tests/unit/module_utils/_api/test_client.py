"""Requests: tried again or not, within the time that they have, and the key to its own origin only."""

from __future__ import annotations

import contextlib
import logging
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote

import pytest
import trustme
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _errors as errors
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.credential_connections import list_connections
from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import check_options
from listing_helper import KEY, Lister, ids
from sandbox.process import SandboxProcess


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_error_is_tried_again(listed: Lister, status: int) -> None:
    listed.sandbox.reset(connections=30, faults=[{"kind": "status", "status": status, "pages": [2], "times": 2}])
    listing = listed(page_size=10)
    assert ids(listing) == listed.expected()
    assert listing.requests == 5
    assert [line for line in listed.said if line.startswith(f"page 2: HTTP {status}") and "try 2 of 6 in" in line]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 422, 501])
def test_a_lasting_error_is_not_tried_again(listed: Lister, status: int) -> None:
    fault = {"kind": "status", "status": status, "code": 10009, "title": "No", "detail": "Not so", "echo_key": "whole"}
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
        ({"kind": "trickle", "headers": True, "seconds": 0.1}, "no whole answer within 0.5 s"),
        ({"kind": "interim"}, "no whole answer within 0.5 s"),
        ({"kind": "hollow"}, "no whole answer within 0.5 s"),
        ({"kind": "hollow", "blocks": True}, "no whole answer within 0.5 s"),
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
        ({"kind": "interim"}, 1),
        ({"kind": "hollow"}, 1),
        ({"kind": "hollow", "blocks": True}, 1),
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


def test_the_bound_of_a_body_counts_the_bytes_that_were_sent_too(listed: Lister) -> None:
    listed.sandbox.reset(faults=[{"kind": "hollow", "blocks": True, "seconds": 0}])
    assert "longer than 32 MiB" in str(listed.fails(errors.ResponseError, timeout=60.0, deadline=60.0))


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


@pytest.mark.parametrize("body", ["trickle", "bomb"])
def test_the_body_of_a_redirect_is_not_read(listed: Lister, body: str) -> None:
    target = f"{listed.sandbox.api_url}/credential_connections?page[size]=250"
    listed.sandbox.reset(faults=[{"kind": "redirect", "to": target, "times": 1, "body": body}])
    listing = listed(timeout=60.0, retries=0)
    assert ids(listing) == listed.expected()
    assert listing.requests == 1


FORMS = ["whole", "lower", "end", "zero-width", "nul", "percent", "percent twice"]
LONG_KEY = "KEY0123456789ABCDEF_canary"


def readable(error: errors.TelnyxError) -> str:
    """An error as a person can read it who looks for the key."""
    text = f"{error} {error.as_dict()}"
    for _level in range(2):
        text = unquote(text)
    return "".join(char for char in text if "!" <= char <= "~").lower()


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_the_key_that_a_server_quotes_is_in_an_error(listed: Lister, tmp_path: Path, form: str) -> None:
    (tmp_path / "key").write_text(LONG_KEY)
    for fault, kind in (
        ({"kind": "status", "status": 403, "echo_key": form}, errors.AuthenticationError),
        ({"kind": "html", "echo_key": form}, errors.ResponseError),
    ):
        listed.sandbox.reset(keys=[LONG_KEY], faults=[fault])
        for key in ({"api_key": LONG_KEY}, {"api_key": None, "api_key_file": str(tmp_path / "key")}):
            error = listed.fails(kind, **key)
            assert "********" in str(error)
            assert "89abcdef_canary" not in readable(error)


@pytest.mark.parametrize("form", ["lower", "end"])
def test_no_form_of_the_key_is_in_the_error_about_a_redirect(listed: Lister, form: str) -> None:
    listed.sandbox.reset(keys=[LONG_KEY], faults=[{"kind": "redirect", "to": "http://KEY.example/", "echo_key": form}])
    error = listed.fails(errors.TransportError, api_key=LONG_KEY)
    assert "http://********.example:80" in str(error)
    assert "canary" not in str(error)


@pytest.mark.parametrize("name", ["total_results", "total_pages"])
def test_no_value_of_a_body_is_in_an_error(listed: Lister, name: str) -> None:
    for value in (
        "hunter2hunter2",
        2222222222222,
        ["hunter2hunter2"],
        {"x": "hunter2hunter2"},
        -2222222222,
        2.222222222,
    ):
        listed.sandbox.reset(faults=[{"kind": "meta", "set": {name: value}}])
        text = f"{listed.fails(errors.ResponseError).as_dict()} {listed.said}"
        assert "hunter2" not in text
        assert "222222" not in text


def test_a_malformed_header_gets_into_no_log(listed: Lister, caplog: pytest.LogCaptureFixture) -> None:
    listed.sandbox.reset(faults=[{"kind": "malformed"}])
    with caplog.at_level(logging.DEBUG):
        listed.fails(errors.TelnyxError, retries=0)
    assert caplog.records
    assert KEY not in caplog.text


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


class Tunnel(socketserver.BaseRequestHandler):
    """A proxy for https: a tunnel to what CONNECT asks for, or, with ``slow``, an answer without end."""

    slow = False
    asked: ClassVar[list[bytes]] = []

    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.request.recv(4096)
        self.asked.append(head)
        self.request.sendall(b"HTTP/1.1 200 OK\r\n")
        with contextlib.suppress(OSError):
            while self.slow:
                self.request.sendall(b"x")
                time.sleep(0.05)
        self.request.sendall(b"\r\n")
        host, port = head.split()[1].decode().split(":")
        with socket.create_connection((host, int(port))) as server:
            back = threading.Thread(target=self.copy, args=(server, self.request), daemon=True)
            back.start()
            self.copy(self.request, server)
            back.join()

    @staticmethod
    def copy(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Tunnel]]:
    monkeypatch.setattr(Tunnel, "slow", False)
    monkeypatch.setattr(Tunnel, "asked", [])
    socketserver.ThreadingTCPServer.daemon_threads = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Tunnel) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.server_address[1]}")
        yield Tunnel
        server.shutdown()


def test_https_goes_through_the_proxy_of_the_environment_which_never_has_the_key(
    proxy: type[Tunnel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login thief password stolen\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with SandboxProcess("--certificate", str(tmp_path / "server.pem")) as sandbox:
        listed = Lister(sandbox)
        url = sandbox.api_url.replace("https:", "HTTPS:")  # a scheme has no case
        assert len(listed(api_url=url).records) == 25
        assert [line.split(b" ")[0] for line in proxy.asked] == [b"CONNECT"]
        assert KEY.encode() not in proxy.asked[0]
        monkeypatch.setattr(proxy, "slow", True)
        error = listed.fails_without_asking(errors.TransportError, timeout=0.5, retries=1)
        assert "no whole answer within 0.5 s" in str(error)
        assert "Tried 2 times" in str(error)
        assert [line.split(b" ")[0] for line in proxy.asked] == [b"CONNECT"] * 3
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert len(listed().records) == 25


def test_what_is_not_tls_is_an_error(listed: Lister) -> None:
    url = listed.sandbox.api_url.replace("http:", "https:")
    assert "TLS failed" in str(listed.fails(errors.TransportError, api_url=url, retries=0))


def test_a_tls_handshake_that_trickles_meets_the_timeout() -> None:
    accepted: list[socket.socket] = []

    def trickle(listener: socket.socket) -> None:
        while len(accepted) < 2:
            connection, _address = listener.accept()
            accepted.append(connection)
            threading.Thread(target=bytes_of_a_handshake, args=(connection,), daemon=True).start()

    def bytes_of_a_handshake(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
            while True:
                connection.sendall(b"\x00")
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=trickle, args=(listener,), daemon=True).start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/v2"
        options = check_options({"api_key": KEY, "api_url": url, "retries": 1, "timeout": 0.5, "deadline": 60.0})
        with pytest.raises(errors.TransportError, match=r"no whole answer within 0\.5 s.*Tried 2 times"):
            list_connections(options, lambda _text: None)
    assert len(accepted) == 2


def test_no_thread_is_left_behind(listed: Lister) -> None:
    before = threading.active_count()
    listed.sandbox.reset(connections=100)
    listed(page_size=5)
    listed.sandbox.reset(connections=100, faults=[{"kind": "status", "status": 401, "pages": [7]}])
    listed.fails(errors.AuthenticationError, page_size=5)
    for _time in range(50):
        if threading.active_count() <= before:
            break
        time.sleep(0.1)
    assert threading.active_count() <= before


def test_it_says_what_it_does(listed: Lister) -> None:
    listed.sandbox.reset(connections=30, faults=[{"kind": "status", "status": 503, "pages": [3], "times": 1}])
    listed(page_size=10)
    assert listed.said[0] == "page 1 of 3 done; connections: 30"
    assert "page 2 done: 2 of 3" in listed.said
    assert [line for line in listed.said if line.startswith("page 3: HTTP 503 Service Unavailable; try 2 of 6 in")]
    assert listed.said[-1].startswith("connections: 30, pages: 3, requests: 4, in ")


MEMORY = """
import resource, sys
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _errors as errors, _options as options
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api import credential_connections as listing
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    listing.list_connections(options.check_options({"api_key": "KEY_SANDBOX", "api_url": sys.argv[1]}), print)
except (errors.ResponseError, errors.TransportError):
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "huge"},
        {"kind": "huge", "gzip": True},
        {"kind": "redirect", "to": "/v2/credential_connections", "body": "bomb"},
    ],
    ids=str,
)
def test_a_body_without_end_takes_bounded_memory(listed: Lister, fault: dict[str, Any]) -> None:
    listed.sandbox.reset(faults=[fault])
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, listed.sandbox.api_url], check=True, capture_output=True, text=True
    )
    assert int(done.stdout.splitlines()[-1]) < 250  # MiB


def test_a_missing_requests_is_an_error_that_says_what_to_install(listed: Lister, tmp_path: Path) -> None:
    (tmp_path / "requests.py").write_text("raise ImportError('not here')")
    code = MEMORY.replace("import resource, sys", f"import resource, sys; sys.path.insert(0, {str(tmp_path)!r})")
    code = code.replace(
        "(errors.ResponseError, errors.TransportError):",
        "errors.MissingLibraryError as error: print(error); sys.exit()\nexcept ZeroDivisionError:",
    )
    done = subprocess.run(
        [sys.executable, "-c", code, listed.sandbox.api_url], check=True, capture_output=True, text=True
    )
    assert "requests is not installed for" in done.stdout
    assert "-m pip install requests" in done.stdout
