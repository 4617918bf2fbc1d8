"""What compare.py found: as a table, as JSON, and in docs/performance.md."""
import json
import subprocess
import time

BUSY = 0.1  # CPUs that others use, from which on results are provisional
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def duration(nanoseconds):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.0f} ns"


def spread(summary):
    """The median, and the middle half of the blocks."""
    return f"{duration(summary['median'])} ({duration(summary['low'])} to {duration(summary['high'])})"


def best_of(result, tuned):
    peers = [p for p in result["peers"] if (p["allocator"] != "default") == tuned]
    return min(peers, key=lambda p: p["cpu" if result["threads"] == 1 else "median"], default=None)


def with_label(peer):
    return f"{spread(peer)} {peer['label']}" if peer else ""


def share(result, machine):
    peak = machine["peaks"].get(result["plan"].get("threads", 1))
    rate = result["plan"]["operations"] / result["ours"]["median"]
    return f"{100 * rate / peak['multiply_add']:.0f} %" if peak and rate else ""


def is_busy(machine):
    return max(machine["others"], machine.get("others_after", 0)) > BUSY


def bar(result, machine):
    if result["bar"] is None:
        return ""
    if result["threads"] > 1 and is_busy(machine):
        return f"{result['bar']:g}x, to be measured alone"
    verdict = "met" if result["decisive"] >= result["bar"] else "**below**"
    return f"{result['bar']:g}x {verdict}{' by CPU time' if result['held_up'] else ''}"


def agreement(result):
    found = result["results"]
    return f"{found['difference']:.0e}" if found["agree"] else f"**{found['difference']:.0e}**"


HEADS = ["what", "threads", "glia", "PyTorch, default allocator", "PyTorch, tuned allocator", "ratio",
         "ratio by CPU time", "ratio of the fastest", "bar", "share of peak", "results differ by"]


def table(document):
    rows = []
    for result in document["rows"]:
        threads = result["plan"].get("threads", result["threads"])
        asked = f"{result['threads']}" + (f" (glia takes {threads})" if threads != result["threads"] else "")
        rows.append([result["row"], asked, spread(result["ours"]), with_label(best_of(result, False)),
                     with_label(best_of(result, True)), f"{result['ratio']:.2f}x",
                     f"{result['ratio_cpu']:.2f}x" if result["threads"] == 1 else "",
                     f"{result['ratio_fastest']:.2f}x", bar(result, document["machine"]),
                     share(result, document["machine"]), agreement(result)])
    return rows


def in_columns(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows)


def as_markdown(rows):
    return in_columns([HEADS, ["---"] * len(HEADS), *rows])


def machine_lines(machine):
    lines = [f"{machine['cpu']}, {machine['cpus']} CPU(s) for this process; others kept {machine['others']:.1f} CPUs "
             "busy at the start" + (f", {machine['others_after']:.1f} at the end" if "others_after" in machine else "")]
    for threads, peaks in machine["peaks"].items():
        lines.append(f"measured peak on {threads} thread(s): {peaks['multiply_add']:.0f} GFLOP/s f32, "
                     f"{peaks['read']:.1f} GB/s read, {peaks['copy']:.1f} GB/s copied (read and written)")
    if is_busy(machine):
        lines.append("others were busy on this machine: on one thread CPU time decides; what is said of more threads "
                     "is provisional")
    return lines


def print_machine(machine):
    print("\n".join(machine_lines(machine)), flush=True)


def held_up(document):
    """Rows of one thread of which others took a part: their wall times say little, their CPU times much."""
    return [f"{r['row']}: glia had a core {100 * r['ours']['cpu'] / r['ours']['median']:.0f} % of the time, so CPU "
            "time decides" for r in document["rows"] if r["held_up"]]


def print_profile(result):
    ops, total = result["profile"], sum(op["nanoseconds"] for op in result["profile"])
    print(f"\n{result['row']}, {result['threads']} thread(s): {len(ops)} ops, {duration(total)} in a profiled run")
    rows = [["op", "layer", "shape", "kernel", "time", "share", "GFLOP/s", "GB/s"]]
    for op in sorted(ops, key=lambda op: -op["nanoseconds"])[:20]:
        ns = max(op["nanoseconds"], 1e-3)
        rows.append([op["op"], op["layer"], op["shape"], op["kernel"], duration(ns), f"{100 * ns / total:.1f} %",
                     f"{op['operations'] / ns:.1f}", f"{op['bytes'] / ns:.1f}"])
    print(in_columns(rows))


def revision(root):
    answer = subprocess.run(["git", "-C", str(root), "describe", "--always", "--dirty"], capture_output=True, text=True)
    return answer.stdout.strip() or "unknown"


def section(document, root):
    notes = "\n".join("- " + line for line in [
        *machine_lines(document["machine"]), *held_up(document),
        f"peer: PyTorch {document['peer']} on Python {document['python']}, allocators tried: "
        f"{', '.join(document['allocators'])}",
        f"{document['rounds']} interleaved rounds; median, and in brackets the middle half of the blocks",
        f"revision {revision(root)}"])
    return f"## {document['date']} UTC\n\n{notes}\n\n{as_markdown(table(document))}\n"


def history_line(document, root):
    ratios = "; ".join(f"{r['row']}, {r['threads']} thread(s): {r['decisive']:.2f}x" for r in document["rows"])
    others = f"others kept {document['machine']['others']:.1f} CPUs busy"
    return f"- {document['date']} UTC, {revision(root)}, {others}: {ratios}\n"


def record(document, root):
    path = root / "docs" / "performance.md"
    text = path.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise SystemExit(f"bench: {path} has no lines '{BEGIN}' and '{END}' for the table to stand between")
    head, rest = text.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    path.write_text(f"{head}{BEGIN}\n{section(document, root)}{END}{tail.rstrip()}\n{history_line(document, root)}",
                    encoding="utf-8")
    print(f"bench: wrote {path.relative_to(root)}")


def finish(document, options, root):
    """Prints, writes, and gives the exit status: 1 where a row failed or results differ."""
    rows = table(document)
    print(f"\nPyTorch {document['peer']} beside glia {revision(root)}; the ratio is against the peer's best setting")
    if rows:
        print(as_markdown(rows))
    for line in held_up(document):
        print(f"note: {line}")
    for result in document["rows"]:
        if result["plan"]["reference"]:
            print(f"note: {result['row']}: slow reference kernels run {', '.join(result['plan']['reference'])}")
        if result["results"]["largest"] > 1e-4 and result["results"]["agree"]:
            print(f"note: {result['row']}, {result['threads']} thread(s): losses agree with the peer's "
                  f"{result['results']['nearest']}; its own are up to {result['results']['among_peers']:.0e} apart")
        if "profile" in result:
            print_profile(result)
    wrong = [r for r in document["rows"] if not r["results"]["agree"]]
    for result in wrong:
        print(f"FAILED {result['row']}, {result['threads']} thread(s): results differ by "
              f"{result['results']['difference']:.1e}, at most {result['results']['allowed']:.1e} is allowed; {result['results']['where']}")
    for name in document["failed"]:
        print(f"FAILED {name}: not measured, see above")
    path = options.json or root / "bench" / "results" / (time.strftime("%Y%m%d-%H%M%S", time.gmtime()) + ".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"bench: the numbers are in {path}")
    bad = bool(wrong or document["failed"])
    if options.record and bad:
        print("bench: not recorded, for some of it failed")
    elif options.record:
        record(document, root)
    return 1 if bad else 0
