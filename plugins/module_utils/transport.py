# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP GET at a time, over ``requests``: the key to its own origin only, body and time bounded, one kind of fault."""

from __future__ import annotations

import socket
import ssl
import sys
import time
import warnings
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple
from urllib.parse import urljoin, urlsplit

from .answers import Answer
from .errors import MissingLibraryError, ResponseError, TransportError
from .options import Options
from .version import VERSION

# A page of 250 records is some 1 MB; this leaves room for what may be added to a record.
BODY_MAX_BYTES = 32 * 1024 * 1024
REDIRECTS_MAX = 3
_CHUNK = 64 * 1024
_PORTS = {"http": 80, "https": 443}

Params = Sequence[Tuple[str, str]]


class Fault(Exception):
    """A request that got no whole answer. ``passing`` says whether another try may do better."""

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


class HttpSession:
    """A connection pool to the API, for use by several threads."""

    def __init__(self, options: Options) -> None:
        """Raise :class:`MissingLibraryError` where requests cannot be imported."""
        try:
            # Not at the top of the file: it takes 0.2 s, in every process that a lookup is called in.
            import requests
            import urllib3
        except ImportError as exc:
            raise MissingLibraryError("requests", sys.executable) from exc
        self._faults = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)
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
        self._session.trust_env = options.api_url.startswith("https:")
        adapter = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=options.concurrency)
        self._session.mount(options.api_url, adapter)
        self._timeout = options.timeout
        self._verify = (options.ca_path or True) if options.validate_certs else False
        self._cert: Any = (options.client_cert, options.client_key) if options.client_key else options.client_cert
        if not options.validate_certs:
            # The listing warns in its own words, once.
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)

    def get(self, url: str, params: Params, stopped: Callable[[], bool]) -> Answer:
        """Send one GET, and follow redirects within the origin.

        Raises :class:`Fault` where no whole answer came in ``timeout`` seconds, :class:`TransportError` for a redirect
        to elsewhere and :class:`ResponseError` for a body without end.
        """
        until = time.monotonic() + self._timeout
        for _hop in range(REDIRECTS_MAX + 1):
            answer = self._get(url, params, until, stopped)
            location = answer.headers.get("location")
            if answer.status not in (301, 302, 303, 307, 308) or not location:
                return answer
            target = urljoin(url, location)
            if _origin(target) != _origin(url):
                raise TransportError(
                    f"The API redirects to another origin, {_shown_origin(target)}: refused, the key was not sent there.",
                    "Check api_url and the proxy; if the API has moved, set api_url to its new address.",
                )
            url, params = target, ()
        raise TransportError(f"The API redirects more than {REDIRECTS_MAX} times.", "Check api_url.")

    def _get(self, url: str, params: Params, until: float, stopped: Callable[[], bool]) -> Answer:
        seconds = max(0.001, until - time.monotonic())
        try:
            with self._session.get(
                url,
                params=list(params),
                timeout=(seconds, seconds),
                verify=self._verify,
                cert=self._cert,
                allow_redirects=False,
                stream=True,
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                body = b"".join(self._body(response.raw, until, stopped))
                return Answer(response.status_code, headers, body)
        except self._faults as exc:
            raise _fault_of(exc, self._timeout) from exc

    def _body(self, raw: Any, until: float, stopped: Callable[[], bool]) -> Iterator[bytes]:
        # read1 comes back with what there is, so that a body of a byte a second meets the time-out (urllib3 2 and later).
        read = getattr(raw, "read1", raw.read)
        size = 0
        while True:
            chunk = read(_CHUNK, decode_content=True)
            if not chunk:
                break
            size += len(chunk)
            if size > BODY_MAX_BYTES:
                raise ResponseError(
                    f"The answer is longer than {BODY_MAX_BYTES >> 20} MiB: too long for a page of connections.",
                    "Something other than the API may be answering: check api_url and the proxy.",
                )
            if time.monotonic() > until or stopped():
                raise Fault(f"no whole answer within {self._timeout:g} s (timeout)")
            yield chunk
        if raw.length_remaining:
            raise Fault("the answer was cut short")

    def close(self) -> None:
        """Close the pool's idle connections."""
        self._session.close()


def _origin(url: str) -> Tuple[str, str, Optional[int]]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    return parts.scheme, (parts.hostname or "").lower(), port or _PORTS.get(parts.scheme)


def _shown_origin(url: str) -> str:
    """Scheme, host and port alone: a redirect's path and query may hold a token."""
    scheme, host, port = _origin(url)
    return f"{scheme}://{host}:{port}"


def _fault_of(exc: BaseException, timeout: float) -> Fault:
    """Say what failed in few words of our own: exceptions of the libraries may quote a proxy's password."""
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
    todo: List[Any] = [exc]
    seen: List[BaseException] = []
    while todo:
        each = todo.pop(0)
        if isinstance(each, BaseException) and each not in seen:
            seen.append(each)
            yield each
            todo += [getattr(each, "reason", None), each.__cause__, each.__context__, *each.args]
