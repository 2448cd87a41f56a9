"""The example pipelines of docs/ci: their shell scripts, run as each CI system runs them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox.process import SandboxProcess
from services.fakes import GITHUB_TOKEN, GITLAB_TOKEN, PROJECT, REPOSITORY, Services

from playbooks import Run

ROOT = Path(__file__).parents[2]


def scripts() -> dict[str, tuple[str, str]]:
    """Return the shell scripts of each example pipeline, as its CI system runs them: the check, and the post after it."""
    steps = {step.get("name"): step for step in github_steps()}
    gitlab = yaml.safe_load((ROOT / "docs/ci/gitlab-ci.yml").read_text())["telnyx"]
    jenkins = (ROOT / "docs/ci/Jenkinsfile").read_text()
    check = re.search(r"script: '''(.*?)'''", jenkins, re.DOTALL)
    post = re.search(r"sh '''(.*?)'''", jenkins, re.DOTALL)
    assert check
    assert post
    # Groovy takes a backslash before a line break for a continued line, as the shell does.
    return {
        "github": (steps["Check"]["run"], steps["Post the news"]["run"]),
        "gitlab": ("\n".join(gitlab["script"]), "\n".join(gitlab["after_script"])),
        "jenkins": (check[1], post[1]),
    }


def github_steps() -> list[dict[str, Any]]:
    """Return the steps of the example for GitHub Actions."""
    steps: list[dict[str, Any]] = yaml.safe_load((ROOT / "docs/ci/github-actions.yml").read_text())["jobs"]["check"][
        "steps"
    ]
    return steps


@pytest.mark.parametrize("pipeline", ["github", "gitlab", "jenkins"])
def test_pipeline_exits_as_documented_and_posts(
    pipeline: str, ansible: Callable[..., Run], sandbox: SandboxProcess, services: Services, tmp_path: Path
) -> None:
    variables = {
        "github": {
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": "4711",
            "GITHUB_API_URL": services.github_url,
            "GITHUB_TOKEN": GITHUB_TOKEN,
        },
        "gitlab": {
            "CI_JOB_URL": "https://gitlab.com/example/telephony/-/jobs/4711",
            "CI_PROJECT_ID": PROJECT,
            "CI_API_V4_URL": services.gitlab_url,
            "GITLAB_TOKEN": GITLAB_TOKEN,
        },
        "jenkins": {"BUILD_URL": "https://jenkins.example.com/job/telnyx/4711/"},
    }[pipeline]

    def run(script: str, check: str, **env: str) -> Run:
        (tmp_path / "check.sh").write_text(script)
        (tmp_path / "run.py").write_text(
            "import subprocess, sys\nsys.exit(subprocess.run(['bash', '-e', 'check.sh']).returncode)\n"
        )
        return ansible("python", "run.py", env={"CHECK": check, **variables, **env})

    check, post = scripts()[pipeline]

    def exit_code(name: str, **env: str) -> int:
        return run(check, name, **env).exit_code

    assert ansible("ansible-playbook", "siptrunk.telnyx.baseline").exit_code == 0
    assert exit_code("drift") == 0
    assert exit_code("policy") == 2
    sandbox.change(change={"delete": [0]})
    assert exit_code("drift") == 2
    link = (
        variables.get("BUILD_URL")
        or variables.get("CI_JOB_URL")
        or f"https://github.com/{REPOSITORY}/actions/runs/4711"
    )
    assert json.loads((tmp_path / "telnyx-reports/drift/notify.json").read_text())["link"] == link
    refused = run(post, "drift", TELNYX_CHAT_URL=services.hook("slack") + "x")
    assert refused.exit_code == 2
    assert "The chat webhook at 127.0.0.1: POST: HTTP 404 Not Found: no_service. Does the webhook" in refused.flat()
    posted = run(post, "drift", TELNYX_CHAT_URL=services.hook("slack"))
    assert posted.exit_code == 0, posted.output
    assert [kind for kind, _body in services.messages] == ["slack"]
    opened = {"github": services.github.opened, "gitlab": services.gitlab.opened, "jenkins": []}[pipeline]
    assert [issue.title for issue in opened] == ([] if pipeline == "jenkins" else ["Telnyx drift check"])
    assert services.problems == []
    assert exit_code("drift", TELNYX_API_KEY="KEY_WRONG") == 1
    (tmp_path / "baseline.yml").unlink()
    assert exit_code("drift") == 1
    if pipeline == "github":
        assert "drift check: drift: 1 missing" in (tmp_path / "summary.md").read_text()


def test_result_of_a_job_is_that_of_the_check() -> None:
    post = next(step for step in github_steps() if step.get("name") == "Post the news")
    assert (post["if"], post["continue-on-error"]) == ("always()", True)
    names = [step.get("name") for step in github_steps()]
    assert names.index("Check") < names.index("Post the news") < names.index("Keep the history")
    jenkins = (ROOT / "docs/ci/Jenkinsfile").read_text()
    # With this result, catchError does not change that of the build.
    post_step = jenkins.index("catchError(buildResult: 'SUCCESS'")
    assert (
        jenkins.index("int code = sh(")
        < post_step
        < jenkins.index("siptrunk.telnyx.post_message")
        < jenkins.index("if (code == 2)")
    )
