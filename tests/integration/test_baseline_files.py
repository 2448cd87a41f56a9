"""The files of a baseline, written and written again by the real ansible-playbook.

A start of ansible-playbook takes seconds, so each test needs as few as the changes of its account between them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline_files import connection_paths
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import Loader
from sandbox.process import SandboxProcess

from playbooks import NAME, Run, Task, attempt, save

PIPE = "{{ lookup('pipe', 'touch pwned') }}"
DELIMITERS = "#jinja2: variable_start_string:'[%', variable_end_string:'%]'\n[% lookup('pipe', 'touch pwned') %]"


def baseline(dest: str, result: str | None = None, **options: Any) -> Task:
    """Return a task that writes a baseline beside the playbook, and registers its result."""
    task: Task = {f"{NAME}_baseline": {"dest": "{{ playbook_dir }}/" + dest, **options}}
    return {**task, "register": result} if result else task


def permissions(path: Path) -> int:
    return path.stat().st_mode & 0o777


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, text=True, check=False, capture_output=True).stdout


def test_text_of_the_api_does_not_run_where_a_baseline_is_a_file_of_variables(
    play: Callable[..., Run], ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    names = [PIPE, DELIMITERS, "{% set x = lookup('pipe', 'touch pwned') %}"]
    sandbox.reset(connections=3, overrides=[{"connection_name": name, "tags": [name]} for name in names])
    run = play(baseline("account", layout="per_connection"))
    assert run.exit_code == 0, run.output
    files = sorted((tmp_path / "account").iterdir())
    assert len(files) == 3
    plays = [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "vars_files": [f"account/{file.name}"],
            "tasks": [
                {"ansible.builtin.debug": {"msg": ["{{ connection_name }}", "{{ tags }}"]}},
                {"ansible.builtin.include_vars": {"file": f"account/{file.name}", "name": "included"}},
                {"ansible.builtin.debug": {"var": "included"}},
                save("[connection_name, included.connection_name, included.tags]", f"read{number}"),
            ],
        }
        for number, file in enumerate(files)
    ]
    (tmp_path / "variables.yml").write_text(yaml.safe_dump(plays))
    run = ansible("ansible-playbook", "variables.yml")
    assert run.exit_code == 0, run.output
    assert not list(tmp_path.rglob("pwned"))
    found = [run.saved(f"read{number}") for number in range(3)]
    assert sorted(found) == sorted([name, name, [name]] for name in names)


def test_symbolic_link_and_mode_are_kept(play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox.reset(connections=2)
    tasks = [baseline("single.yml"), baseline("folder", layout="per_connection")]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    single_link = tmp_path / "single.yml"
    single_link.symlink_to("elsewhere/single.yml")  # a file that does not exist yet
    assert play(*tasks).exit_code == 0
    link_in_folder = min((tmp_path / "folder").iterdir())
    link_in_folder.symlink_to(link_in_folder.rename(elsewhere / "one.yml"))
    before = {}
    for path in elsewhere.iterdir():
        assert permissions(path) == 0o644
        path.chmod(0o600)
        before[path] = path.read_text()
    assert {path.name for path in before} == {"single.yml", "one.yml"}
    sandbox.change(fields={each["id"]: {"tags": ["changed"]} for each in sandbox.seen()["records"]})
    run = play(*tasks)
    assert run.exit_code == 0, run.output
    assert single_link.is_symlink()
    assert link_in_folder.is_symlink()
    assert set(elsewhere.iterdir()) == set(before)
    for path, text in before.items():
        assert permissions(path) == 0o600
        assert path.read_text() != text
        assert "changed" in path.read_text()


def test_destination_that_cannot_be_written_is_an_error(
    play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=1)
    path_of_connection = connection_paths(str(tmp_path / "folder"), sandbox.seen()["records"])[0]
    (tmp_path / "folder").mkdir()
    (tmp_path / "device").symlink_to("/dev/full")
    below = tmp_path / "above" / "below"
    below.mkdir(parents=True)
    (below / "one.json").write_text("[]")
    for pipe in (path_of_connection, tmp_path / "pipe"):
        os.mkfifo(pipe)
    run = play(
        attempt(baseline("device"), "device"),
        attempt(baseline("pipe"), "pipe"),
        attempt(baseline("folder", layout="per_connection"), "folder"),
        attempt(baseline("above", layout="per_connection", overwrite=True), "above"),
    )
    assert "such as 'below/one.json'. A drift check of it reads them too" in run.saved("above")["msg"]
    assert list((tmp_path / "above").iterdir()) == [below]
    for name in ("device", "pipe", "folder"):
        assert "not a regular file" in run.saved(name)["msg"], name


def test_change_is_a_small_hunk_of_git_near_the_name_of_its_connection(
    play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=8)
    records = sorted(sandbox.seen()["records"], key=lambda each: (each["created_at"], each["id"]))
    assert play(baseline("baseline.yml")).exit_code == 0
    file = tmp_path / "baseline.yml"
    assert [each["id"] for each in yaml.load(file.read_text(), Loader)] == [each["id"] for each in records]
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "baseline.yml")
    first, deep, renamed = records[2], records[4], records[6]
    outbound = {**deep["outbound"], "localization": "GB" if deep["outbound"]["localization"] != "GB" else "DE"}
    sandbox.change(
        fields={
            first["id"]: {"active": not first["active"]},
            deep["id"]: {"outbound": outbound},
            renamed["id"]: {"connection_name": "Zzz"},
        }
    )
    assert play(baseline("baseline.yml")).exit_code == 0
    # Without this attribute git does not take a line that begins with a dash for the heading of a hunk.
    (tmp_path / ".gitattributes").write_text("baseline.yml diff=connections\n")
    heading = "diff.connections.xfuncname=^- (connection_name: .*)$"
    hunks = re.split(r"(?m)^(?=@@ )", git(tmp_path, "-c", heading, "diff"))[1:]
    digest, *hunks = hunks
    assert len(hunks) == 3
    assert [line[:9] for line in re.findall(r"(?m)^[-+].*$", digest)] == ["-# SHA-25", "+# SHA-25"]
    changed_lines = [re.findall(r"(?m)^([-+].*)$", hunk) for hunk in hunks]
    assert f"\n - connection_name: {first['connection_name']}\n   id: '{first['id']}'\n-  active: " in hunks[0]
    assert [line[:10] for line in changed_lines[0]] == ["-  active:", "+  active:"]
    assert re.match(rf"@@ .* @@ .*{re.escape(deep['connection_name'])}", hunks[1])
    assert [line.split(":")[0] for line in changed_lines[1]] == ["-    localization", "+    localization"]
    assert changed_lines[2] == [f"-- connection_name: {renamed['connection_name']}", "+- connection_name: Zzz"]


def test_folder_of_an_empty_account_can_be_checked(
    play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=0)
    folder = tmp_path / "account"
    write = baseline("account", layout="per_connection")

    def check(result: str) -> Task:
        return {f"{NAME}_drift": {"desired_files": [str(folder)], "min_connections": 0}, "register": result}

    run = play(write, {**write, "register": "again"}, check("checked"), save("[again.changed, checked.changed]"))
    assert run.exit_code == 0, run.output
    assert run.saved() == [False, False]
    assert [path.name for path in folder.iterdir()] == ["empty.yml"]
    sandbox.change(change={"insert": 1})
    run = play(
        check("before"),
        {**write, "register": "written"},  # empty.yml is not a conflict
        check("after"),
        save("[before.changed, written.conflicts, after.changed]"),
    )
    assert run.exit_code == 0, run.output
    assert run.saved() == [True, [], False]
    (file,) = folder.iterdir()
    assert file.name != "empty.yml"


SECRET_URL = "https://u:canary1@hooks.example.com/in?key=canary2"


def test_edited_file_is_refused_with_its_difference_until_it_may_be_overwritten(
    ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=2, overrides=[{"connection_name": "a", "webhook_event_url": SECRET_URL}, {}])

    def write(**variables: Any) -> Run:
        variables = {f"telnyx_baseline_{name}": value for name, value in variables.items()}
        return ansible("ansible-playbook", "siptrunk.telnyx.baseline", "-e", json.dumps(variables))

    assert "Written: " in write().flat()
    file = tmp_path / "baseline.yml"
    generated = file.read_text()
    assert SECRET_URL in generated  # a check compares it
    edited = generated.replace("active: true", "active: false", 1).replace("?key=canary2", "?key=canary3")
    file.write_text(f"{edited}# mine\n")
    refused = write()
    assert refused.exit_code == 2
    assert f"Nothing was written: {file} was not generated for these connections, or edited since" in refused.flat()
    assert "add -e telnyx_baseline_overwrite=true" in refused.flat()
    assert {"-  active: false", "+  active: true", "-# mine"} <= set(refused.output.splitlines())
    assert "https://(hidden)@hooks.example.com/in?key=(hidden)" in refused.output
    assert "https://(hidden, different)@hooks.example.com/in?key=(hidden, different)" in refused.output
    assert "canary" not in refused.output
    assert file.read_text() == f"{edited}# mine\n"
    wrong = write(connections={"names": ["nobody"]}, dest="other.yml")
    assert wrong.exit_code == 2
    assert "telnyx_baseline_connections: no connection of the account matches 'nobody' in names" in wrong.flat()
    assert write(overwrite=True).exit_code == 0
    assert file.read_text() == generated
    sandbox.change(
        fields={sandbox.seen()["records"][0]["id"]: {"webhook_event_url": f"{SECRET_URL}4", "tags": ["new"]}}
    )
    changed = write()  # it was not edited
    assert changed.exit_code == 0, changed.output
    assert "+  - new" in changed.output
    assert "canary" not in changed.output


def test_subset_removes_nothing_and_replaces_no_file_of_another_selection(
    play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    names = [{"connection_name": name, "tags": [name[0]]} for name in ("Berlin 1", "Berlin, 2", "Paris")]
    sandbox.reset(connections=3, overrides=names)
    berlin = {"names": ["Berlin 1"], "terms": ["Berlin, 2"]}
    run = play(
        baseline("all", layout="per_connection"),
        baseline("some.yml", "some", connections=berlin),
        baseline("some.yml", "other", connections={"tags": ["P"]}),
        baseline("some.yml", "whole"),
        baseline("all", "folder", layout="per_connection", connections=berlin),
        baseline("new", "new", layout="per_connection", connections={"tags": ["B"]}),
        attempt(baseline("x.yml", connections={}), "empty"),
        attempt(baseline("x.yml", connections={"tags": ["Q"]}), "nothing"),
        attempt(baseline("x.yml", connections={"tag": ["B"]}), "misspelt"),
        save("[some.connections, other.conflicts, whole.conflicts, folder.conflicts | length, new.connections]"),
    )
    assert run.exit_code == 0, run.output
    some = str(tmp_path / "some.yml")
    assert run.saved() == [2, [some], [some], 2, 2]
    assert len(list((tmp_path / "all").iterdir())) == 3
    assert (
        '# Only the connections: {"names": ["Berlin 1"], "terms": ["Berlin, 2"]}' in (tmp_path / "some.yml").read_text()
    )
    assert "connections: the subset is empty" in run.saved("empty")["msg"]
    assert "connections: no connection of the account matches 'Q' in tags" in run.saved("nothing")["msg"]
    assert "connections: has the unknown key 'tag'. Did you mean tags?" in run.saved("misspelt")["msg"]
    assert not (tmp_path / "x.yml").exists()
