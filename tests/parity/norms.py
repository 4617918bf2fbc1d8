"""Normalisation."""

import torch


def cases(f):
    for training in (True, False):
        for shape in ((6, 3), (4, 2, 3, 5), (3, 5)):
            momentum, epsilon = f.pick(0.1, 0.3, 1.0), f.pick(1e-5, 1e-3)
            kind = torch.nn.BatchNorm1d if len(shape) == 2 else torch.nn.BatchNorm2d
            module = kind(shape[1], momentum=momentum, eps=epsilon)
            module.running_mean.copy_(f.normal(shape[1]))
            module.running_var.copy_(f.uniform(shape[1], low=0.5, high=2))
            f.layer(f"batch_norm: {{momentum: {momentum}, epsilon: {epsilon}}}", module,
                    f.normal(*shape, scale=2, mean=0.5), training=training)
