/* Copyright: The siptrunk.telnyx contributors
   GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
   SPDX-License-Identifier: GPL-3.0-or-later */
"use strict";
const LIMIT = 200; // rows of a group, and groups, that are in the page at once until "Show more" is pressed
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
// All rows and groups; the page contains only those that are shown.
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
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
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
  list.replaceChildren(); // the changes below are outside the page, so that the browser does the layout once
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
