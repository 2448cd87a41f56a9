"""The chart of docs/performance.md, from what run.py measured."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl


def draw(rows: list[dict[str, Any]], file: Path) -> None:
    """Draw two panels: how many times faster than its peer a listing is, and what the lookups of a fleet cost as the account grows."""
    mpl.use("svg")
    # The same file for the same numbers.
    mpl.rcParams.update({"svg.hashsalt": "siptrunk.telnyx", "font.size": 10})
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    faster = [row for row in rows if row["faster"]]
    bars = left.bar(
        [f"{row['what']}\nagainst {row['peer']}" for row in faster], [row["ratio"] for row in faster], color="#1f77b4"
    )
    left.bar_label(bars, fmt="%.1f x")
    left.set_title(f"Listing {faster[0]['connections']:,} connections: times faster")
    left.set_ylim(0, 1.2 * max(row["ratio"] for row in faster))
    fleet = [row for row in rows if not row["faster"] and row["peer"] == "lookup of env"]
    bars = right.bar([f"{row['connections']:,}" for row in fleet], [row["ratio"] for row in fleet], color="#2ca02c")
    right.bar_label(bars, fmt="%.2f x")
    right.axhline(1.0, color="black", linewidth=1)
    right.set_title("500 hosts x 3 tasks: time, relative to a lookup of env")
    right.set_xlabel("connections of the account")
    right.set_ylim(0, 1.6)
    figure.savefig(file, metadata={"Date": None})


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
