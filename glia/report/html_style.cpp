// The one stylesheet of all pages.
#include "glia/report/html_parts.h"

namespace glia::report {

const std::string_view kPageStyle = R"(
:root {
  color-scheme: light dark;
  --ground: #fdfdfc; --raised: #f4f4f1; --line: #dededa; --ink: #1d1f21; --dim: #686b6f;
  --c0: #1f6fb5; --c1: #c2620b; --c2: #2c8a57; --c3: #96519e;
  --c4: #b83a5e; --c5: #0d8a94; --c6: #8a6d1f; --c7: #5d6470;
  --good: #2c8a57; --warn: #a86a00; --bad: #bb3a31;
}
@media (prefers-color-scheme: dark) { :root {
  --ground: #16181a; --raised: #202326; --line: #34383c; --ink: #e6e6e3; --dim: #9a9ea3;
  --c0: #62aeea; --c1: #f09a4a; --c2: #62c08c; --c3: #c98fd0;
  --c4: #f0809c; --c5: #57c5cc; --c6: #cdb25e; --c7: #a3abb8;
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
.facts dd { margin: 0; font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.facts small { display: block; font-size: .78rem; font-weight: 400; color: var(--dim); }
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
table:not(:has(thead)) td { white-space: normal; overflow-wrap: anywhere; max-width: 46rem; }
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
.plot { max-width: 48rem; position: relative; }
.plot.square { max-width: 27rem; }
.plot .dashed { stroke-dasharray: 5 4; }
.plot .points { stroke-width: 5; stroke-linecap: round; stroke-opacity: .45; }
.plot .many { stroke-width: 1.25; stroke-opacity: .7; }
.plot .many.hot { stroke-width: 3; stroke-opacity: 1; }
.tip { position: absolute; z-index: 3; pointer-events: none; background: var(--ground); color: var(--ink);
  border: 1px solid var(--line); border-radius: 6px; padding: .3rem .6rem; font-size: .8rem; line-height: 1.4;
  box-shadow: 0 2px 10px #0003; white-space: pre; font-variant-numeric: tabular-nums; max-width: 100%; overflow: hidden; }
.tip i { display: inline-block; width: .7em; height: .7em; border-radius: 2px; margin-right: .45em; }
.tip > div:first-child { font-weight: 600; }
.plot svg { width: 100%; height: auto; font-size: 12px; fill: var(--dim); }
.plot path { fill: none; stroke-width: 2; stroke-linejoin: round; }
.l0 { stroke: var(--c0); } .f0, .b0 { fill: var(--c0); background: var(--c0); }
.l1 { stroke: var(--c1); } .f1, .b1 { fill: var(--c1); background: var(--c1); }
.l2 { stroke: var(--c2); } .f2, .b2 { fill: var(--c2); background: var(--c2); }
.l3 { stroke: var(--c3); } .f3, .b3 { fill: var(--c3); background: var(--c3); }
.l4 { stroke: var(--c4); } .f4, .b4 { fill: var(--c4); background: var(--c4); }
.l5 { stroke: var(--c5); } .f5, .b5 { fill: var(--c5); background: var(--c5); }
.l6 { stroke: var(--c6); } .f6, .b6 { fill: var(--c6); background: var(--c6); }
.l7 { stroke: var(--c7); } .f7, .b7 { fill: var(--c7); background: var(--c7); }
.grid { stroke: var(--line); } .mark { stroke: var(--dim); stroke-dasharray: 3 4; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem .3rem; font-size: .85rem; color: var(--dim);
  max-height: 8.5rem; overflow: auto; }
button { font: inherit; color: inherit; background: none; border: 0; border-radius: 5px; padding: .1rem .45rem; cursor: pointer; }
button:hover { background: var(--raised); }
button:focus-visible, summary:focus-visible, input:focus-visible, a:focus-visible { outline: 2px solid var(--c0); outline-offset: 1px; }
.legend button { text-align: left; overflow-wrap: anywhere; }
.legend b { font-weight: 600; color: var(--ink); font-variant-numeric: tabular-nums; margin-left: .25em; }
.legend button[aria-pressed=false] { opacity: .45; }
.legend .axis { margin-left: auto; border: 1px solid var(--line); opacity: 1 !important; }
.legend .axis[aria-pressed=true] { background: var(--c0); border-color: var(--c0); color: var(--ground); }
.search + div { max-height: 36rem; overflow: auto; }
.search { display: flex; flex-wrap: wrap; gap: .4rem .9rem; align-items: center; font-size: .9rem; }
.search input { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line);
  border-radius: 6px; padding: .3rem .6rem; width: min(24rem, 100%); }
.more { color: var(--c0); margin-top: .4rem; font-size: .9rem; }
nav { position: sticky; top: 0; z-index: 2; display: flex; gap: .2rem; overflow-x: auto; background: var(--ground);
  border-bottom: 1px solid var(--line); margin: 0 -.5rem 1rem; padding: .35rem 0; font-size: .88rem; }
nav a { color: var(--dim); text-decoration: none; white-space: nowrap; padding: .15rem .55rem; border-radius: 5px; }
nav a:hover { color: var(--ink); background: var(--raised); }
nav ~ h2 { scroll-margin-top: 3.2rem; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(21rem, 100%), 1fr)); gap: 0 2rem; align-items: start; }
.beside > * { min-width: 0; }
details { border: 1px solid var(--line); border-radius: 8px; margin: .75rem 0; padding: 0 1rem; }
summary { cursor: pointer; font-weight: 600; margin: 0 -1rem; padding: .5rem 1rem; border-radius: 8px; }
summary:hover { background: var(--raised); }
details[open] > summary { margin-bottom: .5rem; }
.sounds > div { display: flex; flex-wrap: wrap; gap: 1rem; }
.sounds figure { margin: 0; max-width: 18rem; font-size: .85rem; }
.sounds audio { display: block; width: 17rem; max-width: 100%; height: 2.2rem; }
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
@media print { .table > div { overflow: visible; } nav, .search, .more, .axis { display: none; } }
)";

}  // namespace glia::report
