# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one HTML page that asks nobody for anything: a content security policy forbids it to."""

from __future__ import annotations

import base64
import hashlib
import html
from typing import Any, Dict, Iterator, List, Mapping

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.report_markdown import value_text
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.text import visible

ORDER = ("drifted", "missing", "unexpected", "unverifiable", "in_sync")
SAYS = {
    "drifted": "",
    "missing": "It is desired, but the account does not have it.",
    "unexpected": "The account has it, but nobody desires it.",
    "unverifiable": "Nothing differs, but the API does not tell its password, so that could not be compared.",
    "in_sync": "",
}

STYLE = """
:root { color-scheme: light dark; --bg: #fff; --fg: #1b1f24; --soft: #57606a; --line: #d0d7de; --card: #f6f8fa;
  --bad: #b3261e; --warn: #8a5300; --ok: #1a6e33; --note: #0b57a4; }
@media (prefers-color-scheme: dark) { :root { --bg: #101418; --fg: #e6edf3; --soft: #9aa7b4; --line: #39424c;
  --card: #1a2027; --bad: #ff8a80; --warn: #f0b35a; --ok: #6fd58b; --note: #82b8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem 1rem 4rem; background: var(--bg); color: var(--fg);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.6rem; }
.lead { margin: .5rem 0 0; overflow-wrap: anywhere; }
.soft { color: var(--soft); font-size: .875rem; overflow-wrap: anywhere; }
.bad { color: var(--bad); } .warn { color: var(--warn); } .ok { color: var(--ok); } .note { color: var(--note); }
form { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .5rem; align-items: center;
  padding: .75rem 0; background: var(--bg); border-bottom: 1px solid var(--line); }
button, input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; padding: .35rem .7rem; }
button { cursor: pointer; }
button[aria-pressed=true] { outline: 2px solid currentColor; outline-offset: -2px; font-weight: 600; }
button b { font-size: 1.15rem; }
input { flex: 1 1 14rem; min-width: 0; }
:focus-visible { outline: 3px solid var(--note); outline-offset: 2px; }
summary:focus-visible { outline-offset: -3px; }
ul { list-style: none; margin: 0; padding: 0; }
li { border-bottom: 1px solid var(--line); content-visibility: auto; contain-intrinsic-size: auto 3rem; }
summary, .row { display: flex; flex-wrap: wrap; gap: .25rem .75rem; padding: .6rem .25rem; align-items: baseline; }
summary { cursor: pointer; }
summary::before { content: "\\25B8"; width: .8rem; }
details[open] > summary::before { content: "\\25BE"; }
.row::before { content: ""; width: .8rem; }
.name { font-weight: 600; overflow-wrap: anywhere; min-width: 0; }
.tag { font-size: .8rem; font-weight: 600; border: 1px solid currentColor; border-radius: 1rem; padding: 0 .5rem; }
.inside { padding: 0 .25rem 1rem 1.8rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th, td { text-align: left; vertical-align: top; border: 1px solid var(--line); padding: .35rem .6rem; overflow-wrap: anywhere; }
th { background: var(--card); font-weight: 600; }
thead th:first-child { width: 28%; }
td code { white-space: pre-wrap; }
code { font: .875rem/1.5 ui-monospace, monospace; }
[hidden] { display: none !important; }
@media print { form, .skip { display: none; } body { max-width: none; padding: 0; } li { content-visibility: visible;
  break-inside: avoid; } }
.skip { position: absolute; left: -99rem; } .skip:focus { position: static; }
"""

SCRIPT = """
"use strict";
const items = [...document.querySelectorAll("li[data-kind]")];
const buttons = [...document.querySelectorAll("button[data-kind]")];
const search = document.getElementById("search");
const count = document.getElementById("count");
const texts = new Map(items.map(item => [item, item.textContent.toLowerCase()]));
function show() {
  const kinds = buttons.filter(b => b.getAttribute("aria-pressed") === "true").map(b => b.dataset.kind);
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const item of items) {
    item.hidden = !((!kinds.length || kinds.includes(item.dataset.kind)) &&
      words.every(word => texts.get(item).includes(word)));
    shown += !item.hidden;
  }
  count.textContent = shown === items.length ? `${shown} shown` : `${shown} of ${items.length} shown`;
}
for (const button of buttons) button.addEventListener("click", () => {
  button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
  show();
});
search.addEventListener("input", show);
const all = open => { for (const each of document.querySelectorAll("li:not([hidden]) details")) each.open = open; };
document.getElementById("open").addEventListener("click", () => all(true));
document.getElementById("close").addEventListener("click", () => all(false));
document.querySelector("form").addEventListener("submit", event => event.preventDefault());
document.addEventListener("keydown", event => {
  if (event.key === "/" && document.activeElement !== search) { event.preventDefault(); search.focus(); }
  if (event.key === "Escape" && document.activeElement === search) { search.value = ""; show(); }
});
addEventListener("beforeprint", () => all(true));
show();
"""


def html_report(model: Mapping[str, Any]) -> str:
    """Return the report as a page."""
    check = model["check"]
    if check == "drift":
        kinds = {kind: _kind_of_status(kind) for kind in ORDER}
        items = [_connection(each) for kind in ORDER for each in model["connections"] if each["status"] == kind]
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
    yield f'<p class="lead">{_text(model["summary"])}</p>\n'
    account = model["account"]
    made = f"{model['generator']['name']} {model['generator']['version']}, {model['generated_at']}"
    yield f'<p class="soft">Made by {_text(made)} from {_text(account["api_url"] or "no API")}</p>\n</header>\n<main>\n'
    if model["error"]:
        yield "<h2>The check could not be made</h2>\n<table><tbody>\n"
        for name, value in model["error"].items():
            if value:
                yield f'<tr><th scope="row">{_text(name)}</th><td><bdi>{_text(str(value))}</bdi></td></tr>\n'
        yield "</tbody></table>\n"
    else:
        yield '<form role="search" aria-label="Filter the list">\n'
        for kind, colour in kinds.items():
            number = model["totals"][kind]
            yield f'<button type="button" data-kind="{kind}" aria-pressed="false" class="{colour}">'
            yield f"<b>{number}</b> {_text(_words(kind))}</button>\n"
        yield '<input id="search" type="search" placeholder="Search names, ids, fields, values (press /)" aria-label="Search">\n'
        yield '<button type="button" id="open">Open all</button><button type="button" id="close">Close all</button>\n'
        yield f'<span id="count" class="soft" role="status">{len(items)} shown</span>\n</form>\n'
        yield f'<ul id="list" tabindex="-1">\n{"".join(items)}</ul>\n'
    yield f"</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"


def _kind_of_status(status: str) -> str:
    return {"drifted": "bad", "missing": "bad", "unexpected": "warn", "unverifiable": "note"}.get(status, "ok")


def _connection(each: Mapping[str, Any]) -> str:
    status = each["status"]
    head = _head(each, status, _kind_of_status(status))
    rows = "".join(
        f'<tr><th scope="row"><code>{_text(change["path"])}</code></th>'
        f"<td><code><bdi>{_text(value_text(change['expected']))}</bdi></code></td>"
        f"<td><code><bdi>{_text(value_text(change['actual']))}</bdi></code></td></tr>"
        for change in each["changes"]
    )
    inside = f"<p>{_text(SAYS[status])}</p>" if SAYS[status] else ""
    if rows:
        head += f'<span class="soft">{_text(", ".join(change["path"] for change in each["changes"]))}</span>'
        inside += (
            '<table><thead><tr><th scope="col">Field</th><th scope="col">Expected</th><th scope="col">Actual</th></tr>'
        )
        inside += f"</thead><tbody>{rows}</tbody></table>"
    return _item(status, head, inside + _source(each) if inside else "")


def _violation(each: Mapping[str, Any], kind: str, colour: str, helps: Mapping[str, str]) -> str:
    head = (
        _head(each, kind, colour)
        + f'<span>{_text(each["message"])}</span><span class="soft">{_text(each["rule"])}</span>'
    )
    inside = f"<p>{_text(helps.get(each['rule'], ''))}</p>"
    if kind == "exempted":
        inside = f"<p>Exempted until {_text(each['expires'])}: <bdi>{_text(each['reason'])}</bdi></p>" + inside
    return _item(kind, head, inside + _source(each))


def _head(each: Mapping[str, Any], kind: str, colour: str) -> str:
    name = "(no name)" if each["name"] in (None, "") else str(each["name"])
    tag = f'<span class="tag {colour}">{_text(_words(kind))}</span>'
    return f'{tag}<span class="name"><bdi>{_text(name)}</bdi></span><span class="soft">{_text(each["id"] or "")}</span>'


def _item(kind: str, head: str, inside: str) -> str:
    if not inside:
        return f'<li data-kind="{kind}"><div class="row">{head}</div></li>\n'
    body = f'<details><summary>{head}</summary><div class="inside">{inside}</div></details>'
    return f'<li data-kind="{kind}">{body}</li>\n'


def _source(each: Mapping[str, Any]) -> str:
    source: Dict[str, Any] = each.get("source") or {}
    return f'<p class="soft">{_text(source["file"])}, line {source["line"]}</p>' if source else ""


def _words(name: str) -> str:
    return name.replace("_", " ")


def _text(value: str) -> str:
    return html.escape(visible(value))


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
