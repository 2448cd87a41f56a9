"""Print the last line of `make test`: how many tests passed and failed in all parts.

A part that writes JUnit files counts by its tests, any other part as one. The exit status is 1 unless all parts passed.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree


def junit_counts(folder: Path) -> Counter[str]:
    """Count the passed, failed and skipped tests of the JUnit files in a folder."""
    counts: Counter[str] = Counter()
    for file in folder.glob("*.xml"):
        for case in ElementTree.parse(file).iter("testcase"):
            bad = case.find("failure") is not None or case.find("error") is not None
            counts["failed" if bad else "skipped" if case.find("skipped") is not None else "passed"] += 1
    return counts


def main(reports: Path) -> int:
    """Print a line for each part, and the last line."""
    totals: Counter[str] = Counter()
    for session in json.loads((reports / "nox.json").read_text(encoding="utf-8"))["sessions"]:
        name, good = session["signatures"][0], session["result"] == "success"
        counts = junit_counts(reports / name) or Counter(passed=int(good))
        if not good and not counts["failed"]:
            counts["failed"] = 1  # it failed outside of its tests
        print(line(name + ": ", counts))
        totals += counts
    print(line("", totals))
    return 0 if totals["passed"] and not totals["failed"] else 1


def line(name: str, counts: Counter[str]) -> str:
    """Format counts as test runners do."""
    return name + ", ".join(f"{counts[word]} {word}" for word in ("passed", "failed", "skipped"))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
