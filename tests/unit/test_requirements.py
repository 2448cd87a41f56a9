"""The lock files of the development tools: one for each environment, with hashes, that agrees with its list."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "requirements"
PART_OF_OTHERS = "test.in"
# A pinned distribution, perhaps for some machines only, and at least one hash.
ENTRY = r"^([\w.-]+)==\S+(?: ;[^\\\n]*)? \\\n(?:    --hash=sha256:[0-9a-f]{64}.*\n)+"
ENVIRONMENTS = sorted(file.stem for file in FOLDER.glob("*.in") if file.name != PART_OF_OTHERS)


def required(short_list: Path) -> set[str]:
    """Return the names of the distributions in a list and in the lists that it includes."""
    names: set[str] = set()
    for line in short_list.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            names |= required(FOLDER / line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            names.add(re.match(r"[\w-]+", line)[0].lower())  # type: ignore[index]
    return names


def test_every_environment_is_locked() -> None:
    assert {"core-2.16", "core-2.21", "demo", "dev", "lint"} <= set(ENVIRONMENTS)
    assert sorted(file.stem for file in FOLDER.glob("*.txt")) == ENVIRONMENTS


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_lock_file_pins_everything_with_hashes(environment: str) -> None:
    text = (FOLDER / f"{environment}.txt").read_text(encoding="utf-8")
    entries = re.findall(ENTRY, text, re.MULTILINE)
    lines = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(entries) == len(lines) > 0
    assert required(FOLDER / f"{environment}.in") <= set(entries)
    assert "://" not in text
