"""Dense layers and arranging."""

import torch


def cases(f):
    for units, bias, activation in ((3, True, "linear"), (5, True, "relu"), (1, False, "sigmoid"), (7, True, "tanh"),
                                    (4, False, "softmax"), (6, True, "leaky_relu"),
                                    (3, True, "{elu: {alpha: 0.5}}")):
        n, features = f.pick(1, 2, 9), f.pick(1, 4, 11)
        function = {"linear": lambda v: v, "leaky_relu": torch.nn.LeakyReLU(), "softmax": torch.nn.Softmax(-1),
                    "{elu: {alpha: 0.5}}": torch.nn.ELU(0.5)}.get(
            activation, getattr(torch, activation, None))
        f.layer(f"dense: {{units: {units}, bias: {str(bias).lower()}, activation: {activation}}}",
                torch.nn.Linear(features, units, bias=bias), f.normal(n, features), call=lambda m, x: function(m(x)))
    for shape, mask in (((2, 3, 4), None), ((1, 1, 2), None), ((2, 3, 2), [[True, True, False], [True, False, False]])):
        f.layer("dense: {units: 3}", torch.nn.Linear(shape[-1], 3), f.normal(*shape),  # of each step
                mask=None if mask is None else torch.tensor(mask))
    for shape in ((2, 3), (1, 2, 3), (4, 2, 1, 3), (3, 1, 1, 1), (2, 2, 3, 2)):
        f.layer("flatten:", torch.flatten, f.normal(*shape), call=lambda m, x: m(x, 1))
