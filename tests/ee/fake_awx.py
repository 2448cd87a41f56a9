"""A server that speaks as much of AWX's API as the modules of awx.awx use: it stores objects, and lists, associates and changes them.

It does not check what it stores. The modules check their arguments themselves, and fail if an object that they refer to is not there.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Object = dict[str, Any]

PREFIX = "/api/v2/"
TEMPLATES = ("projects", "inventory_sources", "job_templates", "workflow_job_templates")
HIDDEN = "$encrypted$"


class FakeAwx:
    """A context manager that serves; ``url`` is the address for ``CONTROLLER_HOST``, ``written`` all requests but those of GET."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[int, Object]] = {}
        self.associated: dict[str, list[int]] = {}
        self.written: list[tuple[str, str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(length) or "null")
                status, answer = outer.answer(self.command, self.path, body)
                content = b"" if answer is None else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.send_header("X-API-Product-Name", "AWX")
                self.send_header("X-API-Product-Version", "24.6.1")
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815

            def log_message(self, *_arguments: Any) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> FakeAwx:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def add(self, kind: str, /, **fields: Any) -> Object:
        """Store an object of an endpoint, such as ``job_templates``, and return it with its id."""
        number = sum(map(len, self.objects.values())) + 1
        url = f"{PREFIX}{kind}/{number}/"
        stored = {**fields, "id": number, "type": _type(kind), "url": url, "related": {}, "summary_fields": {}}
        if kind == "projects":
            stored["scm_revision"] = ""
        if kind == "inventory_sources":
            stored["organization"] = self.objects["inventories"][fields["inventory"]]["organization"]
        self.objects.setdefault(kind, {})[number] = stored
        return stored

    def one(self, kind: str, name: str) -> Object:
        """Return the object of this name, as it is stored: with its secrets."""
        (found,) = [each for each in self.objects[kind].values() if name in (each.get("name"), each.get("identifier"))]
        return found

    def names(self, kind: str, name: str, association: str) -> list[str]:
        """Return the names of what is associated with the object of this name."""
        ids = self.associated.get(f"{self.one(kind, name)['url']}{association}/", [])
        stored = {number: each for objects in self.objects.values() for number, each in objects.items()}
        return sorted(stored[number].get("name") or stored[number]["identifier"] for number in ids)

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Answer one request with a status and what is sent as JSON."""
        split = urlsplit(path)
        if method != "GET":
            self.written.append((method, split.path, body))
        kind, *rest = split.path.removeprefix(PREFIX).strip("/").split("/")
        if not rest:
            return (
                (200, self._list(kind, dict(parse_qsl(split.query)))) if method == "GET" else self._create(kind, body)
            )
        stored = self.objects.get(kind, {}).get(int(rest[0]))
        if stored is None:
            return 404, {"detail": "Not found."}
        if len(rest) > 1:
            return self._associate(split.path, rest[1], method, body)
        if method == "PATCH":
            stored.update(body)
        return 200, self._shown(stored)

    def _create(self, kind: str, body: Object) -> tuple[int, Any]:
        return 201, self._shown(self.add(kind, **body))

    def _list(self, kind: str, wanted: dict[str, str]) -> Object:
        kinds = TEMPLATES if kind == "unified_job_templates" else (kind,)
        stored = [each for name in kinds for each in self.objects.get(name, {}).values()]
        return _page([self._shown(each) for each in stored if all(str(each.get(k)) == v for k, v in wanted.items())])

    def _associate(self, path: str, name: str, method: str, body: Object | None) -> tuple[int, Any]:
        ids = self.associated.setdefault(path, [])
        if method == "POST" and body:
            (ids.remove if body.get("disassociate") else ids.append)(body["id"])
            return 204, None
        kind = "workflow_job_template_nodes" if name.endswith("_nodes") else name
        return 200, _page([self._shown(self.objects[kind][number]) for number in ids])

    def _shown(self, stored: Object) -> Object:
        """Hide the secrets of a credential, as AWX does."""
        if stored["type"] != "credential" or "credential_type" not in stored:
            return stored
        kind = self.objects["credential_types"][stored["credential_type"]]
        secret = {field["id"] for field in kind.get("inputs", {}).get("fields", []) if field.get("secret")}
        inputs = {name: HIDDEN if name in secret else value for name, value in stored["inputs"].items()}
        return {**stored, "inputs": inputs}


def _type(kind: str) -> str:
    return "inventory" if kind == "inventories" else kind.removesuffix("s")


def _page(results: list[Object]) -> Object:
    return {"count": len(results), "next": None, "previous": None, "results": results}
