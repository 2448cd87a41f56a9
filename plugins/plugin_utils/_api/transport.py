# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP GET requests with the library requests.

The API key is sent to the origin of api_url only, the size of a body and the time for a request are limited, and every
failure of a library becomes one exception.
"""

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

from ...module_utils._errors import MissingLibraryError, OptionError, ResponseError, TransportError
from .key_redaction import quoter
from .response import NOT_THE_API_HINT, Response
from .version import VERSION

if TYPE_CHECKING:
    from .._reading.options import Options

# A page of 250 connections is about 1 MB; this leaves room for fields that may be added to a record.
BODY_MAX_BYTES = 32 * 1024 * 1024
REDIRECTS = frozenset((301, 302, 303, 307, 308))
REDIRECTS_MAX = 3
_CHUNK = 64 * 1024
_PORTS = {"http": 80, "https": 443}

Params = Sequence[tuple[str, str]]


class RequestFailedError(Exception):
    """No complete response was received. ``retryable``: whether another attempt may succeed."""

    def __init__(self, reason: str, retryable: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable


class BearerAuth:
    """Adds the key to a request. It is an auth object because requests lets a .netrc entry replace a plain header."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: Any) -> Any:
        """Return the prepared request with the header Authorization."""
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class _TimeLimit:
    """The time limit of one request, which also ends when the request is cancelled."""

    def __init__(self, seconds: float, cancelled: Callable[[], bool]) -> None:
        self._end = time.monotonic() + seconds
        self._cancelled = cancelled

    def seconds_left(self) -> float:
        """Return the seconds that are left, more than 0. Raises :class:`socket.timeout` if none are."""
        seconds = self._end - time.monotonic()
        if seconds <= 0 or self._cancelled():
            raise socket.timeout("timed out")
        return seconds


class _ThreadState(threading.local):
    """The time limit of the request that this thread sends: http.client cannot pass it to a response."""

    limit: _TimeLimit | None = None


_thread_state = _ThreadState()


class _TimeLimitedFile(io.RawIOBase):
    """Reads from a socket until the time limit of the request.

    The timeout of a socket applies to each read, so a server that sends one byte now and then would never exceed it.
    """

    def __init__(self, file: Any, sock: Any, limit: _TimeLimit) -> None:
        self._file = file
        self._sock = sock
        self._limit = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Any:
        self._sock.settimeout(self._limit.seconds_left())
        return self._file.raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


class HttpSession:
    """A pool of connections to the API. Safe for use by several threads."""

    def __init__(self, options: Options) -> None:
        """Raise :class:`MissingLibraryError` if requests cannot be imported, and :class:`OptionError` for an invalid URL."""
        try:
            # Not at the top of the file: this takes 0.2 s, and most processes that call a lookup send no request.
            import requests
            import urllib3
        except ImportError as exc:
            raise MissingLibraryError.of_library("requests", sys.executable) from exc
        self._library_errors = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)
        # The parser of the library that opens the connection: another one could find another host in the same text.
        self._parse = urllib3.util.parse_url
        self._origin = self._origin_of(options.api_url)
        self._quote = quoter(options.api_key)
        self._session = requests.Session()
        self._session.auth = BearerAuth(options.api_key)
        self._session.headers.update(
            {
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "User-Agent": f"siptrunk.telnyx/{VERSION}",
            }
        )
        # A proxy could read the key in a plain http:// request, which check_options allows for loopback only.
        self._session.trust_env = self._origin.startswith("https:")
        # Without its adapters for all http:// and https:// URLs, requests can send to this origin only.
        self._session.adapters.clear()
        self._session.mount(f"{self._origin}/", _time_limited_adapter(options.concurrency))
        self._timeout = options.timeout
        self._verify = (options.ca_path or True) if options.validate_certs else False
        self._cert: Any = (options.client_cert, options.client_key) if options.client_key else options.client_cert
        if not options.validate_certs:
            # check_options has its own warning, which is shown once.
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        for name in ("urllib3.connection", "urllib3.connectionpool"):
            # Adding the same function again has no effect.
            logging.getLogger(name).addFilter(_is_without_headers)

    def get(self, url: str, params: Params, cancelled: Callable[[], bool]) -> Response:
        """Send a GET request, and follow redirects within the origin.

        Raises :class:`RequestFailedError` if no complete response is received within ``timeout`` seconds or before
        ``cancelled`` returns true, :class:`TransportError` for a redirect to another origin, and :class:`ResponseError` for
        a body that is too long. The body of a redirect is not read.
        """
        limit = _TimeLimit(self._timeout, cancelled)
        url = self._origin + self._parse(url).request_uri
        for _hop in range(REDIRECTS_MAX + 1):
            response = self._get(url, params, limit)
            location = response.headers.get("location")
            if response.status not in REDIRECTS or not location:
                return response
            url, params = self._redirect_target(url, location), ()
        raise TransportError(f"The API redirects more than {REDIRECTS_MAX} times.", "Check api_url.")

    def _redirect_target(self, url: str, location: str) -> str:
        """Return the URL that a redirect leads to.

        It consists of the origin of api_url and the target's path and query, so that no parser can find another host in it.
        Raises :class:`TransportError` if the target has another origin, or is not a plain URL.
        """
        hint = "Check api_url and the proxy; if the API has moved, set api_url to its new address."
        try:
            parts = self._parse(urljoin(url, location)) if re.fullmatch(r"[!-\[\]-~]+", location) else None
        except ValueError:  # from either parser
            parts = None
        if parts is None or not parts.host or parts.auth is not None:
            raise TransportError("The API redirects, but not to a plain URL: refused, the key was not sent.", hint)
        if _origin(parts) != _origin(self._parse(self._origin)):
            # Without path and query, which may contain a token.
            scheme, host, port = _origin(parts)
            shown = self._quote(f"{scheme}://{host}:{port}", 200)
            raise TransportError(
                f"The API redirects to another origin, {shown}: refused, the key was not sent there.", hint
            )
        return self._origin + str(parts.request_uri)

    def _origin_of(self, api_url: str) -> str:
        """Return scheme, host and port as a URL without a path, as the parser spells them. Raises :class:`OptionError`."""
        try:
            parts = self._parse(api_url)
        except ValueError as exc:
            raise OptionError("api_url", "is not a URL.") from exc
        port = "" if parts.port is None else f":{parts.port}"
        return f"{parts.scheme}://{parts.host}{port}"

    def _get(self, url: str, params: Params, limit: _TimeLimit) -> Response:
        _thread_state.limit = limit
        try:
            seconds = limit.seconds_left()
            request: Any = self._session.prepare_request(_request(url, params))
            settings = self._session.merge_environment_settings(request.url, {}, True, self._verify, self._cert)
            # Not session.send, which reads the body of a redirect before it returns the response.
            adapter: Any = self._session.get_adapter(request.url)
            with adapter.send(request, timeout=(seconds, seconds), **settings) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                status = int(response.status_code)
                body = b"" if status in REDIRECTS else _read_body(response.raw, headers, limit)
                return Response(status, headers, body)
        except self._library_errors as exc:
            raise _failure(exc, self._timeout) from exc

    def close(self) -> None:
        """Close the idle connections of the pool."""
        self._session.close()


def _request(url: str, params: Params) -> Any:
    import requests

    return requests.Request("GET", url, params=list(params))


def _time_limited_adapter(connections: int) -> Any:
    """Return an adapter for requests whose responses respect the time limit of the request."""
    import http.client

    import requests

    class TimeLimitedResponse(http.client.HTTPResponse):
        def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
            super().__init__(sock, *args, **kwargs)
            if _thread_state.limit is not None:
                self.fp = io.BufferedReader(_TimeLimitedFile(self.fp, sock, _thread_state.limit))

    def limit_pool_class(pool: Any) -> Any:
        connection = type("TimeLimitedConnection", (pool.ConnectionCls,), {"response_class": TimeLimitedResponse})
        return type("TimeLimitedPool", (pool,), {"ConnectionCls": connection})

    def limit_pool_classes(manager: Any) -> Any:
        pools = manager.pool_classes_by_scheme
        if not hasattr(manager, "original_pool_classes"):
            manager.original_pool_classes = pools
            manager.pool_classes_by_scheme = {scheme: limit_pool_class(pool) for scheme, pool in pools.items()}
        return manager

    class TimeLimitedAdapter(requests.adapters.HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            limit_pool_classes(self.poolmanager)

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            return limit_pool_classes(super().proxy_manager_for(*args, **kwargs))

    return TimeLimitedAdapter(pool_connections=1, pool_maxsize=connections)


def _is_without_headers(record: logging.LogRecord) -> bool:
    """Exclude urllib3's log record about malformed response headers: a server may quote the key in them."""
    return not str(record.msg).startswith("Failed to parse headers")


def _read_body(raw: Any, headers: Any, limit: _TimeLimit) -> bytes:
    """Return the decoded body. Raises :class:`ResponseError` if it is too long, encoded or decoded."""
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise RequestFailedError("the response has a content coding that was not requested", retryable=False)
    received = _limit_size(_raw_chunks(raw, limit))
    return b"".join(_limit_size(_gunzip(received, limit)) if coding.endswith("gzip") else received)


def _raw_chunks(raw: Any, limit: _TimeLimit) -> Iterator[bytes]:
    # read1 returns the available bytes (urllib3 2 and later); read waits for a full chunk.
    read = getattr(raw, "read1", raw.read)
    while True:
        chunk = read(_CHUNK, decode_content=False)
        limit.seconds_left()
        if not chunk:
            break
        yield chunk
    if raw.length_remaining:
        raise RequestFailedError("the response is incomplete")


def _gunzip(chunks: Iterator[bytes], limit: _TimeLimit) -> Iterator[bytes]:
    """Decode gzip, which may have several members (RFC 1952), in pieces of limited size.

    Not with urllib3: before its version 2.6 it decodes a whole chunk at once, and 64 KiB can become 64 MiB.
    """
    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
    inside_member = False
    for chunk in chunks:
        data, full = chunk, False
        # After a full piece, the decoder may have more output even if no input is left.
        while data or full:
            if decoder.eof:
                decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
            try:
                piece = decoder.decompress(data, _CHUNK)
            except zlib.error:
                raise RequestFailedError("the content coding of the response is invalid") from None
            yield piece
            limit.seconds_left()
            data = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
            full = len(piece) == _CHUNK and not decoder.eof
        inside_member = not decoder.eof
    if inside_member:
        raise RequestFailedError("the response is incomplete")


def _limit_size(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the chunks. Raises :class:`ResponseError` after more than :data:`BODY_MAX_BYTES`."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > BODY_MAX_BYTES:
            raise ResponseError(
                f"The response is longer than {BODY_MAX_BYTES >> 20} MiB, which is too long for a page.",
                NOT_THE_API_HINT,
            )
        yield chunk


def _origin(parts: Any) -> tuple[str, str, int | None]:
    return parts.scheme, (parts.host or "").lower(), parts.port or _PORTS.get(parts.scheme)


def _failure(exc: BaseException, timeout: float) -> RequestFailedError:
    """Describe a library's exception in other words: its own message may contain the password of a proxy."""
    chain = list(_exception_chain(exc))
    for each in chain:
        if isinstance(each, ssl.SSLCertVerificationError):
            return RequestFailedError(
                f"the server's certificate was not accepted: {each.verify_message} (see ca_path)", retryable=False
            )
    for each in chain:
        if isinstance(each, socket.gaierror):
            return RequestFailedError(f"the host name was not found by DNS: {each.strerror}")
        if isinstance(each, ssl.SSLError):
            return RequestFailedError(f"TLS failed: {each.reason or each.strerror or 'the connection was closed'}")
    names = {type(each).__name__ for each in chain}
    if any(isinstance(each, socket.timeout) for each in chain) or any("Timeout" in name for name in names):
        return RequestFailedError(f"no complete response within {timeout:g} s (timeout)")
    if "IncompleteRead" in names or "InvalidChunkLength" in names:
        return RequestFailedError("the response is incomplete")
    if "DecodeError" in names:
        return RequestFailedError("the content coding of the response is invalid")
    if "RemoteDisconnected" in names:
        return RequestFailedError("the server closed the connection without a response")
    through = "the proxy: " if "ProxyError" in names else ""
    for each in reversed(chain):
        if isinstance(each, OSError) and each.strerror:
            return RequestFailedError(f"{through}{each.strerror}")
    return RequestFailedError(f"{through}{type(chain[-1]).__name__}")


def _exception_chain(exc: BaseException) -> Iterator[BaseException]:
    """Yield the exception and every one that it wraps, the outermost first."""
    todo: list[Any] = [exc]
    seen: list[BaseException] = []
    while todo:
        each = todo.pop(0)
        if isinstance(each, BaseException) and each not in seen:
            seen.append(each)
            yield each
            todo += [getattr(each, "reason", None), each.__cause__, each.__context__, *each.args]
