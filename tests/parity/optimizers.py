"""Optimizers: 200 steps on a small network, at usual rates.

The loss is no convex function of the parameters, and near a minimum some rules (rmsprop, adadelta, nadam) step
from side to side: there a trajectory may be chaotic, and then rounding decides where it goes, in PyTorch as
here. So a problem is drawn anew until PyTorch's own trajectory is well-conditioned: with NOISE in the parameters
at each evaluation of the gradient, it stays within GROWTH times that. What rounding is of float32's size does to
it says for how many steps float32 can be compared ("steps_f32").
"""

import torch

import papers

STEPS, SEEN = 200, (1, 20, 200)
NOISE, GROWTH = 1e-12, 1e4
MOVED_F32 = 1e-5


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


class Problem:
    """mean((tanh(x W' + b) V' + c - t)^2)."""

    def __init__(self, f):
        self.x, self.t = f.normal(8, 2), f.normal(8, scale=0.7)
        self.start = {"hidden.weight": f.normal(3, 2), "hidden.bias": f.normal(3, scale=0.3),
                      "out.weight": f.normal(1, 3), "out.bias": f.normal(1, scale=0.3)}

    def trajectory(self, make, options, steps, noise=0.0):
        """The parameters after each step, [steps, 13]."""
        parameters = [p.clone().requires_grad_() for p in self.start.values()]
        optimizer = make(parameters, **theirs(options))
        generator, after = torch.Generator().manual_seed(1), []

        def closure():
            optimizer.zero_grad()
            w, b, v, c = (p * (1 + noise * torch.randn(p.shape, generator=generator)) if noise else p
                          for p in parameters)
            y = torch.tanh(self.x @ w.T + b) @ v.T + c
            loss = ((y[:, 0] - self.t) ** 2).mean()
            loss.backward()
            return loss

        for _ in range(steps):
            if make is torch.optim.LBFGS:
                optimizer.step(closure)
            else:
                closure()
                optimizer.step()
            after.append(torch.cat([p.detach().flatten() for p in parameters]))
        return torch.stack(after)


def moved(one, other):
    """How far apart they are after each step, and were before it."""
    return ((one - other).norm(dim=1) / one.norm(dim=1)).cummax(0).values


def trajectory(f, name, make, options, steps=STEPS, seen=SEEN):
    for _ in range(100):
        problem = Problem(f)
        true = problem.trajectory(make, options, steps)
        if moved(true, problem.trajectory(make, options, steps, NOISE))[-1] > GROWTH * NOISE:
            continue
        if name == "lbfgs":  # works in float64 always
            break
        f32 = moved(true, problem.trajectory(make, options, steps, 2.0**-24))
        compared = [i for i in seen if f32[i - 1] < MOVED_F32]
        if 20 in compared:
            break
    else:
        raise ValueError(f"{name}: no well-conditioned problem for {options}")
    tensors = {"x": problem.x, "t": problem.t} | {f"p/{k}": v for k, v in problem.start.items()}
    for i in seen:
        parts = true[i - 1].split([p.numel() for p in problem.start.values()])
        for (name_of, p), part in zip(problem.start.items(), parts):
            tensors[f"after/{i}/{name_of}"] = part.reshape(p.shape)
    about = {} if name == "lbfgs" else {"steps_f32": compared[-1]}
    f.add("optimizer", name, setting(name, options), tensors, steps=steps, **about)


def cases(f):
    def decay():
        return {"weight_decay": f.pick(1e-3, 0.05), "decay_all": True}

    def betas():
        return {"beta1": f.pick(0.5, 0.8, 0.95), "beta2": f.pick(0.97, 0.99, 0.999)}

    def each(name, make, rates, *sets):
        for options in ({}, *sets):
            trajectory(f, name, make, {"learning_rate": f.pick(*rates), **options})

    optim = torch.optim
    each("sgd", optim.SGD, (0.01, 0.03, 0.1), {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True, **decay()},
         {"momentum": 0.7, "dampening": 0.4, **decay()}, decay(), {"momentum": 0.5, "dampening": 1.0})
    adam = [betas(), {"amsgrad": True}, {**decay(), "epsilon": 1e-3}, {"amsgrad": True, **decay(), **betas()}]
    each("adam", optim.Adam, (1e-3, 3e-3, 1e-2), *adam)
    for options in ({}, *adam):  # AdamW decays unless told otherwise
        trajectory(f, "adamw", optim.AdamW, {"learning_rate": f.pick(1e-3, 3e-3, 1e-2), "decay_all": True, **options})
    each("adagrad", optim.Adagrad, (0.01, 0.03), decay(), {"learning_rate_decay": 0.02},
         {"initial_accumulator_value": 0.3, "epsilon": 1e-3}, {"learning_rate_decay": 0.1, **decay()})
    each("adadelta", optim.Adadelta, (1.0,), decay(), {"rho": 0.5}, {"epsilon": 1e-3}, {"rho": 0.99, **decay()})
    each("rmsprop", optim.RMSprop, (0.01,), {"centered": True}, {"momentum": 0.6}, {"alpha": 0.8, **decay()},
         {"centered": True, "momentum": 0.5, "epsilon": 1e-4, **decay()})
    each("adamax", optim.Adamax, (2e-3, 0.01), betas(), decay(), {"epsilon": 1e-3}, {**betas(), **decay()})
    each("nadam", optim.NAdam, (2e-3, 0.01), betas(), decay(), {"momentum_decay": 0.05, **betas()},
         {"decoupled": True, **decay()})
    each("radam", optim.RAdam, (1e-3, 0.01), betas(), decay(), {"epsilon": 1e-3},
         {"decoupled": True, **decay(), **betas()})
    each("lion", papers.Lion, (1e-4, 3e-4, 1e-3), betas(), decay(), {**betas(), **decay()},
         {"beta1": 0.95, "beta2": 0.98})
    each("lamb", papers.Lamb, (1e-3, 0.01), betas(), decay(), {"epsilon": 1e-3}, {**betas(), **decay()})
    for options in ({"max_iterations": 2, "learning_rate": 0.5}, {"max_iterations": 2, "history": 3},
                    {"max_iterations": 3, "learning_rate": 0.3}, {"line_search": "strong_wolfe"},
                    {"line_search": "strong_wolfe", "max_iterations": 2},
                    {"line_search": "strong_wolfe", "max_iterations": 2, "history": 2},
                    {"line_search": "strong_wolfe", "max_iterations": 4, "learning_rate": 0.2, "tolerance_change": 1e-5}):
        trajectory(f, "lbfgs", optim.LBFGS, {"learning_rate": 1.0, **options}, steps=20, seen=(1, 5, 20))
