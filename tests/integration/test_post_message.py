"""The role post_message, by the real ansible-playbook, against fakes that check each request by the published schemas."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import write_reports
from history_models import night as night_model
from history_models import recorded
from posting import write_accounts
from report_models import policy_model
from sandbox.process import SandboxProcess
from services.fakes import GITHUB_TOKEN, GITLAB_TOKEN, HOOK_SECRET, PROJECT, REPOSITORY, Fault, Services
from spy import spied, spy_on

from playbooks import Run, attempt, save

ROOT = Path(__file__).parents[2]
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

    assert len(github.opened) == len(services.gitlab.opened) == 1
    assert (theirs.body, theirs.comments, theirs.is_open) == ("Is it us?", [], True)


@pytest.fixture
def reports(tmp_path: Path) -> str:
    """A folder with the reports of a check with news."""
    model = recorded(tmp_path / "history", night_model(1, {1}))
    write_reports(str(tmp_path / "reports"), model)
    return str(tmp_path / "reports")


def test_overview_of_several_accounts_is_one_issue_with_all_of_them(
    play: Callable[..., Run], services: Services, tmp_path: Path
) -> None:
    common = {"post_message_report_dirs": [str(tmp_path / "reports")]}
    tasks = [include(ROLE, post_message_issues=name, **common) for name in ("github", "gitlab")]
    nights: list[dict[str, set[int] | None]] = [
        {HOSTILE: {1}, "paris": set()},
        {HOSTILE: {1, 2}, "paris": None},
        {HOSTILE: set(), "paris": set()},
    ]
    bodies = []
    for number, accounts in enumerate(nights):
        write_accounts(tmp_path, number, accounts)
        run = play(*tasks, env=environment(services))
        assert run.exit_code == 0, run.output[-3000:]
        bodies.append(services.github.opened[0].body)
    assert services.problems == []
    (issue,), (other,) = services.github.opened, services.gitlab.opened
    assert "| paris | drift | in sync | 0 | 0 | 0 |" in bodies[0]
    assert "{{ 1 + 1 }}".replace("{", "&#123;").replace("}", "&#125;") in bodies[0]
    assert "New:" in bodies[0]
    assert "| paris | drift | error |" in bodies[1]
    assert "| paris | drift | in sync | 0 |" in bodies[2]
    comment, last = (each.body for each in issue.comments)
    assert "1 new, 0 resolved, 2 in all" in comment
    assert "- paris: drift: error: It is &#60;down&#62;." in comment
    assert "Nothing is left" in last
    assert not issue.is_open
    assert not other.is_open
    assert issue.title == "Telnyx accounts check"
    for text in ("@octocat", "#1 ", "!2", "<b>", "](https://evil", "\u202e", "\n/close", "GH-3", ":tada:"):
        for each in (*bodies, comment, *(each.body for each in other.comments)):
            assert text not in each, text


def test_secrets_are_in_no_output_and_no_argument_that_callbacks_see(
    play: Callable[..., Run], services: Services, reports: str, tmp_path: Path
) -> None:
    (tmp_path / "url.txt").write_text(services.hook("text"))
    chat = {
        "post_message_chat_url": "{{ lookup('ansible.builtin.file', 'url.txt') }}",
        "post_message_chat_format": "text",
    }
    common = {"post_message_report_dirs": [reports]}
    (tmp_path / "wrong.txt").write_text(GITLAB_TOKEN + "x")
    wrong = {
        "post_message_issues_token": "{{ lookup('ansible.builtin.file', 'wrong.txt') }}",
        "post_message_retries": 0,
    }
    env = {**environment(services), "TELNYX_CHAT_URL": "UNSET"}
    run = play(
        include(ROLE, post_message_issues="github", **chat, **common),
        include(ROLE, post_message_issues="gitlab", **wrong, **common),
        args=("-vvvv",),
        env=spy_on(tmp_path, **env),
    )
    assert run.exit_code == 2, run.output[-3000:]
    assert (
        "GET /projects/42/issues: HTTP 401 Unauthorized: 401 Unauthorized. The token is not valid or has expired"
        in run.flat()
    )
    assert [kind for kind, _body in services.messages] == ["text"]
    assert len(services.github.opened) == 1
    seen = spied(run)
    assert seen.count(ROLE) > 2
    for secret in (*SECRETS, GITLAB_TOKEN + "x"):
        assert secret not in seen, [line[:300] for line in seen.splitlines() if secret in line][:5]


def test_wrong_options_are_errors_with_a_remedy(
    play: Callable[..., Run], services: Services, reports: str, tmp_path: Path
) -> None:
    def post(**options: Any) -> dict[str, Any]:
        return {ROLE: {"report_dirs": [reports], **options}}

    github = {
        "issues": "github",
        "issues_api_url": services.github_url,
        "issues_project": REPOSITORY,
        "issues_token": GITHUB_TOKEN,
    }
    wrong: dict[str, tuple[dict[str, Any], str]] = {
        "nothing": (post(), "chat_url: is not set, and neither is issues"),
        "folders": (post(**github, report_dirs=[]), "report_dirs: is empty. Name the folders"),
        "token": (post(**{**github, "issues_token": ""}), "issues_token: is required for issues. Or set GITHUB_TOKEN."),
        "line": (post(**{**github, "issues_token": "a\nb"}), "issues_token: must be ASCII text"),
        "plain": (post(**{**github, "issues_api_url": "http://api.example.com"}), "would send the token unencrypted"),
        "project": (post(**{**github, "issues_project": "a/b/../c"}), "issues_project: must be OWNER/REPOSITORY."),
        "number": (post(**{**github, "issues": "gitlab", "issues_project": "x"}), "must be the number of the project"),
        "label": (post(**{**github, "issues_label": "a,b"}), "issues_label: must have 1 to 50 characters"),
        "retries": (post(**{**github, "retries": -1}), "retries: must be 0 or more, not -1"),
        "request": (post(**{**github, "merge_request": 0}), "merge_request: must be 1 or more, not 0"),
        "format": (post(**{**github, "chat_format": "x"}), "chat_format"),
        "refused": (
            post(chat_url="http://127.0.0.1:1/hooks/x", retries=0),
            "no response: Request failed: <urlopen error",
        ),
        "report": (post(chat_url=services.hook("slack"), report_dirs=["none"]), "Did the check run? Name the folder"),
    }
    checked = {**post(chat_url=services.hook("slack"), **github), "check_mode": True, "register": "checked"}
    tasks = [*(attempt(task, name) for name, (task, _text) in wrong.items()), checked, save("checked.msg", "checked")]
    run = play(*tasks)
    assert run.exit_code == 0, run.output[-3000:]
    assert run.saved("checked") == "Posted: nothing, because of the check mode."
    for name, (_task, text) in wrong.items():
        assert text in run.saved(name)["msg"], run.saved(name)
    assert services.requests == []


def test_everything_else_is_posted_before_an_error_and_the_documented_example_runs(
    play: Callable[..., Run], services: Services, reports: str, tmp_path: Path
) -> None:
    write_reports(str(tmp_path / "policy"), policy_model())
    shutil.copytree(reports, tmp_path / "telnyx-reports/drift")
    shutil.copytree(tmp_path / "policy", tmp_path / "telnyx-reports/policy")
    services.faults = [Fault(404, body="no_service")]
    folders = [str(tmp_path / "none*"), reports, str(tmp_path / "none"), str(tmp_path / "policy")]
    post = {ROLE: {"report_dirs": folders, "issues": "github"}}
    request = {**environment(services), "GITHUB_REF": "refs/pull/1/merge"}
    pull = services.github.add_issue(title="Change", is_request=True)
    text = (ROOT / "plugins/modules/post_message.py").read_text()
    (example,) = yaml.safe_load(text.partition('EXAMPLES = r"""')[2].partition('"""')[0])
    run = play(attempt(post, "error"), example, env=request)
    assert run.exit_code == 0, run.output[-3000:]
    message = run.saved("error")["msg"]
    assert "The chat webhook at 127.0.0.1: POST: HTTP 404 Not Found: no_service." in message
    assert f"{tmp_path}/none*: no folder has a status.json. Did a check run?" in message
    assert f"{tmp_path}/none/status.json: cannot be read: No such file or directory." in message
    assert len(pull.comments) == 2
    assert len(services.sent("PATCH")) == 2
    assert services.problems == []
