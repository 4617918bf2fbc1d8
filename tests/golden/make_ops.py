"""Writes ops.json: values of PyTorch that the reference backend is held against.

    python3 make_ops.py > ops.json        (with torch 2.13 at hand; needed only to make the file anew)

Everything is float64. An entry names the op, its attributes, its inputs and its outputs, each a
pair [shape, values]. Random values have three decimals, so that the file says them exactly.
"""

import json
import sys

import torch
import torch.nn.functional as F

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)


def random(*shape, scale=1.0):
    return torch.round(torch.randn(*shape) * scale * 1000) / 1000


def pack(tensor):
    return [list(tensor.shape), [float(v) for v in tensor.detach().flatten()]]


cases = []


def case(op, name, attributes, inputs, outputs):
    cases.append({
        "op": op,
        "name": name,
        "attributes": attributes,
        "inputs": [pack(t) for t in inputs],
        "outputs": [pack(t) for t in outputs],
    })


def convolution(name, x, w, bias, stride, padding, dilation, groups):
    """Padding is top, bottom, left, right; PyTorch's pad takes the last dimension first."""
    x, w = x.requires_grad_(), w.requires_grad_()
    top, bottom, left, right = padding
    y = F.conv2d(F.pad(x, (left, right, top, bottom)), w, bias, stride, 0, dilation, groups)
    dy = random(*y.shape)
    dx, dw = torch.autograd.grad(y, (x, w), dy)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    case("conv2d", name, options, [x, w] + ([bias] if bias is not None else []), [y])
    case("conv2d_input_gradient", name, {**options, "shape": list(x.shape)}, [w, dy], [dx])
    case("conv2d_weight_gradient", name, {**options, "shape": list(w.shape)}, [x, dy], [dw])


convolution("plain", random(2, 3, 6, 5), random(4, 3, 3, 3), None, [1, 1], [0, 0, 0, 0], [1, 1], 1)
convolution("padded", random(2, 3, 5, 6), random(4, 3, 3, 3), random(4), [1, 1], [1, 1, 1, 1],
            [1, 1], 1)
convolution("strided", random(2, 3, 7, 8), random(4, 3, 3, 2), None, [2, 3], [1, 0, 0, 1], [1, 1], 1)
convolution("dilated", random(1, 2, 8, 8), random(3, 2, 3, 3), None, [1, 1], [0, 0, 0, 0], [2, 2], 1)
convolution("grouped", random(2, 4, 5, 5), random(6, 2, 3, 3), None, [1, 1], [0, 0, 0, 0], [1, 1], 2)
convolution("depthwise", random(2, 3, 5, 5), random(3, 1, 3, 3), random(3), [2, 2], [1, 1, 1, 1],
            [1, 1], 3)
convolution("everything", random(2, 4, 9, 8), random(6, 2, 2, 3), random(6), [2, 1], [0, 1, 2, 1],
            [3, 2], 2)


def pooling(name, x, window, stride, padding):
    """Padding is never the largest: minus infinity, as PyTorch has it."""
    x = x.requires_grad_()
    top, bottom, left, right = padding
    padded = F.pad(x, (left, right, top, bottom), value=float("-inf"))
    y = F.max_pool2d(padded, window, stride)
    dy = random(*y.shape)
    (dx,) = torch.autograd.grad(y, x, dy)
    options = {"window": window, "stride": stride, "padding": padding}
    case("max_pool2d", name, options, [x], [y])
    case("max_pool2d+gradient", name, options, [x, dy], [dx])


pooling("halves", random(2, 3, 6, 8), [2, 2], [2, 2], [0, 0, 0, 0])
pooling("overlapping", random(2, 3, 7, 7), [3, 3], [2, 2], [1, 1, 1, 1])
pooling("uneven", random(1, 2, 7, 6), [3, 2], [1, 3], [2, 0, 1, 1])
pooling("equal", torch.zeros(1, 1, 4, 4), [2, 2], [2, 2], [0, 0, 0, 0])  # the first of equal ones


def batch_norm(name, x, epsilon):
    channels = x.shape[1]
    x, w, b = x.requires_grad_(), random(channels).requires_grad_(), random(channels).requires_grad_()
    y = F.batch_norm(x, None, None, w, b, training=True, eps=epsilon)
    dy = random(*y.shape)
    dx, dw, db = torch.autograd.grad(y, (x, w, b), dy)
    axes = [i for i in range(x.dim()) if i != 1]
    mean, variance = x.mean(axes), x.var(axes, unbiased=False)
    case("batch_norm", name, {"epsilon": epsilon}, [x, w, b], [y, mean, variance])
    case("batch_norm_gradient", name, {"epsilon": epsilon}, [x, w, mean, variance, dy], [dx, dw, db])


batch_norm("images", random(3, 4, 3, 5, scale=2), 1e-5)
batch_norm("table", random(9, 5, scale=3), 1e-3)


def crossentropy(name, x):
    x = x.requires_grad_()
    labels = torch.arange(x.shape[0]) * 5 % x.shape[1]
    y = F.cross_entropy(x, labels, reduction="none")
    dy = random(*y.shape)
    (dx,) = torch.autograd.grad(y, x, dy)
    total = torch.logsumexp(x, 1)
    case("softmax_crossentropy", name, {}, [x, labels], [y, total])
    case("softmax_crossentropy_gradient", name, {}, [x, labels, total, dy], [dx])


crossentropy("rows", random(6, 7))
crossentropy("large", random(6, 7, scale=300))

for axis, shape in ((1, (4, 7)), (0, (5, 3)), (1, (2, 4, 3))):
    x = random(*shape, scale=3)
    case("softmax", f"axis{axis}_{len(shape)}", {"axis": axis}, [x], [F.softmax(x, axis)])
    case("log_softmax", f"axis{axis}_{len(shape)}", {"axis": axis}, [x], [F.log_softmax(x, axis)])

x = random(30, scale=4)
for op, f in (("sigmoid", torch.sigmoid), ("tanh", torch.tanh), ("relu", F.relu), ("exp", torch.exp),
              ("log1p", lambda v: torch.log1p(v.abs())), ("softplus", F.softplus),
              ("leaky_relu", F.leaky_relu)):
    case(op, "values", {}, [x.abs() if op == "log1p" else x], [f(x)])


def trajectory(op, name, make, attributes, steps=12):
    """Parameter after each step under given gradients; outputs: [steps, n]."""
    parameter = random(5).requires_grad_()
    start = parameter.detach().clone()
    optimizer = make([parameter])
    gradients, path = random(steps, 5), []
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimizer.step()
        path.append(parameter.detach().clone())
    case(op, name, attributes, [start, gradients], [torch.stack(path)])


trajectory("adam_update", "default", lambda p: torch.optim.Adam(p, lr=1e-2),
           {"learning_rate": 1e-2})
trajectory("adam_update", "decay",
           lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1),
           {"learning_rate": 0.1, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3,
            "weight_decay": 0.1})
trajectory("sgd_update", "plain", lambda p: torch.optim.SGD(p, lr=0.1), {"learning_rate": 0.1})
trajectory("sgd_update", "decay", lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.2),
           {"learning_rate": 0.1, "weight_decay": 0.2})
trajectory("sgd_update", "momentum", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
           {"learning_rate": 0.1, "momentum": 0.9})
trajectory("sgd_update", "nesterov",
           lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
           {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1})

json.dump({"source": f"PyTorch {torch.__version__}, float64, by make_ops.py", "cases": cases},
          sys.stdout, separators=(",", ":"))
print()
