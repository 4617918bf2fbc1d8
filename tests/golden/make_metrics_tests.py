"""Writes metrics_tests.json: scipy's values for tests on pairs, DeLong's variance by its definition, scipy's bootstrap.

    pip install scipy==1.17.1 scikit-learn==1.9.1
    python tests/golden/make_metrics_tests.py

DeLong, DeLong and Clarke-Pearson define the covariance of areas by the comparisons of every positive with every negative
row; here they are written out. Temperatures are those of scipy's scalar minimisation.
"""
import numpy as np
import scipy
from scipy import optimize, special, stats
from sklearn import metrics as sk

import metrics_cases
from metrics_cases import number

random = np.random.default_rng(20240306)


def components(scores, y):
    won = np.sign(scores[y == 1][:, None] - scores[y == 0][None, :]) / 2 + 0.5
    return won.mean(axis=1), won.mean(axis=0), won.mean()


def covariance(a, b):
    return sum(np.cov(a[i], b[i], ddof=1)[0, 1] / len(a[i]) for i in (0, 1))


def auc_case():
    n = int(random.integers(4, 25))
    y = (random.random(n) < 0.5).astype(int)
    levels = random.choice([1, 4, 1000], p=[.05, .45, .5])
    a, b = ((random.integers(0, levels, n) + 0.4 * levels * y).round(1) for _ in range(2))
    if min(y.sum(), n - y.sum()) < 2:
        expected = {"auc": None, "variance": None, "p": None}
    else:
        ca, cb = components(a, y), components(b, y)
        assert abs(ca[2] - sk.roc_auc_score(y, a)) < 1e-12
        va, vb, cab = covariance(ca, ca), covariance(cb, cb), covariance(ca, cb)
        spread = va + vb - 2 * cab
        expected = {"auc": number(ca[2]), "variance": number(va), "covariance": number(cab),
                    "p": number(2 * stats.norm.sf(abs(cb[2] - ca[2]) / np.sqrt(spread))) if spread > 1e-12 else None}
    return {"y": y.tolist(), "a": a.tolist(), "b": b.tolist(), "expected": expected}


def pair_case():
    n = int(random.integers(2, 60))
    a = np.abs(random.normal(size=n)).round(random.choice([1, 4]))  # with ties and without
    b = np.abs(a + random.normal(size=n) * 0.3 - random.choice([0.0, 0.15])).round(4)
    if random.random() < 0.3:
        b = np.where(random.random(n) < 0.5, a, b.round(1))
    d = b - a
    test = stats.ttest_rel(b, a)
    interval = test.confidence_interval(0.95)
    told = len(set(d.tolist())) > 1
    moved = d[d != 0]
    ties = len(set(np.abs(moved).tolist())) < len(moved)
    if len(moved) == 0:
        signed = 1.0
    elif ties or len(moved) > 50:
        signed = stats.wilcoxon(moved, correction=False, method="asymptotic").pvalue
    else:
        signed = stats.wilcoxon(moved, method="exact").pvalue
    return {"a": a.tolist(), "b": b.tolist(),
            "expected": {"p": number(test.pvalue) if told else None, "low": number(interval.low) if told else None,
                         "high": number(interval.high) if told else None, "wilcoxon": number(signed)}}


def mcnemar_case():
    only_a, only_b, both = (int(x) for x in random.integers(0, [30, 30, 400]))
    n = only_a + only_b
    p = stats.binomtest(only_b, n, 0.5).pvalue if n else 1.0
    return {"only_a": only_a, "only_b": only_b, "both": both, "expected": {"p": number(p)}}


def temperature_case():
    n, k = int(random.integers(2, 15)), int(random.integers(2, 5))
    z = (random.normal(size=(n, k)) * random.choice([0.5, 3.0, 10.0])).round(2)
    y = np.where(random.random(n) < 0.55, z.argmax(axis=1), random.integers(0, k, n))
    slope = lambda b: np.mean((special.softmax(b * z, axis=1) * z).sum(axis=1) - z[np.arange(n), y])
    value = None
    if slope(1e-3) < 0 < slope(1e3):
        value = number(1 / optimize.brentq(slope, 1e-3, 1e3, xtol=1e-15, rtol=1e-14))
    return {"z": z.ravel().tolist(), "y": y.tolist(), "expected": {"temperature": value}}


def bootstrap_case(i):
    """With so many replicates that two bootstraps with their own random numbers agree to the tolerance given."""
    n = 40
    x = random.exponential(size=n).round(3)
    statistic = [np.mean, lambda v, axis=-1: np.sqrt(np.mean(v ** 2, axis=axis))][i]
    expected = {}
    for method in ("percentile", "bca"):
        found = stats.bootstrap((x,), statistic, n_resamples=200000, batch=20000, method=method,
                                random_state=np.random.default_rng(i), vectorized=True)
        expected[method] = [number(found.confidence_interval.low), number(found.confidence_interval.high)]
        expected["standard_error"] = number(found.standard_error)
    return {"x": x.tolist(), "expected": expected}


metrics_cases.write("metrics_tests.json", f"tests/golden/make_metrics_tests.py, scipy {scipy.__version__}, numpy {np.__version__}",
                    auc=[auc_case() for _ in range(200)], pairs=[pair_case() for _ in range(100)],
                    mcnemar=[mcnemar_case() for _ in range(50)],
                    temperature=[temperature_case() for _ in range(200)],
                    bootstrap=[bootstrap_case(i) for i in range(2)])
