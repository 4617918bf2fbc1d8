"""Dense layers, activations, and arranging."""

import torch


def cases(f):
    for units, bias, activation in ((3, True, "linear"), (5, True, "relu"), (1, False, "sigmoid"), (7, True, "tanh"),
                                    (4, False, "softmax"), (6, True, "leaky_relu")):
        n, features = f.pick(1, 2, 9), f.pick(1, 4, 11)
        function = {"linear": lambda v: v, "leaky_relu": torch.nn.LeakyReLU(), "softmax": torch.nn.Softmax(-1)}.get(
            activation, getattr(torch, activation, None))
        f.layer(f"dense: {{units: {units}, bias: {str(bias).lower()}, activation: {activation}}}",
                torch.nn.Linear(features, units, bias=bias), f.normal(n, features), call=lambda m, x: function(m(x)))
    for shape in ((2, 3), (1, 2, 3), (4, 2, 1, 3), (3, 1, 1, 1), (2, 2, 3, 2)):
        f.layer("flatten:", torch.flatten, f.normal(*shape), call=lambda m, x: m(x, 1))
    activations = {"linear": lambda v: v, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu,
                   "softmax": lambda v: torch.softmax(v, -1)}
    for name, function in activations.items():
        for shape, scale in (((3,), 1), ((2, 5), 0.1), ((4, 1, 3), 3), ((2, 2, 3, 2), 1), ((1, 7), 10)):
            f.layer(f"{name}:", function, f.normal(*((2,) + shape), scale=scale))
    for slope in (0, 0.01, 0.2, 0.5, 1):
        f.layer(f"leaky_relu: {{slope: {slope}}}", torch.nn.LeakyReLU(slope), f.normal(3, 7))
