"""The peer of recurrent_step.cpp: the same steps in PyTorch, eager, Adam fused.

    python bench/kernels/recurrent_step.py [rnn|lstm|gru] [units] [threads] [steps]
"""
import sys

import torch
from torch import nn

from step import best_step


class Model(nn.Module):
    def __init__(self, name, units):
        super().__init__()
        self.layer = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[name](
            64, units, batch_first=True)
        self.end = nn.Linear(units, 10)

    def forward(self, x):
        return self.end(self.layer(x)[0][:, -1])


def main():
    name = sys.argv[1] if len(sys.argv) > 1 else "lstm"
    units = int(sys.argv[2]) if len(sys.argv) > 2 else 128
    threads = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    steps = int(sys.argv[4]) if len(sys.argv) > 4 else 20
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    best = best_step(Model(name, units), torch.randn(32, 64, 64), threads, steps)
    print(f"{name} {units}, {threads} threads, torch {torch.__version__}: "
          f"best of {steps} steps {best:.2f} ms")


main()
