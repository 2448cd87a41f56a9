"""The example pipelines of docs/ci: their shell scripts, run as each CI system runs them, on three nights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox.process import SandboxProcess

from playbooks import Run

ROOT = Path(__file__).parents[2]
URL = "https://ci.example.com/jobs/4711"


def load(name: str) -> Any:
    return yaml.safe_load((ROOT / "docs" / "ci" / name).read_text(encoding="utf-8"))


def scripts() -> dict[str, str]:
    """Return the script of the check in each example pipeline."""
    steps = {step.get("name"): step for step in load("github-actions.yml")["jobs"]["check"]["steps"]}
    gitlab = load("gitlab-ci.yml")["telnyx"]
    return {"github": steps["Check"]["run"], "gitlab": "\n".join(gitlab["script"])}


def cached() -> dict[str, str]:
    """Return what each example pipeline keeps for the next night."""
    steps = {step.get("name"): step for step in load("github-actions.yml")["jobs"]["check"]["steps"]}
    assert steps["Keep the report for the next night"]["if"] == "always()"
    gitlab = load("gitlab-ci.yml")["telnyx"]["cache"]
    assert gitlab["when"] == "always"
    path = steps["Keep the report for the next night"]["with"]["path"].replace("${{ matrix.check }}", "drift")
    return {"github": path, "gitlab": gitlab["paths"][0].replace("$CHECK", "drift")}


@pytest.mark.parametrize("pipeline", ["github", "gitlab"])
def test_job_fails_with_the_check_and_keeps_only_the_previous_report(
    pipeline: str, ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    links = {
        "GITHUB_SERVER_URL": "https://ci.example.com",
        "GITHUB_REPOSITORY": "a",
        "GITHUB_RUN_ID": "1",
        "CI_JOB_URL": URL,
    }

    def night() -> tuple[Run, dict[str, Any]]:
        """Run the job in a folder that has only what was cached."""
        folder = tmp_path / "telnyx-reports" / "drift"
        kept = set(tmp_path.glob(cached()[pipeline]))
        for path in folder.glob("*"):
            if path not in kept:
                path.unlink()
        run = ansible("/bin/sh", "-euc", scripts()[pipeline], env={"CHECK": "drift", **links})
        return run, json.loads((folder / "summary.json").read_text())

    assert ansible("ansible-playbook", "siptrunk.telnyx.baseline").exit_code == 0
    run, summary = night()
    assert (run.exit_code, summary["news"]) == (0, False)
    first = sandbox.seen()["records"][0]
    sandbox.change(fields={first["id"]: {"active": not first["active"]}})
    run, summary = night()
    assert (run.exit_code, summary["status"], summary["news"]) == (2, "drift", True)
    assert "active" in run.output
    assert summary["report_url"].startswith("https://ci.example.com/")
    run, summary = night()
    assert (run.exit_code, summary["news"]) == (2, False)
    sandbox.reset(faults=[{"kind": "status", "status": 403}])
    run, summary = night()
    assert (run.exit_code, summary["status"], summary["news"]) == (2, "error", True)
