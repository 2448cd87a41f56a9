# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP GET at a time, over ``requests``: the key to its own origin only, body and time bounded, one kind of fault."""

from __future__ import annotations

import io
import logging
import re
import socket
import ssl
import sys
import threading
import time
import warnings
import zlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Callable
from urllib.parse import urljoin

from .._errors import MissingLibraryError, OptionError, ResponseError, TransportError
from .._text import one_line
from .._version import VERSION
from .response import Response

if TYPE_CHECKING:
    from .._options import Options

# A page of 250 records is some 1 MB; this leaves room for what may be added to a record.
BODY_MAX_BYTES = 32 * 1024 * 1024
REDIRECTS = frozenset((301, 302, 303, 307, 308))
REDIRECTS_MAX = 3
_CHUNK = 64 * 1024
_PORTS = {"http": 80, "https": 443}

Params = Sequence[tuple[str, str]]


class Fault(Exception):
    """A request that got no whole response. ``passing`` says whether another try may do better."""

    def __init__(self, reason: str, passing: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.passing = passing


class BearerAuth:
    """Puts the key on a request. As an auth object, for requests would let a .netrc entry replace a plain header."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: Any) -> Any:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class _Limit:
    """The end of one request: a moment of the monotonic clock, or the end of the listing."""

    def __init__(self, until: float, stopped: Callable[[], bool]) -> None:
        self._until = until
        self._stopped = stopped

    def left(self) -> float:
        """Seconds, more than 0. Raises :class:`socket.timeout` at the end."""
        seconds = self._until - time.monotonic()
        if seconds <= 0 or self._stopped():
            raise socket.timeout("timed out")
        return seconds


class _Current(threading.local):
    """The limit of the request that the thread is making: http.client has no way to hand it to a response."""

    limit: _Limit | None = None


_current = _Current()


class _LimitedFile(io.RawIOBase):
    """What a socket receives, up to the limit of a request, however slowly it comes.

    A time-out of a socket is for one read: a server that sends a byte from time to time would never meet it.
    """

    def __init__(self, file: Any, sock: Any, limit: _Limit) -> None:
        self._file = file
        self._sock = sock
        self._limit = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Any:
        self._sock.settimeout(self._limit.left())
        return self._file.raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


class HttpSession:
    """A connection pool to the API, for use by several threads."""

    def __init__(self, options: Options) -> None:
        """Raise :class:`MissingLibraryError` where requests cannot be imported, and :class:`OptionError` for a bad URL."""
        try:
            # Not at the top of the file: it takes 0.2 s, in every process that a lookup is called in.
            import requests
            import urllib3
        except ImportError as exc:
            raise MissingLibraryError("requests", sys.executable) from exc
        self._faults = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)
        # The parser of the library that connects: a second one could read another host in the same text.
        self._parse = urllib3.util.parse_url
        self._base = self._base_of(options.api_url)
        self._session = requests.Session()
        self._session.auth = BearerAuth(options.api_key)
        self._session.headers.update(
            {
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "User-Agent": f"siptrunk.telnyx/{VERSION}",
            }
        )
        # The key would cross a proxy in the clear, and a loopback server needs none.
        self._session.trust_env = self._base.startswith("https:")
        # Without the adapters for every http:// and https:// URL, requests can send to no other origin than this one.
        self._session.adapters.clear()
        self._session.mount(f"{self._base}/", _limited_adapter(options.concurrency))
        self._timeout = options.timeout
        self._verify = (options.ca_path or True) if options.validate_certs else False
        self._cert: Any = (options.client_cert, options.client_key) if options.client_key else options.client_cert
        if not options.validate_certs:
            # The listing warns in its own words, once.
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        for name in ("urllib3.connection", "urllib3.connectionpool"):
            # Adding the same function again has no effect.
            logging.getLogger(name).addFilter(_quotes_no_header)

    def get(self, url: str, params: Params, stopped: Callable[[], bool]) -> Response:
        """Send one GET, and follow redirects within the origin.

        Raises :class:`Fault` where no whole answer came in ``timeout`` seconds, :class:`TransportError` for a redirect
        to elsewhere and :class:`ResponseError` for a body that is too long. The body of a redirect is not read.
        """
        limit = _Limit(time.monotonic() + self._timeout, stopped)
        url = self._base + self._parse(url).request_uri
        for _hop in range(REDIRECTS_MAX + 1):
            response = self._get(url, params, limit)
            location = response.headers.get("location")
            if response.status not in REDIRECTS or not location:
                return response
            url, params = self._target(url, location), ()
        raise TransportError(f"The API redirects more than {REDIRECTS_MAX} times.", "Check api_url.")

    def _target(self, url: str, location: str) -> str:
        """The URL that a redirect leads to.

        It is put together from the origin of api_url and the target's path and query, so that no way of reading it
        leads to another host. Raises :class:`TransportError` where the target is at another origin, or not a plain URL.
        """
        hint = "Check api_url and the proxy; if the API has moved, set api_url to its new address."
        try:
            parts = self._parse(urljoin(url, location)) if re.fullmatch(r"[!-\[\]-~]+", location) else None
        except ValueError:  # of either parser
            parts = None
        if parts is None or not parts.host or parts.auth is not None:
            raise TransportError("The API redirects to what is not a plain URL: refused, the key was not sent.", hint)
        if _origin(parts) != _origin(self._parse(self._base)):
            # Without path and query, which may hold a token.
            scheme, host, port = _origin(parts)
            shown = one_line(f"{scheme}://{host}:{port}", 200)
            raise TransportError(
                f"The API redirects to another origin, {shown}: refused, the key was not sent there.", hint
            )
        return self._base + str(parts.request_uri)

    def _base_of(self, api_url: str) -> str:
        """Scheme, host and port of the API as a URL without a path, in the spelling of the parser."""
        try:
            parts = self._parse(api_url)
        except ValueError as exc:
            raise OptionError("api_url", "is not a URL.") from exc
        port = "" if parts.port is None else f":{parts.port}"
        return f"{parts.scheme}://{parts.host}{port}"

    def _get(self, url: str, params: Params, limit: _Limit) -> Response:
        _current.limit = limit
        try:
            seconds = limit.left()
            request: Any = self._session.prepare_request(_request(url, params))
            settings = self._session.merge_environment_settings(request.url, {}, True, self._verify, self._cert)
            # Not by the session's own method, which reads the body of a redirect before it hands over the response.
            adapter: Any = self._session.get_adapter(request.url)
            with adapter.send(request, timeout=(seconds, seconds), **settings) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                status = int(response.status_code)
                body = b"" if status in REDIRECTS else _body(response.raw, headers, limit)
                return Response(status, headers, body)
        except self._faults as exc:
            raise _fault_of(exc, self._timeout) from exc

    def close(self) -> None:
        """Close the pool's idle connections."""
        self._session.close()


def _request(url: str, params: Params) -> Any:
    import requests

    return requests.Request("GET", url, params=list(params))


def _limited_adapter(connections: int) -> Any:
    """An adapter of requests, the responses of which keep to the limit of the request."""
    import http.client

    import requests

    class LimitedResponse(http.client.HTTPResponse):
        def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
            super().__init__(sock, *args, **kwargs)
            if _current.limit is not None:
                self.fp = io.BufferedReader(_LimitedFile(self.fp, sock, _current.limit))

    def limited(pool: Any) -> Any:
        connection = type("LimitedConnection", (pool.ConnectionCls,), {"response_class": LimitedResponse})
        return type("LimitedPool", (pool,), {"ConnectionCls": connection})

    def with_limits(manager: Any) -> Any:
        pools = manager.pool_classes_by_scheme
        if not hasattr(manager, "unlimited_pools"):
            manager.unlimited_pools = pools
            manager.pool_classes_by_scheme = {scheme: limited(pool) for scheme, pool in pools.items()}
        return manager

    class Adapter(requests.adapters.HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            with_limits(self.poolmanager)

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            return with_limits(super().proxy_manager_for(*args, **kwargs))

    return Adapter(pool_connections=1, pool_maxsize=connections)


def _quotes_no_header(record: logging.LogRecord) -> bool:
    """Keep a response's malformed headers out of every log: a server may quote the key in them."""
    return not str(record.msg).startswith("Failed to parse headers")


def _body(raw: Any, headers: Any, limit: _Limit) -> bytes:
    """The whole body, decoded. Raises :class:`ResponseError` where it is too long, as sent or decoded."""
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise Fault("the answer has a content coding that was not asked for", passing=False)
    received = _bounded(_received(raw, limit))
    return b"".join(_bounded(_gunzipped(received, limit)) if coding.endswith("gzip") else received)


def _received(raw: Any, limit: _Limit) -> Iterator[bytes]:
    # read1 returns what there is (urllib3 2 and later); read waits for a whole chunk.
    read = getattr(raw, "read1", raw.read)
    while True:
        chunk = read(_CHUNK, decode_content=False)
        limit.left()
        if not chunk:
            break
        yield chunk
    if raw.length_remaining:
        raise Fault("the answer was cut short")


def _gunzipped(chunks: Iterator[bytes], limit: _Limit) -> Iterator[bytes]:
    """Decode gzip, which may have several members (RFC 1952), a bounded piece at a time.

    Not by urllib3: before its version 2.6 it decodes a chunk as a whole, and one of 64 KiB may become 64 MiB.
    """
    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
    within = False
    for chunk in chunks:
        data, full = chunk, False
        # A piece that is full may not be all that the decoder has, even where no input is left.
        while data or full:
            if decoder.eof:
                decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
            try:
                piece = decoder.decompress(data, _CHUNK)
            except zlib.error:
                raise Fault("the answer's content coding is broken") from None
            yield piece
            limit.left()
            data = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
            full = len(piece) == _CHUNK and not decoder.eof
        within = not decoder.eof
    if within:
        raise Fault("the answer was cut short")


def _bounded(chunks: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > BODY_MAX_BYTES:
            raise ResponseError(
                f"The answer is longer than {BODY_MAX_BYTES >> 20} MiB: too long for a page of connections.",
                "Something other than the API may be answering: check api_url and the proxy.",
            )
        yield chunk


def _origin(parts: Any) -> tuple[str, str, int | None]:
    return parts.scheme, (parts.host or "").lower(), parts.port or _PORTS.get(parts.scheme)


def _fault_of(exc: BaseException, timeout: float) -> Fault:
    """Log what failed in few words of our own: exceptions of the libraries may quote a proxy's password."""
    chain = list(_causes(exc))
    for each in chain:
        if isinstance(each, ssl.SSLCertVerificationError):
            return Fault(
                f"the server's certificate was not accepted: {each.verify_message} (see ca_path)", passing=False
            )
    for each in chain:
        if isinstance(each, socket.gaierror):
            return Fault(f"the host name was not found by DNS: {each.strerror}")
        if isinstance(each, ssl.SSLError):
            return Fault(f"TLS failed: {each.reason or each.strerror or 'the connection was closed'}")
    names = {type(each).__name__ for each in chain}
    if any(isinstance(each, socket.timeout) for each in chain) or any("Timeout" in name for name in names):
        return Fault(f"no whole answer within {timeout:g} s (timeout)")
    if "IncompleteRead" in names or "InvalidChunkLength" in names:
        return Fault("the answer was cut short")
    if "DecodeError" in names:
        return Fault("the answer's content coding is broken")
    if "RemoteDisconnected" in names:
        return Fault("the server closed the connection without an answer")
    through = "the proxy: " if "ProxyError" in names else ""
    for each in reversed(chain):
        if isinstance(each, OSError) and each.strerror:
            return Fault(f"{through}{each.strerror}")
    return Fault(f"{through}{type(chain[-1]).__name__}")


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """The exception and all that it wraps, the outermost first."""
    todo: list[Any] = [exc]
    seen: list[BaseException] = []
    while todo:
        each = todo.pop(0)
        if isinstance(each, BaseException) and each not in seen:
            seen.append(each)
            yield each
            todo += [getattr(each, "reason", None), each.__cause__, each.__context__, *each.args]
