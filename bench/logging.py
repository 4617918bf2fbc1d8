"""What logging costs a training: the Fashion-MNIST CNN with the default logs and without any, in turns.

    python3 bench/logging.py build/glia FOLDER_OF_DATA [ROUNDS] [EPOCHS]

CPU time decides, for other work on the machine takes the clock; the clock is told too. Prints the medians, their ratio and
its middle half over the rounds. The weights must be the same, or it is no measurement.
"""
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

WAYS = {"default logs": [], "no logs": ["--set", "train.logs=[]"]}


def train(glia, data, epochs, more, folder):
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([glia, "train", "examples/fashion-mnist-cnn.yaml", "--data", data, "--out", folder, "--threads", "1",
                    "--set", f"train.epochs={epochs}", *more], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   cwd=pathlib.Path(__file__).parent.parent, env={**os.environ, "GLIA_RUNS_INDEX": "none"})
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, end - begin, json.loads((pathlib.Path(folder) / "result.json").read_text())["weights_sha256"]


def main():
    glia, data = (str(pathlib.Path(word).resolve()) for word in sys.argv[1:3])
    rounds, epochs = (int(word) for word in (sys.argv[3:] + ["5", "2"][len(sys.argv) - 3:]))
    cpu, clock, weights = {way: [] for way in WAYS}, {way: [] for way in WAYS}, set()
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds):
            ways = list(WAYS.items())
            for way, more in ways if turn % 2 == 0 else reversed(ways):
                used, took, digest = train(glia, data, epochs, more, f"{folder}/{turn}-{len(more)}")
                cpu[way].append(used), clock[way].append(took), weights.add(digest)
    if len(weights) != 1:
        sys.exit(f"the weights differ: {weights}")
    for name, times in ("CPU", cpu), ("clock", clock):
        ratios = sorted(a / b for a, b in zip(*times.values()))
        quarter = len(ratios) // 4
        print(f"{name:6}" + ", ".join(f"{way} {statistics.median(t):.2f} s" for way, t in times.items()) +
              f": {100 * (statistics.median(ratios) - 1):+.2f} % (middle half {100 * (ratios[quarter] - 1):+.2f} to "
              f"{100 * (ratios[-1 - quarter] - 1):+.2f} %)")


main()
