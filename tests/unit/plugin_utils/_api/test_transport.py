"""HTTP requests: redirects, TLS, proxies, limits of time and size, and where the API key is sent."""

from __future__ import annotations

import contextlib
import logging
import random
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import trustme
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _errors as errors
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import (
    TransportError,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.credential_connections import list_connections
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.response import (
    Response,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.transport import HttpSession, RequestFailedError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.options import check_options
from listing_helper import KEY, Lister, ids
from sandbox.process import SandboxProcess


class Server(ThreadingHTTPServer):
    """Returns a redirect to ``location``, if it is set, for the first request, and the status 200 for every other one."""

    daemon_threads = True
    location: bytes | None = None
    received: list[tuple[str, str]]

    def __init__(self, host: str, port: int = 0) -> None:
        super().__init__((host, port), Handler)
        self.received = []
        self.authority = f"{host}:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        server.received.append((self.headers.get("Host", ""), self.headers.get("Authorization", "")))
        location, server.location = server.location, None
        head = b"HTTP/1.1 200 OK\r\n" if location is None else b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\n"
        self.wfile.write(head + b"Content-Length: 2\r\n\r\n{}")

    def log_message(self, *_args: object) -> None:
        """Log nothing: the list ``received`` has the requests."""


@contextmanager
def serving(*servers: Server) -> Iterator[None]:
    for server in servers:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def get(session: HttpSession, url: str) -> Response | Exception:
    try:
        return session.get(url, [("page[number]", "1")], lambda: False)
    except (TransportError, RequestFailedError) as exc:
        return exc


def unusual_locations(own: str, other: str, count: int) -> Iterator[bytes]:
    """Yield locations of parts that URL parsers read differently, with a fixed seed."""
    pieces = [
        *(own, other, own, other, f"http://{own}", f"http://{other}", "127.0.0.1", "127.0.0.2"),
        *("http:", "https:", "HTTP://", "http:/", "http:///", "//", "/", "///", "\\", "\\\\", "/\\", "\\/", "@", ":@"),
        *("user@", "user:pass@", "%40", "%2f", "%5c", "%00", "%09", ":", ":80", "#", "?", "#@", "?@", ";", ".", ".."),
        *("[", "]", "[::1]", "&", "=", "\t", " ", "\x00", "\x0b", "\x0c", "\x7f", "\x85", "\xa0", "\xad", "\xe9", "."),
        *("。", "／", "＠", "\u200b", "\ufeff", "v2", "/v2/credential_connections", "'", '"', "<", "{", "|", "^", "`"),
    ]
    generator = random.Random(11)
    templates = (
        "http://{other}\\@{own}/x",
        "http://{own}\\@{other}/x",
        "http://{own}@{other}/",
        "http://{other}#@{own}/",
        "http://{other}?@{own}/",
        "//{other}\\@{own}/",
        "http:\\\\{other}/",
        "/\\{other}/",
        "\\\\{other}/",
        "http://{own}\t@{other}/",
        "http://{own}%2f@{other}/",
        "http://{own}.{other}/",
        "http:{other}/",
        "http:///{other}/",
        "///{other}/",
    )
    for template in templates:
        yield template.format(own=own, other=other).encode()
    for _time in range(count):
        text = "".join(generator.choice(pieces) for _piece in range(generator.randint(1, 6)))
        yield text.encode("latin-1" if generator.random() < 0.3 and max(text) < "\u0100" else "utf-8")


def test_transport_unusual_location_never_sends_the_key_to_another_origin() -> None:
    api = Server("127.0.0.1")
    other = Server("127.0.0.2")
    same_port = Server("127.0.0.2", api.server_port)
    followed = refused = 0
    with serving(api, other, same_port):
        session = HttpSession(check_options({"api_key": KEY, "api_url": f"http://{api.authority}/v2", "timeout": 5.0}))
        for rival in (other, same_port):
            for location in unusual_locations(api.authority, rival.authority, 1200):
                api.location = location
                response = get(session, f"http://{api.authority}/v2/credential_connections")
                assert (other.received, same_port.received) == ([], []), location
                if isinstance(response, Response):
                    followed += 1
                else:
                    assert isinstance(response, TransportError), (location, response)
                    assert "refused" in str(response)
                    refused += 1
        session.close()
    assert set(api.received) == {(api.authority, f"Bearer {KEY}")}
    # Both must happen often, or the test would show little.
    assert followed > 200
    assert refused > 500


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/v3/x?a=b@c", "followed"),
        ("http://{own}/outside/of/v2", "followed"),
        ("HTTP://{own}/v2#fragment", "followed"),
        ("../x", "followed"),
        ("?page=2", "followed"),
        ("http://user@{own}/", "refused"),
        ("http://{own}\\x", "refused"),
        ("/a b", "refused"),
        ("/é", "refused"),
        ("https://{own}/", "refused"),
        ("http://{own}:99999/", "refused"),
        ("http://[/", "refused"),
        ("mailto:x", "refused"),
    ],
)
def test_transport_redirect_is_followed_within_the_origin_only(location: str, path: str) -> None:
    api = Server("127.0.0.1")
    with serving(api):
        session = HttpSession(check_options({"api_key": KEY, "api_url": f"HTTP://{api.authority}/v2/"}))
        api.location = location.format(own=api.authority).encode()
        response = get(session, f"HTTP://{api.authority}/v2/credential_connections")
        session.close()
    assert isinstance(response, Response if path == "followed" else TransportError), response
    assert len(api.received) == (2 if path == "followed" else 1)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.2:9/v2", "https://127.0.0.1:9/v2", "http://127.0.0.1:91/", "http://127.0.0.1:9.evil.test/"]
)
def test_transport_session_has_no_adapter_for_another_origin(url: str) -> None:
    import requests

    session = HttpSession(check_options({"api_key": KEY, "api_url": "http://127.0.0.1:9/v2"}))
    assert session._session.get_adapter("http://127.0.0.1:9/v2/credential_connections")
    with pytest.raises(requests.exceptions.InvalidSchema):
        session._session.get_adapter(url)


def test_transport_encoded_size_of_a_body_is_limited(lister: Lister) -> None:
    lister.sandbox.reset(faults=[{"kind": "hollow", "blocks": True, "seconds": 0}])
    assert "longer than 32 MiB" in str(lister.error(errors.ResponseError, timeout=60.0, deadline=60.0))


def test_transport_redirect_within_the_origin_is_followed(lister: Lister) -> None:
    target = f"{lister.sandbox.api_url}/credential_connections?page[size]=250"
    lister.sandbox.reset(faults=[{"kind": "redirect", "to": target, "times": 1}])
    assert ids(lister()) == lister.expected()


@pytest.mark.parametrize("body", ["trickle", "bomb"])
def test_transport_redirect_body_is_not_read(lister: Lister, body: str) -> None:
    target = f"{lister.sandbox.api_url}/credential_connections?page[size]=250"
    lister.sandbox.reset(faults=[{"kind": "redirect", "to": target, "times": 1, "body": body}])
    listing = lister(timeout=60.0, retries=0)
    assert ids(listing) == lister.expected()
    assert listing.requests == 1


def test_transport_malformed_header_is_in_no_log(lister: Lister, caplog: pytest.LogCaptureFixture) -> None:
    lister.sandbox.reset(faults=[{"kind": "malformed"}])
    with caplog.at_level(logging.DEBUG):
        lister.error(errors.TelnyxError, retries=0)
    assert caplog.records
    assert KEY not in caplog.text


def test_transport_redirect_loop_is_an_error(lister: Lister) -> None:
    lister.sandbox.reset(faults=[{"kind": "redirect", "to": "/v2/credential_connections"}])
    assert "more than 3 times" in str(lister.error(errors.TransportError))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_transport_redirect_to_another_origin_receives_no_key(lister: Lister, status: int) -> None:
    with SandboxProcess() as other:
        lister.sandbox.reset(
            faults=[{"kind": "redirect", "status": status, "to": f"{other.api_url}/credential_connections"}]
        )
        assert "redirects to another origin" in str(lister.error(errors.TransportError))
        assert other.requests() == []


def test_transport_loopback_ignores_netrc_and_proxies(
    lister: Lister, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login thief password stolen\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ids(lister()) == lister.expected()


@pytest.mark.parametrize(
    ("url", "message"),
    [("http://127.0.0.1:9/v2", "Connection refused"), ("https://host.invalid/v2", "not found by DNS")],
)
def test_transport_address_without_a_server_is_an_error(url: str, message: str) -> None:
    options = check_options({"api_key": KEY, "api_url": url, "retries": 1, "timeout": 2.0, "deadline": 20.0})
    with pytest.raises(errors.TransportError, match=message) as caught:
        list_connections(options, lambda _text: None)
    assert "Tried 2 times" in str(caught.value)


def test_transport_tls_options_select_certificates(tmp_path: Path) -> None:
    ca, other_ca = trustme.CA(), trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    other_ca.cert_pem.write_to_path(tmp_path / "other.pem")
    ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    ca.issue_cert("client@example.com").private_key_and_cert_chain_pem.write_to_path(tmp_path / "client.pem")
    good = {"ca_path": str(tmp_path / "ca.pem")}
    with SandboxProcess("--certificate", str(tmp_path / "server.pem")) as sandbox:
        lister = Lister(sandbox)
        assert len(lister(**good).records) == 25
        insecure = lister(validate_certs=False)
        assert len(insecure.records) == 25
        assert ["validate_certs is false" in warning for warning in insecure.warnings] == [True]
        for options in ({}, {"ca_path": str(tmp_path / "other.pem")}):
            error = str(lister.error_without_key(errors.TransportError, **options))
            assert "certificate was not accepted" in error
            assert "Tried once" in error
    certificates = ("--certificate", str(tmp_path / "server.pem"), "--client-ca", str(tmp_path / "ca.pem"))
    with SandboxProcess(*certificates) as sandbox:
        lister = Lister(sandbox)
        assert len(lister(**good, client_cert=str(tmp_path / "client.pem")).records) == 25
        assert "Tried 2 times" in str(lister.error_without_key(errors.TransportError, **good, retries=1))


class Tunnel(socketserver.BaseRequestHandler):
    """A proxy for https: a tunnel to the host of the CONNECT request or, with ``slow``, endless response headers."""

    slow = False
    received: ClassVar[list[bytes]] = []

    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.request.recv(4096)
        self.received.append(head)
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
    monkeypatch.setattr(Tunnel, "received", [])
    socketserver.ThreadingTCPServer.daemon_threads = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Tunnel) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.server_address[1]}")
        yield Tunnel
        server.shutdown()


def test_transport_https_proxy_of_the_environment_receives_no_key(
    proxy: type[Tunnel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login thief password stolen\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with SandboxProcess("--certificate", str(tmp_path / "server.pem")) as sandbox:
        lister = Lister(sandbox)
        url = sandbox.api_url.replace("https:", "HTTPS:")  # a scheme has no case
        assert len(lister(api_url=url).records) == 25
        assert [line.split(b" ")[0] for line in proxy.received] == [b"CONNECT"]
        assert KEY.encode() not in proxy.received[0]
        monkeypatch.setattr(proxy, "slow", True)
        error = lister.error_without_key(errors.TransportError, timeout=0.5, retries=1)
        assert "no complete response within 0.5 s" in str(error)
        assert "Tried 2 times" in str(error)
        assert [line.split(b" ")[0] for line in proxy.received] == [b"CONNECT"] * 3
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert len(lister().records) == 25


def test_transport_server_without_tls_is_an_error(lister: Lister) -> None:
    url = lister.sandbox.api_url.replace("http:", "https:")
    assert "TLS failed" in str(lister.error(errors.TransportError, api_url=url, retries=0))


def test_transport_slow_tls_handshake_exceeds_the_timeout() -> None:
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
        with pytest.raises(errors.TransportError, match=r"no complete response within 0\.5 s.*Tried 2 times"):
            list_connections(options, lambda _text: None)
    assert len(accepted) == 2


LIST_AND_PRINT_MEMORY = """
import resource, sys
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _errors as errors, _options as options
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api import credential_connections
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    credential_connections.list_connections(options.check_options({"api_key": "KEY_SANDBOX", "api_url": sys.argv[1]}), print)
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
def test_transport_endless_body_uses_limited_memory(lister: Lister, fault: dict[str, Any]) -> None:
    lister.sandbox.reset(faults=[fault])
    done = subprocess.run(
        [sys.executable, "-c", LIST_AND_PRINT_MEMORY, lister.sandbox.api_url],
        check=True,
        capture_output=True,
        text=True,
    )
    assert int(done.stdout.splitlines()[-1]) < 250  # MiB


def test_transport_missing_requests_error_names_the_command(lister: Lister, tmp_path: Path) -> None:
    (tmp_path / "requests.py").write_text("raise ImportError('not here')")
    code = LIST_AND_PRINT_MEMORY.replace(
        "import resource, sys", f"import resource, sys; sys.path.insert(0, {str(tmp_path)!r})"
    )
    code = code.replace(
        "(errors.ResponseError, errors.TransportError):",
        "errors.MissingLibraryError as error: print(error); sys.exit()\nexcept ZeroDivisionError:",
    )
    done = subprocess.run(
        [sys.executable, "-c", code, lister.sandbox.api_url], check=True, capture_output=True, text=True
    )
    assert "requests is not installed for" in done.stdout
    assert "-m pip install requests" in done.stdout
