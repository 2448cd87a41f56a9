"""The paths of the files of a baseline with one file for each connection."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.action.credential_connections_baseline import (
    _connection_paths,
    _refuse_files_below,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.text("aAbBßſKk/._-1", min_size=1, max_size=4), unique=True, max_size=12), st.booleans())
def test_paths_of_connections_differ_where_case_is_ignored(ids: list[str], same_name: bool) -> None:
    records = [{"id": each, "connection_name": "Berlin" if same_name else each} for each in ids]
    paths = _connection_paths("account", records)
    assert [record["id"] for record in paths.values()] == ids
    assert len({path.casefold() for path in paths}) == len({path.lower() for path in paths}) == len(ids)


def test_path_has_the_name_and_the_id_of_its_connection() -> None:
    assert list(_connection_paths("d", [{"id": "7", "connection_name": "Bürö 1"}, {"id": "8"}])) == [
        "d/b-r-1.7.yml",
        "d/8.yml",
    ]
    one, two = list(_connection_paths("d", [{"id": "aB"}, {"id": "Ab"}]))
    assert one.startswith("d/aB.")
    assert two.startswith("d/Ab.")
    assert one.lower() != two.lower()


def test_folder_with_desired_files_below_it_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "account"
    _refuse_files_below(str(folder))  # does not exist yet
    (folder / ".git").mkdir(parents=True)
    (folder / "notes").mkdir()
    for name in ("a.yml", "b.json", ".git/c.yml", "notes/readme.txt"):
        (folder / name).write_text("[]")
    (folder / "itself").symlink_to(folder)
    _refuse_files_below(str(folder))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "d.yaml").write_text("[]")
    (folder / "z").symlink_to("../elsewhere")
    with pytest.raises(OptionError, match=r"such as 'z/d.yaml'\. A drift check of it reads them too"):
        _refuse_files_below(str(folder))
