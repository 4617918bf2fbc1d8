"""Convolutions and pooling."""

import torch


def convolutions(f):
    for _ in range(6):
        groups = f.pick(1, 1, 2)
        channels, filters = groups * f.pick(1, 3), groups * f.pick(2, 3)
        kernel, dilation, stride = (f.pick(1, 2, 3), f.pick(2, 3, 4)), f.pick(1, 2), f.pick(1, 1, 2)
        padding = f.pick("valid", "same", 1) if stride == 1 else f.pick("valid", 2)
        module = torch.nn.Conv2d(channels, filters, kernel, stride=stride, padding=padding, dilation=dilation,
                                 groups=groups)
        f.layer(f"conv2d: {{filters: {filters}, kernel_size: [{kernel[0]}, {kernel[1]}], stride: {stride}, "
                f"dilation: {dilation}, groups: {groups}, padding: {padding}}}",
                module, f.normal(f.pick(1, 2, 3), channels, 9, 8))


def pools(f):
    for _ in range(5):
        size, stride, padding = f.pick(2, 3), f.pick(1, 2, 3), f.pick(0, 1)
        f.layer(f"max_pool2d: {{pool_size: {size}, stride: {stride}, padding: {padding}}}",
                torch.nn.MaxPool2d(size, stride, padding), f.normal(2, 3, f.pick(6, 7), f.pick(5, 8)))
    for _ in range(5):
        f.layer("global_average_pool2d:", torch.nn.AdaptiveAvgPool2d(1),
                f.normal(f.pick(1, 3), f.pick(1, 4), f.pick(1, 5), f.pick(2, 3)),
                call=lambda m, x: m(x).flatten(1))


def cases(f):
    convolutions(f)
    pools(f)
