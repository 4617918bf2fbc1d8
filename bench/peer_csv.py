"""pandas' C reader at its best, measuring on request (compare.py): reads lines of JSON, answers each."""
import json
import os
import sys
import time
import warnings

import numpy as np
import pandas as pd

ROWS, PIECE = 2_000_000, 100_000
WORDS = np.array(["red", "green", "blue", "violet", "pale yellow"])


def columns(random, n):
    """A piece of twenty columns: 5 of short integers, 5 of decimals with 2 to 4 places, 7 doubles in full, 3 words."""
    whole = [random.integers(0, high, n).astype(str) for high in (2, 100, 10_000, 1_000_000, 1_000_000_000)]
    short = [[f"{x:.{places}f}" for x in (random.standard_normal(n) * scale).tolist()]
             for places, scale in ((2, 30), (2, 5000), (3, 1), (4, 0.2), (1, 100))]
    full = [list(map(repr, (random.standard_normal(n) * 10.0 ** power).tolist())) for power in range(-3, 4)]
    return [*whole, *short, *full, *(WORDS[random.integers(0, len(WORDS), n)] for _ in range(3))]


def make(path):
    random = np.random.default_rng(1)
    with open(path, "w", encoding="utf-8") as file:
        file.write(",".join(f"c{i}" for i in range(20)) + "\n")
        for _ in range(0, ROWS, PIECE):
            file.writelines(",".join(row) + "\n" for row in zip(*columns(random, PIECE)))


def make_cells(path, rows):
    """Numbers of every form: all exponents, too many digits, signs, zeros; a column for each form."""
    random = np.random.default_rng(2)
    anything = random.integers(0, 2**64, 3 * rows, dtype=np.uint64).view(np.float64)
    anything = anything[np.isfinite(anything)][:rows].tolist()
    tiny = (random.integers(0, 2**53, rows, dtype=np.uint64) | (random.integers(0, 2, rows, dtype=np.uint64) << 63))
    digits = ["".join(map(str, d)) for d in random.integers(0, 10, (rows, 30)).tolist()]
    cut, point = random.integers(1, 31, rows).tolist(), random.integers(0, 31, rows).tolist()
    signs = [("", "-", "+")[s] for s in random.integers(0, 3, rows).tolist()]
    powers = random.integers(-330, 280, rows).tolist()
    made = [[repr(x) for x in anything], [repr(x) for x in tiny.view(np.float64).tolist()],
            [f"{x:.25g}" for x in anything], [s + d[:c] for s, d, c in zip(signs, digits, cut)],
            [s + d[:p] + "." + d[p:p + c] for s, d, p, c in zip(signs, digits, point, cut)],
            [f"{s}{d[0]}.{d[1:c]}e{p}" for s, d, c, p in zip(signs, digits, cut, powers)],
            [f"{x:.{c % 9}f}" for x, c in zip((random.standard_normal(rows) * 1e3).tolist(), cut)]]
    with open(path, "w", encoding="utf-8") as file:
        file.write(",".join(f"c{i}" for i in range(len(made))) + "\n")
        file.writelines(",".join(row) + "\n" for row in zip(*made))


def read(path, options):
    if options.pop("types", False):  # what a reader need not find out
        head = pd.read_csv(path, nrows=1000)
        options["dtype"] = {c: t for c, t in head.dtypes.items() if t.kind in "fi"}
    return pd.read_csv(path, engine="c", **options)


def time_of(path, options):
    cpu, start = time.process_time_ns(), time.perf_counter_ns()
    read(path, dict(options))
    return {"wall": time.perf_counter_ns() - start, "cpu": time.process_time_ns() - cpu}


def differing(path, numbers, types):
    """How many numbers are not the same to the bit: ours lie in a file, column by column."""
    table = read(path, {"float_precision": "round_trip", "dtype": types}).select_dtypes("number")
    theirs = np.stack([table[name].to_numpy(np.float64) for name in table])
    ours = np.fromfile(numbers, np.float64)
    if ours.size != theirs.size:
        raise ValueError(f"{ours.size} numbers of ours, {theirs.size} of pandas")
    return int((ours.view(np.uint64) != theirs.ravel().view(np.uint64)).sum())


def answer(request):
    do, path = request["do"], request["path"]
    if do == "hello":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:request["threads"]])
    elif do == "make":
        make(path)
    elif do == "make_cells":
        make_cells(path, request["rows"])
    elif do == "differing":
        return {"differing": differing(path, request["numbers"], request["types"])}
    else:
        return time_of(path, request["options"])
    return {"version": pd.__version__}


warnings.simplefilter("ignore")  # of float_precision, which newer versions call old
for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:  # the driver says what it was
        reply = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), flush=True)
