"""The example pipelines of docs/ci: their shell scripts, run as each CI system runs them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from sandbox.process import SandboxProcess

from playbooks import Run

ROOT = Path(__file__).parents[2]


def scripts() -> dict[str, str]:
    """Return the shell script of each example pipeline, as its CI system runs it."""
    github = yaml.safe_load((ROOT / "docs/ci/github-actions.yml").read_text())
    steps = {step.get("name"): step.get("run") for step in github["jobs"]["check"]["steps"]}
    gitlab = yaml.safe_load((ROOT / "docs/ci/gitlab-ci.yml").read_text())
    jenkins = re.search(r"script: '''(.*?)'''", (ROOT / "docs/ci/Jenkinsfile").read_text(), re.DOTALL)
    assert jenkins
    # Groovy takes a backslash before a line break for a continued line, as the shell does.
    return {"github": steps["Check"], "gitlab": "\n".join(gitlab["telnyx"]["script"]), "jenkins": jenkins[1]}


@pytest.mark.parametrize("pipeline", ["github", "gitlab", "jenkins"])
def test_pipeline_exits_as_documented(
    pipeline: str, ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    (tmp_path / "check.sh").write_text(scripts()[pipeline])

    def exit_code(check: str, **env: str) -> int:
        (tmp_path / "run.py").write_text(
            "import subprocess, sys\nsys.exit(subprocess.run(['bash', '-e', 'check.sh']).returncode)\n"
        )
        environment = {"CHECK": check, "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"), **env}
        (tmp_path / "bash").unlink(missing_ok=True)
        return ansible("python", "run.py", env=environment).exit_code

    assert ansible("ansible-playbook", "siptrunk.telnyx.baseline").exit_code == 0
    assert exit_code("drift") == 0
    assert exit_code("policy") == 2
    sandbox.change(change={"delete": [0]})
    assert exit_code("drift") == 2
    assert exit_code("drift", TELNYX_API_KEY="KEY_WRONG") == 1
    (tmp_path / "baseline.yml").unlink()
    assert exit_code("drift") == 1
    if pipeline == "github":
        assert "drift check: drift: 1 missing" in (tmp_path / "summary.md").read_text()
