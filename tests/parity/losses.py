"""Losses; weights multiply rows and their sum divides."""

import torch
import torch.nn.functional as F


def weighted(rows, weights):
    rows = rows.reshape(rows.shape[0], -1).mean(1)
    return rows.mean() if weights is None else (rows * weights).sum() / weights.sum()


def cases(f):
    def weights(n):
        return f.pick(None, f.uniform(n, low=0.1, high=3))

    for n, shape in ((4, (3,)), (1, (5,)), (7, ()), (3, (2, 4)), (8, (1,))):
        f.loss("mean_squared_error:", lambda p, t, w: weighted((p - t) ** 2, w), f.normal(n, *shape),
               f.normal(n, *shape), weights(n))
        f.loss("mean_absolute_error:", lambda p, t, w: weighted((p - t).abs(), w), f.normal(n, *shape),
               f.normal(n, *shape), weights(n))
    for logits in (True, False, True):
        option = f"{{from_logits: {str(logits).lower()}}}"
        for n, k in ((5, 3), (1, 2), (6, 7)):
            scale = f.pick(1, 3)
            p = f.normal(n, k, scale=scale) if logits else f.uniform(n, k, low=0.01, high=0.99)
            binary = F.binary_cross_entropy_with_logits if logits else F.binary_cross_entropy
            f.loss(f"binary_crossentropy: {option}",
                   lambda p, t, w: weighted(binary(p, t, reduction="none"), w), p, f.uniform(n, k), weights(n))

            def log_probabilities(p):
                return F.log_softmax(p, -1) if logits else (p / p.sum(-1, keepdim=True)).log()

            t = f.uniform(n, k)
            f.loss(f"categorical_crossentropy: {option}",
                   lambda p, t, w: weighted(-(t * log_probabilities(p)).sum(-1), w), p, t / t.sum(-1, keepdim=True),
                   weights(n))
            f.loss(f"sparse_categorical_crossentropy: {option}",
                   lambda p, t, w: weighted(F.nll_loss(log_probabilities(p), t, reduction="none"), w), p,
                   f.integers(n, below=k), weights(n))
