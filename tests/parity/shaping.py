"""Layers that arrange, and those of several inputs."""

import torch
from convolutions import around, options, sequences
from torch import nn
from torch.nn import functional as F


def arranging(f):
    for shape, target in (((2, 6), (2, 3)), ((1, 2, 6), (-1,)), ((3, 4), (2, -1, 1)), ((2, 2, 3, 2), (3, 4)),
                          ((2, 8), (-1, 2, 2))):
        f.layer("reshape: " + options(target_shape=target), lambda x: x.reshape(x.shape[0], *target), f.normal(*shape))
    for shape, dims in (((2, 3, 4), (2, 1)), ((2, 3), (1,)), ((1, 2, 3, 4), (3, 1, 2)), ((2, 2, 3, 1), (1, 3, 2)),
                        ((1, 2, 1, 3, 2), (4, 3, 2, 1))):
        f.layer("permute: " + options(dims=dims), lambda x: x.permute(0, *dims), f.normal(*shape))
    for n in (1, 2, 3, 4, 7):
        f.layer(f"repeat_vector: {{n: {n}}}", lambda x: x[:, None].expand(-1, n, -1), f.normal(2, f.pick(1, 3)))
    for shape, axis in (((2, 1), 1), ((2, 1, 3), 1), ((2, 3, 1), -1), ((1, 3, 1, 2), 2), ((2, 1, 3, 2), -3)):
        f.layer(f"squeeze: {{axis: {axis}}}", lambda x: x.squeeze(axis), f.normal(*shape))
    for shape, axis in (((2,), 1), ((2, 3), 1), ((2, 3), -1), ((1, 3, 2), 2), ((2, 3, 2), -3)):
        f.layer(f"expand_dims: {{axis: {axis}}}", lambda x: x.unsqueeze(axis), f.normal(*shape))


def sides(f):
    for rank in (1, 2, 3):
        for case in range(5):
            given = [f.pick(0, 1) for _ in range(2 * rank)]
            x = f.normal(*((2, 6, 2) if rank == 1 else (1, 1) + (4, 5, 4)[:rank]))
            shown = given if case else 1
            given = given if case else [1] * 2 * rank
            f.layer(f"zero_padding{rank}d: " + options(sides=shown), lambda x: sequences(
                rank, lambda _, v: F.pad(v, around(given)))(None, x), x)
            f.layer(f"cropping{rank}d: " + options(sides=shown), lambda x: sequences(
                rank, lambda _, v: F.pad(v, [-p for p in around(given)]))(None, x), x)


def merges(f):
    functions = {"add": sum, "multiply": lambda xs: torch.stack(xs).prod(0), "average": lambda xs: sum(xs) / len(xs),
                 "maximum": lambda xs: torch.stack(xs).amax(0), "minimum": lambda xs: torch.stack(xs).amin(0),
                 "subtract": lambda xs: xs[0] - xs[1]}
    for name, function in functions.items():
        for shape, count in (((2, 3), 2), ((1, 2, 3), 3), ((2, 1, 2, 3), 2), ((3, 1), 4), ((2, 2, 2), 2)):
            count = 2 if name == "subtract" else count
            f.layer(f"{name}:", lambda *xs: function(xs), *(f.normal(*shape) for _ in range(count)))
    for first, second, axis in (((2, 3), (2, 1), None), ((2, 3, 4), (2, 3, 1), None), ((1, 2, 3, 3), (1, 4, 3, 3), None),
                                ((2, 3, 2), (2, 1, 2), 1), ((1, 2, 3, 3), (1, 2, 3, 1), -1)):
        at = axis if axis is not None else (1 if len(first) > 3 else -1)
        f.layer("concatenate:" + ("" if axis is None else f" {{axis: {axis}}}"), lambda a, b: torch.cat((a, b), at),
                f.normal(*first), f.normal(*second))
    mask = torch.tensor([[True, True, False], [True, False, False]])
    f.layer("add:", lambda a, b: a + b, f.normal(2, 3, 2), f.normal(2, 3, 2), mask=mask)
    for first, second, axes, normalize, sums in (
            ((2, 3), (2, 3), (-1, -1), False, "nk,nk->n"), ((2, 3), (2, 3), (1, 1), True, "nk,nk->n"),
            ((2, 4, 3), (2, 5, 3), (2, 2), False, "nak,nbk->nab"), ((2, 3, 4), (2, 5, 3), (1, 2), True, "nka,nbk->nab"),
            ((1, 2, 3, 2), (1, 3), (2, 1), False, "nakc,nk->nac")):
        def call(a, b):
            if normalize:
                a, b = F.normalize(a, dim=axes[0]), F.normalize(b, dim=axes[1])
            y = torch.einsum(sums, a, b)
            return y[:, None] if y.dim() == 1 else y

        f.layer("dot: " + options(axes=axes, normalize=str(normalize).lower()), call, f.normal(*first), f.normal(*second))


class Residual(nn.Module):
    def __init__(self, layers, shortcut, activation):
        super().__init__()
        self.layers, self.shortcut, self.activation = layers, shortcut, activation

    def forward(self, x):
        y = x
        for layer in self.layers.values():
            y = layer(y)
        for layer in self.shortcut.values():
            x = layer(x)
        return self.activation(x + y)


def residuals(f):
    for activation in ("linear", "relu", "tanh"):
        function = {"linear": lambda v: v, "relu": torch.relu, "tanh": torch.tanh}[activation]
        f.layer(f"residual: {{layers: [dense: {{units: 3, activation: relu}}, dense: {{units: 4}}], "
                f"activation: {activation}}}",
                Residual(nn.ModuleDict({"dense": nn.Sequential(nn.Linear(4, 3), nn.ReLU()), "dense_1": nn.Linear(3, 4)}),
                         nn.ModuleDict(), function), f.normal(2, 4),
                names={f"layers.dense.0.{p}": f"layers.dense.{p}" for p in ("weight", "bias")})
        f.layer(f"residual: {{layers: [conv2d: {{filters: 2, padding: same, stride: 2, bias: false}}, batch_norm: {{}}], "
                f"shortcut: [conv2d: {{filters: 2, kernel_size: 1, stride: 2, bias: false}}], activation: {activation}}}",
                Residual(nn.ModuleDict({"conv2d": nn.Conv2d(1, 2, 3, stride=2, padding=1, bias=False), "batch_norm": nn.BatchNorm2d(2)}),
                         nn.ModuleDict({"conv2d": nn.Conv2d(1, 2, 1, stride=2, bias=False)}), function),
                f.normal(2, 1, 5, 3), training=True)


def cases(f):
    arranging(f)
    sides(f)
    merges(f)
    residuals(f)
