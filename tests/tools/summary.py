"""The closing line of `make test`: how many tests passed and failed, over all parts.

A part that writes a JUnit file counts by its tests, any other as one. Exits 1 unless all parts ran and passed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree


def junit_counts(file: Path) -> tuple[int, int, int]:
    """Passed, failed and skipped tests of a JUnit file."""
    passed = failed = skipped = 0
    for case in ElementTree.parse(file).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def main(reports: Path) -> int:
    """Print a line for each part, and the closing line."""
    totals = [0, 0, 0]
    for session in json.loads((reports / "nox.json").read_text(encoding="utf-8"))["sessions"]:
        name = session["name"]
        core = session["args"].get("core")
        file = reports / f"{name}-{core}.xml"
        good = session["result_code"] == 1
        counts = junit_counts(file) if file.exists() else (int(good), int(not good), 0)
        if not good and not counts[1]:
            counts = (counts[0], 1, counts[2])  # it failed outside of its tests
        print(f"{session['signatures'][0]}: {counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")
        totals = [total + count for total, count in zip(totals, counts)]
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
    return 0 if totals[0] and not totals[1] else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
