# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Style and script of the HTML report."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --bg: #fff; --fg: #1b1f24; --soft: #57606a; --line: #d0d7de; --edge: #767f89;
  --card: #f6f8fa; --bad: #b3261e; --warn: #8a5300; --ok: #1a6e33; --note: #0b57a4; }
@media (prefers-color-scheme: dark) { :root { --bg: #101418; --fg: #e6edf3; --soft: #9aa7b4; --line: #39424c;
  --edge: #7d8894; --card: #1a2027; --bad: #ff8a80; --warn: #f0b35a; --ok: #6fd58b; --note: #82b8ff; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 8rem; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem 1rem 4rem; background: var(--bg); color: var(--fg);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.6rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; }
.lead { margin: .5rem 0 0; overflow-wrap: anywhere; }
.soft { color: var(--soft); font-size: .875rem; overflow-wrap: anywhere; }
.bad { color: var(--bad); } .warn { color: var(--warn); } .ok { color: var(--ok); } .note { color: var(--note); }
form { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .5rem; align-items: center;
  padding: .75rem 0; background: var(--bg); border-bottom: 1px solid var(--line); }
button, input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--edge);
  border-radius: .5rem; padding: .35rem .7rem; }
button { cursor: pointer; }
button[aria-pressed=true] { outline: 2px solid currentColor; outline-offset: -2px; font-weight: 600; }
button b { font-size: 1.15rem; }
input { flex: 1 1 12rem; min-width: 0; }
:focus-visible { outline: 3px solid var(--note); outline-offset: 2px; }
summary:focus-visible { outline-offset: -3px; }
#count { margin: .5rem .25rem; }
ul { list-style: none; margin: 0; padding: 0; }
li { border-bottom: 1px solid var(--line); content-visibility: auto; contain-intrinsic-size: auto 4.3rem; }
.group { margin: 1rem 0; }
.group > p { margin: .25rem 1.5rem; max-width: 60rem; }
.group > ul { margin-left: 1.5rem; border-top: 1px solid var(--line); }
summary, .row { display: flex; flex-wrap: wrap; column-gap: .75rem; align-items: baseline; padding: .5rem .25rem; }
a { color: var(--note); }
summary { cursor: pointer; position: relative; padding-left: 1.5rem; }
summary::before { content: "\\25B8"; position: absolute; left: .3rem; }
details[open] > summary::before { content: "\\25BE"; }
summary h2 { display: inline; margin: 0; font-size: 1.1rem; overflow-wrap: anywhere; min-width: 0; }
.name { font-weight: 600; overflow-wrap: anywhere; min-width: 0; color: inherit; text-decoration-color: var(--edge); }
.message { overflow-wrap: anywhere; min-width: 0; }
.tag { font-size: .8rem; font-weight: 600; border: 1px solid currentColor; border-radius: 1rem; padding: 0 .5rem; }
.by-rule .rule, .by-rule .row .tag:not(.ok) { display: none; }
.by-connection .row .name, .by-connection .row [data-copy], .by-connection .row .copy { display: none; }
.target { outline: 2px solid var(--note); outline-offset: 2px; }
[data-kind=in_sync] .name { font-weight: 400; }
.zero { color: var(--soft); }
button:disabled { cursor: default; }
.copy { padding: 0 .4rem; margin-right: .4rem; font: .75rem system-ui, sans-serif; color: var(--soft); }
.more { margin: .5rem 0; }
.tool { display: none; } .script .tool { display: inline-block; }
select { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--edge); border-radius: .5rem; padding: .35rem; }
.chart { display: block; width: 100%; height: .7rem; margin: 1rem 0 .25rem; }
.chart .bad { fill: var(--bad); } .chart .warn { fill: var(--warn); } .chart .note { fill: var(--note); } .chart .ok { fill: var(--ok); }
.chart .high, .chart .missing { fill-opacity: .65; }
del { color: var(--bad); } ins { color: var(--ok); font-weight: 600; }
mark { background: none; color: var(--warn); text-decoration: underline dotted; }
.says { display: block; }
.inside { padding: 0 .25rem 1rem 1.8rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th, td { text-align: left; vertical-align: top; border: 1px solid var(--line); padding: .35rem .6rem; overflow-wrap: anywhere; }
th { background: var(--card); font-weight: 600; }
thead th:first-child { width: 28%; }
.error th { width: 8rem; }
td code { white-space: pre-wrap; }
code { font: .875rem/1.5 ui-monospace, monospace; }
[hidden] { display: none !important; }
.skip { position: absolute; left: -99rem; } .skip:focus { position: static; }
@media (max-width: 45rem), (max-height: 30rem) { form { position: static; } html { scroll-padding-top: 0; } }
@media (max-width: 38rem) {
  .group > ul { margin-left: 0; }
  .inside { padding-left: .25rem; }
  .changes thead { position: absolute; left: -99rem; }
  .changes tr, .changes th, .changes td { display: block; }
  .changes td { border-top: 0; }
  .changes td::before { content: attr(data-label) ": "; color: var(--soft); font-size: .875rem; }
  .changes tr + tr { margin-top: .5rem; }
}
@media print { form, .skip, .copy { display: none; } details::details-content { content-visibility: visible; }
  body { max-width: none; padding: 0; }
  li { content-visibility: visible; break-inside: avoid; } }
"""

SCRIPT = """
"use strict";
const LIMIT = 200; // rows of a group, and groups, that are in the page at once until somebody asks for more
const byId = id => document.getElementById(id);
const list = byId("list"), search = byId("search"), count = byId("count");
const pick = { by: byId("by"), sort: byId("sort") };
const buttons = [...document.querySelectorAll("button[data-kind]")];
const collator = new Intl.Collator(undefined, { numeric: true });
document.documentElement.classList.add("script");
for (const time of document.querySelectorAll("time")) {
  time.title = time.dateTime;
  time.textContent = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
}
function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
// Rows and groups are kept here; the page holds only those that are shown.
const groupOf = element => ({ element, ul: element.querySelector("ul"), opened: element.open, limit: LIMIT,
  name: element.querySelector("h2").textContent, size: element.querySelector(".size") });
const groups = list ? [...list.querySelectorAll(".group")].map(groupOf) : [];
const rows = groups.flatMap(group => [...group.ul.children].map(element => ({ element, group,
  kind: element.dataset.kind, connection: element.dataset.connection, findings: Number(element.dataset.count || 1),
  name: element.querySelector(".name").textContent })));
let connections = null, limit = LIMIT, printed = [];
function connectionOf(row) {
  connections ??= new Map();
  if (!connections.has(row.connection)) {
    const tag = row.element.querySelector(".tag").cloneNode(true);
    const size = make("span", { className: "soft size" });
    const head = make("summary", {}, tag, make("h2", {}, row.name), make("span", { className: "soft" }, row.connection), size);
    connections.set(row.connection, groupOf(make("details", { className: "group", open: true }, head, make("ul"))));
  }
  return connections.get(row.connection);
}
function prepare(row) {
  if (row.ready) return row.element;
  row.ready = true;
  for (const code of row.element.querySelectorAll("[data-copy]")) {
    const ariaLabel = `Copy the ${code.dataset.copy} ${code.textContent}`;
    code.after(" ", make("button", { type: "button", className: "copy", ariaLabel }, "Copy"));
  }
  if (row.connection)
    row.element.querySelector(".tag").after(make("code", { className: "rule" }, row.group.name));
  return row.element;
}
function matching() {
  const kinds = buttons.filter(b => b.getAttribute("aria-pressed") === "true").map(b => b.dataset.kind);
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  const text = row => row.text ??= `${row.element.textContent} ${row.group.name}`.toLowerCase();
  return rows.filter(row => (!kinds.length || kinds.includes(row.kind)) && words.every(word => text(row).includes(word)));
}
function more(hidden, show) {
  return make("button", { type: "button", className: "more", onclick: show }, `Show ${hidden} more`);
}
function sorted(things, most) {
  if (pick.sort.value === "name") return things.sort((a, b) => collator.compare(a.name, b.name));
  return pick.sort.value === "most" ? things.sort((a, b) => most(b) - most(a)) : things;
}
function show() {
  const found = matching(), filtered = found.length < rows.length;
  const byConnection = pick.by && pick.by.value === "connection";
  const parts = new Map();
  for (const row of found) {
    const group = byConnection ? connectionOf(row) : row.group;
    parts.has(group) ? parts.get(group).push(row) : parts.set(group, [row]);
  }
  const order = sorted([...parts.keys()], group => parts.get(group).reduce((sum, row) => sum + row.findings, 0));
  list.className = byConnection ? "by-connection" : pick.by ? "by-rule" : "by-status";
  list.replaceChildren(); // nothing that the browser has laid out changes from here on
  for (const group of order.slice(0, limit)) {
    const mine = sorted(parts.get(group), row => row.findings);
    group.ul.replaceChildren(...mine.slice(0, group.limit).map(prepare));
    if (mine.length > group.limit) group.ul.append(make("li", {}, more(mine.length - group.limit, () => {
      group.limit = Infinity; show(); })));
    group.size.textContent = String(mine.length);
    group.element.open = filtered || group.opened;
  }
  list.append(...order.slice(0, limit).map(group => group.element));
  if (order.length > limit) list.append(more(order.length - limit, () => { limit = Infinity; show(); }));
  count.textContent = !filtered ? `${found.length} shown`
    : `${found.length} of ${rows.length} shown${found.length ? "" : ": nothing matches"}`;
}
// The address: either a filter, such as #kind=drifted&q=codecs, or the id of a row or group.
let timer = 0;
function save() {
  const state = new URLSearchParams();
  const kinds = buttons.filter(b => b.getAttribute("aria-pressed") === "true").map(b => b.dataset.kind);
  if (kinds.length) state.set("kind", kinds.join(","));
  if (search.value) state.set("q", search.value);
  for (const [name, select] of Object.entries(pick))
    if (select && select.selectedIndex) state.set(name, select.value);
  clearTimeout(timer);
  timer = setTimeout(() => history.replaceState(null, "", `#${state}`), 200);
}
function change() { show(); save(); }
function load() {
  const hash = location.hash.slice(1);
  const row = rows.find(each => each.element.id === hash), group = groups.find(each => each.element.id === hash);
  if (hash && !row && !group && !hash.includes("=")) return;
  const state = new URLSearchParams(row || group ? "" : hash);
  const kinds = (state.get("kind") || "").split(",");
  for (const button of buttons) button.setAttribute("aria-pressed", String(kinds.includes(button.dataset.kind)));
  search.value = state.get("q") || "";
  for (const [name, select] of Object.entries(pick))
    if (select) select.value = [...select.options].some(each => each.value === state.get(name)) ? state.get(name) : select.options[0].value;
  if (row) row.group.opened = true;
  if (group) group.opened = true;
  if (row && rows.filter(each => each.group === row.group).indexOf(row) >= LIMIT) row.group.limit = Infinity;
  show();
  const target = row || group;
  if (!target) return;
  for (const details of target.element.querySelectorAll("details")) details.open = true;
  target.element.scrollIntoView({ block: "center" });
  for (const each of document.querySelectorAll(".target")) each.classList.remove("target");
  target.element.classList.add("target");
}
async function copy(button) {
  const code = button.previousElementSibling;
  getSelection().selectAllChildren(code);
  try { await navigator.clipboard.writeText(code.textContent); } catch { document.execCommand("copy"); }
  count.textContent = `Copied: ${code.textContent}`;
}
const all = open => { for (const each of list.querySelectorAll("details")) each.open = open; };
if (list) {
  for (const button of buttons) {
    button.disabled = button.classList.contains("zero");
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      change();
    });
  }
  if (matchMedia("(hover: hover)").matches) search.placeholder = "Search (press /)";
  search.addEventListener("input", change);
  for (const select of Object.values(pick)) if (select) select.addEventListener("change", change);
  list.addEventListener("click", event => { if (event.target.matches(".copy")) copy(event.target); });
  byId("open").addEventListener("click", () => all(true));
  byId("close").addEventListener("click", () => all(false));
  document.querySelector("form").addEventListener("submit", event => event.preventDefault());
  document.addEventListener("keydown", event => {
    if (event.key === "/" && document.activeElement !== search) { event.preventDefault(); search.focus(); }
    if (event.key === "Escape" && document.activeElement === search) { search.value = ""; change(); }
  });
  addEventListener("hashchange", load);
  addEventListener("beforeprint", () => {
    printed = [limit, groups.map(group => group.limit)];
    limit = Infinity;
    for (const group of groups) group.limit = Infinity;
    show();
    printed.push([...list.querySelectorAll("details")].filter(each => !each.open));
    all(true);
  });
  addEventListener("afterprint", () => {
    for (const each of printed[2]) each.open = false;
    limit = printed[0];
    groups.forEach((group, place) => { group.limit = printed[1][place]; });
    show();
  });
  load();
}
"""
