"""Digits 5 to 9 from 50 labelled images of each: from scratch, and with the weights of digits 0 to 4.

    python examples/transfer/measure.py build/glia FOLDER_OF_DATA [OUT] [SEEDS]

Each seed draws other images and other first weights; both ways of one seed see the same images. Prints the test accuracy
of each, and the mean gain with its 95 % interval (Student's t over the seeds). What OUT already holds is not trained again.
"""
import json
import math
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
T_975 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}  # by freedom


def accuracy(glia, data, experiment, run, settings=()):
    if not (run / "result.json").exists():
        words = [glia, "train", HERE / f"{experiment}.yaml", "--data", data, "--out", run, "--threads", "1", "--overwrite"]
        for setting in settings:
            words += ["--set", setting]
        subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return json.loads((run / "result.json").read_text())["test"]["metrics"]["accuracy"]


def interval(values):
    half = T_975[len(values) - 1] * statistics.stdev(values) / math.sqrt(len(values))
    mean = statistics.mean(values)
    return f"{100 * mean:.2f} ({100 * (mean - half):.2f} to {100 * (mean + half):.2f})"


def main():
    glia, data = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    out = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else "runs/transfer").resolve()
    seeds = range(1, int(sys.argv[4] if len(sys.argv) > 4 else 5) + 1)
    source = out / "digits-0-to-4"
    print(f"digits 0 to 4, test accuracy {100 * accuracy(glia, data, 'digits-0-to-4', source):.2f} %")
    ways = {
        "from scratch": ("digits-5-to-9", []),
        "from scratch, five times the epochs": ("digits-5-to-9", ["train.epochs=200"]),
        "with the weights of 0 to 4": ("digits-5-to-9-transfer", [f"train.start_from.file={source}"]),
    }
    found = {}
    for name, (experiment, more) in ways.items():
        found[name] = []
        for seed in seeds:
            run = out / f"{name.replace(' ', '-').replace(',', '')}-{seed}"
            settings = [f"seed={seed}", f"data.split.rows_seed={seed}", *more]
            found[name].append(accuracy(glia, data, experiment, run, settings))
        print(f"{name:36} {' '.join(f'{100 * a:6.2f}' for a in found[name])}   mean {interval(found[name])} %")
    transfer = found["with the weights of 0 to 4"]
    for name in list(found)[:2]:
        gains = [a - b for a, b in zip(transfer, found[name])]
        print(f"gain over '{name}': {interval(gains)} points")


main()
