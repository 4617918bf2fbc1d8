"""Optimizers that PyTorch does not have, from their papers, in numpy and float64.

They are called as PyTorch's are: made of parameters and options, `step()` after the gradients are there.
"""

import numpy as np


class Optimizer:
    def __init__(self, parameters):
        self.parameters, self.slots, self.steps = list(parameters), {}, 0

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    def slot(self, name, i, p):
        return self.slots.setdefault((name, i), np.zeros_like(p))

    def step(self):
        self.steps += 1
        for i, p in enumerate(self.parameters):
            value = p.detach().numpy()  # the same memory
            value[...] = self.moved(i, value, p.grad.numpy())


class Lion(Optimizer):
    """arXiv 2302.06675, algorithm 2."""

    def __init__(self, parameters, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(parameters)
        self.rate, (self.beta1, self.beta2), self.decay = lr, betas, weight_decay

    def moved(self, i, theta, g):
        m = self.slot("m", i, theta)
        c = self.beta1 * m + (1 - self.beta1) * g
        self.slots["m", i] = self.beta2 * m + (1 - self.beta2) * g
        return theta - self.rate * (np.sign(c) + self.decay * theta)


class Lamb(Optimizer):
    """arXiv 1904.00962, algorithm 2, with phi(z) = z; a ratio of norms with a zero in it is 1."""

    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.0):
        super().__init__(parameters)
        self.rate, (self.beta1, self.beta2), self.epsilon, self.decay = lr, betas, eps, weight_decay

    def moved(self, i, x, g):
        m = self.slots["m", i] = self.beta1 * self.slot("m", i, x) + (1 - self.beta1) * g
        v = self.slots["v", i] = self.beta2 * self.slot("v", i, x) + (1 - self.beta2) * g * g
        r = (m / (1 - self.beta1**self.steps)) / (np.sqrt(v / (1 - self.beta2**self.steps)) + self.epsilon)
        u = r + self.decay * x
        long, short = np.sqrt(np.sum(x * x)), np.sqrt(np.sum(u * u))
        return x - self.rate * (long / short if long > 0 and short > 0 else 1.0) * u
