"""Fakes of GitHub, GitLab and incoming webhooks: real HTTP servers that keep issues and comments and record every request."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Callable

import jsonschema
from aiohttp import web
from services.issues import BOT, MEMBER, PERSON, TIME, Comment, Issue, Project
from services.published import Published, load

GITHUB_TOKEN = "ghs_c4n4ryGitHubToken"
GITLAB_TOKEN = "glpat-c4n4ryGitLabToken"
HOOK_SECRET = "T0C4N4RY/B0SECRET/xyzzyplugh"
REPOSITORY = "example/telephony"
PROJECT = "42"
GITHUB_BODY_MAX = 65_536


@dataclass(frozen=True)
class Fault:
    """A response in place of the real one. ``done`` is whether the service does what the request asks for nevertheless."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    done: bool = False


class Services:
    """All fakes on one loopback address; as a context manager, it ends the server.

    ``requests`` are what was received. ``problems`` are those that are not as the services publish. ``faults`` are the next
    responses in place of the real ones.
    """

    def __init__(self) -> None:
        self.reset()
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(30)
        self.github_url, self.gitlab_url = f"{self.url}/github", f"{self.url}/gitlab/api/v4"

    def reset(self) -> None:
        """Forget everything."""
        self.github, self.gitlab = Project(), Project()
        self.requests: list[dict[str, Any]] = []
        self.problems: list[str] = []
        self.messages: list[tuple[str, Any]] = []
        self.faults: list[Fault] = []
        self.page_size = 100

    def hook(self, kind: str) -> str:
        """The address of a webhook of this format."""
        return f"{self.url}/hooks/{kind}/{HOOK_SECRET}?sig=c4n4rySignature"

    def sent(self, *methods: str) -> list[str]:
        """The methods and paths of the requests that change something, or of these methods."""
        wanted = methods or ("POST", "PATCH", "PUT", "DELETE")
        return [f"{each['method']} {each['path']}" for each in self.requests if each["method"] in wanted]

    def __enter__(self) -> Services:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)

    def _serve(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application(client_max_size=10 * 2**20)
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _handle(self, request: web.Request) -> web.Response:
        text = await request.text()
        body = json.loads(text) if text else None
        path, query = request.raw_path.partition("?")[0], dict(request.query)
        seen = {"method": request.method, "path": path, "query": query, "body": body, "size": len(text)}
        self.requests.append({**seen, "headers": {name.lower(): value for name, value in request.headers.items()}})
        fault = self.faults.pop(0) if self.faults else None
        if fault and not fault.done:
            return web.Response(status=fault.status, headers=fault.headers, text=fault.body)
        kind, _slash, rest = path[1:].partition("/")
        handler: Callable[..., web.Response] = {"github": self._github, "gitlab": self._gitlab, "hooks": self._hooks}[
            kind
        ]
        response = handler(request, rest, query, body)
        return web.Response(status=fault.status, headers=fault.headers, text=fault.body) if fault else response

    def _answer(self, published: Published, operation: str, data: Any, request: web.Request) -> web.Response:
        headers = {}
        if isinstance(data, list):
            page, size = int(request.query.get("page", 1)), min(int(request.query.get("per_page", 30)), self.page_size)
            if len(data) > page * size:
                headers["Link"] = f'<{request.url.update_query(page=page + 1)}>; rel="next"'
            data = data[(page - 1) * size : page * size]
        published.check_response(operation, data)
        return web.json_response(data, status=published.status(operation), headers=headers)

    # GitHub

    def _github(self, request: web.Request, rest: str, query: dict[str, str], body: Any) -> web.Response:
        published = Published("github")
        if request.headers.get("Authorization") != f"Bearer {GITHUB_TOKEN}":
            return web.json_response({"message": "Bad credentials"}, status=401)
        prefix = f"repos/{REPOSITORY}/issues"
        if not rest.startswith(prefix):
            return web.json_response({"message": "Not Found"}, status=404)
        parts = rest[len(prefix) :].strip("/").split("/") if rest != prefix else []
        template = {0: "", 1: "/{issue_number}"}.get(len(parts), "/{issue_number}/comments")
        if parts[:1] == ["comments"]:
            template = "/comments/{comment_id}"
        operation = f"{request.method} /repos/{{owner}}/{{repo}}/issues{template}"
        self.problems += published.problems(operation, query, body)
        if body and len(body.get("body") or "") > GITHUB_BODY_MAX:
            message = {"message": "Validation Failed", "errors": [{"field": "body"}]}
            return web.json_response(message, status=422)
        try:
            data = self._github_data(request.method, parts, query, body)
        except StopIteration:
            return web.json_response({"message": "Not Found"}, status=404)
        return self._answer(published, operation, data, request)

    def _github_data(self, method: str, parts: list[str], query: dict[str, str], body: Any) -> Any:
        project = self.github
        if parts[:1] == ["comments"]:
            comment = project.comment(int(parts[1]))
            comment.body = body["body"]
            return _github_comment(comment)
        if len(parts) == 2:
            issue = project.issue(int(parts[0]))
            if method == "GET":
                return [_github_comment(each) for each in issue.comments]
            return _github_comment(project.add_comment(issue, body["body"]))
        if parts:
            issue = project.issue(int(parts[0]))
            issue.body = body.get("body", issue.body)
            issue.is_open = body.get("state", "open" if issue.is_open else "closed") == "open"
            return _github_issue(issue)
        if method == "GET":
            return [_github_issue(each) for each in project.issues if _listed(each, query, "open", default="open")]
        return _github_issue(project.add_issue(title=body["title"], body=body["body"], labels=body.get("labels", [])))

    # GitLab

    def _gitlab(self, request: web.Request, rest: str, query: dict[str, str], body: Any) -> web.Response:
        published = Published("gitlab")
        if request.headers.get("PRIVATE-TOKEN") != GITLAB_TOKEN:
            return web.json_response({"message": "401 Unauthorized"}, status=401)
        rest = rest.removeprefix("api/v4/")
        if rest == "user":
            self.problems += published.problems("GET /user", query, body)
            return self._answer(published, "GET /user", _gitlab_user(BOT), request)
        parts = rest.split("/")
        if parts[:1] != ["projects"] or parts[1] not in (PROJECT, "example%2Ftelephony"):
            return web.json_response({"message": "404 Project Not Found"}, status=404)
        names = ["projects", "{id}", parts[2], "{iid}", "notes", "{note_id}"]
        operation = f"{request.method} /{'/'.join(names[: len(parts)])}"
        problems = published.problems(operation, query, body)
        self.problems += problems
        if problems:
            return web.json_response({"error": problems[0]}, status=400)
        try:
            data = self._gitlab_data(request.method, parts[2:], query, body)
        except StopIteration:
            return web.json_response({"message": "404 Not found"}, status=404)
        return self._answer(published, operation, data, request)

    def _gitlab_data(self, method: str, parts: list[str], query: dict[str, str], body: Any) -> Any:
        project = self.gitlab
        if len(parts) == 4:
            comment = project.comment(int(parts[3]))
            comment.body = body["body"]
            return _gitlab_note(comment)
        if len(parts) == 3:
            issue = project.issue(int(parts[1]))
            if method == "GET":
                return [_gitlab_note(each) for each in issue.comments]
            return _gitlab_note(project.add_comment(issue, body["body"]))
        if len(parts) == 2:
            issue = project.issue(int(parts[1]))
            issue.body = body.get("description", issue.body)
            if "state_event" in body:
                issue.is_open = body["state_event"] == "reopen"
                project.add_comment(issue, "closed" if not issue.is_open else "reopened", system=True)
            return _gitlab_issue(issue)
        if method == "GET":
            issues = [each for each in project.issues if not each.is_request]
            return [_gitlab_issue(each) for each in issues if _listed(each, query, "opened", default="all")]
        labels = body.get("labels", "").split(",")
        return _gitlab_issue(project.add_issue(title=body["title"], body=body["description"], labels=labels))

    # Webhooks

    def _hooks(self, request: web.Request, rest: str, query: dict[str, str], body: Any) -> web.Response:
        kind, _slash, secret = rest.partition("/")
        if request.method != "POST" or secret != HOOK_SECRET or query != {"sig": "c4n4rySignature"}:
            return web.Response(status=404, text="no_service")
        self.problems += _message_problems(kind, body, self.requests[-1]["size"])
        self.messages.append((kind, body))
        if kind == "teams":
            return web.Response(status=202)
        return web.json_response({"success": True}) if kind == "text" else web.Response(text="ok")


def _listed(issue: Issue, query: dict[str, str], opened: str, default: str) -> bool:
    state = query.get("state", default)
    labels = query["labels"].split(",") if "labels" in query else []
    return state in ("all", opened if issue.is_open else "closed") and set(labels) <= set(issue.labels)


def _github_user(author: int) -> dict[str, Any]:
    logins = {BOT: "github-actions[bot]", PERSON: "somebody", MEMBER: "member"}
    return {"login": logins[author], "id": author, "type": "Bot" if author == BOT else "User"}


def _github_comment(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "html_url": f"https://github.com/{REPOSITORY}/issues/1#issuecomment-{comment.id}",
        "body": comment.body,
        "user": _github_user(comment.author),
        "author_association": "MEMBER" if comment.author == MEMBER else "NONE",
        "created_at": TIME,
        "updated_at": TIME,
    }


def _github_issue(issue: Issue) -> dict[str, Any]:
    return {
        "id": 1000 + issue.number,
        "html_url": f"https://github.com/{REPOSITORY}/issues/{issue.number}",
        "number": issue.number,
        "state": "open" if issue.is_open else "closed",
        "title": issue.title,
        "body": issue.body or None,
        "user": _github_user(issue.author),
        "labels": [{"name": each} for each in issue.labels],
        "author_association": "NONE",
        "comments": len(issue.comments),
        "created_at": TIME,
        "updated_at": TIME,
        "closed_at": None if issue.is_open else TIME,
        **({"pull_request": {"url": "https://api.github.com/"}} if issue.is_request else {}),
    }


def _gitlab_user(author: int) -> dict[str, Any]:
    return {"id": author, "username": {BOT: "project_42_bot", PERSON: "somebody", MEMBER: "member"}[author]}


def _gitlab_note(comment: Comment) -> dict[str, Any]:
    times = {"created_at": TIME, "updated_at": TIME}
    return {
        "id": comment.id,
        "body": comment.body,
        "author": _gitlab_user(comment.author),
        "system": comment.system,
        **times,
    }


def _gitlab_issue(issue: Issue) -> dict[str, Any]:
    return {
        "id": 1000 + issue.number,
        "iid": issue.number,
        "title": issue.title,
        "description": issue.body or None,
        "state": "opened" if issue.is_open else "closed",
        "labels": issue.labels,
        "author": _gitlab_user(issue.author),
        "created_at": TIME,
        "updated_at": TIME,
        "web_url": f"https://gitlab.com/{REPOSITORY}/-/issues/{issue.number}",
    }


def _message_problems(kind: str, body: Any, size: int) -> list[str]:
    """What is wrong with a message, by what the service documents: see ``published``."""
    if kind == "teams":
        (attachment,) = body["attachments"]
        validator = jsonschema.Draft6Validator(load("adaptive-card"))
        problems = [each.message for each in validator.iter_errors(attachment["content"])]
        expected = {"type": "message", "contentType": "application/vnd.microsoft.card.adaptive"}
        if {"type": body["type"], "contentType": attachment["contentType"]} != expected or set(body) != {
            "type",
            "attachments",
        }:
            problems.append("teams: not a message with one card")
        return problems + (["teams: longer than 28 KB"] if size > 28 * 1024 else [])
    if kind in ("slack", "text"):
        text = body.get("text")
        limit = {"slack": 40_000, "text": 16_383}[kind]
        allowed = {"slack": {"text", "mrkdwn"}, "text": {"text"}}[kind]
        if not isinstance(text, str) or not 0 < len(text) <= limit or not set(body) <= allowed:
            return [f"{kind}: not a message"]
    return []
