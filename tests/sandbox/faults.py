"""Faults of the sandbox, for tests.

A fault is an object such as ``{"kind": "status", "status": 503, "pages": [2], "times": 1}``. ``pages``: the page numbers that
it applies to (default: all); ``times``: how many requests it applies to (default: all). The other keys depend on the kind.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Sequence
from typing import Any

from aiohttp import web

Fault = dict[str, Any]

HTML = "<html><head><title>Corporate proxy login</title></head><body>Please log in.</body></html>"


def take(faults: list[Fault], page: int, kinds: dict[str, Any]) -> Fault | None:
    """Return the first fault of these kinds that applies to the page, and count it."""
    for fault in faults:
        if fault["kind"] in kinds and page in fault.get("pages", [page]) and fault.get("times", 1) > 0:
            if "times" in fault:
                fault["times"] -= 1
            return fault
    return None


def echoed(request: web.Request, form: str) -> str:
    """Return the key of the request, in one of the forms in which a server may quote it."""
    key = request.headers.get("Authorization", "").partition(" ")[2]
    return {"whole": key, "end": key[-16:]}[form]


# Faults that replace the response: (request, fault) -> response.


async def status(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Return an error with the documented body, or an HTML page (``html: true``); ``headers`` are added."""
    headers = {"x-request-id": "req-0001", **fault.get("headers", {})}
    if fault.get("html"):
        return web.Response(status=fault["status"], text=HTML, content_type="text/html", headers=headers)
    error = {
        "code": str(fault.get("code", "10000")),
        "title": fault.get("title", "Something is wrong"),
        "detail": fault.get("detail", "It is wrong in detail."),
    }
    if "echo_key" in fault:
        error["detail"] += " " + echoed(request, fault["echo_key"])
    return web.json_response({"errors": [error]}, status=fault["status"], headers=headers)


async def reset(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Close the connection without a response."""
    assert request.transport
    request.transport.abort()
    return web.Response()


async def hang(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Send nothing for ``seconds``."""
    await asyncio.sleep(fault.get("seconds", 600))
    return web.Response(text="late")


async def cut(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Send a body that is shorter than Content-Length, or a chunked one without its end."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    if fault.get("chunked"):
        response.enable_chunked_encoding()
    else:
        response.content_length = 100_000
    await response.prepare(request)
    await response.write(b'{"data": [')
    assert request.transport
    request.transport.close()
    return response


async def trickle(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Send a byte every ``seconds``: of the body or, with ``headers: true``, of the headers."""
    if fault.get("headers"):
        assert request.transport
        request.transport.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not request.transport.is_closing():
            request.transport.write(b"x")
            await asyncio.sleep(fault.get("seconds", 1))
        return web.Response()
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(fault.get("seconds", 1))


async def html(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Return an HTML page instead of JSON; ``echo_key``: with the key in its title."""
    page = HTML
    if "echo_key" in fault:
        page = page.replace("Corporate", "Corporate " + echoed(request, fault["echo_key"]))
    return web.Response(text=page, content_type="text/html")


async def text(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Return ``body`` unchanged, with the content type of JSON."""
    return web.Response(body=fault["body"].encode("utf-8", "surrogatepass"), content_type="application/json")


async def deep(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Return JSON with 100,000 nested lists."""
    return web.Response(text='{"data":' + "[" * 100_000 + "]" * 100_000 + "}", content_type="application/json")


async def huge(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Send a body of 1 GB; ``gzip: true``: about 1 MB that decodes to 1 GB."""
    headers = {"Content-Type": "application/json"}
    if fault.get("gzip"):
        return web.Response(
            body=gzip.compress(b" " * 1_000_000, 1) * 1000, headers={**headers, "Content-Encoding": "gzip"}
        )
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    for _time in range(1000):
        await response.write(b" " * 1_000_000)
    return response


async def redirect(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Redirect to ``to``, in which ``KEY`` stands for the key; ``body``: ``trickle``, or ``bomb``, some MB that decode to 4 GB."""
    key = echoed(request, fault.get("echo_key", "whole"))
    response = web.StreamResponse(
        status=fault.get("status", 302), headers={"Location": fault["to"].replace("KEY", key)}
    )
    body = fault.get("body")
    if body == "bomb":
        response.headers["Content-Encoding"] = "gzip"
    await response.prepare(request)
    if body == "bomb":
        await response.write(gzip.compress(b" " * 1_000_000, 1) * 4000)
    while body == "trickle":
        await response.write(b" ")
        await asyncio.sleep(fault.get("seconds", 1))
    return response


async def interim(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Send endless responses with the status 100."""
    assert request.transport
    while not request.transport.is_closing():
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await asyncio.sleep(fault.get("seconds", 0.01))
    return web.Response()


async def malformed(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Send headers that cannot be parsed, and that contain the key."""
    assert request.transport
    key = request.headers.get("Authorization", "").encode()
    request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nno header " + key + b"\r\nX: y\r\n\r\n[]")
    await asyncio.sleep(0.1)
    request.transport.close()
    return web.Response()


RESPONSE_FAULTS = {
    "status": status,
    "reset": reset,
    "hang": hang,
    "cut": cut,
    "trickle": trickle,
    "html": html,
    "text": text,
    "deep": deep,
    "huge": huge,
    "redirect": redirect,
    "interim": interim,
    "malformed": malformed,
}


# Faults in the body of a valid response: (body, fault); they change the body in place.


def meta(body: dict[str, Any], fault: Fault) -> None:
    """Update meta with ``set``; without it, remove meta."""
    if "set" in fault:
        body["meta"].update(fault["set"])
    else:
        del body["meta"]


def data(body: dict[str, Any], fault: Fault) -> None:
    """Replace data by ``value``; without it, remove data."""
    if "value" in fault:
        body["data"] = fault["value"]
    else:
        del body["data"]


def element(body: dict[str, Any], fault: Fault) -> None:
    """Replace the last element of data by ``value``."""
    body["data"] = [*body["data"][:-1], fault["value"]]


def drop(body: dict[str, Any], fault: Fault) -> None:
    """Remove the last element of data."""
    body["data"] = body["data"][:-1]


BODY_FAULTS = {"meta": meta, "data": data, "element": element, "drop": drop}

# Faults of the list itself, which api.py implements:
# cap: the page size is at most ``size``; ``silent``: meta does not show it
# ignore_filters: the filters have no effect
# repeat: every page is page 1
# change: before the page is read, delete the connections at the indexes in ``delete``, and create ``insert`` new ones
# unsorted: the order is that of the user names, whatever ``sort`` is
LIST_FAULTS = ("cap", "ignore_filters", "repeat", "change", "unsorted")


def check(faults: Any, own: Sequence[str] = LIST_FAULTS) -> list[Fault]:
    """Return the faults as a list; ``own`` are the kinds that the endpoint has of its own.

    Raises :class:`ValueError` for an unknown kind: a test could pass because its fault has no effect.
    """
    faults = json.loads(faults) if isinstance(faults, str) else faults
    for fault in faults:
        if fault["kind"] not in (*RESPONSE_FAULTS, *BODY_FAULTS, *own):
            raise ValueError(f"unknown fault {fault['kind']!r}")
    return list(faults)
