"""Writes metrics_numbers.json: scikit-learn's values for metrics of predicted numbers, and those of forecasts.

    pip install scikit-learn==1.9.1
    python tests/golden/make_metrics_numbers.py

smape, wape, mase and the metrics of intervals, which scikit-learn has not, are their formulas in numpy.
"""
import numpy as np
import sklearn
from sklearn import metrics as sk

import metrics_cases
from metrics_cases import exact_weights, listed, number

random = np.random.default_rng(20240303)


def regression(y, p, w):
    counted = y[w > 0]
    above = (y > -1).all() and (p > -1).all()
    return {"median_absolute_error": number(sk.median_absolute_error(y, p, sample_weight=w)),
            "max_error": number(sk.max_error(y[w > 0], p[w > 0])),
            "explained_variance": None if len(set(counted.tolist())) < 2 else
            number(sk.explained_variance_score(y, p, sample_weight=w)),
            "msle": number(sk.mean_squared_log_error(y, p, sample_weight=w)) if above else None,
            "rmsle": number(sk.root_mean_squared_log_error(y, p, sample_weight=w)) if above else None}


def forecast(y, p, w, history, period, q, low, high):
    size = np.abs(y) + np.abs(p)
    relative = np.where(size > 0, 2 * np.abs(y - p) / np.where(size > 0, size, 1), 0)
    naive = np.abs(history[period:] - history[:-period]).mean() if len(history) > period else 0
    mae = sk.mean_absolute_error(y, p, sample_weight=w)
    return {"mape": None if (y[w > 0] == 0).any() else
            number(sk.mean_absolute_percentage_error(y[w > 0], p[w > 0], sample_weight=w[w > 0])),
            "smape": number(np.average(relative, weights=w)),
            "wape": number((w * np.abs(y - p)).sum() / (w * np.abs(y)).sum()) if (w * np.abs(y)).sum() > 0 else None,
            "mase": number(mae / naive) if naive > 0 else None,
            "pinball": number(sk.mean_pinball_loss(y, p, alpha=q, sample_weight=w)),
            "interval_coverage": number(np.average((low <= y) & (y <= high), weights=w)),
            "interval_width": number(np.average(high - low, weights=w))}


def case():
    n = int(random.integers(1, 14))
    scale = 10.0 ** random.integers(-2, 4)
    y = np.round(np.abs(random.normal(size=n)) * scale, 3)
    if random.random() < 0.3:
        y -= scale / 2  # below -1 at times: no logarithm
    if random.random() < 0.15:
        y[:] = random.choice([y[0], 0.0])
    p = y.copy() if random.random() < 0.05 else np.round(y + random.normal(size=n) * scale * 0.5, 3)
    if random.random() < 0.5:
        p = np.maximum(p, 0)
    history = np.round(random.normal(size=int(random.integers(1, 10))) * scale, 3)
    if random.random() < 0.1:
        history[:] = history[0]
    period, q = int(random.integers(1, 5)), float(random.choice([0.1, 0.5, 0.9]))
    low = np.round(p - np.abs(random.normal(size=n)) * scale / 2, 2)
    high = low + np.round(np.abs(random.normal(size=n)) * scale, 2)
    if random.random() < 0.2:
        low, high = y.copy(), y.copy()  # the ends belong to it
    weights = exact_weights(random, n)
    w = np.ones(n) if weights is None else weights
    return {"y": y.tolist(), "p": p.tolist(), "w": listed(weights), "history": history.tolist(), "period": period, "q": q,
            "low": low.tolist(), "high": high.tolist(),
            "expected": regression(y, p, w) | forecast(y, p, w, history, period, q, low, high)}


metrics_cases.write("metrics_numbers.json",
                    f"tests/golden/make_metrics_numbers.py, scikit-learn {sklearn.__version__}, numpy {np.__version__}",
                    numbers=[case() for _ in range(200)])
