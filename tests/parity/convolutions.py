"""Convolutions. Sequences are [N, T, F] here, [N, C, L] in PyTorch."""

import torch
from torch import nn
from torch.nn import functional as F

RANKS = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
SIZES = {1: (7,), 2: (5, 4), 3: (3, 3, 4)}


def sequences(rank, function):
    """`function(module, x)` of PyTorch's order, for our inputs."""
    if rank > 1:
        return function
    return lambda m, x: function(m, x.transpose(1, 2)).transpose(1, 2)


def options(**values):
    text = ", ".join(f"{k}: {list(v) if isinstance(v, (tuple, list)) else v}" for k, v in values.items())
    return "{" + text + "}"


def image(f, rank, channels, n=None):
    size = SIZES[rank]
    n = n or (f.pick(1, 2) if rank == 1 else 1)
    return f.normal(n, size[0], channels) if rank == 1 else f.normal(n, channels, *size)


def kernels(f, rank):
    return tuple(f.pick(1, 2, 3) for _ in range(rank))


def widths(f, rank, groups):
    """Channels and filters; few of them in volumes, for the files' sake."""
    most = 1 if rank == 3 and groups > 1 else 2
    return groups * f.pick(1, most), groups * f.pick(1, most)


def around(padding):
    """Our list {before, after per axis} as F.pad wants it: the last axis first."""
    pairs = [padding[i:i + 2] for i in range(0, len(padding), 2)]
    return [v for pair in reversed(pairs) for v in pair]


def same(size, reach, stride):
    """TensorFlow's rule."""
    total = max((-(-size // stride) - 1) * stride + reach - size, 0)
    return [total // 2, total - total // 2]


def sides_of(padding, sizes, reach, stride):
    """Our list for a padding; sizes and reach (of the window) for each axis."""
    if padding == "valid":
        return [0] * 2 * len(sizes)
    if padding == "same":
        strides = [stride] * len(sizes) if isinstance(stride, int) else stride
        return sum((same(*about) for about in zip(sizes, reach, strides)), [])
    if padding == "causal":
        return [reach[0] - 1, 0]
    if isinstance(padding, int):
        return [padding] * 2 * len(sizes)
    return padding if len(padding) == 2 * len(sizes) else [p for p in padding for _ in "ab"]


def plain(f, rank):
    for case in range(6):
        groups, bias = f.pick(1, 1, 2), f.pick(True, True, False)
        channels, filters = widths(f, rank, groups)
        kernel, stride, dilation = kernels(f, rank), f.pick(1, 2), f.pick(1, 1, 2)
        if rank > 1 and case % 2:
            stride = tuple(f.pick(1, 2) for _ in range(rank))
        most = 2 if rank < 3 else 1
        padding = ["valid", "same", 1, f.pick(0, most), [f.pick(0, 1, most) for _ in range(2 * rank)],
                   "causal" if rank == 1 else [f.pick(0, 1) for _ in range(rank)]][case]
        reach = [dilation * (k - 1) + 1 for k in kernel]
        sides = sides_of(padding, SIZES[rank], reach, stride)
        room = [size + sides[2 * i] + sides[2 * i + 1] for i, size in enumerate(SIZES[rank])]
        if any(r > most for r, most in zip(reach, room)):
            dilation = 1  # the window would not fit; every window without gaps does
        module = RANKS[rank](channels, filters, kernel, stride=stride, dilation=dilation, groups=groups,
                             bias=bias)
        activation = f.pick("linear", "relu")
        then = F.relu if activation == "relu" else (lambda v: v)
        f.layer(f"conv{rank}d: " + options(filters=filters, kernel_size=kernel if rank > 1 else kernel[0], stride=stride,
                                           dilation=dilation, groups=groups, padding=padding, activation=activation,
                                           bias=str(bias).lower()),
                module, image(f, rank, channels),
                call=sequences(rank, lambda m, x: then(m(F.pad(x, around(sides))))))


def masked(f):
    """The same sequences without their padding are the judge."""
    for padding, kernel, dilation, stride in (("same", 3, 1, 1), ("same", 2, 2, 1), ("causal", 3, 1, 1),
                                              ("causal", 2, 2, 2), ("valid", 3, 1, 2)):
        module = nn.Conv1d(2, 3, kernel, dilation=dilation, stride=stride)
        lengths, time = (7, 5), 7
        mask = torch.arange(time)[None] < torch.tensor(lengths)[:, None]
        reach = dilation * (kernel - 1) + 1
        sides = {"same": same(1, reach, 1), "causal": [reach - 1, 0], "valid": [0, 0]}[padding]

        def call(m, x):
            return m(F.pad((x * mask[..., None]).transpose(1, 2), sides)).transpose(1, 2)

        f.layer("conv1d: " + options(filters=3, kernel_size=kernel, dilation=dilation, stride=stride, padding=padding),
                module, f.normal(2, time, 2), call=call, mask=mask)


def transposed(f, rank):
    for case in range(3):
        groups = f.pick(1, 1, 2)
        channels, filters = widths(f, rank, groups)
        kernel, stride, dilation = kernels(f, rank), f.pick(1, 2, 3 if rank < 3 else 2), f.pick(1, 1, 2)
        # Up to more than the window reaches, where the output shrinks; two places of it stay at the least.
        least = 2 if rank > 1 else 3
        most = min(((least - 1) * stride + dilation * (k - 1) - 1) // 2 for k in kernel)
        padding = 0 if case < 1 else f.pick(*range(max(0, most) + 1))
        extra = f.pick(*range(max(stride, dilation)))
        module = TRANSPOSED[rank](channels, filters, kernel, stride=stride, padding=padding, output_padding=extra,
                                  groups=groups, dilation=dilation)
        x = image(f, rank, channels)
        x = x[:, :3] if rank == 1 else x[..., :2, :3] if rank == 2 else x[..., :2, :2, :2]
        f.layer(f"conv{rank}d_transpose: " + options(
            filters=filters, kernel_size=kernel if rank > 1 else kernel[0], stride=stride, dilation=dilation,
            groups=groups, padding=padding, output_padding=extra), module, x.contiguous(),
            call=sequences(rank, lambda m, x: m(x)))


def adjoint(f, rank):
    """Paddings that PyTorch's modules do not have, by what a transposed convolution is."""
    convolution = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[rank]
    small = (4,) if rank == 1 else (2, 3, 2)[:rank]
    for padding in ("same", "same", [f.pick(0, 1) for _ in range(2 * rank)]):
        groups, stride, kernel = f.pick(1, 1, 2), f.pick(1, 2, 3 if rank < 3 else 2), [f.pick(2, 3) for _ in range(rank)]
        channels, filters = widths(f, rank, groups)
        if padding == "same":
            large = [s * stride for s in small]
            sides = sides_of(padding, large, kernel, stride)
        else:
            sides = padding
            large = [(s - 1) * stride + k - sum(sides[2 * i:2 * i + 2]) for i, (s, k) in enumerate(zip(small, kernel))]

        def call(m, x):
            probe = torch.zeros(x.shape[0], filters, *large, requires_grad=True)
            y = convolution(F.pad(probe, around(sides)), m.weight, stride=stride, groups=groups)
            (wide,) = torch.autograd.grad(y, probe, x, create_graph=True)
            return wide + m.bias.reshape(-1, *[1] * rank)

        f.layer(f"conv{rank}d_transpose: " + options(filters=filters, kernel_size=kernel if rank > 1 else kernel[0],
                                                     stride=stride, groups=groups, padding=padding),
                TRANSPOSED[rank](channels, filters, kernel, stride=stride, groups=groups),
                f.normal(1, *small, channels) if rank == 1 else f.normal(1, channels, *small), call=sequences(rank, call))


def by_channel(f, rank):
    """Depthwise and separable."""
    for padding in ("valid", 1, "same", "causal" if rank == 1 else "same", [f.pick(0, 1) for _ in range(2 * rank)]):
        for kind in ("depthwise", "separable"):
            channels, multiplier, stride = f.pick(1, 2, 3), f.pick(1, 2), f.pick(1, 2)
            kernel, filters, bias = kernels(f, rank), f.pick(2, 3), f.pick(True, False)
            dilation = f.pick(1, 2) if max(kernel) < 3 else 1
            reach = [dilation * (k - 1) + 1 for k in kernel]
            sides = sides_of(padding, SIZES[rank], reach, stride)
            first = RANKS[rank](channels, channels * multiplier, kernel, stride=stride, dilation=dilation, groups=channels,
                                bias=bias and kind == "depthwise")
            about = {"depth_multiplier": multiplier, "kernel_size": kernel if rank > 1 else kernel[0], "stride": stride,
                     "dilation": dilation, "padding": padding, "bias": str(bias).lower()}
            if kind == "depthwise":
                module, call = first, lambda m, x: m(F.pad(x, around(sides)))
            else:
                module = nn.ModuleDict({"depthwise": first,
                                        "pointwise": RANKS[rank](channels * multiplier, filters, 1, bias=bias)})
                about["filters"] = filters

                def call(m, x):
                    return m["pointwise"](m["depthwise"](F.pad(x, around(sides))))
            f.layer(f"{kind}_conv{rank}d: " + options(**about), module, image(f, rank, channels),
                    call=sequences(rank, call))


def cases(f):
    for rank in (1, 2, 3):
        plain(f, rank)
        transposed(f, rank)
        adjoint(f, rank)
    for rank in (1, 2):
        by_channel(f, rank)
    masked(f)
