# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exceptions of the readers and the editor; their callers add the path of the file and raise a DesiredError."""

from __future__ import annotations


class ParseError(Exception):
    """A text cannot be read. The message never quotes the text, which may hold a password."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


class InvalidValueError(ValueError):
    """A value is not accepted; raised where the line is not known."""


class EditError(Exception):
    """A text cannot be edited in place."""
