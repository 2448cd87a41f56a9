"""The list endpoint as documented, with its limits and error bodies, and a control endpoint.

``PUT /_sandbox`` replaces the account (see :meth:`Sandbox.reset`), ``GET /_sandbox`` returns the requests and the records, and
``POST /_sandbox`` changes the account: ``{"change": {...}, "fields": {"ID": {...}}}``.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any

from aiohttp import web
from sandbox.account import Account
from sandbox.faults import BODY_FAULTS, RESPONSE_FAULTS, check, take

SORTS = {sign + name for name in ("created_at", "connection_name", "active") for sign in ("", "-")}
KNOWN_PARAMETERS = {
    "page[number]",
    "page[size]",
    "sort",
    "filter[connection_name][contains]",
    "filter[outbound.outbound_voice_profile_id]",
}


class ApiError(Exception):
    """An error response of the API."""

    def __init__(self, status: int, code: int, title: str, detail: str, parameter: str = "") -> None:
        super().__init__(title)
        self.status = status
        self.entry: dict[str, Any] = {"code": str(code), "title": title, "detail": detail}
        if parameter:
            self.entry["source"] = {"parameter": parameter}


class Sandbox:
    """One server, whose state is replaced by every ``PUT /_sandbox``."""

    def __init__(self, **state: Any) -> None:
        self.reset(**state)

    def reset(
        self,
        *,
        connections: int = 25,
        seed: int = 1,
        masked: bool = False,
        hostile: bool = False,
        overrides: list[dict[str, Any]] | None = None,
        keys: list[str] | None = None,
        delay: float = 0.0,
        rate_limit: int = 0,
        rate_window: float = 1.0,
        rate_headers: str = "seconds",
        faults: Any = (),
    ) -> None:
        """Replace the account and the settings.

        ``delay``: seconds that each response takes. ``rate_limit``: requests allowed in ``rate_window`` seconds (0: all).
        ``rate_headers``: how the wait is reported: seconds, unix (both x-ratelimit-reset), retry-after, date, or none.
        """
        self.account = Account(connections, seed, masked, hostile, overrides)
        self.keys = ["KEY_SANDBOX"] if keys is None else keys
        self.delay = delay
        self.rate_limit, self.rate_window, self.rate_headers = rate_limit, rate_window, rate_headers
        self.faults = check(faults)
        self.log: list[dict[str, Any]] = []
        self._pages: dict[str, bytes] = {}
        self.in_flight = self.most_in_flight = 0
        self._window_start, self._window_count = 0.0, 0

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v2/credential_connections", self.list)
        app.router.add_put("/_sandbox", self.control_put)
        app.router.add_post("/_sandbox", self.control_post)
        app.router.add_get("/_sandbox", self.control_get)
        app.router.add_route("*", "/{anything:.*}", self.unknown)
        return app

    async def control_put(self, request: web.Request) -> web.Response:
        self.reset(**await request.json())
        return web.json_response({})

    async def control_post(self, request: web.Request) -> web.Response:
        changes = await request.json()
        self._change(changes.get("change", {}))
        self._pages.clear()
        for record in self.account.records:
            record.update(changes.get("fields", {}).get(record["id"], {}))
        return web.json_response({})

    async def control_get(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "requests": self.log,
                "most_in_flight": self.most_in_flight,
                "records": self.account.records,
            }
        )

    async def unknown(self, request: web.Request) -> web.Response:
        self.log.append({"method": request.method, "path": request.path, "status": 404})
        return self._error_response(
            ApiError(404, 10005, "Resource not found", "The requested resource or URL could not be found.")
        )

    async def list(self, request: web.Request) -> web.StreamResponse:
        return await self._logged(request, self._list)

    async def _logged(
        self, request: web.Request, respond: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        entry = {
            "method": request.method,
            "path": request.path,
            "query": dict(request.query),
            "status": 0,
            "user_agent": request.headers.get("User-Agent"),
            "at": time.monotonic(),
        }
        self.log.append(entry)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if self.delay:
                await asyncio.sleep(self.delay)
            response = await respond(request)
            entry["status"] = response.status
            return response
        finally:
            self.in_flight -= 1

    async def _list(self, request: web.Request) -> web.StreamResponse:
        limits = self._count_request()
        try:
            self._authorize(request)
            if limits["x-ratelimit-remaining"] == "-1":
                raise ApiError(
                    429, 10011, "Too many requests", "You have exceeded the maximum number of allowed requests."
                )
            number, size = self._page(request)
            fault = take(self.faults, number, RESPONSE_FAULTS)
            if fault:
                return await RESPONSE_FAULTS[fault["kind"]](request, fault)
            if not self.faults:
                return self._cached_page(request, number, size, limits)
            body = self._body(request, number, size)
        except ApiError as error:
            limits["x-ratelimit-remaining"] = "0" if error.status == 429 else limits["x-ratelimit-remaining"]
            return self._error_response(error, limits)
        while fault := take(self.faults, number, BODY_FAULTS):
            BODY_FAULTS[fault["kind"]](body, fault)
            if "times" not in fault:
                break
        response = web.json_response(body, headers=limits)
        response.enable_compression()
        return response

    def _cached_page(self, request: web.Request, number: int, size: int, headers: dict[str, str]) -> web.Response:
        """Return a page that is encoded only once, so that benchmarks measure the client."""
        key = request.query_string
        if key not in self._pages:
            self._pages[key] = gzip.compress(json.dumps(self._body(request, number, size)).encode(), 6)
        body, headers = self._pages[key], {**headers, "Content-Type": "application/json"}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
        else:
            body = gzip.decompress(body)
        return web.Response(body=body, headers=headers)

    def _error_response(self, error: ApiError, headers: dict[str, str] | None = None) -> web.Response:
        headers = {"x-request-id": "req-0002", **(headers or {})}
        return web.json_response({"errors": [error.entry]}, status=error.status, headers=headers)

    def _authorize(self, request: web.Request) -> None:
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not key:
            raise ApiError(401, 10009, "Authentication failed", "Could not understand the provided credentials.")
        if key not in self.keys:
            raise ApiError(
                401, 10009, "Authentication failed", "No key found matching the ID with the provided secret."
            )

    def _count_request(self) -> dict[str, str]:
        """Count a request in a fixed window, and return the rate limit's headers, with -1 remaining above the limit."""
        if not self.rate_limit:
            return {"x-ratelimit-limit": "1000", "x-ratelimit-remaining": "999", "x-ratelimit-reset": "1"}
        now = time.time()
        if now >= self._window_start + self.rate_window:
            self._window_start, self._window_count = now, 0
        self._window_count += 1
        reset = self._window_start + self.rate_window
        headers = {
            "x-ratelimit-limit": str(self.rate_limit),
            "x-ratelimit-remaining": str(max(-1, self.rate_limit - self._window_count)),
        }
        seconds = f"{max(0.0, reset - now):.3f}"
        headers.update(
            {
                "seconds": {"x-ratelimit-reset": seconds},
                "unix": {"x-ratelimit-reset": f"{reset:.3f}"},
                "retry-after": {"retry-after": str(int(reset - now) + 1)},
                "date": {"retry-after": formatdate(int(reset) + 1, usegmt=True)},
            }.get(self.rate_headers, {})
        )
        return headers

    def _page(self, request: web.Request) -> tuple[int, int]:
        """Check the parameters, and return the page number and size. Raises :class:`ApiError`."""
        query = request.query
        unknown = set(query) - KNOWN_PARAMETERS
        if unknown:
            raise ApiError(400, 10015, "Bad Request", "Unknown parameter.", min(unknown))
        number, size = (query.get(f"page[{name}]", default) for name, default in (("number", "1"), ("size", "250")))
        if not re.fullmatch("[1-9][0-9]*", number):
            raise ApiError(400, 10015, "Bad Request", "Must be 1 or more.", "page[number]")
        if not re.fullmatch("[1-9][0-9]*", size) or int(size) > 250:
            raise ApiError(400, 10015, "Bad Request", "Must be from 1 to 250.", "page[size]")
        if query.get("sort", "created_at") not in SORTS:
            raise ApiError(400, 10015, "Bad Request", "Unknown sort.", "sort")
        if len(query.get("filter[connection_name][contains]", "xxx")) < 3:
            raise ApiError(400, 10015, "Bad Request", "Three characters or more.", "filter[connection_name][contains]")
        return int(number), int(size)

    def _body(self, request: web.Request, number: int, size: int) -> dict[str, Any]:
        if change := self._due("change", number):
            self._change(change)
        if self._due("repeat", number):
            number = 1
        reported_size = size
        if cap := self._due("cap", number):
            size = min(size, cap["size"])
            reported_size = reported_size if cap.get("silent") else size
        query = {} if self._due("ignore_filters", number) else request.query
        records = self.account.listed(
            query.get("filter[connection_name][contains]"),
            query.get("filter[outbound.outbound_voice_profile_id]"),
            request.query.get("sort", "created_at"),
        )
        if self._due("unsorted", number):
            records = sorted(records, key=lambda record: str(record["user_name"]))
        return {
            "data": records[(number - 1) * size : number * size],
            "meta": {
                "total_pages": -(-len(records) // reported_size),
                "total_results": len(records),
                "page_number": number,
                "page_size": reported_size,
            },
        }

    def _due(self, kind: str, page: int) -> dict[str, Any] | None:
        return take(self.faults, page, {kind: True})

    def _change(self, change: dict[str, Any]) -> None:
        self._pages.clear()
        for place in sorted(change.get("delete", []), reverse=True):
            self.account.delete(place)
        for _time in range(change.get("insert", 0)):
            self.account.insert()
