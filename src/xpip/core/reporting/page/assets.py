"""Style sheet and script of the page. The page works without the script, but for its filter."""

from __future__ import annotations

COLOURS = 8
"""Origins that are told apart by colour; each has its name beside it as well."""

STYLE = """
:root { color-scheme: light dark; --line: #8886; --ink: CanvasText; --bad: #c00; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 80rem;
  padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 .3rem; }
h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem; }
p { margin: .3rem 0; }
pre { font: 13px/1.4 ui-monospace, monospace; margin: .4rem 0; overflow-x: auto;
  white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.error { border-left: 4px solid var(--bad); padding-left: .8rem; }
.bad { color: var(--bad); font-weight: 600; }
.graph { overflow: auto; max-height: 70vh; border: 1px solid var(--line); }
.graph rect { stroke-width: 1.5; fill: Canvas; }
.graph text { font: 12px ui-monospace, monospace; fill: var(--ink); }
.graph path { fill: none; stroke: var(--line); }
.graph .refused rect { stroke: var(--bad); stroke-dasharray: 4 3; }
.dim { opacity: .2; }
.filter { display: flex; flex-wrap: wrap; gap: .8rem; align-items: center; margin: .6rem 0; }
.filter[hidden], tr[hidden] { display: none; }
.mark { display: inline-block; width: .5em; height: .5em; border: 3px solid; margin-right: .4em; }
.o0 rect, .mark.o0 { stroke: #0072b2; border-color: #0072b2; }
.o1 rect, .mark.o1 { stroke: #e69f00; border-color: #e69f00; }
.o2 rect, .mark.o2 { stroke: #009e73; border-color: #009e73; }
.o3 rect, .mark.o3 { stroke: #cc79a7; border-color: #cc79a7; }
.o4 rect, .mark.o4 { stroke: #56b4e9; border-color: #56b4e9; }
.o5 rect, .mark.o5 { stroke: #d55e00; border-color: #d55e00; }
.o6 rect, .mark.o6 { stroke: #b8a900; border-color: #b8a900; }
.o7 rect, .mark.o7 { stroke: #777; border-color: #777; }
"""

SCRIPT = """
"use strict";
(() => {
  const words = document.getElementById("words");
  const origin = document.getElementById("origin");
  const suspect = document.getElementById("suspect");
  const count = document.getElementById("count");
  const rows = [...document.querySelectorAll("tbody tr[data-project]")];
  const nodes = new Map();
  for (const node of document.querySelectorAll("g[data-project]")) {
    nodes.set(node.dataset.project, node);
  }
  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const fits = wanted.every((word) => text.includes(word))
        && (!origin.value || row.dataset.origin === origin.value)
        && (!suspect.checked || row.hasAttribute("data-suspect"));
      row.hidden = !fits;
      nodes.get(row.dataset.project)?.classList.toggle("dim", !fits);
      shown += fits ? 1 : 0;
    }
    count.textContent = `${shown} of ${rows.length} shown`;
  };
  for (const field of [words, origin, suspect]) {
    field.addEventListener("input", filter);
  }
  const open = () => {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    row?.querySelector("details")?.setAttribute("open", "");
  };
  window.addEventListener("hashchange", open);
  document.getElementById("filter").hidden = false;
  open();
  filter();
})();
"""
