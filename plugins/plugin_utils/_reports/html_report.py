# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one HTML page that makes no requests: its content security policy allows none."""

from __future__ import annotations

import hashlib
import html
import json
import re
from typing import TYPE_CHECKING

from ...module_utils._text import visible
from .._checks.results import SEVERITIES
from .attribution import (
    change_attribution,
    connection_attribution,
)
from .html_acceptances import (
    accepted_text,
    review_section,
)
from .html_difference import difference
from .html_page import asset, page_start
from .trend import history_section
from .values import (
    STATUS_EXPLANATIONS,
    STATUS_ORDER,
    display_name,
    first_seen,
    shown_changes,
    status_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._checks.results import (
        AcceptedFinding,
        AcceptedViolation,
        Change,
        ComparedConnection,
        RuleResult,
        Violation,
    )
    from .model import (
        DriftModel,
        Model,
        PolicyModel,
        ReportItem,
    )

EMPTY_MESSAGES = {
    "drift": "There is nothing to compare: neither the desired state nor the account has a connection.",
    "policy": "No connection violates a rule.",
}
# The CSS class of each kind of finding.
COLOURS = {
    "drift": {
        "drifted": "bad",
        "missing": "bad",
        "recreated": "bad",
        "unexpected": "warn",
        "unverifiable": "note",
        "accepted": "ok",
        "in_sync": "ok",
    },
    "policy": {"critical": "bad", "high": "bad", "medium": "warn", "low": "note", "accepted": "ok"},
}
# If a policy report has more rows than this, all its groups are closed at first.
OPEN_ROWS_MAX = 200


def html_report(model: Model) -> str:
    """Return the report as an HTML page with its style and script in it."""
    return "".join(_page(model))


def _page(model: Model) -> Iterator[str]:
    script = asset("report.js")
    groups = list(_status_groups(model) if model["check"] == "drift" else _rule_groups(model))
    label = model["account"]["label"]
    title = f"{model['check'].capitalize()} check: {status_words(model['status'])}" + (f" - {label}" if label else "")
    yield page_start(title, script)
    target = "list" if groups else "main"
    yield f'<a class="skip" href="#{target}">Skip to the findings</a>\n'
    yield from _header(model)
    yield '<main id="main" tabindex="-1">\n'
    yield from history_section(model, COLOURS[model["check"]])
    if model["error"]:
        yield '<table class="error"><tbody>\n'
        for name, value in model["error"].items():
            if value:
                yield f'<tr><th scope="row">{_escape(name)}</th><td><bdi>{_escape(str(value))}</bdi></td></tr>\n'
        yield "</tbody></table>\n"
    elif not groups:
        yield f"<p>{EMPTY_MESSAGES[model['check']]}</p>\n"
    else:
        yield from _filter_form(model)
        grouping = "by-rule" if model["check"] == "policy" else "by-status"
        yield f'<div id="list" class="{grouping}" tabindex="-1">\n{"".join(groups)}</div>\n'
    yield from review_section(model)
    if model["check"] == "policy":
        yield from _rules_without_findings(model)
    yield f"</main>\n<script>{script}</script>\n</body>\n</html>\n"


def _header(model: Model) -> Iterator[str]:
    words = status_words(model["status"])
    colour = "ok" if model["status"] in ("in_sync", "ok") else "bad"
    yield f'<header>\n<h1>{model["check"].capitalize()} check: <span class="{colour}">{_escape(words)}</span></h1>\n'
    # The heading shows the beginning of the summary already, and the table of the error shows the error.
    summary = model["summary"].removeprefix(f"{model['check']} check: {words}").lstrip(":; ")
    yield f'<p class="lead">{_escape("The check did not complete." if model["error"] else summary)}</p>\n'
    account, generator = model["account"], model["generator"]
    facts = [f"Account <b><bdi>{_escape(account['label'])}</bdi></b>"] if account["label"] else []
    facts += [f"API {_escape(account['api_url'])}"] if account["api_url"] else []
    read_at = account["read_at"]
    facts += [f'Account read at <time datetime="{read_at}">{read_at}</time>'] if read_at else []
    facts += [f"Commit <code>{_escape(model['commit'][:12])}</code>"] if model["commit"] else []
    time = model["generated_at"]
    facts.append(f'<time datetime="{time}">{time}</time>')
    facts.append(f"{_escape(generator['name'])} {_escape(generator['version'])}")
    yield f'<p class="soft">{" · ".join(facts)}</p>\n</header>\n'


def _filter_form(model: Model) -> Iterator[str]:
    """Totals as a chart, and as buttons that filter. Without the script, the buttons only show the totals."""
    colours, totals = COLOURS[model["check"]], model["totals"] or {}
    yield _chart([(kind, totals[kind], colours[kind]) for kind in colours])
    yield '<form role="search" aria-label="Filter the list">\n'
    for kind, colour in colours.items():
        css_class = colour if totals[kind] else "zero"
        yield f'<button type="button" data-kind="{kind}" aria-pressed="false" class="{css_class}" disabled>'
        yield f"<b>{totals[kind]}</b> {_escape(status_words(kind))}</button>\n"
    yield '<input id="search" class="tool" type="search" placeholder="Search" aria-keyshortcuts="/" '
    yield 'aria-label="Search names, ids, fields and values">\n'
    if model["check"] == "policy":
        yield '<select id="by" class="tool" aria-label="Group"><option value="rule">By rule</option>'
        yield '<option value="connection">By connection</option></select>\n'
    yield '<select id="sort" class="tool" aria-label="Sort"><option value="worst">Worst first</option>'
    yield '<option value="name">By name</option><option value="most">Most findings first</option></select>\n'
    yield '<button type="button" id="open" class="tool">Open all</button>'
    yield '<button type="button" id="close" class="tool">Close all</button>\n</form>\n'
    yield '<p id="count" class="soft" role="status"></p>\n'


def _chart(parts: list[tuple[str, int, str]]) -> str:
    """Draw the counts of all kinds as one bar; each part is a kind, its count and its colour."""
    total = sum(count for _kind, count, _colour in parts)
    if not total:
        return ""
    bars, x = "", 0.0
    for kind, count, colour in parts:
        width = 100 * count / total
        if count:
            bars += f'<rect class="{colour} {kind}" x="{x:.2f}" y="0" width="{max(width - 0.3, 0.3):.2f}" height="4"/>'
        x += width
    label = ", ".join(f"{count} {status_words(kind)}" for kind, count, _colour in parts if count)
    return f'<svg class="chart" role="img" aria-label="{label}" viewBox="0 0 100 4" preserveAspectRatio="none">{bars}</svg>\n'


def _status_groups(model: DriftModel) -> Iterator[str]:
    """Return a group of connections for each status; the groups of accepted ones and those in sync are closed at first."""
    accepted: dict[str, list[AcceptedFinding]] = {}
    for finding in model["accepted"]:
        accepted.setdefault(_connection_key(finding), []).append(finding)
    for status in STATUS_ORDER:
        connections = [each for each in model["connections"] if each["status"] == status]
        if connections:
            words = status_words(status)
            heading = _heading(COLOURS["drift"][status], words, words, len(connections))
            description = f"<p>{_escape(STATUS_EXPLANATIONS[status])}</p>"
            # What is accepted of a connection that is there twice belongs to the other row of it.
            known = {} if status == "unverifiable" else accepted
            rows = "".join(
                _connection_row(each, known.get(_connection_key(each), ()) if known else ()) for each in connections
            )
            yield _group(f"status-{status}", heading, description, rows, status not in ("accepted", "in_sync"))


def _connection_key(finding: ReportItem) -> str:
    return json.dumps([finding["id"], None if finding["id"] else finding["name"]])


def _rule_groups(model: PolicyModel) -> Iterator[str]:
    """Return a group for each rule with violations, accepted ones too; the most severe first, with the rule's help text."""
    rows: dict[str, list[str]] = {}
    helps = {rule["id"]: rule["help"] for rule in model["rules"]}
    for violation in model["violations"]:
        remedy = violation["remedy"] if violation["remedy"] != helps.get(violation["rule"]) else ""
        rows.setdefault(violation["rule"], []).append(_violation_row(violation, remedy))
    for accepted in model["accepted"]:
        rows.setdefault(accepted["rule"], []).append(_accepted_row(accepted))
    is_open = sum(map(len, rows.values())) <= OPEN_ROWS_MAX
    rules = [rule for rule in model["rules"] if rule["id"] in rows]
    for rule in sorted(rules, key=lambda rule: SEVERITIES.index(rule["severity"])):
        severity, rows_of_rule = rule["severity"], rows[rule["id"]]
        heading = _heading(COLOURS["policy"][severity], severity, rule["id"], len(rows_of_rule))
        description = f"<p>{_escape(rule['description'])}{_applied_to(rule)}</p>"
        description += f'<p class="soft">{_escape(rule["help"])}</p>' if rule["help"] else ""
        yield _group(f"rule-{_anchor(rule['id'])}", heading, description, "".join(rows_of_rule), is_open)


def _applied_to(rule: RuleResult) -> str:
    count = rule["applied_to"]
    css_class = "soft" if count else "warn"
    return f' <span class="{css_class}">(applied to {count} connection{"" if count == 1 else "s"})</span>'


def _rules_without_findings(model: PolicyModel) -> Iterator[str]:
    """List the other rules with the number of connections to which each applied: 0 may be a mistake in the rule."""
    with_findings = {each["rule"] for each in (*model["violations"], *model["accepted"])}
    rules = [rule for rule in model["rules"] if rule["id"] not in with_findings]
    if rules:
        yield "<h2>Rules without findings</h2>\n<ul>\n"
        for rule in rules:
            yield f"<li><code>{_breakable(rule['id'])}</code> {_escape(rule['description'])}{_applied_to(rule)}</li>\n"
        yield "</ul>\n"


def _heading(colour: str, tag: str, title: str, count: int) -> str:
    tag = f'<span class="tag {colour}">{_escape(tag)}</span>' if tag != title else ""
    return f'{tag}<h2 class="{colour}">{_breakable(title)}</h2><span class="soft size">{count}</span>'


def _group(anchor: str, heading: str, description: str, rows: str, is_open: bool) -> str:
    attribute = " open" if is_open else ""
    return (
        f'<details class="group" id="{anchor}"{attribute}><summary>{heading}</summary>\n'
        f"{description}\n<ul>\n{rows}</ul></details>\n"
    )


def _connection_row(connection: ComparedConnection, accepted: Sequence[AcceptedFinding]) -> str:
    status, changes = connection["status"], shown_changes(connection)
    # A connection with changes has an anchor of its own, and each change has one: its fingerprint.
    fingerprint = None if changes else connection["fingerprint"]
    anchor = f"f-{fingerprint}" if fingerprint else f"c-{_anchor(str(connection['id']))}"
    start = f'<li id="{anchor}" data-kind="{status}" data-count="{len(changes)}">'
    source, updated, since = (
        f"{_source(connection)} {_portal_link(connection)}",
        _updated(connection),
        _since(first_seen(connection)),
    )
    if not changes and not accepted:
        name = f"{_name(connection, anchor)}{_id(connection)}"
        remedy = f'<span class="soft">{_escape(connection["remedy"] or "")}</span>'
        who = _who(connection_attribution(connection))
        return f'{start}<div class="row">{name}{since}{remedy}{source}{updated}{who}</div></li>\n'
    fields = ", ".join(change["path"] for change in changes) or f"{len(accepted)} accepted"
    summary = f'{_name(connection)}<span class="soft">{_escape(connection["id"] or "")}</span>'
    summary += f'<span class="soft">{_breakable(fields)}</span>{since}'
    table = _changes_table("Actual", "".join(map(_change_row, changes))) if changes else ""
    table += _changes_table("Accepted", "".join(map(_accepted_finding_row, accepted))) if accepted else ""
    after = f" · {updated}" if updated else ""
    foot = f'<p class="soft">{_id(connection)} <a href="#{anchor}">Link to this connection</a> {source}{after}</p>'
    return f'{start}<details><summary>{summary}</summary><div class="inside">{table}{foot}</div></details></li>\n'


def _changes_table(last_heading: str, rows: str) -> str:
    table = '<table class="changes"><thead><tr><th scope="col">Field</th><th scope="col">Expected</th>'
    return f'{table}<th scope="col">{last_heading}</th></tr></thead><tbody>{rows}</tbody></table>'


def _change_row(change: Change) -> str:
    expected, actual, note = difference(change["expected"], change["actual"])
    notes = [note, "It was accepted with another value." if change["state"] == "updated" else ""]
    notes.append(_escape(change["remedy"]))
    note = "".join(f'<span class="soft list-changes">{each}</span>' for each in notes if each)
    note += _since(change["first_seen"])
    return (
        f'<tr id="f-{change["fingerprint"]}"><th scope="row"><code data-copy="path">{_breakable(change["path"])}</code></th>'
        f'<td data-label="Expected"><code><bdi>{expected}</bdi></code></td>'
        f'<td data-label="Actual"><code><bdi>{actual}</bdi></code>{note}{_who(change_attribution(change))}</td></tr>'
    )


def _updated(connection: ComparedConnection) -> str:
    """Return when a connection with findings was updated last, as the API says."""
    if connection["status"] in ("in_sync", "accepted") or not connection["updated_at"]:
        return ""
    return f'<span class="soft updated">updated at <bdi>{_escape(connection["updated_at"])}</bdi></span>'


def _who(text: str) -> str:
    return f'<span class="soft who"><bdi>{_escape(text)}</bdi></span>' if text else ""


def _accepted_finding_row(accepted: AcceptedFinding) -> str:
    expected, actual, note = difference(accepted["expected"], accepted["actual"])
    if accepted["path"] is None:
        expected, actual, note = "", _escape(status_words(accepted["status"])), ""
    note = f'<span class="soft list-changes">{note}</span>' if note else ""
    note += f'<span class="soft list-changes">{accepted_text(accepted)}</span>'
    field = _breakable(accepted["path"] or "status")
    return (
        f'<tr id="f-{accepted["fingerprint"]}"><th scope="row"><code data-copy="path">{field}</code></th>'
        f'<td data-label="Expected"><code><bdi>{expected}</bdi></code></td>'
        f'<td data-label="Accepted"><code><bdi>{actual}</bdi></code>{note}</td></tr>'
    )


def _portal_link(finding: ReportItem) -> str:
    """Return a link to the page of the connection, if its address is known."""
    if "url" not in finding:
        return ""
    return f'<a class="portal" href="{_escape(finding["url"])}" rel="noopener noreferrer" target="_blank">Open at Telnyx</a>'


def _violation_row(violation: Violation, remedy: str) -> str:
    note = f'<span class="soft">{_escape(remedy)}</span>' if remedy else ""
    if violation["state"] == "updated":
        note += '<span class="soft">It was accepted with a lower severity.</span>'
    return _policy_row(violation, violation["severity"], note)


def _accepted_row(accepted: AcceptedViolation) -> str:
    return _policy_row(accepted, "accepted", f'<span class="soft">{accepted_text(accepted)}</span>')


def _policy_row(violation: Violation, kind: str, note: str) -> str:
    anchor = f"f-{violation['fingerprint']}"
    tag = f'<span class="tag {COLOURS["policy"][kind]}">{_escape(status_words(kind))}</span>'
    message = f'<span class="message"><bdi>{_escape(violation["message"])}</bdi></span>'
    end = f"{_since(violation['first_seen'])}{_source(violation)}{_portal_link(violation)}"
    row = f"{tag}{_name(violation, anchor)}{_id(violation)}{message}{note}{end}"
    connection = _escape(str(violation["id"]))
    return f'<li id="{anchor}" data-kind="{kind}" data-connection="{connection}"><div class="row">{row}</div></li>\n'


def _name(finding: ReportItem, anchor: str = "") -> str:
    name = f"<bdi>{_escape(display_name(finding))}</bdi>"
    return f'<a class="name" href="#{anchor}">{name}</a>' if anchor else f'<span class="name">{name}</span>'


def _id(finding: ReportItem) -> str:
    return (
        f'<span class="soft"><code data-copy="id">{_escape(str(finding["id"]))}</code></span>' if finding["id"] else ""
    )


def _since(time: str | None) -> str:
    # A date alone: the script of the page would show a <time> in full.
    return f' <span class="soft" title="{_escape(time)}">since {_escape(time[:10])}</span>' if time else ""


def _source(finding: ReportItem) -> str:
    if "source" not in finding:
        return ""
    return f'<span class="soft">{_escape(finding["source"]["file"])}, line {finding["source"]["line"]}</span>'


def _anchor(value: str) -> str:
    """Return an id for an HTML element: the value itself if it has no special characters, else a hash of it."""
    plain = re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value)
    return value if plain else hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:16]


def _breakable(name: str) -> str:
    """Return a name such as ``inbound.channel_limit`` that a browser may break after a dot or an underscore."""
    return re.sub(r"(?<=[._])(?=\w)", "<wbr>", _escape(name))


def _escape(value: str) -> str:
    return html.escape(visible(value)) if value else ""
