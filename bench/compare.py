"""Side by side with PyTorch on this machine: bench/bench.sh runs it; --help says what can be asked.

Ours and the peer's are long-lived processes that take turns in short blocks, so that only one works at a time and
whatever else the machine does falls on both. The first rounds choose the peer's best settings, the others measure.
"""
import argparse
import json
import os
import re
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import report
from children import BENCH, Child, Children, ChildError, start_to_line

ROOT = BENCH.parent
BLOCK_NS = 40e6  # long against the clock and the scheduler's slice, short against the machine's moods
SCREENING_ROUNDS = 4
MEMORY = 1_000_000_000  # bytes that a streaming process may have mapped (ulimit -v)
CSV_CELLS = 200_000  # rows of the file that holds numbers of every form
PANDAS = {"as it is": {}, "in one piece": {"low_memory": False}, "round_trip": {"float_precision": "round_trip"},
          "types given": {"types": True}, "types given, in one piece": {"types": True, "low_memory": False}}
TOLERANCE = 1e-4  # of losses, relative
ROUGHLY = 1e-2
LOSSES = 20


@dataclass
class Row:
    name: str
    experiment: Path
    features: str
    batch: int
    classes: int
    bars: dict  # threads -> the ratio to reach
    kind: str = "step"
    variants: tuple = ()


def adam(*ways, **more):
    return tuple({"optimizer": way, **more} for way in ways)


def rows_of(compiled):
    example = ROOT / "examples" / "fashion-mnist-cnn.yaml"
    cnn = example if example.exists() else BENCH / "rows" / "cnn.yaml"
    small, large = BENCH / "rows" / "mlp-30-64-64-1.yaml", BENCH / "rows" / "mlp-784-256-128-10.yaml"
    usual = adam("foreach", "fused", "single")
    layouts = adam("fused", "foreach") + adam("fused", "foreach", layout="channels_last")
    rows = [
        Row("step 30-64-64-1, batch 32", small, "30", 32, 2, {1: 10.0}, variants=usual),
        Row("step 784-256-128-10, batch 64", large, "784", 64, 10, {1: 1.6, 2: 1.8}, variants=usual),
        Row(f"CNN step, batch 64 ({cnn.stem})", cnn, "1x28x28", 64, 10, {1: 0.9, 2: 0.9}, variants=layouts),
        Row("batch-1 inference 30-64-64-1", small, "30", 32, 2, {1: 15.0}, "prediction", ({},)),
    ]
    if compiled:
        for row in rows:
            if row.kind == "step":
                row.variants += adam("fused", compile=True)
    return rows


class Contender:
    """One side of a row in one setting, and what was measured of it."""

    def __init__(self, label, time_of):
        self.label, self.time_of, self.count = label, time_of, 0
        self.samples, self.screened, self.allocator = [], [], "default"

    def block(self, threads):
        if not self.count:
            first = self.time_of(3)["wall"]
            first = self.time_of(3)["wall"] if first < BLOCK_NS else first
            self.count = max(3, min(20000, int(BLOCK_NS / max(first, 1.0))))
        timing = self.time_of(self.count)
        if threads > 1:
            time.sleep(0.01)  # a pool's threads spin for a while after their work
        return timing


def difference(ours, theirs):
    """The largest relative difference; of numbers that are none, infinity."""
    if None in ours or None in theirs or any(x != x for x in [*ours, *theirs]):
        return float("inf")
    return max(abs(a - b) / max(abs(b), 1e-30) for a, b in zip(ours, theirs))


def quoted(path):
    return json.dumps(str(path), ensure_ascii=False)


def label_of(variant, allocator):
    words = [variant[key] for key in ("optimizer", "layout") if key in variant]
    words += ["compiled"] if variant.get("compile") else []
    return ", ".join(words + ([allocator] if allocator != "default" else [])) or "default"


def repeat(rows, path, size):
    """Writes a CSV file of about `size` bytes: the header of another, and its records again and again."""
    with open(rows, "rb") as source, open(path, "wb") as file:
        file.write(source.readline())
        start = source.tell()
        while file.tell() < size:
            source.seek(start)
            while file.tell() < size and (lines := source.readlines(1 << 24)):
                file.writelines(lines)


def busy_cpus():
    """How many CPUs others keep busy just now, while we wait a second."""
    def clock():
        fields = [int(x) for x in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]  # of these, idle and waiting for a disk

    (total, idle), _ = clock(), time.sleep(1)
    total, idle = (b - a for a, b in zip((total, idle), clock()))
    return os.cpu_count() * (1 - idle / max(total, 1))


class Bench:
    def __init__(self, options):
        self.options = options
        self.folder = options.build / "bench"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.children = Children(options.build, options.peers)

    def say(self, *words):
        print(*words, file=sys.stderr, flush=True)

    def ours(self, row, threads, key, material, dropout=1):
        child = self.children.our(threads)
        plan = child.ask(f"{row.kind} {key} {quoted(row.experiment)} {row.features} {row.batch} {row.classes} "
                         f"{threads} {dropout} {quoted(material)}")
        return child, plan

    def peer(self, row, threads, allocator, variant, key, material, dropout=True):
        child = self.children.peer(threads, allocator)
        child.ask(json.dumps({"do": row.kind, "key": key, "experiment": str(row.experiment), "dropout": dropout,
                              "classes": row.classes, "material": str(material), **variant}))
        return child

    def check_results(self, row, threads, material):
        """The first losses (predictions), without dropout, of ours and of the peer's settings. The peer's settings add
        in different orders, and in some networks that grows over the steps to more than TOLERANCE among themselves: so
        ours must agree with one of them that closely, or as closely as they agree among themselves where that is less,
        and with all of them roughly."""
        child, _ = self.ours(row, threads, "check", material, 0)
        ours = child.ask(f"results check {LOSSES}")
        theirs = {}
        for variant in row.variants:
            if variant.get("compile"):
                continue
            peer = self.peer(row, threads, "default", variant, "check", material, False)
            answer = peer.ask(json.dumps({"do": "results", "key": "check", "count": LOSSES}))
            theirs[label_of(variant, "default")] = answer
        found = {label: difference(ours, results) for label, results in theirs.items()}
        nearest = min(found, key=found.get)
        among = max(difference(a, b) for a in theirs.values() for b in theirs.values())
        allowed = max(TOLERANCE, among)
        return {"difference": found[nearest], "nearest": nearest, "largest": max(found.values()), "among_peers": among,
                "allowed": allowed, "ours": ours,
                "agree": found[nearest] <= allowed and max(found.values()) <= ROUGHLY,
                "where": f"nearest is {nearest}: {theirs[nearest]} against ours {ours}"}

    def contenders(self, row, threads, material):
        child, plan = self.ours(row, threads, "row", material)
        ours = Contender("glia", lambda n: child.ask(f"time row {n}"))
        peers = []
        for allocator in self.children.allocators:
            for i, variant in enumerate(row.variants):
                key = f"row{i}"
                peer = self.peer(row, threads, allocator, variant, key, material)
                ask = lambda n, peer=peer, key=key: peer.ask(json.dumps({"do": "time", "key": key, "count": n}))
                contender = Contender(label_of(variant, allocator), ask)
                contender.allocator = allocator
                peers.append(contender)
        return ours, peers, plan

    def measure(self, row, threads):
        material = self.folder / (row.experiment.stem + ".safetensors")
        child = self.children.our(threads)
        if not hasattr(row, "made"):
            child.ask(f"material {quoted(row.experiment)} {row.features} {row.batch} {row.classes} 1 "
                      f"{quoted(material)}")
            row.made = True
        result = {"row": row.name, "threads": threads, "bar": row.bars.get(threads),
                  "results": self.check_results(row, threads, material)}
        ours, peers, plan = self.contenders(row, threads, material)
        result["plan"] = plan
        quickest = self.screened(peers, threads)
        default = [p for p in quickest if p.allocator == "default"]
        tuned = [p for p in quickest if p.allocator != "default"]
        finalists = default[:2] + tuned[:2]
        pairs = {id(p): [] for p in finalists}
        for i in range(self.options.rounds):
            for peer in finalists[i % len(finalists):] + finalists[:i % len(finalists)]:
                pairs[id(peer)].append(ours.block(threads))
                peer.samples.append(peer.block(threads))
        mine = [sample for samples in pairs.values() for sample in samples]
        result["ours"] = summary("glia", mine)
        result["peers"] = [{**summary(p.label, p.samples), "allocator": p.allocator,
                            "beside": summary("glia", pairs[id(p)])} for p in finalists]
        result["screened"] = {p.label: min(p.screened) for p in quickest}
        if self.options.profile:
            result["profile"] = child.ask(f"profile row {max(20, min(2000, ours.count))}")
        return judged(result)

    def screened(self, peers, threads):
        """The peer's settings, the quickest first, by the least disturbed block of each; those far behind after the
        first rounds are not tried again."""
        for i in range(SCREENING_ROUNDS):
            best = min((min(p.screened) for p in peers if p.screened), default=0)
            for peer in peers:
                if i < 2 or min(peer.screened) < 1.5 * best:
                    peer.screened.append(peer.block(threads)["wall"])
        return sorted(peers, key=lambda p: min(p.screened))

    def start_up(self):
        """From a saved model on the disk to its first prediction, in a fresh process."""
        folder, child = self.folder / "start", self.children.our(1)
        expected = child.ask(f"bundle {quoted(folder)} {quoted(BENCH / 'rows' / 'mlp-30-64-64-1.yaml')}")["prediction"]
        self.children.peer(1, "default").ask(json.dumps({"do": "save_for_start", "folder": str(folder)}))
        run, row = str(folder / "run"), str(folder / "row.csv")
        ours = {"library": [str(self.options.build / "bench_predict"), run, row]}
        if (self.options.build / "glia").exists():
            ours["glia predict"] = [str(self.options.build / "glia"), "predict", run, row]
        peers = {form: [sys.executable, str(BENCH / "peer_predict.py"), form, str(folder)]
                 for form in ("safetensors", "torch", "script")}
        samples, worst = {name: [] for name in [*ours, *peers]}, 0.0
        for i in range(self.options.rounds + 1):
            if i == 4:  # the quickest of the peer's forms goes on
                quickest = min(peers, key=lambda form: min(s["cpu"] for s in samples[form]))
                peers = {quickest: peers[quickest]}
            for name, command in {**ours, **peers}.items():
                timing, line = start_to_line(command)
                if name == "glia predict":
                    numbers = [float(x) for x in re.findall(r"\d*\.\d+(?:[eE]-?\d+)?", line)]
                    off = min((abs(x - expected) for x in numbers), default=1.0)  # a column of several
                else:
                    off = abs(float(line) - expected)
                worst = max(worst, off / max(abs(expected), 1e-30))
                if i:  # the first fills the page cache
                    samples[name].append(timing)
        results = []
        for name in ours:
            results.append(judged({
                "row": f"start-up to first prediction ({name})", "threads": 1, "bar": 20.0,
                "results": {"difference": worst, "largest": worst, "among_peers": 0, "allowed": TOLERANCE,
                            "agree": worst <= TOLERANCE, "where": "predictions"},
                "plan": {"operations": 0, "reference": []}, "ours": summary(name, samples[name]),
                "peers": [{**summary(form, samples[form]), "allocator": "default",
                           "beside": summary(name, samples[name])} for form in peers], "screened": {}}))
        return results

    def csv(self, threads):
        """Reading 2 million rows of 20 columns: our table against pandas' data frame, all numbers the same bits."""
        path, cells, numbers = (self.folder / name for name in ("rows.csv", "cells.csv", "numbers.raw"))
        child, peer = self.children.our(threads), Child([sys.executable, str(BENCH / "peer_csv.py")])
        ask = lambda do, path, **more: peer.ask(json.dumps({"do": do, "path": str(path), **more}))
        version = ask("hello", path, threads=threads)["version"]
        ask("make_cells", cells, rows=CSV_CELLS)
        if not path.exists():
            ask("make", path)
        differing = 0
        for file, types in ((cells, "float64"), (path, None)):
            child.ask(f"csv_numbers {quoted(file)} {quoted(numbers)}")
            differing += ask("differing", file, numbers=str(numbers), types=types)["differing"]
        numbers.unlink()
        variants = {f"pandas {version}, {name}": options for name, options in PANDAS.items()}
        samples = {name: [] for name in ("glia", *variants)}
        for i in range(self.options.rounds + 1):
            if i == SCREENING_ROUNDS:
                quickest = min(variants, key=lambda name: min(s["wall"] for s in samples[name]))
                variants = {quickest: variants[quickest]}
            timed = {"glia": child.ask(f"csv {quoted(path)} {threads}")}
            timed |= {name: ask("time", path, options=options) for name, options in variants.items()}
            for name in timed:
                samples[name] += [timed[name]] if i else []  # the first fills the page cache
        peer.end()
        ours = summary("glia", samples["glia"])
        return judged({
            "row": f"CSV, 2,000,000 x 20, {path.stat().st_size / 1e6:.0f} MB", "threads": threads,
            "bar": 3.0 if threads > 1 else None,
            "results": {"difference": differing, "largest": differing, "among_peers": 0, "allowed": 0,
                        "agree": differing == 0, "where": "numbers that are not the same to the bit"},
            "plan": {"operations": 0, "reference": []}, "ours": ours,
            "peers": [{**summary(name, samples[name]), "allocator": "default", "beside": ours} for name in variants],
            "screened": {}})

    def stream(self, threads):
        """A file larger than the memory that is allowed: an epoch of training against reading alone."""
        folder = self.folder / "stream"
        folder.mkdir(exist_ok=True)
        rows, path = self.folder / "rows.csv", folder / "stream.csv"
        if not rows.exists():
            peer = Child([sys.executable, str(BENCH / "peer_csv.py")])
            peer.ask(json.dumps({"do": "make", "path": str(rows)}))
            peer.end()
        repeat(rows, path, self.options.stream_gb * 1e9)
        child = Child(["prlimit", f"--as={MEMORY}", str(self.options.build / "bench_worker")])
        prepare = child.ask(f"stream {quoted(BENCH / 'rows' / 'stream.yaml')} {quoted(folder)} {threads}")
        samples = {"epoch": [], "reader": []}
        for i in range(self.options.rounds + 1):
            timed = {"reader": child.ask("stream_read"), "epoch": child.ask("stream_epoch")}
            for name in timed:
                samples[name] += [timed[name]] if i else []
        child.end()
        size = path.stat().st_size
        path.unlink()
        ours = summary("glia", samples["epoch"])
        self.say(f"bench: {size / ours['median'] * 1e3:.0f} MB/s in an epoch; prepared at "
                 f"{size / prepare['wall'] * 1e3:.0f} MB/s")
        return judged({
            "row": f"streamed CSV, {size / 1e9:.1f} GB in {MEMORY / 1e9:.0f} GB: an epoch against the reader alone",
            "threads": threads, "bar": 0.6 if threads > 1 else None, "prepare": prepare,
            "results": {"difference": 0, "largest": 0, "among_peers": 0, "allowed": 0, "agree": True, "where": ""},
            "plan": {"operations": 0, "reference": []}, "ours": ours,
            "peers": [{**summary("reader alone", samples["reader"]), "allocator": "default", "beside": ours}],
            "screened": {}})

    def machine(self, threads):
        others = busy_cpus()
        peaks = {t: self.children.our(t).ask(f"peaks {t}") for t in threads}
        model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
        return {"cpu": model.group(1) if model else os.uname().machine, "cpus": len(os.sched_getaffinity(0)),
                "peaks": peaks, "others": others}


def summary(label, samples):
    wall = sorted(s["wall"] for s in samples)
    cpu = statistics.median(s["cpu"] for s in samples)
    low, middle, high = (wall[0],) * 3 if len(wall) < 2 else statistics.quantiles(wall, n=4, method="inclusive")
    return {"label": label, "median": middle, "low": low, "high": high, "fastest": wall[0], "cpu": cpu,
            "fastest_cpu": min(s["cpu"] for s in samples), "blocks": len(wall)}


def judged(result):
    """Adds the ratios: against the peer's best setting, each beside our blocks of its turns. `decisive` is the one to
    hold against the bar: by the clock, or by CPU time where others took the core of a single thread."""
    single = result["threads"] == 1
    best = min(result["peers"], key=lambda p: p["cpu" if single else "median"])
    result["best"] = best["label"]
    result["ratio"] = best["median"] / best["beside"]["median"]
    result["ratio_cpu"] = best["cpu"] / best["beside"]["cpu"]
    result["held_up"] = single and any(s["cpu"] < 0.95 * s["median"] for s in (best, best["beside"]))
    result["decisive"] = result["ratio_cpu" if result["held_up"] else "ratio"]
    result["ratio_fastest"] = min(p["fastest"] for p in result["peers"]) / result["ours"]["fastest"]
    return result


def arguments():
    parser = argparse.ArgumentParser(prog="./x bench", description="Measures glia beside PyTorch on this machine.")
    parser.add_argument("--rounds", type=int, default=15, help="interleaved rounds of each row (15)")
    parser.add_argument("--threads", default="1,2", help="numbers of threads (1,2)")
    parser.add_argument("--only", default="", metavar="REGEX", help="rows whose name matches")
    parser.add_argument("--stream-gb", type=float, default=1.0, metavar="G", help="size of the file that is streamed (1)")
    parser.add_argument("--profile", action="store_true", help="also time and share of each of our ops")
    parser.add_argument("--compile", action="store_true", help="torch.compile as another setting of the peer (slow)")
    parser.add_argument("--record", action="store_true", help="write the table into docs/performance.md")
    parser.add_argument("--json", type=Path, help="where the numbers go (bench/results/<time>.json)")
    parser.add_argument("--build", type=Path, default=ROOT / "build", help=argparse.SUPPRESS)
    parser.add_argument("--peers", type=Path, default=ROOT / ".peers", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = arguments()
    options.build, options.peers = options.build.resolve(), options.peers.resolve()
    if options.rounds < 1:
        sys.exit("bench: --rounds must be at least 1")
    usable = len(os.sched_getaffinity(0))
    threads = [int(t) for t in options.threads.split(",")]
    for t in [t for t in threads if t > usable]:
        print(f"bench: only {usable} CPU(s) may be used here; rows of {t} threads are left out", file=sys.stderr)
    threads = [t for t in threads if t <= usable]
    bench = Bench(options)
    document = {"date": time.strftime("%Y-%m-%d %H:%M", time.gmtime()), "machine": bench.machine(threads),
                "python": sys.version.split()[0], "rounds": options.rounds,
                "allocators": list(bench.children.allocators), "rows": [], "failed": []}
    report.print_machine(document["machine"])
    tasks = [(f"{row.name}, {t} thread(s)", lambda row=row, t=t: [bench.measure(row, t)])
             for row in rows_of(options.compile) for t in threads]
    tasks += [(f"CSV, {t} thread(s)", lambda t=t: [bench.csv(t)]) for t in threads]
    tasks += [(f"stream, {t} thread(s)", lambda t=t: [bench.stream(t)]) for t in threads]
    tasks.append(("start-up to first prediction", bench.start_up))
    for name, task in tasks:
        if not re.search(options.only, name):
            continue
        bench.say(f"bench: {name}")
        try:
            document["rows"] += task()
        except ChildError as error:
            bench.say(f"bench: FAILED {name}\n  {error}")
            document["failed"].append(name)
    document["machine"]["others_after"] = busy_cpus()
    document["peer"] = getattr(bench.children, "version", "none")
    bench.children.end()
    sys.exit(report.finish(document, options, ROOT))


if __name__ == "__main__":
    main()
