// The scripts of a page: what makes its plots and tables answer. Each stands alone.
#include "glia/report/html_parts.h"

namespace glia::report {

// Draws a plot again for its width, its axis and the lines that are wanted, and shows values under
// the pointer.
const std::string_view kPlotScript = R"(
{
const space = document.querySelector("svg")?.namespaceURI;
const make = (name, attributes, text) => {
  const node = document.createElementNS(space, name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  if (text !== undefined) node.textContent = text;
  return node;
};
const short = v => v && (Math.abs(v) >= 1e6 || Math.abs(v) < 1e-3) ? v.toExponential(3)
  : String(+v.toPrecision(5));
const linear = (low, high, count, least) => {
  const rough = Math.max((high - low) / count, least * .999);
  const power = 10 ** Math.floor(Math.log10(rough)), lead = rough / power, ticks = [];
  const step = power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
  for (let i = Math.floor(low / step + 1e-9); i <= Math.ceil(high / step - 1e-9); ++i)
    ticks.push(+(i * step).toPrecision(12));
  return ticks;
};
const powers = (low, high) => {
  const ticks = [], wide = Math.log10(high / low) > 3;
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); ++e)
    for (const m of wide ? [1] : [1, 2, 5]) ticks.push(+(m * 10 ** e).toPrecision(12));
  return ticks.filter(t => t >= low * .999 && t <= high * 1.001);
};
const enliven = figure => {
  const island = figure.querySelector("script"), svg = figure.querySelector("svg");
  if (!island || !svg) return null;
  const data = JSON.parse(island.textContent), hidden = new Set();
  for (const s of data.series) s.x = s.x || s.y.map((_, i) => i + 1);
  let log = false, only = null, scale = null;
  const seen = () => data.series.filter((s, i) => !hidden.has(i) && (!only || only.has(s.n)));
  const drawable = (s, i) => s.x[i] !== null && s.y[i] !== null && (!log || s.y[i] > 0);
  const draw = (width = svg.clientWidth) => {
    if (!width) return;
    const height = data.square ? width : 56 + 18 * Math.max(8, data.height), shown = seen();
    let x0 = Infinity, x1 = -Infinity, y0 = Infinity, y1 = -Infinity, whole = true;
    for (const s of shown) s.y.forEach((y, i) => {
      if (!drawable(s, i)) return;
      x0 = Math.min(x0, s.x[i]); x1 = Math.max(x1, s.x[i]);
      y0 = Math.min(y0, y); y1 = Math.max(y1, y);
      whole = whole && s.x[i] === Math.floor(s.x[i]);
    });
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    if (y0 > y1) { svg.replaceChildren(); scale = null; return; }
    if (x0 === x1) { x0 -= x0 ? Math.abs(x0) * .1 : 1; x1 += x1 ? Math.abs(x1) * .1 : 1; }
    if (y0 === y1) { const by = y0 ? Math.abs(y0) * .1 : 1; y0 -= by; y1 += by; }
    const yt = log ? powers(y0 / 1.05, y1 * 1.05) : linear(y0, y1, 5, 0);
    if (log) { y0 /= 1.05; y1 *= 1.05; } else { y0 = yt[0]; y1 = yt[yt.length - 1]; }
    const xt = linear(x0, x1, Math.max(2, Math.round(width / 90)), whole ? 1 : 0);
    const names = yt.map(short), left = 16 + 7 * Math.max(3, ...names.map(n => n.length));
    const right = width - 14, top = data.y ? 26 : 12, bottom = height - 44, f = log ? Math.log10 : v => v;
    const X = v => left + (v - x0) / (x1 - x0) * (right - left);
    const Y = v => bottom + (f(v) - f(y0)) / (f(y1) - f(y0)) * (top - bottom);
    const nodes = [];
    yt.forEach((t, i) => nodes.push(
      make("line", { class: "grid", x1: left, x2: right, y1: Y(t), y2: Y(t) }),
      make("text", { x: left - 8, y: Y(t) + 4, "text-anchor": "end" }, names[i])));
    for (const t of xt) if (t >= x0 - 1e-9 && t <= x1 + 1e-9) nodes.push(
      make("text", { x: X(t), y: bottom + 18, "text-anchor": "middle" }, short(t)));
    nodes.push(make("text", { x: (left + right) / 2, y: bottom + 36, "text-anchor": "middle" }, data.x));
    if (data.y) nodes.push(make("text", { x: left, y: 12 }, data.y));
    if (data.mark >= x0 && data.mark <= x1) {
      const before = X(data.mark) > width / 2;
      nodes.push(make("line", { class: "mark", x1: X(data.mark), x2: X(data.mark), y1: bottom, y2: top }),
        make("text", { x: X(data.mark) + (before ? -6 : 6), y: top + 10,
          "text-anchor": before ? "end" : "start" }, data.label));
    }
    const many = shown.length > 12;
    for (const s of [...shown].reverse()) {
      let path = "", drawing = false;
      s.y.forEach((y, i) => {
        if (!drawable(s, i)) { drawing = false; return; }
        const at = `${X(s.x[i]).toFixed(1)} ${Y(y).toFixed(1)}`;
        const alone = s.d === 2 || (!drawing && !(i + 1 < s.y.length && drawable(s, i + 1)));
        path += (drawing && s.d !== 2 ? "L" : "M") + at + (alone ? "h0" : "");
        if (alone && s.d !== 2) path += "m-2 0h4";
        drawing = true;
      });
      const node = make("path", { d: path,
        class: `l${s.c}${s.d === 2 ? " points" : s.d === 1 ? " dashed" : ""}${many ? " many" : ""}` });
      nodes.push(node);
      s.node = node;
    }
    const hover = make("g", { class: "hover" });
    svg.replaceChildren(...nodes, hover);
    scale = { X, Y, x0, x1, left, right, top, bottom, hover, width, shown };
  };
  const tip = document.createElement("div");
  tip.className = "tip"; tip.hidden = true;
  figure.append(tip);
  const line = (s, text) => {
    const row = document.createElement("div"), mark = document.createElement("i");
    if (s) { mark.className = "b" + s.c; row.append(mark); }
    row.append(text);
    return row;
  };
  const leave = () => {
    tip.hidden = true;
    if (scale) { scale.hover.replaceChildren(); for (const s of scale.shown) s.node.classList.remove("hot"); }
  };
  svg.onpointerleave = leave;
  svg.onpointermove = event => {
    if (!scale) return;
    const box = svg.getBoundingClientRect(), px = event.clientX - box.left, py = event.clientY - box.top;
    const found = [];
    for (const s of scale.shown) {
      let best = -1, least = Infinity;
      s.y.forEach((y, i) => {
        if (!drawable(s, i)) return;
        const dx = scale.X(s.x[i]) - px, dy = data.byx ? 0 : scale.Y(y) - py, far = dx * dx + dy * dy;
        if (far < least) { least = far; best = i; }
      });
      if (best >= 0) found.push({ s, i: best, far: least, up: Math.abs(scale.Y(s.y[best]) - py) });
    }
    leave();
    if (!found.length) return;
    let near = [...found].sort((a, b) => a.far - b.far || a.up - b.up);
    if (data.byx) {
      const x = near[0].s.x[near[0].i];
      near = found.filter(p => p.s.x[p.i] === x).sort((a, b) => a.up - b.up);
      if (near.length > 12) near[0].s.node.classList.add("hot");
      const listed = near.slice(0, 10).sort((a, b) => b.s.y[b.i] - a.s.y[a.i]);
      tip.replaceChildren(line(null, `${data.x} ${short(x)}`),
        ...listed.map(p => line(p.s, `${p.s.n}  ${short(p.s.y[p.i])}`)),
        ...(near.length > 10 ? [line(null, `and ${near.length - 10} more`)] : []));
      scale.hover.append(make("line", { class: "mark", x1: scale.X(x), x2: scale.X(x),
        y1: scale.bottom, y2: scale.top }));
    } else {
      near = near.slice(0, 1);
      const p = near[0];
      tip.replaceChildren(line(p.s, p.s.n), line(null, `${data.x} ${short(p.s.x[p.i])}`),
        line(null, `${data.y || "value"} ${short(p.s.y[p.i])}`),
        ...(p.s.z ? [line(null, p.s.z[p.i])] : []));
    }
    for (const p of near.slice(0, 10)) scale.hover.append(make("circle",
      { class: "f" + p.s.c, cx: scale.X(p.s.x[p.i]), cy: scale.Y(p.s.y[p.i]), r: 4 }));
    tip.hidden = false;
    const room = figure.getBoundingClientRect();
    const at = event.clientX - room.left;
    tip.style.left = Math.max(0, Math.min(at + 14, room.width - tip.offsetWidth - 4)) + "px";
    if (at + 14 + tip.offsetWidth > room.width) tip.style.left = Math.max(0, at - tip.offsetWidth - 14) + "px";
    tip.style.top = event.clientY - room.top + 14 + "px";
  };
  const buttons = [...figure.querySelectorAll(".legend button")];
  const mark = () => buttons.forEach((button, i) => {
    button.setAttribute("aria-pressed", !hidden.has(i));
    button.hidden = !!only && !only.has(data.series[i].n);
  });
  buttons.forEach((button, i) => {
    button.title = "show or hide; a double click shows it alone";
    button.onclick = () => { hidden.delete(i) || hidden.add(i); mark(); draw(); };
    button.ondblclick = () => {
      const alone = hidden.size === buttons.length - 1 && !hidden.has(i);
      hidden.clear();
      if (!alone) buttons.forEach((_, k) => k !== i && hidden.add(k));
      mark(); draw();
    };
  });
  const positive = data.series.some(s => s.y.some(y => y > 0));
  if (data.byx && positive) {
    const axis = document.createElement("button");
    axis.type = "button"; axis.className = "axis"; axis.textContent = "log axis";
    axis.setAttribute("aria-pressed", false);
    axis.onclick = () => { log = !log; axis.setAttribute("aria-pressed", log); draw(); };
    figure.querySelector(".legend").append(axis);
  }
  if (data.linked) document.addEventListener("lines", event => { only = event.detail; mark(); draw(); });
  mark();
  new ResizeObserver(() => scale && scale.width === svg.clientWidth || draw()).observe(svg);
  return { svg, draw };
};
// Widths are read before anything is drawn: else each plot would lay out the page again.
const plots = [...document.querySelectorAll("figure.plot")].map(enliven).filter(Boolean);
const widths = plots.map(plot => plot.svg.clientWidth);
plots.forEach((plot, i) => plot.draw(widths[i]));
}
)";

// Sorts, filters and shows a part of a table. What is not shown at first has no elements until it
// is.
const std::string_view kTableScript = R"(
{
const page = 100, words = new Intl.Collator(undefined, { numeric: true });
const number = text => {
  const value = parseFloat(text.replace(/,/g, ""));
  return Number.isNaN(value) ? text : value;
};
const order = (a, b) => typeof a === "number" && typeof b === "number" ? a - b
  : typeof a === "number" ? -1 : typeof b === "number" ? 1 : words.compare(a, b);
const condition = (token, heads) => {
  const at = token.search(/[<>:]/);
  const column = at > 0 ? heads.findIndex(h => h.startsWith(token.slice(0, at))) : -1;
  if (column < 0) return row => row.text.some(cell => cell.includes(token));
  const value = token.slice(at + 1), limit = parseFloat(value);
  if (token[at] === ":") return row => row.text[column].includes(value);
  return token[at] === "<" ? row => row.keys[column] < limit : row => row.keys[column] > limit;
};
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  const figure = table.closest("figure"), island = figure.querySelector("script");
  const titles = heads.map(h => h.textContent.toLowerCase().replace(/ /g, "_"));
  const data = island && JSON.parse(island.textContent);
  const make = (cells, r) => {
    const row = document.createElement("tr");
    cells.forEach((text, c) => {
      const cell = row.insertCell();
      cell.textContent = text;
      cell.className = `${data.right[c] ? "right " : ""}${data.roles[`${r} ${c}`] || ""}`;
    });
    return row;
  };
  const of = (cells, keys, element) => ({ keys, element,
    get text() { const text = cells.map(c => c.toLowerCase()); Object.defineProperty(this, "text", { value: text }); return text; },
    first: cells[0] });
  const rows = data
    ? data.rows.map((cells, r) => of(cells, cells.map((text, c) => data.right[c] ? number(text) : text),
        () => make(cells, r)))
    : [...body.rows].map(tr => {
        const cells = [...tr.cells];
        return of(cells.map(c => c.textContent),
          cells.map(c => "sort" in c.dataset ? Number(c.dataset.sort) : c.textContent), () => tr);
      });
  let wanted = rows, limit = page;
  const foot = document.createElement("button");
  foot.type = "button"; foot.className = "more";
  foot.onclick = () => { limit += 5 * page; show(); };
  const count = figure.querySelector(".search span");
  const show = () => {
    const part = data ? wanted.slice(0, limit) : wanted;
    body.replaceChildren(...part.map(row => {
      if (!row.made) row.made = row.element();
      return row.made;
    }));
    foot.hidden = part.length >= wanted.length;
    foot.textContent = `${part.length} of ${wanted.length.toLocaleString("en")} rows are shown: more`;
    if (count) count.textContent = wanted.length === rows.length
      ? `${rows.length.toLocaleString("en")} rows`
      : `${wanted.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows`;
  };
  let sorted = rows, tokens = [];
  const filter = () => {
    const tests = tokens.map(token => condition(token, titles));
    wanted = tests.length ? sorted.filter(row => tests.every(test => test(row))) : sorted;
    limit = page;
    show();
  };
  const sort = (head, i) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach(h => h.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const sign = down ? -1 : 1, key = row => i < row.keys.length ? row.keys[i] : "";
    sorted = [...rows].sort((a, b) => sign * order(key(a), key(b)));
    filter();
  };
  heads.forEach((head, i) => {
    head.tabIndex = 0;
    head.onclick = () => sort(head, i);
    head.onkeydown = e => {
      if (e.key === "Enter" || e.key === " ") { e.preventDefault(); sort(head, i); }
    };
  });
  const field = figure.querySelector(".search input");
  if (field) field.oninput = () => {
    tokens = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    filter();
    if (table.dataset.lines) document.dispatchEvent(new CustomEvent("lines",
      { detail: tokens.length ? new Set(wanted.map(row => row.first)) : null }));
  };
  if (data) { figure.append(foot); show(); }
}
}
)";

}  // namespace glia::report
