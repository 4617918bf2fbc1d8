"""Own GEMM kernels, oneDNN's and PyTorch's, interleaved: python gemm_bench.py build/bench_gemm [filter]

Prints a row per shape and number of threads: GFLOP/s of each (the fastest of many short runs, for
others may use the machine), and the share of
the peak that was measured in the same run. PyTorch is torch.mm(out=), its call overhead included.
"""
import math
import subprocess
import sys
import time

import torch

SHAPES = [  # name, m, n, k, transpose_a, transpose_b
    ("A fwd1", 32, 64, 30, 0, 1), ("A fwd2", 32, 64, 64, 0, 1), ("A fwd3", 32, 1, 64, 0, 1),
    ("A dX3", 32, 64, 1, 0, 0), ("A dX2", 32, 64, 64, 0, 0),
    ("A dW1", 64, 30, 32, 1, 0), ("A dW2", 64, 64, 32, 1, 0), ("A dW3", 1, 64, 32, 1, 0),
    ("A1 fwd1", 1, 64, 30, 0, 1), ("A1 fwd2", 1, 64, 64, 0, 1), ("A1 fwd3", 1, 1, 64, 0, 1),
    ("B fwd1", 64, 256, 784, 0, 1), ("B fwd2", 64, 128, 256, 0, 1), ("B fwd3", 64, 10, 128, 0, 1),
    ("B dX3", 64, 128, 10, 0, 0), ("B dX2", 64, 256, 128, 0, 0),
    ("B dW1", 256, 784, 64, 1, 0), ("B dW2", 128, 256, 64, 1, 0), ("B dW3", 10, 128, 64, 1, 0),
    ("C fwd3", 64, 100, 128, 0, 1), ("C dX4", 64, 100, 10, 0, 0), ("C dW3", 100, 128, 64, 1, 0),
    ("batch 512", 512, 256, 784, 0, 1), ("batch 512 dW", 256, 784, 512, 1, 0),
    ("batch 512 dX", 512, 784, 256, 0, 0),
    ("256 NN", 256, 256, 256, 0, 0), ("512 NN", 512, 512, 512, 0, 0), ("512 NT", 512, 512, 512, 0, 1),
    ("1024 NN", 1024, 1024, 1024, 0, 0), ("1024 TN", 1024, 1024, 1024, 1, 0),
    ("2048 NN", 2048, 2048, 2048, 0, 0), ("2048 NT", 2048, 2048, 2048, 0, 1),
]


def time_torch(m, n, k, ta, tb, threads):
    clock = time.thread_time_ns if threads == 1 else time.perf_counter_ns
    a = torch.rand((k, m) if ta else (m, k))
    b = torch.rand((n, k) if tb else (k, n))
    a, b = (a.t() if ta else a), (b.t() if tb else b)
    c = torch.empty(m, n)

    def run(times):
        start = clock()
        for _ in range(times):
            torch.mm(a, b, out=c)
        return clock() - start

    run(1)
    times = max(1, int(1e5 / max(1.0, run(1))))
    best, spent, i = run(times), 0, 0
    while i < 5 or spent < 6e6:
        took = run(times)
        spent, best, i = spent + took, min(best, took), i + 1
    return best / times


def main():
    server = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    kernels = sys.argv[3].split(",") if len(sys.argv) > 3 else ["automatic", "onednn"]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5

    def ask(line):
        server.stdin.write(line + "\n")
        server.stdin.flush()
        return float(server.stdout.readline())

    peak = ask("peak")
    print(f"peak of one thread {peak:.0f} GFLOP/s; torch {torch.__version__}")
    heads = kernels + ["torch"]
    print("| shape | m,n,k | threads | " + " | ".join(heads) + " | share of peak | against torch |")
    print("|" + " --- |" * (len(heads) + 5))
    for name, m, n, k, ta, tb in SHAPES:
        if only and only not in name:
            continue
        for threads in (1, 2):
            torch.set_num_threads(threads)
            times = {head: [] for head in heads}
            for _ in range(rounds):
                for head in heads:
                    if head == "torch":
                        times[head].append(time_torch(m, n, k, ta, tb, threads))
                    else:
                        times[head].append(ask(f"{m} {n} {k} {ta} {tb} {threads} {head}"))
                    time.sleep(0.01 if threads > 1 else 0)  # a pool of threads spins after its work
            flops = 2.0 * m * n * k
            rate = {h: flops / min(t) if not math.isnan(t[0]) else math.nan
                    for h, t in times.items()}
            kind = "NT"[ta] + "NT"[tb]
            print(f"| {name} {kind} | {m},{n},{k} | {threads} | "
                  + " | ".join(f"{rate[h]:.1f}" for h in heads)
                  + f" | {100 * rate[heads[0]] / (peak * threads):.0f} %"
                  + f" | {rate[heads[0]] / rate['torch']:.2f}x |", flush=True)


main()
