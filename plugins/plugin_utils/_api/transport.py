# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP GET request with the library requests.

The key is sent to the origin of api_url only, because no redirect is followed; the size of a body is limited, and every failure
of a library becomes one exception.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import socket
import ssl
import warnings
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from ...module_utils._errors import MissingLibraryError, ResponseError, TransportError
from ...module_utils._text import one_line
from .response import NOT_THE_API_HINT, Response, status_text
from .version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .listing_options import ListingOptions

# A page of 250 connections is about 1 MB; this leaves room for fields that may be added to a record.
BODY_MAX_BYTES = 32 * 1024 * 1024
_CHUNK = 64 * 1024

NETWORK_HINT = "Check api_url, the network, and the proxy and TLS settings."


class RequestFailedError(Exception):
    """A request failed; ``retryable``: whether another attempt may succeed.

    ``hint``: what to do. ``response``: the API's response if its status is not 200, or ``None`` if no response was received.
    """

    def __init__(
        self, reason: str, retryable: bool = True, hint: str = NETWORK_HINT, response: Response | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable
        self.hint = hint
        self.response = response


class HttpSession:
    """A pool of connections to the API. Safe for use by several threads."""

    def __init__(self, options: ListingOptions) -> None:
        """Raise :class:`MissingLibraryError` if requests cannot be imported."""
        try:
            # Not at the top of the file: this takes 0.2 s, and most processes that call a lookup send no request.
            import requests
            import urllib3
        except ImportError as exc:
            raise MissingLibraryError("requests") from exc

        def add_key(request: Any) -> Any:
            request.headers["Authorization"] = f"Bearer {options.api_key}"
            return request

        self._errors = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)
        self._session = requests.Session()
        self._session.auth = add_key  # not a header, because requests lets a .netrc entry replace a plain one
        self._session.headers.update({"Accept": "application/json", "User-Agent": f"siptrunk.telnyx/{VERSION}"})
        self._session.mount(options.api_url, requests.adapters.HTTPAdapter(pool_maxsize=options.concurrency))
        # A proxy could read the key in a plain http:// request, which check_options allows for loopback only.
        self._proxies_allowed = not is_loopback(urlsplit(options.api_url).hostname or "")
        self._timeout = options.timeout
        self._verify = (options.ca_path or True) if options.validate_certs else False
        self._cert: Any = (options.client_cert, options.client_key) if options.client_key else options.client_cert
        if not options.validate_certs:
            # check_options has its own warning, which is shown once.
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        for name in ("urllib3.connection", "urllib3.connectionpool"):
            # Adding the same function again has no effect.
            logging.getLogger(name).addFilter(_is_without_headers)

    def get(self, url: str, params: Sequence[tuple[str, str]]) -> Response:
        """Send a GET request.

        Raises :class:`RequestFailedError` if no complete response is received, :class:`TransportError` for a redirect, and
        :class:`ResponseError` for a body that is too long. The time is not limited as a whole, only each wait for data.
        """
        import requests

        settings: dict[str, Any] = {}
        try:
            request: Any = self._session.prepare_request(requests.Request("GET", url, params=list(params)))
            merge: Any = self._session.merge_environment_settings
            settings = merge(request.url, {}, True, self._verify, self._cert)
            if not self._proxies_allowed:
                settings["proxies"] = {}
            _check_ca_bundle(settings["verify"])
            # Not session.send, which reads the body of a redirect before it returns the response.
            adapter = self._session.get_adapter(request.url)
            with adapter.send(request, timeout=(self._timeout, self._timeout), **settings) as response:
                status = int(response.status_code)
                headers = {name.lower(): value for name, value in response.headers.items()}
                if 300 <= status < 400:
                    raise _redirect_error(url, status, headers.get("location", ""))
                return Response(status, headers, _read_body(response))
        except self._errors as exc:
            raise _failure(exc, self._timeout, settings) from exc

    def close(self) -> None:
        """Close the idle connections of the pool."""
        self._session.close()


def is_loopback(host: str) -> bool:
    """Return whether the host of a URL is the local machine: localhost (RFC 6761), 127.0.0.0/8 or ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_without_headers(record: logging.LogRecord) -> bool:
    """Exclude urllib3's log record about malformed response headers: a proxy may quote the key in them."""
    return not str(record.msg).startswith("Failed to parse headers")


def _check_ca_bundle(verify: bool | str) -> None:
    """Raise :class:`RequestFailedError` for a CA bundle that does not exist; requests would not say where its path is from."""
    if isinstance(verify, str) and not os.path.exists(verify):
        raise RequestFailedError(
            f"{_ca_source(verify)} names {verify!r}, which does not exist",
            retryable=False,
            hint="Correct the path, or unset it.",
        )


def _ca_source(path: str) -> str:
    """Return where the path of the CA certificates is set."""
    return next((name for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if os.environ.get(name) == path), "ca_path")


def _redirect_error(url: str, status: int, location: str) -> TransportError:
    """Return the error for a redirect. It names the origin only: path and query may contain a token."""
    try:
        parts = urlsplit(urljoin(url, location))
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if location and parts.hostname else ""
    except ValueError:
        origin = ""
    return TransportError(
        f"HTTP {status_text(status)}: the API redirects to {one_line(origin, 200) or 'an address that is not a URL'}. No redirect is"
        " followed, and the key was not sent there.",
        "Check api_url and the proxy; if the API has moved, set api_url to its new address.",
    )


def _read_body(response: Any) -> bytes:
    """Return the decoded body. Raises :class:`ResponseError` if it is too long."""
    chunks: list[bytes] = []
    size = 0
    for chunk in response.iter_content(_CHUNK):
        size += len(chunk)
        if size > BODY_MAX_BYTES:
            raise ResponseError(
                f"The response is longer than {BODY_MAX_BYTES >> 20} MiB, which is too long for a page.",
                NOT_THE_API_HINT,
            )
        chunks.append(chunk)
    if response.raw.length_remaining:  # urllib3 before version 2 does not check it
        raise RequestFailedError("the response is incomplete")
    return b"".join(chunks)


def _failure(exc: BaseException, timeout: float, settings: Mapping[str, Any]) -> RequestFailedError:
    """Describe a library's exception in other words: its own message may contain the password of a proxy.

    What another attempt cannot change is not retryable.
    """
    chain = list(_exception_chain(exc))
    names = {type(each).__name__ for each in chain}
    if not names.isdisjoint(("LocationParseError", "InvalidProxyURL", "ProxySchemeUnknown")):
        return _malformed_proxy(settings)
    for each in chain:
        if isinstance(each, ssl.SSLError):
            return _tls_failure(each, settings)
        if isinstance(each, socket.gaierror):
            again = each.errno == socket.EAI_AGAIN
            return RequestFailedError(f"the host name was not found by DNS: {each.strerror}", retryable=again)
    if any(isinstance(each, socket.timeout) for each in chain) or any("Timeout" in name for name in names):
        return timed_out(timeout)
    if not names.isdisjoint(("IncompleteRead", "ChunkedEncodingError")):
        return RequestFailedError("the response is incomplete")
    if "DecodeError" in names:
        return RequestFailedError("the content coding of the response is invalid")
    if "RemoteDisconnected" in names:
        return RequestFailedError("the server closed the connection without a response")
    if "ProxyError" in names:
        return _proxy_failure(chain)
    return RequestFailedError(_os_reason(chain))


def timed_out(seconds: float) -> RequestFailedError:
    """Return the failure of a request that took longer than its time."""
    return RequestFailedError(f"no complete response within {seconds:g} s (timeout)")


def _tls_failure(error: ssl.SSLError, settings: Mapping[str, Any]) -> RequestFailedError:
    """Return the failure of TLS; only a connection that was closed can be otherwise in another attempt."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = f"the server's certificate was not accepted: {error.verify_message}"
        return RequestFailedError(reason, retryable=False, hint="Set ca_path to the file with the CA's certificate.")
    reason = error.reason or error.strerror or "the connection was closed"
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)):
        return RequestFailedError(f"TLS failed: {reason}")
    hint = NETWORK_HINT
    verify = settings.get("verify")
    if reason in ("NO_CERTIFICATE_OR_CRL_FOUND", "NO_START_LINE", "PEM_LIB") and isinstance(verify, str):
        hint = f"Is {verify!r}, which {_ca_source(verify)} names, a file of certificates (PEM)?"
    elif reason == "WRONG_VERSION_NUMBER":
        hint = "The server does not answer with TLS there: check the scheme and the port of api_url and of the proxy."
    return RequestFailedError(f"TLS failed: {reason}", retryable=False, hint=hint)


def _malformed_proxy(settings: Mapping[str, Any]) -> RequestFailedError:
    values = set(dict(settings.get("proxies") or {}).values())
    names = [name for name, value in sorted(os.environ.items()) if value in values and name.lower().endswith("_proxy")]
    where = " and ".join(names) or "a *_proxy variable"
    return RequestFailedError(
        f"the address of the proxy, in the environment variable {where}, is not a URL",
        retryable=False,
        hint="Write it as in http://proxy.example.com:3128.",
    )


def _proxy_failure(chain: Sequence[BaseException]) -> RequestFailedError:
    found = next(filter(None, (re.search(r"Tunnel connection failed: ([0-9]{3})", str(each)) for each in chain)), None)
    if found is None:
        return RequestFailedError(f"the proxy: {_os_reason(chain)}")
    status = int(found[1])
    hint = "Check the user name and the password in the proxy's address." if status == 407 else NETWORK_HINT
    return RequestFailedError(f"the proxy refused: HTTP {status_text(status)}", retryable=status >= 500, hint=hint)


def _os_reason(chain: Sequence[BaseException]) -> str:
    """Return the innermost text of the operating system, else the name of the innermost exception."""
    texts = [each.strerror for each in chain if isinstance(each, OSError) and isinstance(each.strerror, str)]
    return texts[-1] if texts else type(chain[-1]).__name__


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
