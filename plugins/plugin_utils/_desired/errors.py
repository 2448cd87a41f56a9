# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error of a text that cannot be read."""

from __future__ import annotations


class ParseError(Exception):
    """A text cannot be read. The message never quotes the text, which may hold a password. ``line`` is ``None`` if it is not known."""

    def __init__(self, reason: str, line: int | None) -> None:
        super().__init__(reason)
        self.line = line

    def in_file(self, file: str) -> str:
        """Return the message with the file and the line before it."""
        return f"{file}, line {self.line}: {self}." if self.line else f"{file}: {self}."
