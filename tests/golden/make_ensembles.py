"""Writes ensembles.json: what SciPy and scikit-learn make of members' answers.

python3 tests/golden/make_ensembles.py > tests/golden/ensembles.json
"""
import json
import sys

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, logit
from sklearn.linear_model import LogisticRegression, Ridge

random = np.random.default_rng(7)


def f32(a):
    return np.asarray(a, dtype=np.float32).astype(np.float64)


def on_simplex(members, loss):
    """The least loss of a weighted mean, from several beginnings."""
    best = None
    for start in [np.full(members, 1 / members)] + list(random.dirichlet(np.ones(members), 5)):
        found = minimize(loss, start, method="SLSQP", bounds=[(0, 1)] * members,
                         constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
                         options={"ftol": 1e-14, "maxiter": 1000})
        if best is None or found.fun < best.fun:
            best = found
    return {"weights": best.x.tolist(), "loss": float(best.fun)}


def binary(rows, members):
    truth = random.random(rows) < 0.35
    p = f32([1 / (1 + np.exp(-(random.normal(0, 0.5 + m / 2, rows) + (1.2 - 0.2 * m) * (2 * truth - 1))))
             for m in range(members)])
    t = truth.astype(float)
    right = np.where(truth, p, 1 - p)
    fit = LogisticRegression(C=0.5, tol=1e-12, max_iter=100000).fit(logit(p).T, truth)
    return {"kind": "binary", "ridge": 2.0, "answers": p.tolist(), "targets": t.tolist(),
            "weighted": on_simplex(members, lambda w: -np.log(w @ right).mean()),
            "stacking": {"weights": fit.coef_[0].tolist(), "bias": fit.intercept_.tolist()}}


def classes(rows, members, k):
    truth = random.integers(0, k, rows)
    z = random.normal(0, 1, (members, rows, k))
    for m in range(members):
        z[m, np.arange(rows), truth] += 1.5 - 0.4 * m
    p = f32(np.exp(log_softmax(z, axis=2)))
    right = p[:, np.arange(rows), truth]
    logs = np.log(np.clip(p, 1e-7, 1 - 1e-7))

    def loss(x):
        scores = log_softmax(np.tensordot(x[:members], logs, 1) + x[members:], axis=1)
        return -scores[np.arange(rows), truth].sum() + 0.5 * (x[:members] ** 2).sum()

    fit = minimize(loss, np.concatenate([np.full(members, 1 / members), np.zeros(k)]),
                   method="BFGS", options={"gtol": 1e-9, "maxiter": 10000})
    return {"kind": "classes", "ridge": 1.0, "answers": p.tolist(), "targets": truth.tolist(),
            "weighted": on_simplex(members, lambda w: -np.log(w @ right).mean()),
            "stacking": {"weights": fit.x[:members].tolist(), "loss": float(fit.fun)}}


def numbers(rows, members):
    truth = f32(random.normal(0, 1, rows))
    p = f32([truth + random.normal(0.1 * m, 0.3 + 0.3 * m, rows) for m in range(members)])
    fit = Ridge(alpha=3.0).fit(p.T, truth)
    return {"kind": "numbers", "ridge": 3.0, "answers": p.tolist(), "targets": truth.tolist(),
            "weighted": on_simplex(members, lambda w: ((w @ p - truth) ** 2).mean()),
            "stacking": {"weights": fit.coef_.tolist(), "bias": [float(fit.intercept_)]}}


cases = [binary(60, 3), binary(40, 5), classes(50, 3, 4), classes(45, 2, 3), numbers(50, 4),
         numbers(30, 2)]
json.dump(cases, sys.stdout, indent=None, separators=(",", ":"))
sys.stdout.write("\n")
