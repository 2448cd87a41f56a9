# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Issues and comments in the REST APIs of GitHub and GitLab.

Sources: the reference of GitHub's REST API ("Issues", "Issue comments"; the length of a body is from its error message), and
of GitLab's ("Issues API", "Notes API", which has the length of a note).
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

from ansible_collections.siptrunk.telnyx.plugins.module_utils._api_url import check_secret_url
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError, PostError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.plans import Entry
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.sending import Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.plans import Plan
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.sending import Sender

PAGE_SIZE = 100
PAGES_MAX = 100


class Place(NamedTuple):
    """Where issues or comments are: the address of the API, the token, the project, the label of the issues.

    ``merge_request`` is the number of a pull request or merge request whose comments are used in place of issues.
    """

    url: str
    token: str
    project: str
    label: str
    merge_request: int | None = None


class Service(ABC):
    """A project in a service: its issues with a label, or the comments of a pull request or merge request.

    The constructor raises :class:`OptionError` if the place is invalid.
    """

    body_limit: int  # bytes
    default_url: str

    def __init__(self, sender: Sender, place: Place) -> None:
        check_secret_url(place.url, "issues_api_url", "the token", self.default_url)
        if not re.fullmatch(r"[!-~]{8,}", place.token):
            message = "must be ASCII text of 8 or more characters, without spaces and line breaks."
            raise OptionError("issues_token", message)
        self.sender = sender
        self.project = place.project
        self.label = place.label
        self.merge_request = place.merge_request
        self.target = self.make_target(place.url.rstrip("/"), place.token)

    @abstractmethod
    def make_target(self, url: str, token: str) -> Target:
        """Return the target for requests. Raises :class:`OptionError` if the project is invalid."""

    @abstractmethod
    def entries(self) -> list[Entry]:
        """Return the issues with the label, or the comments that this program may have written. Raises :class:`PostError`."""

    @abstractmethod
    def create(self, title: str, body: str) -> str:
        """Create the issue or comment, and return its address. Raises :class:`PostError`."""

    @abstractmethod
    def update(self, entry: Entry, plan: Plan) -> None:
        """Change the issue or comment, after adding a comment if there is one. Raises :class:`PostError`."""

    def pages(self, path: str, **parameters: Any) -> Iterator[Mapping[str, Any]]:
        """Yield the objects of all pages of a list. Raises :class:`PostError`."""
        for page in range(1, PAGES_MAX + 1):
            query = urlencode({**parameters, "per_page": PAGE_SIZE, "page": page})
            reply = self.sender.send(self.target, "GET", f"{path}?{query}")
            if not isinstance(reply.data, list) or not all(isinstance(each, dict) for each in reply.data):
                raise self.unexpected("GET", path)
            yield from reply.data
            if not reply.has_next and len(reply.data) < PAGE_SIZE:
                return
        raise PostError(f"{self.target.name}: GET {path}: more than {PAGES_MAX} pages.", "Use another label.")

    def unexpected(self, method: str, path: str) -> PostError:
        """Return the error for a response that is not what the API documents."""
        hint = "Is issues_api_url the address of the API?"
        return PostError(f"{self.target.name}: {method} {path}: the response is not that of the API.", hint)

    def entry(self, data: Any, number: str, text: str, url: str = "") -> Entry:
        """Return an object of the API as an entry. Raises :class:`PostError`."""
        try:
            state = data.get("state", "open")
            return Entry(
                int(data[number]), str(data[text] or ""), str(data.get(url) or ""), state in ("open", "opened")
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            raise self.unexpected("GET", "a list") from None


class GitHub(Service):
    """Issues of a repository of GitHub, or comments of a pull request, which is an issue to GitHub's API."""

    body_limit = 65_000
    default_url = "https://api.github.com"

    def make_target(self, url: str, token: str) -> Target:
        """Return the target for requests, with the headers that the service documents."""
        if not re.fullmatch(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", self.project) or ".." in self.project:
            raise OptionError("issues_project", "must be OWNER/REPOSITORY.")
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
        needed = "pull-requests: write" if self.merge_request else "issues: write"
        hints = {
            401: "The token is not valid. Set issues_token, or GITHUB_TOKEN in the environment.",
            403: f"The token needs the permission {needed}. The one of a workflow for a pull request from a fork cannot have it.",
            404: f"Is the repository {self.project} right, and may the token read it?",
            410: "Switch the issues of the repository on.",
        }
        return Target(f"GitHub {self.project}", url, token, {**headers, "X-GitHub-Api-Version": "2022-11-28"}, hints)

    @property
    def _issues(self) -> str:
        return f"/repos/{self.project}/issues"

    def entries(self) -> list[Entry]:
        """Return the issues with the label, or the comments that may be of this program."""
        if self.merge_request:
            # Anybody may write a comment with the marker, so only those of programs and members count.
            return [
                self.entry(each, "id", "body", "html_url")
                for each in self.pages(f"{self._issues}/{self.merge_request}/comments")
                if (each.get("user") or {}).get("type") == "Bot"
                or each.get("author_association") in ("OWNER", "MEMBER", "COLLABORATOR")
            ]
        # Only those who may triage issues can set a label, so nobody else can redirect what is posted.
        found = self.pages(self._issues, labels=self.label, state="all", sort="created", direction="asc")
        return [self.entry(each, "number", "body", "html_url") for each in found if "pull_request" not in each]

    def create(self, title: str, body: str) -> str:
        """Create the issue or comment."""
        path, data = self._issues, {"title": title, "body": body, "labels": [self.label]}
        if self.merge_request:
            path, data = f"{self._issues}/{self.merge_request}/comments", {"body": body}
        reply = self.sender.send(self.target, "POST", path, data, repeat=False)
        return str(reply.data.get("html_url") or "") if isinstance(reply.data, dict) else ""

    def update(self, entry: Entry, plan: Plan) -> None:
        """Change the issue or comment."""
        if self.merge_request:
            self.sender.send(self.target, "PATCH", f"{self._issues}/comments/{entry.number}", {"body": plan.body})
            return
        path = f"{self._issues}/{entry.number}"
        if plan.comment:
            self.sender.send(self.target, "POST", f"{path}/comments", {"body": plan.comment})
        state = {} if plan.set_open is None else {"state": "open" if plan.set_open else "closed"}
        self.sender.send(self.target, "PATCH", path, {"body": plan.body, **state})


class GitLab(Service):
    """Issues of a project of GitLab, or notes of a merge request."""

    body_limit = 1_000_000
    default_url = "https://gitlab.com/api/v4"

    def make_target(self, url: str, token: str) -> Target:
        """Return the target for requests, with the headers that the service documents."""
        if not re.fullmatch(r"[0-9]+|[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+", self.project) or ".." in self.project:
            raise OptionError("issues_project", "must be the number of the project, or GROUP/PROJECT.")
        hints = {
            401: "The token is not valid or has expired. Set issues_token, or GITLAB_TOKEN in the environment.",
            403: "The token needs the scope api and at least the role Reporter.",
            404: f"Is the project {self.project} right, and may the token read it?",
        }
        return Target(f"GitLab {self.project}", url, token, {"PRIVATE-TOKEN": token}, hints)

    @property
    def _items(self) -> str:
        project = f"/projects/{quote(self.project, safe='')}"
        return f"{project}/merge_requests/{self.merge_request}/notes" if self.merge_request else f"{project}/issues"

    def entries(self) -> list[Entry]:
        """Return the issues with the label, or the comments that may be of this program."""
        if self.merge_request:
            # Anybody may write a note with the marker, so only those of the token's own user count.
            me = self.sender.send(self.target, "GET", "/user").data
            if not isinstance(me, dict) or "id" not in me:
                raise self.unexpected("GET", "/user")
            notes = self.pages(self._items, order_by="created_at", sort="asc")
            return [
                self.entry(each, "id", "body") for each in notes if (each.get("author") or {}).get("id") == me["id"]
            ]
        # Only members can set a label, so nobody else can redirect what is posted.
        found = self.pages(self._items, labels=self.label, state="all", order_by="created_at", sort="asc")
        return [self.entry(each, "iid", "description", "web_url") for each in found]

    def create(self, title: str, body: str) -> str:
        """Create the issue or comment."""
        data = {"body": body} if self.merge_request else {"title": title, "description": body, "labels": self.label}
        reply = self.sender.send(self.target, "POST", self._items, data, repeat=False)
        return str(reply.data.get("web_url") or "") if isinstance(reply.data, dict) else ""

    def update(self, entry: Entry, plan: Plan) -> None:
        """Change the issue or comment."""
        path = f"{self._items}/{entry.number}"
        if self.merge_request:
            self.sender.send(self.target, "PUT", path, {"body": plan.body})
            return
        if plan.comment:
            self.sender.send(self.target, "POST", f"{path}/notes", {"body": plan.comment})
        state = {} if plan.set_open is None else {"state_event": "reopen" if plan.set_open else "close"}
        self.sender.send(self.target, "PUT", path, {"description": plan.body, **state})


SERVICES: dict[str, type[Service]] = {"github": GitHub, "gitlab": GitLab}
