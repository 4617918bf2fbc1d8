"""Pooling and upsampling. Sequences are [N, T, F] here, [N, C, L] in PyTorch."""

import torch
from convolutions import around, options, sequences, sides_of
from torch import nn
from torch.nn import functional as F

SIZES = {1: (7,), 2: (5, 4), 3: (3, 3, 4)}
MAX = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}
AVERAGE = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}
ADAPTIVE_MAX = {1: nn.AdaptiveMaxPool1d, 2: nn.AdaptiveMaxPool2d, 3: nn.AdaptiveMaxPool3d}
ADAPTIVE_AVERAGE = {1: nn.AdaptiveAvgPool1d, 2: nn.AdaptiveAvgPool2d, 3: nn.AdaptiveAvgPool3d}
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def image(f, rank, size=None):
    size, channels = size or SIZES[rank], f.pick(*((1, 2) if rank < 3 else (1, 1, 2)))
    n = 2 if rank == 1 else 1
    return f.normal(n, size[0], channels) if rank == 1 else f.normal(n, channels, *size)


def one(values):
    return values[0] if len(values) == 1 else values


def local(f, rank):
    for case in range(4):
        size, stride = [f.pick(2, 3) for _ in range(rank)], [f.pick(1, 2, 3) for _ in range(rank)]
        padding = [f.pick(0, 1) for _ in range(rank)]
        f.layer(f"max_pool{rank}d: " + options(pool_size=one(size), stride=one(stride), padding=padding),
                MAX[rank](size, stride, padding), image(f, rank), call=sequences(rank, lambda m, x: m(x)))
        include = case % 2 == 0
        f.layer(f"average_pool{rank}d: " + options(pool_size=one(size), stride=one(stride), padding=padding,
                                                   count_include_pad=str(include).lower()),
                AVERAGE[rank](size, stride, padding, count_include_pad=include), image(f, rank),
                call=sequences(rank, lambda m, x: m(x)))


def padded(f, rank):
    """`same` is ours, around PyTorch's pooling without padding."""
    for include in (True, False):
        size, stride = [f.pick(2, 3) for _ in range(rank)], f.pick(1, 2)
        sides = around(sides_of("same", SIZES[rank], size, stride))

        def highest(m, x):
            return m(F.pad(x, sides, value=-torch.inf))

        def mean(m, x):
            y = m(F.pad(x, sides))
            return y if include else y / m(F.pad(torch.ones_like(x), sides))

        about = {"pool_size": one(size), "stride": stride, "padding": "same"}
        f.layer(f"max_pool{rank}d: " + options(**about), MAX[rank](size, stride), image(f, rank),
                call=sequences(rank, highest))
        f.layer(f"average_pool{rank}d: " + options(**about, count_include_pad=str(include).lower()),
                AVERAGE[rank](size, stride), image(f, rank), call=sequences(rank, mean))


def whole(f, rank):
    axes = tuple(range(1, 2) if rank == 1 else range(2, 2 + rank))
    for _ in range(5):
        size = [f.pick(1, 2, 3) for _ in range(rank)]
        f.layer(f"global_max_pool{rank}d:", lambda x: x.amax(axes), image(f, rank, size))
        f.layer(f"global_average_pool{rank}d:", lambda x: x.mean(axes), image(f, rank, size))


def masked(f):
    for lengths in ((5, 3), (1, 5), (4, 4)):
        mask = torch.arange(5)[None] < torch.tensor(lengths)[:, None]
        f.layer("global_average_pool1d:", lambda x: torch.stack([x[i, :n].mean(0) for i, n in enumerate(lengths)]),
                f.normal(2, 5, 3), mask=mask)
        f.layer("global_max_pool1d:", lambda x: torch.stack([x[i, :n].amax(0) for i, n in enumerate(lengths)]),
                f.normal(2, 5, 3), mask=mask)


def adaptive(f, rank):
    for case in range(5):
        size = [1] * rank if case == 0 else [f.pick(2, 3, 4, 5) for _ in range(rank)]
        for kind, modules in (("max", ADAPTIVE_MAX), ("average", ADAPTIVE_AVERAGE)):
            f.layer(f"adaptive_{kind}_pool{rank}d: " + options(output_size=one(size)), modules[rank](size),
                    image(f, rank, (2, 3, 4) if rank == 3 else None), call=sequences(rank, lambda m, x: m(x)))


def upsampling(f, rank):
    small = {1: (4,), 2: (3, 2), 3: (2, 3, 2)}[rank]
    for case in range(7):
        align = case % 2 == 1
        linear = align or case in (2, 4)
        mode = LINEAR[rank] if linear else "nearest"
        about = {"interpolation": mode, "align_corners": str(align).lower()}
        if case < 4:
            about["size"] = one([f.pick(1, 2, 3) for _ in range(rank)])
            factors = about["size"] if rank > 1 else [about["size"]]
            target = [s * k for s, k in zip(small, factors)]
        else:
            target = [f.pick(1, 2, 3, *((5, 7) if rank < 3 else (4,))) for _ in range(rank)]
            about["output_size"] = one(target)
        f.layer(f"upsampling{rank}d: " + options(**about),
                lambda x: sequences(rank, lambda _, v: F.interpolate(
                    v, size=target, mode=mode, **({"align_corners": align} if linear else {})))(None, x),
                image(f, rank, small))


def cases(f):
    for rank in (1, 2, 3):
        local(f, rank)
        padded(f, rank)
        whole(f, rank)
        adaptive(f, rank)
        upsampling(f, rank)
    masked(f)
