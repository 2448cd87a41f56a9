# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of accepted findings, YAML with a list of entries: read, and written anew so that they accept the findings of reports."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import yaml
from ansible.parsing.vault import is_encrypted

from ...module_utils._errors import AcceptanceError, DesiredError
from ...module_utils._file_replacement import read_regular
from ...module_utils._text import did_you_mean, one_line
from .._checks.acceptance import CHECK_OF_KIND, KEYS, Acceptance, make_acceptance, parse_day
from .._checks.acceptance_matching import AcceptanceIndex
from .._checks.findings import Finding, parse_report
from .errors import ParseError
from .paths import display_path, find_files
from .yaml_reader import compose, construct
from .yaml_writer import dump

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._checks.results import AcceptedBy

HEADING = "# Accepted findings of a Telnyx account; the playbook siptrunk.telnyx.accept adds to them.\n---\n"


def read_accepted(paths: Sequence[str]) -> list[Acceptance]:
    """Read the entries of files, of folders of files, and of the files that patterns match, as desired files are found.

    Raises :class:`AcceptanceError` for a file that does not exist or cannot be read, for a folder or a pattern without files,
    and for an invalid entry; and :class:`OptionError`.
    """
    try:
        files = find_files(paths, "accepted_files")
    except DesiredError as exc:
        raise AcceptanceError(f"accepted_files: {exc.message}", exc.hint) from None
    return [each for path in files for each in parse_accepted(path, _read_text(path))]


def parse_accepted(path: str, text: str) -> list[Acceptance]:
    """Return the entries of a file. Raises :class:`AcceptanceError`, which names the file and the line."""
    return [_acceptance(path, line, values) for values, line in _entries(path, text)]


def _acceptance(path: str, line: int, values: Any) -> Acceptance:
    file = display_path(path)
    return make_acceptance(values, f"{file}, line {line}", {"file": file, "line": line})


def _read_text(path: str) -> str:
    file = display_path(path)
    try:
        raw = read_regular(path)
        if raw is None:
            raise AcceptanceError(
                f"{file}: the file of accepted findings does not exist.",
                "The playbook siptrunk.telnyx.accept writes one; a file with [] accepts nothing.",
            )
        if is_encrypted(raw):
            raise AcceptanceError(f"{file}: is encrypted by a vault.", "It holds no secrets; decrypt it.")
        return raw.decode("utf-8-sig")
    except OSError as exc:
        raise AcceptanceError(f"{file}: cannot be read: {exc.strerror or 'unknown reason'}.") from None
    except UnicodeDecodeError:
        raise AcceptanceError(f"{file}: is not UTF-8 text.") from None


def _entries(path: str, text: str) -> list[tuple[Any, int]]:
    """Return the values of the list in a text, each with its line. Raises :class:`AcceptanceError`."""
    try:
        loader, root = compose(text.removeprefix("\ufeff"))
        if root is None or (isinstance(root, yaml.ScalarNode) and root.value in ("", "~", "null")):
            return []
        if not isinstance(root, yaml.SequenceNode):
            raise ParseError("it is not a list of accepted findings", root.start_mark.line + 1)
        return [(construct(loader, node), node.start_mark.line + 1) for node in root.value]
    except ParseError as exc:
        raise AcceptanceError(exc.in_file(display_path(path))) from None


def accept_reports(  # noqa: PLR0913 - what is accepted, and why
    path: str,
    text: str,
    reports: Mapping[str, str | None],
    selection: Mapping[str, Sequence[str] | None],
    *,
    reason: str = "",
    who: str | None = None,
    expires: object = None,
    prune: bool = False,
) -> dict[str, Any]:
    """Return the text of a file in which the selected findings of reports are accepted, and what it has that it did not have.

    ``path`` and ``text`` are those of the file, and ``reports`` the texts of JSON reports by their paths, ``None`` for one that does
    not exist. The ``selection`` has lists of ``rules`` (ids), ``severities`` (or statuses), ``connections`` (ids or patterns of names),
    ``paths`` (patterns) and ``fingerprints``, ``None`` for one that is not given: a finding is selected that matches an item of each.
    With ``prune``, entries that the reports call unused are removed, and expired ones without a finding.

    A report that cannot be used is in ``skipped``, as a sentence, and does not keep the others from being accepted. If ``problems``
    has sentences, nothing is to be written.
    """
    result: dict[str, Any] = {"text": text, "added": [], "updated": [], "removed": [], "problems": [], "skipped": []}
    try:
        by = _accepted_by(reason, who, expires)
        entries = {_acceptance(path, line, _known(values)): values for values, line in _entries(path, text)}
    except AcceptanceError as exc:
        return {**result, "problems": [str(exc)]}
    usable = []
    for name, content in reports.items():
        try:
            usable.append(_complete_report(name, content))
        except AcceptanceError as exc:
            result["skipped"].append(str(exc))
    if not usable:
        return {
            **result,
            "problems": result["skipped"] or ["There is no report to accept findings of. Run a check first."],
        }
    given = {name: items for name, items in selection.items() if items is not None}
    after, added = _update(entries, usable, given, by, prune=prune)
    result["added"] = added
    result["updated"] = [each.selects() for each, values in after.items() if values is not entries[each]]
    result["removed"] = [each.selects() for each in entries if each not in after]
    result["problems"] += _selection_problems(given, [each for report in usable for each in _all_findings(report)])
    if (added or result["updated"]) and not by["reason"]:
        why = "accept_reason is missing. Say why these findings are accepted, for those who come after."
        result["problems"].append(why)
    if added or result["updated"] or result["removed"]:
        result["problems"] += _lost_comments(path, text)
    elif text.strip():
        return result
    # A file that does not exist is written even if nothing is accepted, because the checks need one.
    return {**result, "text": HEADING + dump(sorted([*after.values(), *added], key=_sort_key))}


def _accepted_by(reason: str, who: str | None, expires: object) -> AcceptedBy:
    """Return why findings are accepted, since today (UTC). Raises :class:`AcceptanceError`."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    last = None
    if expires not in (None, ""):
        try:
            last = parse_day(expires)
        except ValueError:
            shown = one_line(expires, 40)
            raise AcceptanceError(f"accept_expires must be a day, as in 2027-03-31, not {shown!r}.") from None
        if last < today:
            raise AcceptanceError(f"accept_expires: {last} has passed.")
    return {
        "reason": (reason or "").strip(),
        "who": who or None,
        "since": str(today),
        "expires": str(last) if last else None,
    }


def _known(values: Any) -> Any:
    """Return an entry without the keys that nobody knows: they are kept, and the check refuses them."""
    return {key: value for key, value in values.items() if key in KEYS} if isinstance(values, dict) else values


def _complete_report(path: str, text: str | None) -> dict[str, Any]:
    """Return the report of a completed check. Raises :class:`AcceptanceError` for anything else."""
    if text is None:
        raise AcceptanceError(f"{path}: the report does not exist.", "Run the check first.")
    try:
        report = parse_report(text)
    except ValueError as exc:
        raise AcceptanceError(f"{path}: {exc}.", "Use drift.json or policy.json.") from None
    if report["error"] is not None:
        hint = "Run it again, without an error."
        raise AcceptanceError(f"{path}: the check was not completed, so nothing of it is accepted.", hint)
    return report


def _all_findings(report: Mapping[str, Any]) -> list[Finding]:
    return [*report["findings"], *report["accepted"]]


def _update(
    entries: Mapping[Acceptance, dict[str, Any]],
    reports: Sequence[Mapping[str, Any]],
    selection: Mapping[str, Sequence[str]],
    by: AcceptedBy,
    *,
    prune: bool,
) -> tuple[dict[Acceptance, dict[str, Any]], list[dict[str, Any]]]:
    """Return the entries of a file as they are afterwards, without those to remove, and the new entries.

    An entry that accepts a finding stays as it is. One for the same finding is changed, except its reason, if it lacks the value,
    has another value or a lower severity, or has expired. A rule that could not be evaluated is not accepted.
    """
    after, added = dict(entries), {}
    for report in reports:
        index = AcceptanceIndex(list(entries), report["check"], datetime.date.fromisoformat(str(by["since"])))
        # Of missing connections that have neither an id nor a name of their own, only the fingerprint says which one is meant.
        names = Counter(str(each.connection.name) for each in report["findings"] if each.connection.id is None)
        for finding in report["findings"]:
            state, acceptance = index.decide(finding)
            if not finding.evaluated or state == "unchanged" or not _is_selected(finding, selection):
                continue
            if acceptance is not None and acceptance.is_specific:
                after[acceptance] = _renewed(acceptance, entries[acceptance], finding, by)
            else:
                entry = _new_entry(finding, by, has_own_name=names[str(finding.connection.name)] < 2)
                added[json.dumps(entry)] = entry
    if prune:
        for each in (each for report in reports for each in _unused(list(entries), report)):
            if after.get(each) is entries[each]:
                del after[each]
    return after, list(added.values())


def _new_entry(finding: Finding, by: AcceptedBy, *, has_own_name: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"check": finding.check, finding.kind: finding.what}
    connection = finding.connection
    if isinstance(connection.name, str) and connection.name and (has_own_name or connection.id is not None):
        entry["connection_name"] = connection.name
    if connection.id is not None:
        entry["id"] = connection.id
    elif "connection_name" not in entry:
        entry["fingerprint"] = finding.fingerprint  # nothing else identifies the connection
    if finding.has_value:
        entry["value"] = finding.actual
    if finding.check == "policy":
        entry["severity"] = finding.severity
    return {**entry, **{key: value for key, value in by.items() if value is not None}}


def _renewed(acceptance: Acceptance, entry: Mapping[str, Any], finding: Finding, by: AcceptedBy) -> dict[str, Any]:
    """Return an entry that accepts the finding as it is now, and keeps its reason.

    Whoever accepts it now replaces the one before, also if nobody is named. A last day stays unless it has passed or another one is given.
    """
    values = {**entry, "who": by["who"], "since": by["since"]}
    has_expired = acceptance.expires is not None and str(acceptance.expires) < str(by["since"])
    if by["expires"] or has_expired:
        values["expires"] = by["expires"]
    if finding.has_value:
        values["value"] = finding.actual
    if entry.get("severity"):
        values["severity"] = finding.severity
    return {key: value for key, value in values.items() if value is not None or key not in ("who", "expires")}


def _unused(existing: Sequence[Acceptance], report: Mapping[str, Any]) -> list[Acceptance]:
    """Return the entries that no finding of a report needs."""
    gone = [
        each["selects"]
        for each in report["acceptances"]
        if each["state"] == "unused" or (each["state"] == "expired" and not each["findings"])
    ]
    selects = [each.selects() for each in existing]
    # Of several entries that select the same, the report does not say which one is used.
    return [
        each
        for each, selected in zip(existing, selects)
        if each.check == report["check"] and selected in gone and selects.count(selected) == 1
    ]


def _is_selected(finding: Finding, selection: Mapping[str, Sequence[str]]) -> bool:
    return all(any(_matches(finding, name, item) for item in items) for name, items in selection.items())


def _matches(finding: Finding, name: str, item: str) -> bool:
    if name == "connections" and item == finding.connection.id:
        return True
    text = _text(finding, name)
    return bool(text) and (fnmatchcase(text, item) if name in ("connections", "paths") else text == item)


def _text(finding: Finding, name: str) -> str:
    """Return the text of a finding that the items of a list of a selection are compared with, or an empty text."""
    texts: dict[str, Any] = {
        "rules": finding.rule,
        "severities": finding.rank,
        "connections": finding.connection.name,
        "paths": finding.path,
        "fingerprints": finding.fingerprint,
    }
    return str(texts[name]) if isinstance(texts[name], str) else ""


def _selection_problems(selection: Mapping[str, Sequence[str]], findings: Sequence[Finding]) -> Iterator[str]:
    """Yield a sentence for each empty list, each item that matches no finding, or one if no finding matches all the lists."""
    matches_each = True
    for name, items in selection.items():
        if not items:
            yield f"accept_{name}: the list is empty. Leave it out to select by other lists, or to accept all findings."
        for item in items:
            if not any(_matches(each, name, item) for each in findings):
                matches_each = False
                hint = did_you_mean(item, {_text(each, name) for each in findings})
                yield f"accept_{name}: no finding of the reports matches {one_line(item)!r}. {hint}".rstrip()
    if (
        matches_each
        and all(selection.values())
        and not any(_is_selected(each, selection) for each in findings)
        and selection
    ):
        yield f"No finding of the reports matches all of {', '.join(f'accept_{name}' for name in selection)}."


def _sort_key(entry: Mapping[str, Any]) -> list[str]:
    """Return the key that sorts the entries of a file: check, name of the connection, id, kind, and what is accepted."""
    kind = next((kind for kind in CHECK_OF_KIND if entry.get(kind)), "")
    check = entry.get("check") or CHECK_OF_KIND.get(kind)
    name = entry.get("connection_name") or entry.get("name_pattern") or entry.get("tag")
    parts = (check, name, entry.get("id"), kind, entry.get(kind), entry.get("user_name"), entry.get("fingerprint"))
    return [str(each or "") for each in parts]


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
