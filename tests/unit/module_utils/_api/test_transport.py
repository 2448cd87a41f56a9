"""Whatever a redirect looks like, the key goes to the origin of api_url alone."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.response import Response
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.transport import Fault, HttpSession
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TransportError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import check_options

KEY = "KEY0123456789ABCDEF_canary"


class Server(ThreadingHTTPServer):
    """Answers the first request with a redirect to ``location``, if it has one, and every other one with 200."""

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

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what is received is kept in a list."""


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
    except (TransportError, Fault) as exc:
        return exc


def odd_locations(mine: str, other: str, count: int) -> Iterator[bytes]:
    """Locations made of what URL parsers disagree about, by a fixed seed."""
    pieces = [
        *(mine, other, mine, other, f"http://{mine}", f"http://{other}", "127.0.0.1", "127.0.0.2"),
        *("http:", "https:", "HTTP://", "http:/", "http:///", "//", "/", "///", "\\", "\\\\", "/\\", "\\/", "@", ":@"),
        *("user@", "user:pass@", "%40", "%2f", "%5c", "%00", "%09", ":", ":80", "#", "?", "#@", "?@", ";", ".", ".."),
        *("[", "]", "[::1]", "&", "=", "\t", " ", "\x00", "\x0b", "\x0c", "\x7f", "\x85", "\xa0", "\xad", "\xe9", "."),
        *("。", "／", "＠", "\u200b", "\ufeff", "v2", "/v2/credential_connections", "'", '"', "<", "{", "|", "^", "`"),
    ]
    generator = random.Random(11)
    templates = (
        "http://{other}\\@{mine}/x",
        "http://{mine}\\@{other}/x",
        "http://{mine}@{other}/",
        "http://{other}#@{mine}/",
        "http://{other}?@{mine}/",
        "//{other}\\@{mine}/",
        "http:\\\\{other}/",
        "/\\{other}/",
        "\\\\{other}/",
        "http://{mine}\t@{other}/",
        "http://{mine}%2f@{other}/",
        "http://{mine}.{other}/",
        "http:{other}/",
        "http:///{other}/",
        "///{other}/",
    )
    for template in templates:
        yield template.format(mine=mine, other=other).encode()
    for _time in range(count):
        text = "".join(generator.choice(pieces) for _piece in range(generator.randint(1, 6)))
        yield text.encode("latin-1" if generator.random() < 0.3 and max(text) < "\u0100" else "utf-8")


def test_no_location_leads_the_key_to_another_origin() -> None:
    api = Server("127.0.0.1")
    other = Server("127.0.0.2")
    same_port = Server("127.0.0.2", api.server_port)
    followed = refused = 0
    with serving(api, other, same_port):
        session = HttpSession(check_options({"api_key": KEY, "api_url": f"http://{api.authority}/v2", "timeout": 5.0}))
        for rival in (other, same_port):
            for location in odd_locations(api.authority, rival.authority, 1200):
                api.location = location
                answer = get(session, f"http://{api.authority}/v2/credential_connections")
                assert (other.received, same_port.received) == ([], []), location
                if isinstance(answer, Response):
                    followed += 1
                else:
                    assert isinstance(answer, TransportError), (location, answer)
                    assert "refused" in str(answer)
                    refused += 1
        session.close()
    assert set(api.received) == {(api.authority, f"Bearer {KEY}")}
    # Both happen often, so the test tests something.
    assert followed > 200
    assert refused > 500


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/v3/x?a=b@c", "followed"),
        ("http://{mine}/outside/of/v2", "followed"),
        ("HTTP://{mine}/v2#fragment", "followed"),
        ("../x", "followed"),
        ("?page=2", "followed"),
        ("http://user@{mine}/", "refused"),
        ("http://{mine}\\x", "refused"),
        ("/a b", "refused"),
        ("/é", "refused"),
        ("https://{mine}/", "refused"),
        ("http://{mine}:99999/", "refused"),
        ("http://[/", "refused"),
        ("mailto:x", "refused"),
    ],
)
def test_a_redirect_is_followed_within_the_origin_and_refused_elsewhere(location: str, path: str) -> None:
    api = Server("127.0.0.1")
    with serving(api):
        session = HttpSession(check_options({"api_key": KEY, "api_url": f"HTTP://{api.authority}/v2/"}))
        api.location = location.format(mine=api.authority).encode()
        answer = get(session, f"HTTP://{api.authority}/v2/credential_connections")
        session.close()
    assert isinstance(answer, Response if path == "followed" else TransportError), answer
    assert len(api.received) == (2 if path == "followed" else 1)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.2:9/v2", "https://127.0.0.1:9/v2", "http://127.0.0.1:91/", "http://127.0.0.1:9.evil.test/"]
)
def test_a_session_has_no_adapter_for_another_origin(url: str) -> None:
    import requests

    session = HttpSession(check_options({"api_key": KEY, "api_url": "http://127.0.0.1:9/v2"}))
    assert session._session.get_adapter("http://127.0.0.1:9/v2/credential_connections")
    with pytest.raises(requests.exceptions.InvalidSchema):
        session._session.get_adapter(url)
