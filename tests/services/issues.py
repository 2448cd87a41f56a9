"""The issues, pull requests and comments of a project, as the fakes of GitHub and GitLab keep them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

TIME = "2026-11-26T04:17:00Z"
BOT, PERSON, MEMBER = 7, 8, 9


@dataclass
class Comment:
    """A comment. ``author`` is one of ``BOT`` (the token's user), ``PERSON`` and ``MEMBER``."""

    id: int
    body: str
    author: int = BOT
    system: bool = False


@dataclass
class Issue:
    """An issue, or a pull request or merge request."""

    number: int
    title: str = ""
    body: str = ""
    labels: list[str] = field(default_factory=list)
    is_open: bool = True
    author: int = BOT
    is_request: bool = False
    comments: list[Comment] = field(default_factory=list)


class Project:
    """A project with its issues. People can change it, too: ``add_issue``, and the fields of each issue."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self._comment = 100

    def add_issue(self, **fields: Any) -> Issue:
        """Add an issue, or a request."""
        issue = Issue(len(self.issues) + 1, **fields)
        self.issues.append(issue)
        return issue

    def add_comment(self, issue: Issue, body: str, author: int = BOT, *, system: bool = False) -> Comment:
        """Add a comment to an issue."""
        self._comment += 1
        issue.comments.append(Comment(self._comment, body, author, system))
        return issue.comments[-1]

    def issue(self, number: int) -> Issue:
        """The issue with this number. Raises ``StopIteration``."""
        return next(each for each in self.issues if each.number == number)

    def comment(self, number: int) -> Comment:
        """The comment with this id. Raises ``StopIteration``."""
        return next(each for issue in self.issues for each in issue.comments if each.id == number)

    @property
    def opened(self) -> list[Issue]:
        """The issues of this program, without requests."""
        return [each for each in self.issues if each.author == BOT and not each.is_request]
