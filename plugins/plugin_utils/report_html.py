# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one HTML page that asks nobody for anything: a content security policy forbids it to."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from typing import Any, Dict, Iterator, List, Mapping

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.report_html_assets import SCRIPT, STYLE
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.report_values import STATUS_ORDER, value_text
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.text import visible

SAYS = {
    "drifted": "",
    "missing": "It is desired, but the account does not have it.",
    "unexpected": "The account has it, but nobody desires it.",
    "unverifiable": "Nothing differs, but the API does not tell its password, so that could not be compared.",
    "in_sync": "",
}
NOTHING = {
    "drift": "There was nothing to compare: no connection is desired, and the account has none.",
    "policy": "No connection breaks a rule.",
}


def html_report(model: Mapping[str, Any]) -> str:
    """Return the report as a page."""
    check = model["check"]
    if check == "drift":
        kinds = {kind: _kind_of_status(kind) for kind in STATUS_ORDER}
        items = [_connection(each) for kind in STATUS_ORDER for each in model["connections"] if each["status"] == kind]
    else:
        kinds = {"critical": "bad", "high": "bad", "medium": "warn", "low": "note", "exempted": "ok"}
        helps = {rule["id"]: rule["help"] for rule in model["rules"]}
        items = [_violation(each, each["severity"], kinds[each["severity"]], helps) for each in model["violations"]]
        items += [_violation(each, "exempted", "ok", helps) for each in model["exempted"]]
    title = f"{check.capitalize()} check: {_words(model['status'])}"
    return "".join(_page(model, title, kinds, items))


def _page(model: Mapping[str, Any], title: str, kinds: Mapping[str, str], items: List[str]) -> Iterator[str]:
    policy = (
        f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; base-uri 'none'; form-action 'none'"
    )
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{_text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    yield '<a class="skip" href="#list">Skip to the list</a>\n<header>\n'
    look = "ok" if model["status"] in ("in_sync", "ok") else "bad"
    yield f'<h1>{_text(model["check"].capitalize())} check: <span class="{look}">{_text(_words(model["status"]))}</span></h1>\n'
    begin = f"{model['check']} check: {_words(model['status'])}"  # which the heading says already
    yield f'<p class="lead">{_text(model["summary"].removeprefix(begin).lstrip(":; "))}</p>\n'
    account = model["account"]
    made = f"{model['generator']['name']} {model['generator']['version']}, {model['generated_at']}"
    made += f" from {account['api_url']}" if account["api_url"] else ""
    yield f'<p class="soft">Made by {_text(made)}</p>\n</header>\n<main>\n'
    if model["error"]:
        yield '<table class="error"><tbody>\n'
        for name, value in model["error"].items():
            if value:
                yield f'<tr><th scope="row">{_text(name)}</th><td><bdi>{_text(str(value))}</bdi></td></tr>\n'
        yield "</tbody></table>\n"
    elif not items:
        yield f"<p>{NOTHING[model['check']]}</p>\n"
    else:
        yield '<form role="search" aria-label="Filter the list">\n'
        for kind, colour in kinds.items():
            number = model["totals"][kind]
            yield f'<button type="button" data-kind="{kind}" aria-pressed="false" class="{colour}">'
            yield f"<b>{number}</b> {_text(_words(kind))}</button>\n"
        yield '<input id="search" type="search" placeholder="Search (press /)" aria-label="Search names, ids, fields and values">\n'
        yield '<button type="button" id="open">Open all</button><button type="button" id="close">Close all</button>\n</form>\n'
        yield f'<p id="count" class="soft" role="status">{len(items)} shown</p>\n'
        yield f'<ul id="list" tabindex="-1">\n{"".join(items)}</ul>\n'
        yield from _rules(model)
    yield f"</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"


def _kind_of_status(status: str) -> str:
    return {"drifted": "bad", "missing": "bad", "unexpected": "warn", "unverifiable": "note"}.get(status, "ok")


def _connection(each: Mapping[str, Any]) -> str:
    status = each["status"]
    rows = "".join(
        f'<tr><th scope="row"><code>{_breakable(change["path"])}</code></th>'
        f'<td data-label="Expected"><code><bdi>{_text(value_text(change["expected"]))}</bdi></code></td>'
        f'<td data-label="Actual"><code><bdi>{_text(value_text(change["actual"]))}</bdi></code></td></tr>'
        for change in each["changes"]
    )
    inside = f"<p>{_text(SAYS[status])}</p>" if SAYS[status] else ""
    if rows:
        inside += '<table class="changes"><thead><tr><th scope="col">Field</th><th scope="col">Expected</th>'
        inside += f'<th scope="col">Actual</th></tr></thead><tbody>{rows}</tbody></table>'
    fields = ", ".join(change["path"] for change in each["changes"])
    head = _head(each, status, _kind_of_status(status), [fields])
    return _item(status, head, inside + _source(each) if inside else "")


def _violation(each: Mapping[str, Any], kind: str, colour: str, helps: Mapping[str, str]) -> str:
    head = _head(each, kind, colour, [each["rule"], each["message"]])
    inside = f'<p class="help">{_text(helps.get(each["rule"], ""))}</p>'
    if kind == "exempted":
        inside = f"<p>Exempted until {_text(each['expires'])}: <bdi>{_text(each['reason'])}</bdi></p>" + inside
    return _item(kind, head, inside + _source(each))


def _rules(model: Mapping[str, Any]) -> Iterator[str]:
    """The rules that were broken, each once: on paper, the list does not repeat what they say."""
    broken = {each["rule"] for each in (*model.get("violations", ()), *model.get("exempted", ()))}
    if broken:
        yield "<h2>The rules</h2>\n<dl>\n"
        for rule in model["rules"]:
            if rule["id"] in broken:
                yield f"<dt><code>{_breakable(rule['id'])}</code></dt><dd>{_text(rule['help'] or rule['description'])}</dd>\n"
        yield "</dl>\n"


def _head(each: Mapping[str, Any], kind: str, colour: str, more: List[str]) -> str:
    name = "(no name)" if each["name"] in (None, "") else str(each["name"])
    words = "".join(f'<span class="soft">{_breakable(word)}</span>' for word in [str(each["id"] or ""), *more] if word)
    tag = f'<span class="tag {colour}">{_text(_words(kind))}</span>'
    return f'{tag}<span class="what"><span class="name"><bdi>{_text(name)}</bdi></span>{words}</span>'


def _item(kind: str, head: str, inside: str) -> str:
    if not inside:
        return f'<li data-kind="{kind}"><div class="row">{head}</div></li>\n'
    body = f'<details><summary>{head}</summary><div class="inside">{inside}</div></details>'
    return f'<li data-kind="{kind}">{body}</li>\n'


def _source(each: Mapping[str, Any]) -> str:
    source: Dict[str, Any] = each.get("source") or {}
    return f'<p class="soft">{_text(source["file"])}, line {source["line"]}</p>' if source else ""


def _breakable(name: str) -> str:
    """A name such as inbound.channel_limit, which a narrow column breaks behind a dot or underscore."""
    return re.sub(r"(?<=[._])(?=\w)", "<wbr>", _text(name))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _text(value: str) -> str:
    return html.escape(visible(value))


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
