// The one stylesheet of all pages, and the script that sorts their tables.
#include "glia/report/html_parts.h"

namespace glia::report {

const std::string_view kPageStyle = R"(
:root {
  color-scheme: light dark;
  --ground: #fdfdfc; --raised: #f4f4f1; --line: #dededa; --ink: #1d1f21; --dim: #686b6f;
  --c0: #1f6fb5; --c1: #c2620b; --c2: #2c8a57; --c3: #96519e;
  --good: #2c8a57; --warn: #a86a00; --bad: #bb3a31;
}
@media (prefers-color-scheme: dark) { :root {
  --ground: #16181a; --raised: #202326; --line: #34383c; --ink: #e6e6e3; --dim: #9a9ea3;
  --c0: #62aeea; --c1: #f09a4a; --c2: #62c08c; --c3: #c98fd0;
  --good: #62c08c; --warn: #e0ab4c; --bad: #ee7d74;
} }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 2.5rem 1.5rem 5rem; }
header { margin-bottom: 1.75rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 1.75rem 0 .5rem; }
p { max-width: 46rem; margin: .5rem 0; }
.dim, figcaption { color: var(--dim); }
.bold { font-weight: 600; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.c0 { color: var(--c0); } .c1 { color: var(--c1); } .c2 { color: var(--c2); } .c3 { color: var(--c3); }
.facts { display: flex; flex-wrap: wrap; gap: .75rem; margin: 0 0 1.5rem; }
.facts div { background: var(--raised); border-radius: 8px; padding: .6rem 1rem; min-width: 7rem; }
.facts dt { color: var(--dim); font-size: .82rem; }
.facts dd { margin: 0; font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.note { border-left: 4px solid var(--line); background: var(--raised); color: var(--ink);
  border-radius: 0 8px 8px 0; padding: .55rem .9rem; margin: .5rem 0; max-width: 60rem; overflow-wrap: anywhere; }
.note.good { border-color: var(--good); } .note.warn { border-color: var(--warn); }
.note.bad { border-color: var(--bad); }
.note strong { margin-right: .3rem; }
figure { margin: 1rem 0; }
figcaption { font-size: .9rem; margin-bottom: .35rem; }
.table > div { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; max-width: max-content; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .8rem; text-align: left; white-space: nowrap; }
td { max-width: 26rem; overflow: hidden; text-overflow: ellipsis; border-top: 1px solid var(--line); }
thead th { background: var(--raised); font-weight: 600; position: sticky; top: 0; }
tbody th { font-weight: 600; border-top: 1px solid var(--line); }
tr.rule td { border-top: 2px solid var(--dim); }
tbody tr:hover td { background: var(--raised); }
.right { text-align: right; }
.sortable thead th { cursor: pointer; user-select: none; }
.sortable thead th:focus-visible { outline: 2px solid var(--c0); outline-offset: -2px; }
.sortable thead th::after { content: ""; display: inline-block; width: .9em; color: var(--c0); }
.sortable thead th[aria-sort=ascending]::after { content: " \2191"; }
.sortable thead th[aria-sort=descending]::after { content: " \2193"; }
.share { display: block; height: 3px; border-radius: 2px; background: var(--line); margin-top: 2px; }
.share i { display: block; height: 100%; border-radius: 2px; background: var(--c1); }
.spark { display: block; fill: var(--c0); }
td.hit { background: color-mix(in srgb, var(--c0) calc(var(--share) * 45%), transparent); }
td.miss { background: color-mix(in srgb, var(--c1) calc(var(--share) * 70%), transparent); }
.plot { max-width: 48rem; }
.plot svg { width: 100%; height: auto; font-size: 12px; fill: var(--dim); }
.plot path { fill: none; stroke-width: 2; stroke-linejoin: round; }
.l0 { stroke: var(--c0); } .l1 { stroke: var(--c1); } .l2 { stroke: var(--c2); } .l3 { stroke: var(--c3); }
.f0, .b0 { fill: var(--c0); background: var(--c0); } .f1, .b1 { fill: var(--c1); background: var(--c1); }
.f2, .b2 { fill: var(--c2); background: var(--c2); } .f3, .b3 { fill: var(--c3); background: var(--c3); }
.grid { stroke: var(--line); } .mark { stroke: var(--dim); stroke-dasharray: 3 4; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; font-size: .85rem; color: var(--dim); }
.legend i { display: inline-block; width: .9em; height: .25em; margin-right: .4em; vertical-align: middle; }
.bars { max-width: 48rem; font-size: .9rem; display: grid; gap: .25rem .8rem; align-items: center;
  grid-template-columns: fit-content(14rem) 1fr max-content; }
.bars > div { display: contents; }
.bars figcaption { grid-column: 1 / -1; }
.bars span:first-child { text-align: right; overflow-wrap: anywhere; }
.bars span:last-child { color: var(--dim); font-variant-numeric: tabular-nums; }
.track { display: block; background: var(--raised); border-radius: 3px; }
.track i { display: block; height: .8em; min-width: 2px; border-radius: 3px; background: var(--c0); }
.pictures > div { display: flex; flex-wrap: wrap; gap: .8rem; }
.pictures figure { margin: 0; }
.pictures img { display: block; max-width: 100%; border-radius: 4px; background: var(--raised); }
.pictures .pixels { image-rendering: pixelated; }
.pictures figure figcaption { margin: .2rem 0 0; font-size: .82rem; max-width: 12rem; overflow-wrap: anywhere; }
pre { background: var(--raised); border-radius: 8px; padding: .8rem 1rem; overflow-x: auto; font-size: .85rem; }
@media (max-width: 40rem) { main { padding: 1.5rem .9rem 3rem; } }
@media print { .table > div { overflow: visible; } }
)";

const std::string_view kPageScript = R"(
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  const key = (row, i) => {
    const cell = row.cells[i];
    return !cell ? "" : "sort" in cell.dataset ? Number(cell.dataset.sort) : cell.textContent;
  };
  const sort = (head, i) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach(h => h.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const order = (a, b) => typeof a === "number" && typeof b === "number" ? a - b
      : typeof a === "number" ? -1 : typeof b === "number" ? 1 : a.localeCompare(b);
    [...body.rows].sort((a, b) => (down ? -1 : 1) * order(key(a, i), key(b, i)))
      .forEach(row => body.append(row));
  };
  heads.forEach((head, i) => {
    head.tabIndex = 0;
    head.onclick = () => sort(head, i);
    head.onkeydown = e => {
      if (e.key === "Enter" || e.key === " ") { e.preventDefault(); sort(head, i); }
    };
  });
}
)";

}  // namespace glia::report
