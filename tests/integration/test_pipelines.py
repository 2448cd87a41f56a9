"""The example pipelines of docs/ci: their shell scripts, run as each CI system runs them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox.process import SandboxProcess

from playbooks import BIN, NAME, Run

ROOT = Path(__file__).parents[2]
# A stand-in for gh and glab: it notes its arguments, and knows the issues that it has created.
ISSUES = """#!{python}
import json, pathlib, sys
log = pathlib.Path("issues.json")
calls = json.loads(log.read_text()) if log.exists() else []
created = [call[call.index("--title") + 1] for call in calls if call[1:2] == ["create"]]
if sys.argv[2] == "list":
    jq = "--jq" in sys.argv
    print(("1" if created else "") if jq else json.dumps([dict(iid=1, title=title) for title in created]))
log.write_text(json.dumps([*calls, sys.argv[1:]]))
"""
VARIABLES = {
    "github": {
        "GITHUB_STEP_SUMMARY": "summary.md",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "example/telephony",
        "GITHUB_RUN_ID": "4711",
    },
    "gitlab": {"CI_JOB_URL": "https://gitlab.com/example/telephony/-/jobs/4711"},
}


def github_steps() -> dict[str, dict[str, Any]]:
    """Return the named steps of the example for GitHub Actions."""
    workflow = yaml.safe_load((ROOT / "docs/ci/github-actions.yml").read_text())
    return {step["name"]: step for step in workflow["jobs"]["check"]["steps"] if "name" in step}


def gitlab_job() -> dict[str, Any]:
    """Return the job of the example for GitLab CI."""
    job: dict[str, Any] = yaml.safe_load((ROOT / "docs/ci/gitlab-ci.yml").read_text())["telnyx"]
    return job


def scripts(pipeline: str) -> tuple[str, str]:
    """Return the shell scripts of a pipeline, as its CI system runs them: the check, and what comes after it."""
    if pipeline == "gitlab":
        return "\n".join(gitlab_job()["script"]), "\n".join(gitlab_job()["after_script"])
    steps = github_steps()
    return steps["Check"]["run"], steps["Show the summary"]["run"] + steps["Write the news into an issue"]["run"]


@pytest.mark.parametrize("pipeline", VARIABLES)
def test_job_has_the_result_of_the_check_and_news_goes_into_one_issue(
    pipeline: str, ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    for name in ("gh", "glab"):
        (bin_folder / name).write_text(ISSUES.format(python=BIN / "python"))
        (bin_folder / name).chmod(0o755)
    path = f"{bin_folder}:{BIN}:{os.environ['PATH']}"

    def run(script: str, check: str, **env: str) -> Run:
        (tmp_path / "step.sh").write_text(script)
        (tmp_path / "run.py").write_text(
            "import subprocess, sys\nsys.exit(subprocess.run(['bash', '-e', 'step.sh']).returncode)\n"
        )
        return ansible("python", "run.py", env={"PATH": path, "CHECK": check, **VARIABLES[pipeline], **env})

    def job(check: str, **env: str) -> tuple[int, list[str]]:
        """Return the result of a job, and what it did to issues."""
        before = len(calls())
        result = run(scripts(pipeline)[0], check, **env)
        after = run(scripts(pipeline)[1], check, **env)
        assert after.exit_code == 0, after.output
        return result.exit_code, [call[1] for call in calls()[before:] if call[1] != "list"]

    def calls() -> list[list[str]]:
        return list(json.loads((tmp_path / "issues.json").read_text())) if (tmp_path / "issues.json").exists() else []

    comment = "note" if pipeline == "gitlab" else "comment"
    (tmp_path / "write.yml").write_text(
        yaml.safe_dump(
            [{"hosts": "localhost", "gather_facts": False, "tasks": [{f"{NAME}_baseline": {"dest": "baseline.yml"}}]}]
        )
    )
    assert ansible("ansible-playbook", "write.yml").exit_code == 0
    assert job("drift") == (0, [])
    sandbox.change(change={"delete": [0]})
    assert job("drift") == (2, ["create"])
    assert job("drift") == (2, [])  # nothing is new
    assert job("drift", TELNYX_API_KEY="KEY_WRONG") == (2, [comment])
    text = json.dumps(calls()) + "".join(path.read_text() for path in tmp_path.glob("telnyx-reports/drift/*.md"))
    assert "Telnyx drift check" in text
    link = VARIABLES[pipeline].get("CI_JOB_URL") or "https://github.com/example/telephony/actions/runs/4711"
    assert json.loads((tmp_path / "telnyx-reports/drift/summary.json").read_text())["report_url"] == link
    assert job("policy")[0] == 2
    if pipeline == "github":
        assert "drift: 1 missing" in (tmp_path / "summary.md").read_text()


def test_only_the_previous_report_is_cached_also_when_the_check_fails() -> None:
    steps = github_steps()
    path = "telnyx-reports/${{ matrix.check }}/${{ matrix.check }}.previous.json"
    for name in ("Get the previous report", "Keep the report for the next run"):
        assert steps[name]["with"]["path"] == path
    assert steps["Keep the report for the next run"]["if"].startswith("always()")
    names = list(steps)
    assert (
        names.index("Get the previous report") < names.index("Check") < names.index("Keep the report for the next run")
    )
    assert gitlab_job()["cache"]["paths"] == ["telnyx-reports/$CHECK/$CHECK.previous.json"]
    assert gitlab_job()["cache"]["when"] == "always"
    for pipeline in VARIABLES:
        # The last command decides: it is ansible-playbook, not a file that may be yesterday's.
        assert scripts(pipeline)[0].startswith("ansible-playbook ")
        assert "||" not in scripts(pipeline)[0]
