# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one HTML page that asks nobody for anything: a content security policy forbids it to."""

from __future__ import annotations

import base64
import difflib
import hashlib
import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.results import SEVERITIES
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import visible
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.html_assets import SCRIPT, STYLE
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import STATUS_ORDER, identity, value_text

# What is said once above the connections of a status.
# What is said once above the connections of a status.
SAYS = {
    "drifted": "Something differs from the desired state.",
    "missing": "It is desired, but the account does not have it.",
    "unexpected": "The account has it, but nobody desires it.",
    "unverifiable": "Nothing differs, but the API does not show its password, so that could not be compared.",
    "in_sync": "Nothing differs.",
}
NOTHING = {
    "drift": "There was nothing to compare: no connection is desired, and the account has none.",
    "policy": "No connection breaks a rule.",
}
COLOURS = {
    "drift": {"drifted": "bad", "missing": "bad", "unexpected": "warn", "unverifiable": "note", "in_sync": "ok"},
    "policy": {"critical": "bad", "high": "bad", "medium": "warn", "low": "note", "exempted": "ok"},
}
# A group of more rows begins closed where it is one of several.
OPEN_MAX = 200


def html_report(model: Mapping[str, Any]) -> str:
    """Return the report as a page."""
    groups = list(_statuses(model) if model["check"] == "drift" else _rules(model))
    return "".join(_page(model, groups))


def _page(model: Mapping[str, Any], groups: list[str]) -> Iterator[str]:
    policy = (
        f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; base-uri 'none'; form-action 'none'"
    )
    label = model["account"]["label"]
    title = f"{model['check'].capitalize()} check: {_words(model['status'])}" + (f" - {label}" if label else "")
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{_text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    target = "list" if groups else "main"
    yield f'<a class="skip" href="#{target}">Skip to the findings</a>\n'
    yield from _header(model)
    yield '<main id="main" tabindex="-1">\n'
    if model["error"]:
        yield '<table class="error"><tbody>\n'
        for name, value in model["error"].items():
            if value:
                yield f'<tr><th scope="row">{_text(name)}</th><td><bdi>{_text(str(value))}</bdi></td></tr>\n'
        yield "</tbody></table>\n"
    elif not groups:
        yield f"<p>{NOTHING[model['check']]}</p>\n"
    else:
        yield from _form(model)
        grouping = "by-rule" if model["check"] == "policy" else "by-status"
        yield f'<div id="list" class="{grouping}" tabindex="-1">\n{"".join(groups)}</div>\n'
    yield from _quiet_rules(model)
    yield f"</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"


def _header(model: Mapping[str, Any]) -> Iterator[str]:
    look = "ok" if model["status"] in ("in_sync", "ok") else "bad"
    status = f'<span class="{look}">{_text(_words(model["status"]))}</span>'
    yield f"<header>\n<h1>{_text(model['check'].capitalize())} check: {status}</h1>\n"
    begin = f"{model['check']} check: {_words(model['status'])}"  # which the heading says already
    lead = model["summary"].removeprefix(begin).lstrip(":; ")
    # The error itself stands in the table below.
    yield f'<p class="lead">{_text("The check was not carried out." if model["error"] else lead)}</p>\n'
    account, generator = model["account"], model["generator"]
    facts = [f"Account <b><bdi>{_text(account['label'])}</bdi></b>"] if account["label"] else []
    facts += [f"API {_text(account['api_url'])}"] if account["api_url"] else []
    facts += [f"Commit <code>{_text(model['commit'][:12])}</code>"] if model["commit"] else []
    at = model["generated_at"]
    facts.append(f'<time datetime="{at}">{at}</time>')
    facts.append(f"{_text(generator['name'])} {_text(generator['version'])}")
    yield f'<p class="soft">{" · ".join(facts)}</p>\n</header>\n'


def _form(model: Mapping[str, Any]) -> Iterator[str]:
    """Totals as a chart and as buttons that filter; without its script the page shows the buttons as plain totals."""
    colours, totals = COLOURS[model["check"]], model["totals"]
    yield _chart([(kind, totals[kind], colours[kind]) for kind in colours])
    yield '<form role="search" aria-label="Filter the list">\n'
    for kind, colour in colours.items():
        look = colour if totals[kind] else "zero"
        yield f'<button type="button" data-kind="{kind}" aria-pressed="false" class="{look}" disabled>'
        yield f"<b>{totals[kind]}</b> {_text(_words(kind))}</button>\n"
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
    """The totals as one bar."""
    whole = sum(count for _kind, count, _colour in parts)
    if not whole:
        return ""
    bars, x = "", 0.0
    for kind, count, colour in parts:
        width = 100 * count / whole
        if count:
            bars += f'<rect class="{colour} {kind}" x="{x:.2f}" y="0" width="{max(width - 0.3, 0.3):.2f}" height="4"/>'
        x += width
    says = ", ".join(f"{count} {_words(kind)}" for kind, count, _colour in parts if count)
    return f'<svg class="chart" role="img" aria-label="{says}" viewBox="0 0 100 4" preserveAspectRatio="none">{bars}</svg>\n'


def _statuses(model: Mapping[str, Any]) -> Iterator[str]:
    """A group for each status; what is in sync is quiet."""
    for status in STATUS_ORDER:
        found = [each for each in model["connections"] if each["status"] == status]
        if found:
            rows = "".join(map(_connection, found))
            heading = _heading(COLOURS["drift"][status], _words(status), _words(status), len(found))
            yield _group(f"status-{status}", heading, f"<p>{_text(SAYS[status])}</p>", rows, status != "in_sync")


def _rules(model: Mapping[str, Any]) -> Iterator[str]:
    """A group for each rule that is broken or exempted, the worst first, with its help text once."""
    found: dict[str, list[str]] = {}
    for each in model["violations"]:
        found.setdefault(each["rule"], []).append(_violation(each, each["severity"]))
    for each in model["exempted"]:
        found.setdefault(each["rule"], []).append(_violation(each, "exempted"))
    few = sum(map(len, found.values())) <= OPEN_MAX
    rules = [rule for rule in model["rules"] if rule["id"] in found]
    for rule in sorted(rules, key=lambda rule: SEVERITIES.index(rule["severity"])):
        rows = found[rule["id"]]
        heading = _heading(COLOURS["policy"][rule["severity"]], rule["severity"], rule["id"], len(rows))
        says = f"<p>{_text(rule['description'])}{_applied(rule)}</p>"
        says += f'<p class="soft">{_text(rule["help"])}</p>' if rule["help"] else ""
        yield _group(f"rule-{_anchor(rule['id'])}", heading, says, "".join(rows), few)


def _applied(rule: Mapping[str, Any]) -> str:
    count = rule.get("applied_to")
    if count is None:
        return ""
    look = "soft" if count else "warn"
    return f' <span class="{look}">(applied to {count} connection{"" if count == 1 else "s"})</span>'


def _quiet_rules(model: Mapping[str, Any]) -> Iterator[str]:
    """The rules without a finding, and to how many connections each applied: one that applied to none found nothing."""
    loud = {each["rule"] for each in (*model.get("violations", ()), *model.get("exempted", ()))}
    quiet = [rule for rule in model.get("rules", ()) if rule["id"] not in loud]
    if quiet:
        yield "<h2>Rules without a finding</h2>\n<ul>\n"
        for rule in quiet:
            yield f"<li><code>{_breakable(rule['id'])}</code> {_text(rule['description'])}{_applied(rule)}</li>\n"
        yield "</ul>\n"


def _heading(colour: str, tag: str, title: str, count: int) -> str:
    tag = f'<span class="tag {colour}">{_text(tag)}</span>' if tag != title else ""
    return f'{tag}<h2 class="{colour}">{_breakable(title)}</h2><span class="soft size">{count}</span>'


def _group(anchor: str, heading: str, says: str, rows: str, is_open: bool) -> str:
    opened = " open" if is_open else ""
    return f'<details class="group" id="{anchor}"{opened}><summary>{heading}</summary>\n{says}\n<ul>\n{rows}</ul></details>\n'


def _connection(each: Mapping[str, Any]) -> str:
    status, anchor = each["status"], f"c-{_anchor(str(each['id'] or identity(each['status'], each)))}"
    begin = f'<li id="{anchor}" data-kind="{status}" data-count="{len(each["changes"])}">'
    if not each["changes"]:
        return f'{begin}<div class="row">{_name(each, anchor)}{_id(each)}{_source(each)}</div></li>\n'
    rows = "".join(map(_change, each["changes"]))
    fields = ", ".join(change["path"] for change in each["changes"])
    head = f'{_name(each)}<span class="soft">{_text(str(each["id"] or ""))}</span><span class="soft">{_breakable(fields)}</span>'
    foot = f'<p class="soft">{_id(each)} <a href="#{anchor}">Link to this connection</a> {_source(each)}</p>'
    table = '<table class="changes"><thead><tr><th scope="col">Field</th><th scope="col">Expected</th>'
    table += f'<th scope="col">Actual</th></tr></thead><tbody>{rows}</tbody></table>'
    return f'{begin}<details><summary>{head}</summary><div class="inside">{table}{foot}</div></details></li>\n'


def _change(change: Mapping[str, Any]) -> str:
    expected, actual, says = _marked(change["expected"], change["actual"])
    says = f'<span class="soft says">{says}</span>' if says else ""
    return (
        f'<tr><th scope="row"><code data-copy="path">{_breakable(change["path"])}</code></th>'
        f'<td data-label="Expected"><code><bdi>{expected}</bdi></code></td>'
        f'<td data-label="Actual"><code><bdi>{actual}</bdi></code>{says}</td></tr>'
    )


def _marked(expected: Any, actual: Any) -> tuple[str, str, str]:
    """Both values as markup, with what changed inside lists marked, and the same in words."""
    if not (isinstance(expected, list) and isinstance(actual, list)):
        return _text(value_text(expected)), _text(value_text(actual)), ""
    before, after = list(map(value_text, expected)), list(map(value_text, actual))
    kept = difflib.SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    still = ({b.a + i for b in kept for i in range(b.size)}, {b.b + i for b in kept for i in range(b.size)})
    lost = Counter(each for place, each in enumerate(before) if place not in still[0])
    new = Counter(each for place, each in enumerate(after) if place not in still[1])
    moved = lost & new
    parts = [("missing", lost - moved), ("added", new - moved), ("moved", moved)]
    says = "; ".join(f"{word}: {', '.join(sorted(which.elements()))}" for word, which in parts if which)
    return _list(before, still[0], moved, "del"), _list(after, still[1], moved, "ins"), _text(says)


def _list(values: list[str], same: set[int], moved: Counter[str], tag: str) -> str:
    left, parts = Counter(moved), []
    for place, value in enumerate(values):
        shown = _text(value)
        if place not in same:
            kind = "mark" if left[value] else tag
            left[value] -= kind == "mark"
            shown = f"<{kind}>{shown}</{kind}>"
        parts.append(shown)
    return f"[{', '.join(parts)}]"


def _violation(each: Mapping[str, Any], kind: str) -> str:
    anchor = f"v-{identity(each['rule'], each)[:16]}"
    tag = f'<span class="tag {COLOURS["policy"][kind]}">{_text(_words(kind))}</span>'
    more = ""
    if kind == "exempted":
        more = f'<span class="soft">Exempted until {_text(each["expires"])}: <bdi>{_text(each["reason"])}</bdi></span>'
    message = f'<span class="message"><bdi>{_text(each["message"])}</bdi></span>'
    row = f"{tag}{_name(each, anchor)}{_id(each)}{message}{more}{_source(each)}"
    return f'<li id="{anchor}" data-kind="{kind}" data-connection="{_text(str(each["id"]))}"><div class="row">{row}</div></li>\n'


def _name(each: Mapping[str, Any], anchor: str = "") -> str:
    name = "(no name)" if each["name"] in (None, "") else str(each["name"])
    link = f' href="#{anchor}"' if anchor else ""
    tag = "a" if anchor else "span"
    return f'<{tag} class="name"{link}><bdi>{_text(name)}</bdi></{tag}>'


def _id(each: Mapping[str, Any]) -> str:
    return f'<span class="soft"><code data-copy="id">{_text(str(each["id"]))}</code></span>' if each["id"] else ""


def _source(each: Mapping[str, Any]) -> str:
    source: dict[str, Any] = each.get("source") or {}
    return f'<span class="soft">{_text(source["file"])}, line {source["line"]}</span>' if source else ""


def _anchor(value: str) -> str:
    """A name that an address can hold: the value itself where it is plain, else a hash of it."""
    plain = re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value)
    return value if plain else hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:16]


def _breakable(name: str) -> str:
    """A name such as inbound.channel_limit, which a narrow column breaks behind a dot or underscore."""
    return re.sub(r"(?<=[._])(?=\w)", "<wbr>", _text(name))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _text(value: str) -> str:
    return html.escape(visible(value))


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
