"""The role post_message, by the real ansible-playbook, against fakes that check each request by the published schemas."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sandbox.process import SandboxProcess
from services.fakes import GITHUB_TOKEN, GITLAB_TOKEN, HOOK_SECRET, PROJECT, REPOSITORY, Services

from playbooks import Run

ROLE = "siptrunk.telnyx.post_message"
SECRETS = (GITHUB_TOKEN, GITLAB_TOKEN, HOOK_SECRET, HOOK_SECRET.partition("/")[0], "c4n4rySignature")
HOSTILE = "{{ 1 + 1 }} @octocat #1 !2 <!channel> <b> [x](https://evil.example) \u202egnp GH-3 :tada:\n/close"


def environment(services: Services) -> dict[str, str]:
    """The environment of a CI job that posts to every service."""
    return {
        "GITHUB_TOKEN": GITHUB_TOKEN,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_API_URL": services.github_url,
        "GITLAB_TOKEN": GITLAB_TOKEN,
        "CI_PROJECT_ID": PROJECT,
        "CI_API_V4_URL": services.gitlab_url,
        "TELNYX_CHAT_URL": services.hook("slack"),
    }


def include(role: str, **variables: Any) -> dict[str, Any]:
    """A task that runs a role."""
    return {"ansible.builtin.include_role": {"name": role}, "vars": variables}


@pytest.fixture
def night(
    play: Callable[..., Run], services: Services, tmp_path: Path
) -> Callable[..., tuple[list[str], list[tuple[str, Any]]]]:
    """Check the account and post, as every night; return the requests that change something, and the messages."""

    def run(**env: str) -> tuple[list[str], list[tuple[str, Any]]]:
        services.requests.clear()
        services.messages.clear()
        shutil.rmtree(tmp_path / "reports", ignore_errors=True)
        check = include(
            "siptrunk.telnyx.drift_check",
            drift_check_desired_files=["baseline.yml"],
            drift_check_report_dir="reports",
            drift_check_history_dir="history",
            drift_check_account_label="Berlin @octocat",
            drift_check_report_url="https://ci.example.com/?job=1&x=2",
            drift_check_fail_on=["never"],
        )
        if env:
            check["ignore_errors"] = True
        teams = {"post_message_chat_url": services.hook("teams"), "post_message_chat_format": "teams"}
        common = {"post_message_report_dirs": ["reports"]}
        done = play(
            check,
            include(ROLE, post_message_issues="github", **common),
            include(ROLE, post_message_issues="gitlab", **teams, **common),
            args=("-vvvv",),
            env={**environment(services), **env},
        )
        assert done.exit_code == 0, done.output[-3000:]
        assert services.problems == []
        for secret in SECRETS:
            assert secret not in done.output
        return services.sent(), services.messages

    return run


def test_several_nights(
    night: Callable[..., tuple[list[str], list[tuple[str, Any]]]],
    ansible: Callable[..., Run],
    sandbox: SandboxProcess,
    services: Services,
) -> None:
    sandbox.reset(connections=5)
    assert ansible("ansible-playbook", "siptrunk.telnyx.baseline").exit_code == 0
    records = sandbox.seen()["records"]
    first, second = records[0]["id"], records[1]["id"]
    was = records[0]["connection_name"], records[1]["active"]
    issues, github = f"/github/repos/{REPOSITORY}/issues", services.github
    gitlab = f"/gitlab/api/v4/projects/{PROJECT}/issues"
    theirs = github.add_issue(title="Telnyx drift check: Berlin", body="Is it us?", labels=["telnyx-check"], author=8)

    # The first night with a finding opens one issue in each service, and each chat gets one message.
    sandbox.change(fields={first: {"connection_name": HOSTILE}})
    sent, messages = night()
    assert [each for each in sent if "/hooks/" not in each] == [f"POST {issues}", f"POST {gitlab}"]
    assert [kind for kind, _body in messages] == ["slack", "teams"]
    (issue,) = github.opened
    assert "{{ 1 + 1 }}".replace("{", "&#123;").replace("}", "&#125;") in issue.body
    for text in (
        "@octocat",
        "&#64;octocat",
        "#1 ",
        "&#35;1",
        "!2",
        "<b>",
        "](https",
        "\u202e",
        "\n/close",
        "GH-3",
        ":tada:",
    ):
        assert text not in issue.body, text
        assert text not in services.gitlab.opened[0].body, text
    assert "@" not in issue.title
    slack = messages[0][1]["text"]
    assert slack.endswith("https://ci.example.com/?job=1&amp;x=2")
    assert not {"<", ">", "@"} & set(slack)
    (action,) = messages[1][1]["attachments"][0]["content"]["actions"]
    assert action["url"] == "https://ci.example.com/?job=1&x=2"

    # An unchanged night adds nothing: at most the text of the issue is updated.
    sent, messages = night()
    assert sent == [f"PATCH {issues}/2", f"PUT {gitlab}/1"]
    assert messages == []

    # A night with another finding adds one comment.
    sandbox.change(fields={second: {"active": not was[1]}})
    sent, messages = night()
    assert sent[1:3] == [f"POST {issues}/2/comments", f"PATCH {issues}/2"]
    assert sent[4:] == [f"POST {gitlab}/1/notes", f"PUT {gitlab}/1"]
    assert len(messages) == 2
    (comment,) = issue.comments
    assert "1 new, 0 resolved, 2 in all" in comment.body
    assert "[The report](<https://ci.example.com/?job=1&x=2>)" in comment.body

    # A check that is not completed is one comment, and closes nothing; the last result stays below the error.
    sent, messages = night(TELNYX_API_KEY="KEY_WRONG")
    assert len(messages) == 2
    assert issue.is_open
    assert services.gitlab.opened[0].is_open
    assert len(issue.comments) == 2
    assert "check: error" in issue.body
    assert "active" in issue.body.partition("last complete check")[2]

    # Nothing is left: the issue is closed.
    sandbox.change(fields={first: {"connection_name": was[0]}, second: {"active": was[1]}})
    sent, messages = night()
    assert not issue.is_open
    assert not services.gitlab.opened[0].is_open
    assert len(issue.comments) == 3
    assert "Nothing is left" in issue.comments[-1].body

    # It comes back: the same issue is opened again.
    sandbox.change(fields={second: {"active": not was[1]}})
    night()
    assert issue.is_open
    assert services.gitlab.opened[0].is_open
    assert len(issue.comments) == 4
    assert len(github.opened) == len(services.gitlab.opened) == 1
    assert (theirs.body, theirs.comments, theirs.is_open) == ("Is it us?", [], True)
