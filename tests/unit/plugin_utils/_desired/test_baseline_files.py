"""The files of a baseline: their paths, and which of them may be replaced and removed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError, ReportError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline import ExistingFile, generated
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline_files import (
    baseline_texts,
    connection_paths,
    diff,
    existing_files,
    plan,
    refuse_files_below,
)
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.text("aAbBßſKk/._-1", min_size=1, max_size=4), unique=True, max_size=12), st.booleans())
def test_paths_of_connections_differ_where_case_is_ignored(ids: list[str], same_name: bool) -> None:
    records = [{"id": each, "connection_name": "Berlin" if same_name else each} for each in ids]
    paths = connection_paths("account", records)
    assert len({path.casefold() for path in paths}) == len({path.lower() for path in paths}) == len(ids)


def test_path_has_the_name_and_the_id_of_its_connection() -> None:
    assert list(connection_paths("d", [{"id": "7", "connection_name": "Bürö 1"}, {"id": "8"}])) == [
        "d/b-r-1.7.yml",
        "d/8.yml",
    ]
    one, two = list(connection_paths("d", [{"id": "aB"}, {"id": "Ab"}]))
    assert one.startswith("d/aB.")
    assert two.startswith("d/Ab.")
    assert one.lower() != two.lower()


def test_folder_with_desired_files_below_it_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "account"
    refuse_files_below(str(folder))  # does not exist yet
    (folder / ".git").mkdir(parents=True)
    (folder / "notes").mkdir()
    for name in ("a.yml", "b.json", ".git/c.yml", "notes/readme.txt"):
        (folder / name).write_text("[]")
    (folder / "itself").symlink_to(folder)
    refuse_files_below(str(folder))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "d.yaml").write_text("[]")
    (folder / "z").symlink_to("../elsewhere")
    with pytest.raises(OptionError, match=r"such as 'z/d.yaml'\. A drift check of it reads them too"):
        refuse_files_below(str(folder))


EDITED = generated("- id: '1'\n").replace("'1'", "'2'")
TEAM = '{"tags": ["a"]}'


@pytest.mark.parametrize(
    ("before", "after", "selection", "expected"),
    [
        ({}, {"a": "new"}, "", "write a"),
        ({"a": generated("x")}, {"a": generated("x")}, "", ""),
        ({"a": generated("x")}, {"a": generated("y")}, "", "write a"),
        ({"a": EDITED}, {"a": generated("y")}, "", "write a, refuse a"),
        ({"a": "mine"}, {"a": generated("y")}, "", "write a, refuse a"),
        ({"a": ""}, {"a": generated("y")}, "", "write a, refuse a"),
        ({"gone": generated("x"), "a": generated("x")}, {"a": generated("x")}, "", "remove gone"),
        ({"gone": EDITED}, {"a": generated("x")}, "", "write a, refuse gone"),
        ({"gone": generated("x", TEAM)}, {"a": generated("x")}, "", "write a"),
        ({"gone": generated("x")}, {"a": generated("x", TEAM)}, TEAM, "write a"),
        ({"gone": generated("x", TEAM)}, {"a": generated("x", TEAM)}, TEAM, "write a"),
        ({"a": generated("x", TEAM)}, {"a": generated("y", TEAM)}, TEAM, "write a"),
        ({"a": generated("x")}, {"a": generated("y", TEAM)}, TEAM, "write a, refuse a"),
        ({"a": generated("x", TEAM)}, {"a": generated("y")}, "", "write a, refuse a"),
    ],
)
def test_only_generated_files_of_the_same_selection_are_replaced_and_removed(
    before: dict[str, str], after: dict[str, str], selection: str, expected: str
) -> None:
    planned = plan(after, {path: ExistingFile.of_text(text) for path, text in before.items()}, selection)
    found = [("write", planned.texts), ("remove", planned.removed), ("refuse", planned.conflicts)]
    assert ", ".join(f"{what} {path}" for what, paths in found for path in paths) == expected


def test_diff_has_only_the_connections_that_differ_and_no_secret() -> None:
    url = "https://u:canary@example.com/?key=canary"
    bodies = [f"- id: '1'\n  webhook_event_url: {url}\n  active: {active}\n- id: '2'\n" for active in ("true", "false")]
    shown = diff("f.yml", ExistingFile.of_text(generated(bodies[0])), generated(bodies[1]))
    assert "canary" not in str(shown)
    assert "id: '2'" not in str(shown)
    assert shown["before"].replace("true", "false").partition("---")[2] == shown["after"].partition("---")[2]
    assert diff("f.yml", ExistingFile.of_text("- password: canary\n"), "[]\n")["before"] == "- password: (hidden)\n"
    assert (
        "not shown: it is not valid YAML" in diff("f.yml", ExistingFile.of_text("- password: [canary\n"), "")["before"]
    )


def test_generated_files_of_a_folder_are_found_beside_those_that_are_to_be_written(tmp_path: Path) -> None:
    records = [{"id": "1", "connection_name": "a"}, {"id": "2", "connection_name": "b"}]
    files = baseline_texts(str(tmp_path), records, TEAM, per_connection=True)
    assert [os.path.basename(path) for path in files] == ["a.1.yml", "b.2.yml"]
    for name, text in ({path: text for path, text in files.items() if path.endswith("a.1.yml")}).items():
        Path(name).write_text(text)
    (tmp_path / "gone.yml").write_text(f"\ufeff{EDITED}")
    for name in ("mine.yml", "notes.txt"):
        (tmp_path / name).write_text("[]")
    (tmp_path / "folder.yml").mkdir()
    found = existing_files(files, str(tmp_path))
    assert {os.path.basename(path): (each.is_generated, each.selection) for path, each in found.items()} == {
        "a.1.yml": (True, TEAM),
        "gone.yml": (False, ""),
    }
    assert existing_files([str(tmp_path / "nowhere" / "x.yml")], str(tmp_path / "nowhere")) == {}
    assert baseline_texts("x.yml", records, "", per_connection=False)["x.yml"].endswith(
        "---\n- connection_name: a\n  id: '1'\n- connection_name: b\n  id: '2'\n"
    )
    assert [os.path.basename(path) for path in baseline_texts("d", [], "", per_connection=True)] == ["empty.yml"]


def test_existing_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"\xff")
    with pytest.raises(ReportError, match=r"a\.yml: the existing file cannot be read: it is not text"):
        existing_files([str(tmp_path / "a.yml")])
    with pytest.raises(ReportError, match="it is a folder, not a regular file"):
        existing_files([str(tmp_path)])
