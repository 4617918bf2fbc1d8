"""Optimizers: 200 steps on a small network, whose loss is no convex function of its parameters."""

import math

import torch

STEPS, SEEN = 200, (1, 20, 200)


class Lion(torch.optim.Optimizer):
    """arXiv 2302.06675, program 1."""

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                update = torch.sign(b1 * m + (1 - b1) * p.grad) + group["weight_decay"] * p
                p.sub_(group["lr"] * update)
                m.copy_(b2 * m + (1 - b2) * p.grad)


class Lamb(torch.optim.Optimizer):
    """arXiv 1904.00962, algorithm 2, with phi(z) = z."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                s = self.state[p]
                if not s:
                    s.update(t=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
                s["t"] += 1
                s["m"] = b1 * s["m"] + (1 - b1) * p.grad
                s["v"] = b2 * s["v"] + (1 - b2) * p.grad**2
                m, v = s["m"] / (1 - b1 ** s["t"]), s["v"] / (1 - b2 ** s["t"])
                r = m / (v.sqrt() + group["eps"]) + group["weight_decay"] * p
                length, other = p.norm(), r.norm()
                trust = length / other if length > 0 and other > 0 else 1.0
                p.sub_(group["lr"] * trust * r)


def setting(name, options):
    def text(v):
        if isinstance(v, bool):
            return str(v).lower()
        return f"{v:.17g}" if isinstance(v, float) else str(v)

    return f"{name}: {{{', '.join(f'{k}: {text(v)}' for k, v in options.items())}}}"


def theirs(options):
    """The options under PyTorch's names."""
    o = dict(options)
    o.pop("decay_all", None)
    renamed = {"learning_rate": "lr", "epsilon": "eps", "learning_rate_decay": "lr_decay",
               "decoupled": "decoupled_weight_decay", "tolerance_gradient": "tolerance_grad",
               "max_iterations": "max_iter", "max_evaluations": "max_eval", "history": "history_size",
               "line_search": "line_search_fn"}
    if "beta1" in o or "beta2" in o:
        o["betas"] = (o.pop("beta1"), o.pop("beta2"))
    return {renamed.get(k, k): v for k, v in o.items()}


def trajectory(f, name, make, options, steps=STEPS, seen=SEEN):
    x, t = f.normal(8, 2), f.normal(8, scale=0.7)
    parameters = {"hidden.weight": f.normal(3, 2), "hidden.bias": f.normal(3, scale=0.3),
                  "out.weight": f.normal(1, 3), "out.bias": f.normal(1, scale=0.3)}
    tensors = {"x": x, "t": t} | {f"p/{k}": v.clone() for k, v in parameters.items()}
    w, b, v, c = (p.requires_grad_() for p in parameters.values())
    optimizer = make([w, b, v, c], **theirs(options))

    def closure():
        optimizer.zero_grad()
        y = torch.tanh(x @ w.T + b) @ v.T + c
        loss = ((y[:, 0] - t) ** 2).mean()
        loss.backward()
        return loss

    for i in range(1, steps + 1):
        if name == "lbfgs":
            optimizer.step(closure)
        else:
            closure()
            optimizer.step()
        if i in seen:
            tensors.update({f"after/{i}/{k}": p.detach().clone() for k, p in parameters.items()})
    f.add("optimizer", name, setting(name, options), tensors, steps=steps)


def cases(f):
    def rate(usual):
        return usual * f.pick(0.05, 0.1, 0.2)  # no oscillation around a minimum, which amplifies rounding

    def decay():
        return {"weight_decay": f.pick(1e-3, 0.05), "decay_all": True}

    def betas():
        return {"beta1": f.pick(0.5, 0.8, 0.95), "beta2": f.pick(0.97, 0.99, 0.999)}

    def each(name, make, usual, *sets):
        for options in ({}, *sets):
            trajectory(f, name, make, {"learning_rate": rate(usual), **options})

    optim = torch.optim
    each("sgd", optim.SGD, 0.1, {"momentum": 0.9}, {"momentum": 0.8, "nesterov": True, **decay()},
         {"momentum": 0.7, "dampening": 0.4, **decay()}, decay(), {"momentum": 0.5, "dampening": 1.0})
    adam = [betas(), {"amsgrad": True}, {**decay(), "epsilon": 1e-3}, {"amsgrad": True, **decay(), **betas()}]
    each("adam", optim.Adam, 0.03, *adam)
    for options in ({}, *adam):  # AdamW decays unless told otherwise
        trajectory(f, "adamw", optim.AdamW, {"learning_rate": rate(0.03), "decay_all": True, **options})
    each("adagrad", optim.Adagrad, 0.1, decay(), {"learning_rate_decay": 0.02},
         {"initial_accumulator_value": 0.3, "epsilon": 1e-3}, {"learning_rate_decay": 0.1, **decay()})
    each("adadelta", optim.Adadelta, 1.0, decay(), {"rho": 0.5}, {"epsilon": 1e-3}, {"rho": 0.99, **decay()})
    each("rmsprop", optim.RMSprop, 0.01, {"centered": True}, {"momentum": 0.6}, {"alpha": 0.8, **decay()},
         {"centered": True, "momentum": 0.5, "epsilon": 1e-4, **decay()})
    each("adamax", optim.Adamax, 0.03, betas(), decay(), {"epsilon": 1e-3}, {**betas(), **decay()})
    each("nadam", optim.NAdam, 0.03, betas(), decay(), {"momentum_decay": 0.05, **betas()},
         {"decoupled": True, **decay()})
    each("radam", optim.RAdam, 0.03, betas(), decay(), {"epsilon": 1e-3}, {"decoupled": True, **decay(), **betas()})
    each("lion", Lion, 0.003, betas(), decay(), {**betas(), **decay()}, {"beta1": 0.95, "beta2": 0.98})
    each("lamb", Lamb, 0.02, betas(), decay(), {"epsilon": 1e-3}, {**betas(), **decay()})
    for options in ({}, {"history": 3}, {"line_search": "strong_wolfe"}, {"max_iterations": 3, "learning_rate": 0.3},
                    {"line_search": "strong_wolfe", "history": 2, "max_iterations": 5},
                    {"line_search": "strong_wolfe", "learning_rate": 0.2, "tolerance_change": 1e-5}):
        # Far along, where the gradient is noise, rounding decides about the direction.
        trajectory(f, "lbfgs", optim.LBFGS, {"learning_rate": 0.5, "max_iterations": 2, **options}, steps=5,
                   seen=(1, 2, 5))
    assert not math.isnan(sum(float(t.double().sum()) for t in f.tensors.values()))
