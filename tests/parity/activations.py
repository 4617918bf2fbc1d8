"""Activations, with their options."""

import torch
import torch.nn.functional as F

PLAIN = {
    "linear": lambda x: x,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "relu6": F.relu6,
    "selu": F.selu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "swish": F.silu,
    "mish": F.mish,
    "softsign": F.softsign,
    "hard_sigmoid": lambda x: F.relu6(x + 3) / 6,  # F.hardsigmoid's sixth is exact in float32 only
    "hard_swish": F.hardswish,
    "exponential": torch.exp,
    "log_sigmoid": F.logsigmoid,
    "tanhshrink": F.tanhshrink,
}


def celu(x, alpha):
    """F.celu takes 1 / alpha in float32."""
    return F.relu(x) + alpha * torch.expm1(x.clamp(max=0) / alpha)


def with_options(f):
    for v in (0, 0.01, 0.2, 0.5, 1):
        yield f"leaky_relu: {{slope: {v}}}", lambda x: F.leaky_relu(x, v)
    for v in (0.5, 1, 1.5, 2, 0.1):
        yield f"elu: {{alpha: {v}}}", lambda x: F.elu(x, v)
        yield f"celu: {{alpha: {v}}}", lambda x: celu(x, v)
        yield f"softshrink: {{lambda: {v}}}", lambda x: F.softshrink(x, v)
        yield f"hardshrink: {{lambda: {v}}}", lambda x: F.hardshrink(x, v)
        yield f"threshold: {{threshold: {v}, value: {v - 1}}}", lambda x: F.threshold(x, v, v - 1)
        yield f"hard_tanh: {{min: {-v}, max: {v + 0.5}}}", lambda x: F.hardtanh(x, -v, v + 0.5)
    for beta, threshold in ((1, 20), (0.5, 20), (2, 3), (3, 1), (1, -1)):
        yield f"softplus: {{beta: {beta}, threshold: {threshold}}}", lambda x: F.softplus(x, beta, threshold)
    for approximate in (False, True, False, True, False):
        word = "tanh" if approximate else "none"
        yield f"gelu: {{approximate: {str(approximate).lower()}}}", lambda x: F.gelu(x, approximate=word)


def cases(f):
    shapes = (((3,), 1), ((5,), 0.1), ((1, 3), 3), ((2, 3, 2), 1), ((7,), 10))
    for name, function in PLAIN.items():
        for shape, scale in shapes:
            f.layer(f"{name}:", function, f.normal(*((2,) + shape), scale=min(scale, 4) if name == "exponential" else scale))
    for setting, function in with_options(f):
        f.layer(setting, function, f.normal(3, 7, scale=f.pick(1, 3)))
    for axis, shape in ((-1, (3, 4)), (1, (2, 4, 3)), (-1, (2, 3, 6)), (1, (2, 4, 2, 3)), (2, (2, 3, 4, 2)), (-1, (1, 8))):
        scale = f.pick(1, 5)
        f.layer(f"softmax: {{axis: {axis}}}", lambda x: torch.softmax(x, axis), f.normal(*shape, scale=scale))
        f.layer(f"softmin: {{axis: {axis}}}", lambda x: F.softmin(x, axis), f.normal(*shape, scale=scale))
        f.layer(f"log_softmax: {{axis: {axis}}}", lambda x: F.log_softmax(x, axis), f.normal(*shape, scale=scale))
        f.layer(f"glu: {{axis: {axis}}}", lambda x: F.glu(x, axis), f.normal(*shape, scale=scale))
    for shape, per_channel in (((3, 4), False), ((3, 4), True), ((2, 3, 4, 2), True), ((2, 3, 4, 2), False), ((2, 3), True)):
        f.layer(f"prelu: {{per_channel: {str(per_channel).lower()}}}", torch.nn.PReLU(shape[1] if per_channel else 1),
                f.normal(*shape), tolerance=1e-4)  # one weight: a sum in which terms cancel
    # Sequences have their channels last.
    f.layer("prelu: {per_channel: true}", torch.nn.PReLU(4), f.normal(2, 3, 4),
            call=lambda m, x: m(x.transpose(1, 2)).transpose(1, 2))
