"""The peer of cnn_step.cpp: the same steps in PyTorch, eager, Adam fused, in both memory formats.

    python bench/kernels/cnn_step.py [model] [threads] [steps]
"""
import sys

import torch
from torch import nn

from step import best_step


def model_of(name):
    def conv(i, o):
        return nn.Conv2d(i, o, 3, padding=1)

    if name == "small":
        return nn.Sequential(conv(1, 16), nn.ReLU(), nn.MaxPool2d(2), conv(16, 32), nn.ReLU(),
                             nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * 49, 10))
    if name == "norm":
        return nn.Sequential(conv(1, 32), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
                             conv(32, 64), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2),
                             conv(64, 64), nn.BatchNorm2d(64), nn.ReLU(),
                             nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    return nn.Sequential(conv(1, 32), nn.ReLU(), nn.MaxPool2d(2), conv(32, 64), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64 * 49, 10))


def main():
    name = sys.argv[1] if len(sys.argv) > 1 else "wide"
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    steps = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    torch.set_num_threads(threads)
    for label, memory_format in (("default", torch.contiguous_format),
                                 ("channels_last", torch.channels_last)):
        torch.manual_seed(1)
        model = model_of(name).to(memory_format=memory_format)
        x = torch.randn(64, 1, 28, 28).to(memory_format=memory_format)
        best = best_step(model, x, threads, steps)
        print(f"{name}, {threads} threads, torch {torch.__version__} {label}: "
              f"best of {steps} steps {best:.2f} ms")


main()
