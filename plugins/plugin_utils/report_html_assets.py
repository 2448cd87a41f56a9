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
summary, .row { display: grid; grid-template-columns: .8rem 7rem minmax(0, 1fr); column-gap: .75rem; padding: .6rem .25rem; }
summary { cursor: pointer; }
summary::before { content: "\\25B8"; }
details[open] > summary::before { content: "\\25BE"; }
.row::before { content: ""; }
.what { display: flex; flex-wrap: wrap; column-gap: .75rem; align-items: baseline; }
.name { flex: 0 1 100%; font-weight: 600; overflow-wrap: anywhere; min-width: 0; }
.tag { justify-self: start; align-self: start; font-size: .8rem; font-weight: 600; border: 1px solid currentColor;
  border-radius: 1rem; padding: 0 .5rem; }
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
  summary, .row { grid-template-columns: .8rem minmax(0, 1fr); }
  .what { grid-column: 2; }
  .inside { padding-left: .25rem; }
  .changes thead { position: absolute; left: -99rem; }
  .changes tr, .changes th, .changes td { display: block; }
  .changes td { border-top: 0; }
  .changes td::before { content: attr(data-label) ": "; color: var(--soft); font-size: .875rem; }
  .changes tr + tr { margin-top: .5rem; }
}
@media print { form, .skip, .help { display: none; } body { max-width: none; padding: 0; }
  li { content-visibility: visible; break-inside: avoid; } }
"""

SCRIPT = """
"use strict";
const list = document.getElementById("list");
const items = [...document.querySelectorAll("li[data-kind]")];
const buttons = [...document.querySelectorAll("button[data-kind]")];
const search = document.getElementById("search");
const count = document.getElementById("count");
const texts = new Map(items.map(item => [item, item.textContent.toLowerCase()]));
function show() {
  const kinds = buttons.filter(b => b.getAttribute("aria-pressed") === "true").map(b => b.dataset.kind);
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  // With the list laid out, Chromium's style recalculation takes time by the square of the rows that change.
  list.hidden = true;
  void list.offsetHeight;
  let shown = 0;
  for (const item of items) {
    item.hidden = !((!kinds.length || kinds.includes(item.dataset.kind)) &&
      words.every(word => texts.get(item).includes(word)));
    shown += !item.hidden;
  }
  list.hidden = false;
  count.textContent = shown === items.length ? `${shown} shown`
    : shown ? `${shown} of ${items.length} shown` : `0 of ${items.length} shown: nothing matches`;
}
for (const button of buttons) button.addEventListener("click", () => {
  button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
  show();
});
const details = () => document.querySelectorAll("li:not([hidden]) details");
const all = open => { for (const each of details()) each.open = open; };
let printed = [];
if (search) {
  search.addEventListener("input", show);
  document.getElementById("open").addEventListener("click", () => all(true));
  document.getElementById("close").addEventListener("click", () => all(false));
  document.querySelector("form").addEventListener("submit", event => event.preventDefault());
  document.addEventListener("keydown", event => {
    if (event.key === "/" && document.activeElement !== search) { event.preventDefault(); search.focus(); }
    if (event.key === "Escape" && document.activeElement === search) { search.value = ""; show(); }
  });
  addEventListener("beforeprint", () => { printed = [...details()].filter(each => !each.open); all(true); });
  addEventListener("afterprint", () => { for (const each of printed) each.open = false; });
  show();
}
"""
