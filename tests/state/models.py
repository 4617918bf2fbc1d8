"""The models whose weights go both ways between glia and PyTorch (tests/state).

A model is written twice: here, and under the same name in tests/state/models.h.
"""

import torch
from torch import nn


class Block(nn.Module):
    """A residual block of two convolutions (arXiv 1512.03385), with a projection beside it."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(4)
        self.downsample = nn.Sequential(nn.Conv2d(3, 4, 1, stride=2, bias=False), nn.BatchNorm2d(4))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + self.downsample(x))


# Name -> model, and the shape of its input.
MODELS = {
    "perceptron": (lambda: nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3)), (4, 5)),
    "convolution": (lambda: nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU()), (2, 2, 6, 5)),
    "batch_norm": (lambda: nn.Sequential(nn.BatchNorm2d(3)), (2, 3, 4, 4)),
    "block": (Block, (2, 3, 8, 8)),
}
