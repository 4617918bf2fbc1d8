#!/usr/bin/env python3
"""Reports in a real browser: of a run with 10,000 test rows, and of 100 runs side by side.

  report_test.py GLIA [--show]

Holds them against what was promised: open within 1 s, at most 5 MB, sorting and filtering within 200 ms, no
error of a script; hover, log axis and legend answer. Times are the best of a few tries, for other work may run on
the machine. Exit code 77 where there is no Chromium.
"""

import argparse
import json
import math
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import browser

LOAD_MS, ANSWER_MS, BYTES, TRIES = 1000, 200, 5_000_000, 4

EXPERIMENT = """name: rows
data:
  train: train.csv
  test: test.csv
  validation: 0.2
  target: {column: answer, positive: yes}
model:
  layers:
    - dense: {units: 8, activation: relu}
    - dense: {units: 1, activation: sigmoid}
train:
  loss: binary_crossentropy
  optimizer: {adam: {learning_rate: 0.01}}
  epochs: 3
  metrics: [accuracy, roc_auc]
"""

# Every table that is searched is sorted by each column both ways and filtered; every plot is pointed at.
PROBE = """
out.open = timed(() => document.querySelectorAll("details").forEach(d => d.open = true));
out.sort = out.filter = out.hover = 0;
out.rows = []; out.left = []; out.tips = 0; out.plots = 0;
for (const input of document.querySelectorAll(".search input")) {
  const figure = input.closest("figure"), heads = figure.querySelectorAll("thead th");
  for (const head of heads)
    for (let i = 0; i < 2; ++i) out.sort = Math.max(out.sort, timed(() => head.click()));
  const words = ["1", "yes no", heads[1].textContent.toLowerCase().replace(/ /g, "_") + ">0.5", "nothing-like-this", ""];
  for (const word of words)
    out.filter = Math.max(out.filter, timed(() => { input.value = word; input.dispatchEvent(new Event("input")); }));
  out.rows.push(figure.querySelector(".search span").textContent);
  input.value = "nothing-like-this"; input.dispatchEvent(new Event("input"));
  out.left.push(figure.querySelectorAll("tbody tr").length);
  input.value = ""; input.dispatchEvent(new Event("input"));
}
for (const svg of document.querySelectorAll("figure.plot svg")) {
  const box = svg.getBoundingClientRect(), tip = svg.closest("figure").querySelector(".tip");
  if (!box.width) continue;
  ++out.plots;
  out.hover = Math.max(out.hover, timed(() => svg.dispatchEvent(new PointerEvent("pointermove",
    { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 }))));
  if (!tip.hidden && tip.textContent) ++out.tips;
}
const axis = document.querySelector("button.axis"), figure = axis && axis.closest("figure");
const labels = () => [...figure.querySelectorAll("svg text")].map(t => t.textContent).join(" ");
if (axis) {
  const before = labels();
  out.log = timed(() => axis.click());
  out.log_changes = before !== labels();
  const lines = () => figure.querySelectorAll("svg path").length, all = lines();
  figure.querySelector(".legend button").click();
  out.toggles = lines() === all - 1;
}
"""


def table(rows, seed):
    draw = random.Random(seed)
    lines = ["amount,age,job,town,note,answer"]
    for i in range(rows):
        amount, age = draw.gauss(0, 10), draw.randint(18, 90)
        job = draw.choice(["clerk", "<b>smith</b>", "farmer", "none"])
        sure = 1 / (1 + math.exp(-(amount + (age - 50) / 5 + (4 if job == "clerk" else 0)) / 4))
        lines.append(f'{amount:.3f},{age},{job},{draw.choice(["Ulm", "Köln", "Bonn"])},row {i},'
                     f'{"yes" if draw.random() < sure else "no"}')
    return "\n".join(lines) + "\n"


def glia(binary, folder, *arguments):
    done = subprocess.run([binary, *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"glia {' '.join(arguments)}: {done.stderr}")


def hundred_runs(folder):
    """Copies of one run with other settings and curves: what a search leaves behind."""
    draw = random.Random(5)
    for i in range(100):
        run = folder / "many" / f"try-{i:03}"
        shutil.copytree(folder / "run", run, ignore=shutil.ignore_patterns("model", "predictions", "checkpoints", "report.html"))
        rate, units = 10 ** draw.uniform(-4, -1), draw.choice([8, 16, 32, 64])
        yaml = (run / "experiment.yaml").read_text()
        (run / "experiment.yaml").write_text(yaml.replace("learning_rate: 0.01", f"learning_rate: {rate:.5g}")
                                             .replace("units: 8", f"units: {units}"))
        result = json.loads((run / "result.json").read_text())
        result["test"]["metrics"]["accuracy"] = round(0.7 + 0.2 * draw.random(), 4)
        (run / "result.json").write_text(json.dumps(result))
        lines = []
        for epoch in range(1, 31):
            loss = 0.7 * math.exp(-epoch * rate * 10) + 0.1 * draw.random()
            lines.append(json.dumps({"epoch": epoch, "step": epoch * 50, "seconds": epoch * 0.1, "loss": loss,
                                     "val_loss": loss + 0.05, "val_accuracy": 1 - loss / 2,
                                     "val_roc_auc": 1 - loss / 3, "learning_rate": rate}))
        (run / "metrics.jsonl").write_text("\n".join(lines) + "\n")
    return [str(run) for run in sorted((folder / "many").iterdir())]


def judge(name, page, show):
    size = page.stat().st_size
    best = None
    for _ in range(TRIES):
        out = browser.probe(page, PROBE)
        if best is None:
            best = out
        for key in ("load", "open", "sort", "filter", "hover", "log"):
            best[key] = min(best.get(key, math.inf), out.get(key, math.inf))
        if best["load"] <= LOAD_MS and max(best["sort"], best["filter"]) <= ANSWER_MS:
            break
    if show:
        print(f"{name}: {size / 1e6:.2f} MB, " + ", ".join(f"{k} {best[k]:.0f} ms" for k in
              ("load", "open", "sort", "filter", "hover", "log")) + f"; {best['plots']} plots, rows: {best['rows']}")
    problems = []
    if size > BYTES:
        problems.append(f"{size} bytes")
    if best["load"] > LOAD_MS:
        problems.append(f"opens in {best['load']:.0f} ms")
    for key in ("sort", "filter"):
        if best[key] > ANSWER_MS:
            problems.append(f"{key} in {best[key]:.0f} ms")
    if best["errors"]:
        problems.append(f"scripts: {best['errors']}")
    if any(best["left"]):
        problems.append(f"a filter that nothing fits leaves rows: {best['left']}")
    if best["tips"] != best["plots"] or best["plots"] == 0:
        problems.append(f"{best['tips']} of {best['plots']} plots tell their values")
    if not best.get("log_changes") or not best.get("toggles"):
        problems.append("log axis or legend do not answer")
    return [f"{name}: {problem}" for problem in problems]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("glia")
    parser.add_argument("--show", action="store_true", help="print what was measured")
    options = parser.parse_args()
    if not browser.chromium():
        print("SKIPPED: there is no chromium")
        return browser.SKIPPED
    binary = str(pathlib.Path(options.glia).resolve())
    problems = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "train.csv").write_text(table(3000, 1))
        (folder / "test.csv").write_text(table(10000, 2))
        (folder / "rows.yaml").write_text(EXPERIMENT)
        glia(binary, folder, "train", "rows.yaml", "--out", "run")
        glia(binary, folder, "report", "run", "-o", "one.html")
        problems += judge("10,000 rows", folder / "one.html", options.show)
        shown = browser.probe(folder / "one.html", 'out.bold = document.querySelectorAll("td b").length;')
        if shown["bold"] != 0:
            problems.append("text of the data became a tag")
        glia(binary, folder, "report", *hundred_runs(folder), "-o", "many.html")
        problems += judge("100 runs", folder / "many.html", options.show)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
