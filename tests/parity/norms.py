"""Normalisation. The features of sequences stand last here, at axis 1 in PyTorch."""

import torch
from convolutions import sequences
from torch import nn

SHAPES = ((6, 3), (2, 4, 3), (3, 2, 3, 4), (2, 3, 2, 3, 2))  # [N, C], [N, T, C], images, volumes


def channels(shape):
    return shape[1] if len(shape) > 3 else shape[-1]


def text(value):
    return str(value).lower() if isinstance(value, bool) else value


def options(**values):
    return "{" + ", ".join(f"{k}: {text(v)}" for k, v in values.items()) + "}"


def batch(f):
    for training in (True, False):
        for shape in SHAPES:
            momentum, epsilon, affine = f.pick(0.1, 0.3, 1.0), f.pick(1e-5, 1e-3), f.pick(True, True, False)
            kind = {4: nn.BatchNorm2d, 5: nn.BatchNorm3d}.get(len(shape), nn.BatchNorm1d)
            c = channels(shape)
            module = kind(c, momentum=momentum, eps=epsilon, affine=affine)
            module.running_mean.copy_(f.normal(c))
            module.running_var.copy_(f.uniform(c, low=0.5, high=2))
            f.layer("batch_norm: " + options(momentum=momentum, epsilon=epsilon, scale=affine, center=affine), module,
                    f.normal(*shape, scale=2, mean=0.5), training=training,
                    call=sequences(1 if len(shape) == 3 else 2, lambda m, x: m(x)))
        f.layer("batch_norm: {track_statistics: false, axis: 1}", nn.BatchNorm1d(3, track_running_stats=False),
                f.normal(2, 3, 5), training=training)


def layer(f):
    for shape, axes in (((3, 5), 1), ((2, 4, 6), 1), ((2, 3, 4), 2), ((1, 2, 3, 4), 3), ((2, 3, 2, 5), 1)):
        epsilon, scale = f.pick(1e-5, 1e-3), f.pick(True, False)
        center = scale and f.pick(True, False)
        sizes = shape[-axes:]
        f.layer("layer_norm: " + options(axes=axes, epsilon=epsilon, scale=scale, center=center),
                nn.LayerNorm(sizes, eps=epsilon, elementwise_affine=scale, bias=center), f.normal(*shape, scale=3))
        f.layer("rms_norm: " + options(axes=axes, epsilon=epsilon, scale=scale),
                nn.RMSNorm(sizes, eps=epsilon, elementwise_affine=scale), f.normal(*shape, scale=3))
    mask = torch.tensor([[True, True, False], [True, False, False]])
    f.layer("layer_norm:", nn.LayerNorm(4), f.normal(2, 3, 4), mask=mask)
    f.layer("rms_norm:", nn.RMSNorm(4, eps=2.0**-23), f.normal(2, 3, 4), mask=mask)


def groups(f):
    for shape in SHAPES[1:]:
        for _ in range(2):
            shape = shape[:1] + (4,) + shape[2:] if len(shape) > 3 else shape[:2] + (4,)
            count, affine, epsilon = f.pick(1, 2, 4), f.pick(True, False), f.pick(1e-5, 1e-3)
            f.layer("group_norm: " + options(groups=count, epsilon=epsilon, scale=affine, center=affine),
                    nn.GroupNorm(count, 4, eps=epsilon, affine=affine), f.normal(*shape, scale=2, mean=1),
                    call=sequences(1 if len(shape) == 3 else 2, lambda m, x: m(x)))
            kind = {3: nn.InstanceNorm1d, 4: nn.InstanceNorm2d, 5: nn.InstanceNorm3d}[len(shape)]
            about = {"epsilon": epsilon, **({"scale": True, "center": True} if affine else {})}
            f.layer("instance_norm: " + options(**about), kind(4, eps=epsilon, affine=affine),
                    f.normal(*shape, scale=2, mean=1),
                    call=sequences(1 if len(shape) == 3 else 2, lambda m, x: m(x)))


def cases(f):
    batch(f)
    layer(f)
    groups(f)
