"""Schedules: the learning rate of every step, and after every value that a plateau sees."""

import torch
import torch.optim.lr_scheduler as lr


def optimizer(rate):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)


def cases(f):
    rate = 0.1

    def schedule(setting, make, per_epoch=False, epochs=6, steps=7, at=None):
        """`make` gives the scheduler for `steps` in an epoch; it is advanced per step or per epoch."""
        o = optimizer(rate)
        s = make(o, epochs * steps, steps)
        rates = []
        for i in range(epochs * steps):
            rates.append(o.param_groups[0]["lr"])
            o.step()
            if at is not None:
                s.step((i + 1) / steps)
            elif not per_epoch or (i + 1) % steps == 0:
                if i + 1 < epochs * steps:
                    s.step()
        f.add("schedule", setting.split(":")[0], setting, {"rates": torch.tensor(rates)}, rate=rate,
              epochs=epochs, steps=steps)

    for factor in (0.5, 0.1, 0.9, 1.0, 0.3):
        every = f.pick(1, 2, 3)
        schedule(f"step: {{every: {every}, factor: {factor}}}",
                 lambda o, n, k: lr.StepLR(o, every, gamma=factor), per_epoch=True)
        schedule(f"exponential: {{factor: {factor}}}", lambda o, n, k: lr.ExponentialLR(o, factor), per_epoch=True)
        milestones = f.pick([2], [1, 3], [2, 4, 5], [3, 3], [1])
        schedule(f"multi_step: {{milestones: {milestones}, factor: {factor}}}",
                 lambda o, n, k: lr.MultiStepLR(o, milestones, gamma=factor), per_epoch=True)
        schedule("constant:", lambda o, n, k: lr.LambdaLR(o, lambda i: 1.0))
    for power in (1.0, 2.0, 0.5, 0.9, 3.0):
        schedule(f"polynomial: {{power: {power}}}", lambda o, n, k: lr.PolynomialLR(o, total_iters=n, power=power))
    for start, end, epochs in ((1 / 3, 1.0, 5), (1.0, 0.1, 3), (0.2, 0.7, 10), (0.01, 1.0, 1), (1.0, 0.0, 6)):
        schedule(f"linear: {{start: {start!r}, end: {end}, epochs: {epochs}}}",
                 lambda o, n, k: lr.LinearLR(o, start, end, total_iters=epochs * k))
    for minimum in (0.0, 0.1, 0.5, 0.01, 1.0):
        schedule(f"cosine: {{minimum: {minimum}}}",
                 lambda o, n, k: lr.CosineAnnealingLR(o, n, eta_min=rate * minimum), epochs=f.pick(3, 6))
        period, multiply = f.pick((2, 1), (1, 2), (3, 1), (2, 2), (1, 3))
        schedule(f"cosine_restarts: {{period: {period}, multiply: {multiply}, minimum: {minimum}}}",
                 lambda o, n, k: lr.CosineAnnealingWarmRestarts(o, period, multiply, eta_min=rate * minimum), at="epoch")
    for rise, start, end in ((0.3, 25.0, 1e4), (0.1, 10.0, 100.0), (0.5, 25.0, 1e4), (0.45, 4.0, 1.0), (0.9, 2.0, 10.0)):
        schedule(f"one_cycle: {{rise: {rise}, start_divisor: {start}, end_divisor: {end}}}",
                 lambda o, n, k: lr.OneCycleLR(o, rate, total_steps=n, pct_start=rise, div_factor=start,
                                               final_div_factor=end, cycle_momentum=False))
    for warmup in (1, 2):  # a rise from 1 / (w + 1), then the schedule from its beginning
        def warmed(o, n, k, then):
            w = warmup * k
            rise = lr.LinearLR(o, 1 / (w + 1), 1.0, total_iters=w)
            return lr.SequentialLR(o, [rise, then(n - w)], [w])
        schedule(f"cosine: {{warmup: {warmup}}}",
                 lambda o, n, k: warmed(o, n, k, lambda rest: lr.CosineAnnealingLR(o, rest)))
        schedule(f"polynomial: {{power: 2, warmup: {warmup}}}",
                 lambda o, n, k: warmed(o, n, k, lambda rest: lr.PolynomialLR(o, total_iters=rest, power=2)))
        schedule(f"constant: {{warmup: {warmup}}}",
                 lambda o, n, k: warmed(o, n, k, lambda rest: lr.LambdaLR(o, lambda i: 1.0)))
    plateaus = (({}, {}), ({"patience": 1}, {}), ({"patience": 2, "factor": 0.5, "threshold": 0.1}, {}),
                ({"patience": 0, "cooldown": 2, "factor": 0.3}, {}), ({"patience": 1, "factor": 0.1, "minimum": 0.05}, {}),
                ({"patience": 1, "monitor": "val_accuracy", "factor": 0.7}, {"mode": "max"}))
    for options, more in plateaus:
        o = optimizer(rate)
        given = {k: v for k, v in options.items() if k not in ("monitor", "minimum")}
        s = lr.ReduceLROnPlateau(o, min_lr=rate * options.get("minimum", 0.0), **given, **more)
        values = (f.uniform(60, low=0.2, high=0.4) + torch.linspace(0.5, 0.0, 60).clamp(min=0.2)).detach()
        rates = []
        for v in values:
            s.step(float(v))
            rates.append(o.param_groups[0]["lr"])
        f.add("plateau", "reduce_on_plateau", f"reduce_on_plateau: {{{', '.join(f'{k}: {v}' for k, v in options.items())}}}",
              {"values": values, "rates": torch.tensor(rates)}, rate=rate)
