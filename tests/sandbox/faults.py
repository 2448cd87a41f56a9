"""What the sandbox does wrong when told to.

A fault is an object such as ``{"kind": "status", "status": 503, "pages": [2], "times": 1}``. ``pages`` (default: all)
says for which page numbers, ``times`` (default: without end) how often. The other keys belong to the kind.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

from aiohttp import web

Fault = dict[str, Any]

HTML = "<html><head><title>Corporate proxy login</title></head><body>Please log in.</body></html>"


def take(faults: list[Fault], page: int, kinds: dict[str, Any]) -> Fault | None:
    """The first fault of these kinds that is due for the page; it is counted as done."""
    for fault in faults:
        if fault["kind"] in kinds and page in fault.get("pages", [page]) and fault.get("times", 1) > 0:
            if "times" in fault:
                fault["times"] -= 1
            return fault
    return None


def echoed(request: web.Request, form: str) -> str:
    """The key of the request, in one of the forms in which a server may quote it."""
    key = request.headers.get("Authorization", "").partition(" ")[2]
    percent = "".join(f"%{ord(char):02x}" for char in key)
    return {
        "whole": key,
        "lower": key.lower(),
        "end": key[-16:],
        "zero-width": "\u200b".join(key),
        "nul": "\x00".join(key),
        "percent": percent,
        "percent twice": percent.replace("%", "%25"),
    }[form]


# Faults in the place of an answer: (request, fault) -> response.


async def status(request: web.Request, fault: Fault) -> web.StreamResponse:
    """An error with the documented body, or ``html: true``; ``headers`` are added."""
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
    """The connection is closed without an answer."""
    assert request.transport
    request.transport.abort()
    return web.Response()


async def hang(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Nothing comes for ``seconds``."""
    await asyncio.sleep(fault.get("seconds", 600))
    return web.Response(text="late")


async def cut(request: web.Request, fault: Fault) -> web.StreamResponse:
    """A body shorter than Content-Length says, or a chunked one without an end."""
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
    """A byte every ``seconds``: of the body, or with ``headers: true`` of the header section."""
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
    """A web page where JSON should be; ``echo_key``: with the key in its title."""
    page = HTML
    if "echo_key" in fault:
        page = page.replace("Corporate", "Corporate " + echoed(request, fault["echo_key"]))
    return web.Response(text=page, content_type="text/html")


async def text(request: web.Request, fault: Fault) -> web.StreamResponse:
    """``body`` as it is, called JSON."""
    return web.Response(body=fault["body"].encode("utf-8", "surrogatepass"), content_type="application/json")


async def deep(request: web.Request, fault: Fault) -> web.StreamResponse:
    """JSON nested 100,000 deep."""
    return web.Response(text='{"data":' + "[" * 100_000 + "]" * 100_000 + "}", content_type="application/json")


async def huge(request: web.Request, fault: Fault) -> web.StreamResponse:
    """1 GB of body; ``gzip: true``: some 1 MB that becomes 1 GB."""
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
    """A redirect to ``to``, in which ``KEY`` is the key; ``body``: ``trickle``, or ``bomb``, some MB that become 4 GB."""
    key = echoed(request, fault.get("echo_key", "lower"))
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
    """Responses with the status 100, without end."""
    assert request.transport
    while not request.transport.is_closing():
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await asyncio.sleep(fault.get("seconds", 0.01))
    return web.Response()


async def hollow(request: web.Request, fault: Fault) -> web.StreamResponse:
    """A gzip body without end that holds not a byte: as many members, or blocks with ``blocks: true``, as are read."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})
    await response.prepare(request)
    member = gzip.compress(b"")
    if fault.get("blocks"):
        # The header of a member, and then stored blocks of length 0 (RFC 1951, 3.2.4).
        await response.write(member[:10])
        member = b"\x00\x00\x00\xff\xff"
    while True:
        await response.write(member * 1000)
        await asyncio.sleep(fault.get("seconds", 0.01))


async def malformed(request: web.Request, fault: Fault) -> web.StreamResponse:
    """A header section that cannot be parsed, with the key in it."""
    assert request.transport
    key = request.headers.get("Authorization", "").encode()
    request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nno header " + key + b"\r\nX: y\r\n\r\n[]")
    await asyncio.sleep(0.1)
    request.transport.close()
    return web.Response()


INSTEAD = {
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
    "hollow": hollow,
    "malformed": malformed,
}


# Faults in the body of a good answer: (body, fault), changed in place.


def meta(body: dict[str, Any], fault: Fault) -> None:
    """``set`` is laid over meta; without it, there is no meta."""
    if "set" in fault:
        body["meta"].update(fault["set"])
    else:
        del body["meta"]


def data(body: dict[str, Any], fault: Fault) -> None:
    """Data becomes ``value``; without it, there is no data."""
    if "value" in fault:
        body["data"] = fault["value"]
    else:
        del body["data"]


def element(body: dict[str, Any], fault: Fault) -> None:
    """The last element of data becomes ``value``, which may be no object."""
    body["data"] = [*body["data"][:-1], fault["value"]]


def drop(body: dict[str, Any], fault: Fault) -> None:
    """The last element of data is left out."""
    body["data"] = body["data"][:-1]


WITHIN = {"meta": meta, "data": data, "element": element, "drop": drop}

# Faults of the listing itself, which the API looks up by name: cap (the page size is at the most ``size``; ``silent``:
# meta does not say so), ignore_filters, repeat (every page is page 1), change (before the page is answered, ``delete``
# these places and ``insert`` so many), circle (each answer is of
# another state of the account, which goes round: the connection at the next of the places in ``missing`` is not there).
LISTING = ("cap", "ignore_filters", "repeat", "change", "circle")


def check(faults: Any) -> list[Fault]:
    """Refuse a fault that nothing here knows: a test with a misspelt one would pass for the wrong reason."""
    faults = json.loads(faults) if isinstance(faults, str) else faults
    for fault in faults:
        if fault["kind"] not in (*INSTEAD, *WITHIN, *LISTING):
            raise ValueError(f"unknown fault {fault['kind']!r}")
    return list(faults)
