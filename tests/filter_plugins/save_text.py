"""Filter of the tests that writes a text to a file, in the process that runs the task."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def save_text(text: str, path: str) -> str:
    """Write the text to the file; return an empty text."""
    Path(path).write_bytes(str(text).encode("utf-8", "surrogateescape"))
    return ""


class FilterModule:
    """The filter ``save_text``."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filters of this file by name."""
        return {"save_text": save_text}
