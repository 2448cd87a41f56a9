# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accept the findings of reports: the text of a file of accepted findings is written anew from what it says."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

import yaml

from ...module_utils._errors import AcceptanceError
from ...module_utils._text import one_line
from .._checks.acceptance import KEYS, Acceptance, make_acceptance, parse_day
from .._checks.acceptance_update import Note, Selection, Update, unused, update_acceptances
from .._checks.findings import Finding
from .accepted_files import parse_entries
from .yaml_writer import dump

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HEADING = "# Accepted findings of a Telnyx account; the playbook siptrunk.telnyx.accept adds to them.\n---\n"
FORMAT_VERSION = 2


def accept_reports(  # noqa: PLR0913 - what is accepted, and why
    path: str,
    text: str,
    reports: Mapping[str, str | None],
    selection: Selection,
    *,
    reason: str = "",
    who: str | None = None,
    expires: object = None,
    prune: bool = False,
) -> dict[str, Any]:
    """Return the text of a file in which the selected findings of reports are accepted, and what it has that it did not have.

    ``path`` and ``text`` are those of the file, and ``reports`` the texts of JSON reports by their paths, ``None`` for one that does
    not exist. With ``prune``, entries that the reports call unused are removed, and expired ones without a finding.
    A report that cannot be used is in ``skipped``, as a sentence, and does not keep the others from being accepted. If ``problems``
    has sentences, nothing is to be written.
    """
    result: dict[str, Any] = {"text": text, "added": [], "updated": [], "removed": [], "problems": [], "skipped": []}
    try:
        note = _note(reason, who, expires)
        entries = parse_entries(path, text)
        existing = [
            make_acceptance(_known(values), f"{path}, line {line}: the entry", {"file": path, "line": line})
            for values, line in entries
        ]
    except AcceptanceError as exc:
        return {**result, "problems": [str(exc)]}
    usable = []
    for name, content in reports.items():
        try:
            usable.append(_Report(name, content))
        except AcceptanceError as exc:
            result["skipped"].append(str(exc))
    if not usable:
        return {
            **result,
            "problems": result["skipped"] or ["There is no report to accept findings of. Run a check first."],
        }
    update = _update(existing, usable, selection, note, prune=prune)
    values = [dict(entry) for entry, _line in entries]
    changed = bool(update.added or update.changed or update.removed)
    result["problems"] += selection.problems(
        [each for report in usable for each in (*report.findings, *report.accepted)]
    )
    if (update.added or update.changed) and not note.reason:
        result["problems"].append(
            "accept_reason is missing. Say why these findings are accepted, for those who come after."
        )
    if changed:
        result["problems"] += _lost_comments(path, text)
    # A file that does not exist is written even if nothing is accepted, because the checks need one.
    after = update.apply(values)
    result["text"] = HEADING + dump(after) if changed or not text.strip() else text
    return {
        **result,
        "added": update.added,
        "updated": [existing[place].selects() for place in sorted(update.changed)],
        "removed": [existing[place].selects() for place in sorted(update.removed)],
    }


class _Report:
    """A JSON report of a completed check. The constructor raises :class:`AcceptanceError` for anything else."""

    def __init__(self, path: str, text: str | None) -> None:
        if text is None:
            raise AcceptanceError(f"{path}: the report does not exist.", "Run the check first.")
        try:
            report = json.loads(text)
            self.check: str = report["check"]
            is_report = self.check in ("drift", "policy") and report["format_version"] == FORMAT_VERSION
            is_complete = report["status"] != "error"
            self.findings = [Finding.from_dict(each) for each in report["findings"]]
            self.accepted = [Finding.from_dict(each) for each in report["accepted"]]
            self.acceptances = [
                {"selects": dict(each["selects"]), "state": each["state"], "findings": int(each["findings"])}
                for each in report["acceptances"]
            ]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            is_report = is_complete = False
        if not is_report:
            raise AcceptanceError(
                f"{path}: is not a JSON report of a check of this version.", "Use drift.json or policy.json."
            )
        if not is_complete:
            raise AcceptanceError(
                f"{path}: the check was not completed, so nothing of it is accepted.", "Run it again, without an error."
            )


def _update(
    existing: Sequence[Acceptance], reports: Sequence[_Report], selection: Selection, note: Note, *, prune: bool
) -> Update:
    """Return the updates of several reports as one; each entry is added once."""
    update = Update([], {}, set())
    for report in reports:
        found = update_acceptances(existing, report.check, report.findings, selection, note)
        update.added.extend(entry for entry in found.added if entry not in update.added)
        update.changed.update(found.changed)
        if prune:
            update.removed.update(unused(existing, report.check, report.acceptances))
    update.removed.difference_update(update.changed)
    return update


def _known(values: Any) -> Any:
    """Return an entry without the keys that nobody knows: they are kept, and the check refuses them."""
    return {key: value for key, value in values.items() if key in KEYS} if isinstance(values, dict) else values


def _note(reason: str, who: str | None, expires: object) -> Note:
    """Return why findings are accepted. Raises :class:`AcceptanceError`."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    last = None
    if expires not in (None, ""):
        try:
            last = parse_day(expires)
        except ValueError:
            raise AcceptanceError(
                f"accept_expires must be a day, as in 2027-03-31, not {one_line(expires, 40)!r}."
            ) from None
        if last < today:
            raise AcceptanceError(f"accept_expires: {last} has passed.")
    return Note((reason or "").strip(), today, who or None, last)


def _lost_comments(path: str, text: str) -> Iterator[str]:
    """Yield a sentence for each comment of a text but its heading: it would be lost where the text is written anew."""
    kept = HEADING.splitlines()
    end = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        # Between two tokens are only spaces and comments; the first line of a block of text may have one, too.
        gap = text[end : token.start_mark.index]
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            gap += text[token.start_mark.index : token.end_mark.index].partition("\n")[0]
        first = text.count("\n", 0, end) + 1
        for number, line in enumerate(gap.split("\n"), first):
            comment = line[line.find("#") :] if "#" in line else ""
            if comment and comment not in kept:
                yield (
                    f"{path}, line {number}: the comment {one_line(comment, 80)!r} would be lost,"
                    " because the file is written anew. Put it into the reason of its entry."
                )
        end = token.end_mark.index
