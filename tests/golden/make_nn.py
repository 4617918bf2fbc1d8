"""Writes nn.json: layers, losses, optimizers and schedules as PyTorch computes them.

    python3 make_nn.py > nn.json        (with torch 2.13 at hand; needed only to make the file anew)

A tensor is a pair [shape, values]. Inputs have three decimals, so that the file says them exactly.
Everything is computed in float64; ours is f32 and is held to f32's accuracy.
"""

import json
import math

import torch
import torch.nn.functional as F

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)


def random(*shape, scale=1.0):
    return torch.round(torch.randn(*shape) * scale * 1000) / 1000


def pack(t):
    t = t.detach()
    return [list(t.shape), [float(f"{v:.9g}") for v in t.flatten().tolist()]]


def convolutions():
    cases = []
    for kernel, padding, dilation, groups, stride in (
            ((3, 3), "same", (1, 1), 1, (1, 1)), ((2, 4), "same", (1, 1), 1, (1, 1)),
            ((3, 2), "same", (2, 3), 2, (1, 1)), ((3, 3), 2, (1, 1), 1, (2, 1)),
            ((5, 1), "valid", (1, 1), 1, (1, 2))):
        layer = torch.nn.Conv2d(4, 6, kernel, stride=stride, padding=padding, dilation=dilation, groups=groups)
        with torch.no_grad():
            for p in layer.parameters():
                p.copy_(random(*p.shape))
        x = random(2, 4, 7, 6)
        cases.append({"kernel": kernel, "padding": str(padding), "dilation": dilation, "groups": groups,
                      "stride": stride, "x": pack(x), "weight": pack(layer.weight), "bias": pack(layer.bias),
                      "y": pack(layer(x))})
    return cases


def batch_norms():
    """Three training steps, then inference: outputs and running statistics."""
    cases = []
    for shape, momentum, epsilon in (((8, 3), 0.1, 1e-5), ((4, 3, 3, 5), 0.3, 1e-3), ((2, 3), 1.0, 1e-5)):
        kind = torch.nn.BatchNorm1d if len(shape) == 2 else torch.nn.BatchNorm2d
        layer = kind(3, eps=epsilon, momentum=momentum)
        with torch.no_grad():
            layer.weight.copy_(random(3))
            layer.bias.copy_(random(3))
        case = {"momentum": momentum, "epsilon": epsilon, "weight": pack(layer.weight), "bias": pack(layer.bias),
                "steps": []}
        for _ in range(3):
            x = random(*shape, scale=2) + 0.5
            y = layer(x)
            case["steps"].append({"x": pack(x), "y": pack(y), "running_mean": pack(layer.running_mean),
                                  "running_var": pack(layer.running_var)})
        layer.eval()
        x = random(*shape)
        case["inference"] = {"x": pack(x), "y": pack(layer(x))}
        cases.append(case)
    return cases


def losses():
    """Values and gradients by the prediction; weighted ones as sum(w l) / sum(w)."""
    cases = []

    def add(name, prediction, target, rows, **options):
        prediction = prediction.clone().requires_grad_()
        w = torch.tensor([0.5, 2.0, 0.0, 1.25, 3.0])[: len(prediction)]
        each = rows(prediction)
        mean = each.mean()
        weighted = (each * w).sum() / w.sum()
        (g,) = torch.autograd.grad(mean, prediction, retain_graph=True)
        (gw,) = torch.autograd.grad(weighted, prediction)
        cases.append({"loss": name, **options, "prediction": pack(prediction), "target": pack(target),
                      "weights": pack(w), "mean": float(mean), "weighted": float(weighted),
                      "gradient": pack(g), "weighted_gradient": pack(gw)})

    x, t = random(5, 3), random(5, 3)
    add("mean_squared_error", x, t, lambda p: F.mse_loss(p, t, reduction="none").mean(1))
    add("mean_absolute_error", x, t, lambda p: F.l1_loss(p, t, reduction="none").mean(1))
    yes = torch.tensor([[1, 0, 1], [0, 0, 1], [1, 1, 0], [0.25, 0.5, 1], [0, 1, 0]], dtype=torch.float64)
    for scale in (1, 30, 1e4):
        z = random(5, 3, scale=scale)
        add("binary_crossentropy", z, yes,
            lambda p: F.binary_cross_entropy_with_logits(p, yes, reduction="none").mean(1), from_logits=True)
        hot = F.one_hot(torch.tensor([0, 2, 1, 1, 0]), 3).double()
        add("categorical_crossentropy", z, hot,
            lambda p: F.cross_entropy(p, hot, reduction="none"), from_logits=True)
        labels = torch.tensor([0, 2, 1, 1, 0])
        add("sparse_categorical_crossentropy", z, labels,
            lambda p: F.cross_entropy(p, labels, reduction="none"), from_logits=True)
    p = torch.round(torch.rand(5, 3) * 900 + 50) / 1000
    add("binary_crossentropy", p, yes, lambda q: F.binary_cross_entropy(q, yes, reduction="none").mean(1))
    p = torch.softmax(random(5, 3), 1)
    p = torch.round(p * 1000) / 1000
    p[:, 0] = 1 - p[:, 1] - p[:, 2]
    # Probabilities are scaled to sum to 1, as Keras does: a gradient along the row's sum does not count.
    add("categorical_crossentropy", p, hot, lambda q: F.nll_loss((q / q.sum(1, keepdim=True)).log(), labels,
                                                                 reduction="none"))
    add("sparse_categorical_crossentropy", p, labels,
        lambda q: F.nll_loss((q / q.sum(1, keepdim=True)).log(), labels, reduction="none"))
    return cases


def trajectories():
    """A small network trained on one batch: loss at each step, and the parameters at the end."""
    cases = []
    start = {"dense.weight": random(4, 3), "dense.bias": random(4), "dense_1.weight": random(2, 4),
             "dense_1.bias": random(2)}
    x, labels = random(6, 3), torch.tensor([0, 1, 1, 0, 1, 0])
    optimizers = (
        ("sgd", {}, lambda ps, lr: torch.optim.SGD(ps, lr)),
        ("sgd", {"momentum": 0.9}, lambda ps, lr: torch.optim.SGD(ps, lr, momentum=0.9)),
        ("sgd", {"momentum": 0.8, "nesterov": True, "weight_decay": 0.01},
         lambda ps, lr: torch.optim.SGD(ps, lr, momentum=0.8, nesterov=True, weight_decay=0.01)),
        ("adam", {}, lambda ps, lr: torch.optim.Adam(ps, lr)),
        ("adam", {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "weight_decay": 0.1},
         lambda ps, lr: torch.optim.Adam(ps, lr, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1)),
    )
    for name, options, make in optimizers:
        for schedule in ("constant", "step", "cosine"):
            p = {k: v.clone().requires_grad_() for k, v in start.items()}
            optimizer = make(list(p.values()), 0.1)
            if schedule == "step":
                scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 4, 0.5)
            elif schedule == "cosine":
                scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20, eta_min=0.01)
            else:
                scheduler = torch.optim.lr_scheduler.ConstantLR(optimizer, 1)
            losses, rates = [], []
            for _ in range(20):
                optimizer.zero_grad()
                hidden = torch.tanh(F.linear(x, p["dense.weight"], p["dense.bias"]))
                loss = F.cross_entropy(F.linear(hidden, p["dense_1.weight"], p["dense_1.bias"]), labels)
                loss.backward()
                rates.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
                scheduler.step()
                losses.append(float(loss))
            cases.append({"optimizer": name, "options": options, "schedule": schedule, "losses": losses,
                          "rates": rates, "end": {k: pack(v) for k, v in p.items()}})
    return {"x": pack(x), "labels": pack(labels), "start": {k: pack(v) for k, v in start.items()}, "cases": cases}


def activations():
    x = torch.tensor([-1e4, -100.0, -3.0, -0.5, 0.0, 0.25, 2.0, 100.0, 1e4])
    functions = {"linear": lambda v: v, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu,
                 "leaky_relu": F.leaky_relu, "softmax": lambda v: torch.softmax(v, -1)}
    return {"x": pack(x.reshape(1, -1)), "y": {k: pack(f(x.reshape(1, -1))) for k, f in functions.items()}}


print(json.dumps({"torch": torch.__version__, "conv2d": convolutions(), "batch_norm": batch_norms(),
                  "losses": losses(), "trajectories": trajectories(), "activations": activations()}))
