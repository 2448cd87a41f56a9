"""HTTP requests: no redirect, TLS, proxies, limits of time and size, and where the API key is sent."""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import trustme
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _errors as errors
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.credential_connections import list_connections
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.options import check_options
from listing_helper import KEY, Lister, ids
from sandbox.process import SandboxProcess


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("target", "origin"),
    [
        ("/v2/credential_connections?token=hunter2", "{own}"),
        ("{other}/credential_connections?token=hunter2", "{other}"),
        ("https://user:hunter2@127.0.0.1:1/x", "https://127.0.0.1:1"),
        ("http://[", "an address that is not a URL"),
    ],
)
def test_transport_no_redirect_is_followed(lister: Lister, status: int, target: str, origin: str) -> None:
    with SandboxProcess() as other:
        origins = {"own": lister.sandbox.api_url.removesuffix("/v2"), "other": other.api_url}
        fault = {"kind": "redirect", "status": status, "to": target.format(**origins)}
        lister.sandbox.reset(faults=[fault])
        error = str(lister.error(errors.TransportError))
        origins["other"] = other.api_url.removesuffix("/v2")
        assert f"redirects to {origin.format(**origins)}. No redirect is followed" in error
        assert "hunter2" not in error
        assert (len(lister.sandbox.requests()), other.requests()) == (1, [])


@pytest.mark.parametrize("body", ["trickle", "bomb"])
def test_transport_redirect_body_is_not_read(lister: Lister, body: str) -> None:
    lister.sandbox.reset(faults=[{"kind": "redirect", "to": "/elsewhere", "body": body}])
    assert "No redirect is followed" in str(lister.error(errors.TransportError, timeout=60.0, deadline=60.0))


def test_transport_malformed_header_is_in_no_log(lister: Lister, caplog: pytest.LogCaptureFixture) -> None:
    lister.sandbox.reset(faults=[{"kind": "malformed"}])
    with caplog.at_level(logging.DEBUG):
        lister.error(errors.TelnyxError, retries=0)
    assert caplog.records
    assert KEY not in caplog.text


def test_transport_loopback_ignores_netrc_and_proxies(
    lister: Lister, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login thief password stolen\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ids(lister()) == lister.expected()


def test_transport_refused_connection_is_retried() -> None:
    assert re.search(r"Connection refused. Tried 2 times", failure("http://127.0.0.1:9/v2", retries=1))


PERMANENT: list[tuple[dict[str, str], str, tuple[str, ...]]] = [
    ({}, "https://host.invalid/v2", ("not found by DNS",)),
    ({"REQUESTS_CA_BUNDLE": "/nonexistent"}, "https://127.0.0.1:9/v2", ("REQUESTS_CA_BUNDLE", "/nonexistent")),
    ({"CURL_CA_BUNDLE": "/nonexistent"}, "https://127.0.0.1:9/v2", ("CURL_CA_BUNDLE", "does not exist")),
    ({"REQUESTS_CA_BUNDLE": __file__}, "https://{sandbox}/v2", ("REQUESTS_CA_BUNDLE", __file__)),
    ({"https_proxy": "http://["}, "https://host.invalid/v2", ("variable https_proxy, is not a URL",)),
    ({"HTTPS_PROXY": "http://u:hunter2@:x"}, "https://host.invalid/v2", ("variable HTTPS_PROXY, is not a URL",)),
]


@pytest.mark.parametrize(("environment", "url", "parts"), PERMANENT, ids=str)
def test_transport_cause_that_another_try_cannot_change_is_named_and_not_retried(
    environment: dict[str, str],
    url: str,
    parts: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    sandbox: SandboxProcess,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    text = failure(url.format(sandbox=sandbox.api_url.split("/")[2]), retries=5)
    assert not [part for part in parts if part not in text], text
    assert "Tried once" in text
    assert "hunter2" not in text


def failure(url: str, **options: Any) -> str:
    """Return the error of a listing at this address."""
    values = {"api_key": KEY, "api_url": url, "timeout": 2.0, "deadline": 20.0, **options}
    with pytest.raises(errors.TransportError) as caught:
        list_connections(check_options(values), lambda _text: None)
    return str(caught.value)


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
    """A proxy for https: a tunnel to the port of the CONNECT request or, with ``slow``, endless response headers.

    ``status``: what it answers. The host is that of a public API, because a loopback address takes no proxy.
    """

    slow = False
    status = "200 OK"
    received: ClassVar[list[bytes]] = []

    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.request.recv(4096)
        self.received.append(head)
        self.request.sendall(f"HTTP/1.1 {self.status}\r\n".encode())
        with contextlib.suppress(OSError):
            while self.slow:
                self.request.sendall(b"x")
                time.sleep(0.05)
        self.request.sendall(b"\r\n")
        if self.status != "200 OK":
            return
        _host, port = head.split()[1].decode().split(":")
        with socket.create_connection(("127.0.0.1", int(port))) as server:
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
    monkeypatch.setattr(Tunnel, "status", "200 OK")
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
    ca.issue_cert("api.test", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    (tmp_path / ".netrc").write_text("machine api.test login thief password stolen\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with SandboxProcess("--certificate", str(tmp_path / "server.pem")) as sandbox:
        lister = Lister(sandbox)
        url = sandbox.api_url.replace("https://127.0.0.1", "HTTPS://api.test")  # a scheme has no case
        assert len(lister(api_url=url).records) == 25
        assert [line.split(b" ")[0] for line in proxy.received] == [b"CONNECT"]
        assert KEY.encode() not in proxy.received[0]
        assert len(lister().records) == 25  # a loopback address takes no proxy
        assert len(proxy.received) == 1
        monkeypatch.setattr(proxy, "status", "407 Proxy Authentication Required")
        error = str(lister.error_without_key(errors.TransportError, api_url=url, retries=1))
        assert "the proxy refused: HTTP 407 Proxy Authentication Required. Tried once" in error
        monkeypatch.setattr(proxy, "status", "200 OK")
        monkeypatch.setattr(proxy, "slow", True)
        error = str(lister.error_without_key(errors.TransportError, api_url=url, timeout=0.5, retries=1))
        assert "no complete response within 0.5 s" in error
        assert "Tried 2 times" in error


def test_transport_server_without_tls_is_an_error(lister: Lister) -> None:
    url = lister.sandbox.api_url.replace("http:", "https:")
    error = str(lister.error(errors.TransportError, api_url=url, retries=3))
    assert "TLS failed" in error
    assert "Tried once" in error
    assert "check the scheme and the port" in error


LIST_AND_PRINT_MEMORY = """
import resource, sys
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _errors as errors
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api import credential_connections
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading import options
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
