"""Writes precision.json: PyTorch's rounding to bfloat16, and gradients of a network whose products
take rounded operands, forwards and backwards.

    python3 make_precision.py > precision.json        (with torch 2.13 at hand)

Everything but the rounding is float64. Random values have three decimals, so that the file says
them exactly.
"""

import json
import struct

import torch
import torch.nn.functional as F

torch.manual_seed(11)
torch.set_default_dtype(torch.float64)


def random(*shape, scale=1.0):
    return torch.round(torch.randn(*shape) * scale * 1000) / 1000


def rounded(x):
    return x.to(torch.float32).to(torch.bfloat16).to(torch.float64)


class Product(torch.autograd.Function):
    """f(a, b), linear in both; its gradients are products of rounded operands as well."""

    @staticmethod
    def forward(ctx, f, a, b):
        ctx.f = f
        ctx.save_for_backward(a, b)
        return f(rounded(a), rounded(b))

    @staticmethod
    def backward(ctx, dy):
        a, b = (rounded(t).detach().requires_grad_() for t in ctx.saved_tensors)
        with torch.enable_grad():
            y = ctx.f(a, b)
        return None, *torch.autograd.grad(y, (a, b), rounded(dy))


def times(a, b):
    return Product.apply(torch.matmul, a, b)


def lstm(x, weight, bias):
    """x: [N, T, 4H], weight: [4H, H]."""
    n, steps, units = x.shape[0], x.shape[1], weight.shape[1]
    h = c = torch.zeros(n, units)
    states = []
    for t in range(steps):
        i, f, g, o = (x[:, t] + bias + times(h, weight.T)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        states.append(h)
    return torch.stack(states, 1)


given = {
    "x": random(6, 2, 6, 6),
    "filters": random(4, 2, 3, 3, scale=0.3),
    "into": random(20, 16, scale=0.3),
    "recurrent": random(20, 5, scale=0.3),
    "bias": random(20, scale=0.1),
    "head": random(3, 20, scale=0.3),
}
labels = torch.tensor([0, 2, 1, 1, 0, 2])
learned = {k: v.requires_grad_() for k, v in given.items()}

y = torch.relu(Product.apply(F.conv2d, learned["x"], learned["filters"]))  # [6, 4, 4, 4]
y = y.reshape(6, 4, 16)
y = lstm(times(y, learned["into"].T), learned["recurrent"], learned["bias"])  # [6, 4, 5]
y = times(torch.softmax(times(y, y.transpose(1, 2)), -1), y)
loss = F.cross_entropy(times(y.reshape(6, 20), learned["head"].T), labels)
gradients = torch.autograd.grad(loss, list(learned.values()))


def pack(t):
    return [list(t.shape), [float(v) for v in t.detach().flatten()]]


def bits_of_floats():
    """Ties, what lies beside them, both ends of the range, and numbers without a pattern."""
    upper = [0x0000, 0x0001, 0x007F, 0x0080, 0x3F80, 0x3F81, 0x4049, 0x7F7E, 0x7F7F, 0x7F80]
    lower = [0x0000, 0x0001, 0x7FFF, 0x8000, 0x8001, 0xFFFF]
    edges = [s << 31 | u << 16 | v for s in (0, 1) for u in upper for v in lower if u < 0x7F80 or v == 0]
    return edges + [int(v) for v in torch.randint(0, 0x7F800000, (150,))]


rounding = []
for bits in bits_of_floats():
    f = torch.frombuffer(bytearray(struct.pack("<I", bits)), dtype=torch.float32)
    rounding.append([bits, int(f.to(torch.bfloat16).view(torch.int16)) & 0xFFFF])

print(json.dumps({
    "rounding": rounding,
    "given": {k: pack(v) for k, v in given.items()},
    "labels": [int(v) for v in labels],
    "loss": float(loss),
    "gradients": {k: pack(g) for k, g in zip(learned, gradients)},
}))
