"""The files of a baseline, written and updated by the real ansible-playbook."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import Loader
from sandbox.process import SandboxProcess

from playbooks import Run, save

PIPE = "{{ lookup('pipe', 'touch pwned') }}"
DELIMITERS = "#jinja2: variable_start_string:'[%', variable_end_string:'%]'\n[% lookup('pipe', 'touch pwned') %]"


@pytest.fixture
def baseline(ansible: Callable[..., Run]) -> Callable[..., Run]:
    """Run the baseline playbook with variables."""

    def run(**variables: Any) -> Run:
        return ansible("ansible-playbook", "siptrunk.telnyx.baseline", "-e", json.dumps(variables))

    return run


def permissions(path: Path) -> int:
    return path.stat().st_mode & 0o777


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, text=True, check=False, capture_output=True).stdout


def test_text_of_the_api_does_not_run_where_a_baseline_is_a_file_of_variables(
    baseline: Callable[..., Run], ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    names = [PIPE, DELIMITERS, "{% set x = lookup('pipe', 'touch pwned') %}"]
    sandbox.reset(connections=3, overrides=[{"connection_name": name, "tags": [name]} for name in names])
    assert baseline(baseline_layout="per_connection", baseline_dest="account").exit_code == 0
    files = sorted((tmp_path / "account").iterdir())
    assert len(files) == 3
    for number, file in enumerate(files):
        play = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars_files": [f"account/{file.name}"],
            "tasks": [
                {"ansible.builtin.debug": {"msg": ["{{ connection_name }}", "{{ tags }}"]}},
                {"ansible.builtin.include_vars": {"file": f"account/{file.name}", "name": "included"}},
                {"ansible.builtin.debug": {"var": "included"}},
                save("[connection_name, included.connection_name, included.tags]", f"read{number}"),
            ],
        }
        (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
        run = ansible("ansible-playbook", "play.yml")
        assert run.exit_code == 0, run.output
    assert not list(tmp_path.rglob("pwned"))
    found = [run.saved(f"read{number}") for number in range(3)]
    assert sorted(found) == sorted([name, name, [name]] for name in names)


@pytest.mark.parametrize("layout", ["single", "per_connection"])
def test_a_link_and_a_mode_are_kept(
    layout: str, baseline: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=2)
    variables = {"baseline_layout": layout, "baseline_dest": "dest", "baseline_overwrite": True}
    (tmp_path / "elsewhere").mkdir()
    if layout == "single":
        (tmp_path / "dest").symlink_to("elsewhere/real.yml")  # it leads to nothing yet
    assert baseline(**variables).exit_code == 0
    if layout == "single":
        file = real = tmp_path / "elsewhere" / "real.yml"
        link = tmp_path / "dest"
    else:
        link = min((tmp_path / "dest").iterdir())
        real = link.rename(tmp_path / "elsewhere" / "real.yml")
        link.symlink_to(real)
        file = real
    assert permissions(file) == 0o644
    file.chmod(0o600)
    before = file.read_text()
    sandbox.change(fields={each["id"]: {"tags": ["changed"]} for each in sandbox.seen()["records"]})
    run = baseline(**variables)
    assert run.exit_code == 0, run.output
    assert link.is_symlink()
    assert permissions(real) == 0o600
    assert real.read_text() != before
    assert "changed" in real.read_text()
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["real.yml"]


@pytest.mark.parametrize("kind", ["device", "pipe", "pipe of a connection"])
def test_what_is_no_file_is_an_error_and_does_not_hang(
    kind: str, baseline: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=1)
    variables = {"baseline_dest": "/dev/full" if kind == "device" else "dest"}
    if kind == "pipe":
        os.mkfifo(tmp_path / "dest")
    elif kind == "pipe of a connection":
        variables["baseline_layout"] = "per_connection"
        assert baseline(**variables).exit_code == 0
        (file,) = (tmp_path / "dest").iterdir()
        file.unlink()
        os.mkfifo(file)
    run = baseline(**variables)
    assert run.exit_code == 2
    assert "not a regular file" in run.flat()


def test_a_change_is_a_small_hunk_near_the_name_of_its_connection(
    baseline: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=8)
    records = sorted(sandbox.seen()["records"], key=lambda each: (each["created_at"], each["id"]))
    assert baseline().exit_code == 0
    file = tmp_path / "baseline.yml"
    assert [each["id"] for each in yaml.load(file.read_text(), Loader)] == [each["id"] for each in records]
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "baseline.yml")
    changed = records[4]
    name, other = changed["connection_name"], not changed["active"]
    sandbox.change(fields={changed["id"]: {"active": other}})
    assert baseline(baseline_overwrite=True).exit_code == 0
    diff = git(tmp_path, "diff")
    assert f"\n - connection_name: {name}\n   id: '{changed['id']}'\n-  active: " in diff
    assert len(re.findall(r"(?m)^[-+](?![-+])", diff)) == 2

    git(tmp_path, "add", "baseline.yml")
    deep = {**changed["outbound"], "localization": "GB" if changed["outbound"]["localization"] != "GB" else "DE"}
    sandbox.change(fields={changed["id"]: {"outbound": deep}})
    assert baseline(baseline_overwrite=True).exit_code == 0
    # By default git takes no line that begins with a dash for the head of a hunk.
    (tmp_path / ".gitattributes").write_text("baseline.yml diff=connections\n")
    head = "diff.connections.xfuncname=^- (connection_name: .*)$"
    hunk = re.search(r"(?m)^@@ .* @@ (.*)$", git(tmp_path, "-c", head, "diff"))
    assert hunk
    assert name in hunk[1]

    git(tmp_path, "add", "baseline.yml")
    sandbox.change(fields={changed["id"]: {"connection_name": "Zzz", "outbound": deep}})
    assert baseline(baseline_overwrite=True).exit_code == 0
    assert re.findall(r"(?m)^((?!---|\+\+\+)[-+].*)$", git(tmp_path, "diff")) == [
        f"-- connection_name: {name}",
        "+- connection_name: Zzz",
    ]


def test_an_empty_account_leaves_a_folder_that_a_check_can_read(
    baseline: Callable[..., Run], ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=0)
    variables = {"baseline_layout": "per_connection", "baseline_dest": "account"}
    check = {"drift_check_desired_files": ["account"], "drift_check_min_connections": 0}

    def checked() -> Run:
        return ansible("ansible-playbook", "siptrunk.telnyx.drift_check", "-e", json.dumps(check))

    assert baseline(**variables).exit_code == 0
    assert [path.name for path in (tmp_path / "account").iterdir()] == ["empty.yml"]
    assert "changed=0" in baseline(**variables).output
    assert checked().exit_code == 0
    sandbox.change(change={"insert": 1})
    assert checked().exit_code == 2
    assert baseline(**variables).exit_code == 0  # empty.yml is no conflict
    (file,) = (tmp_path / "account").iterdir()
    assert file.name != "empty.yml"
    assert checked().exit_code == 0
