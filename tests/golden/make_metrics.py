"""Writes metrics.json: random cases and scikit-learn's values for them, which tests/metrics holds glia against.

    pip install scikit-learn==1.9.1
    python tests/golden/make_metrics.py

Where a metric is not defined scikit-learn answers NaN, raises, or gives a conventional number (r2 of a constant
target); the golden value is then null, by rules written here and not in glia.
"""
import numpy as np
import sklearn
from sklearn import metrics as sk

import metrics_cases
from metrics_cases import attempt, listed, number, probabilities, weights_for

random = np.random.default_rng(20240229)


def scores(y, predicted, labels, w, average, positive=1):
    p, r, f, _ = sk.precision_recall_fscore_support(
        y, predicted, labels=labels, average=average, pos_label=positive, sample_weight=w, zero_division=np.nan)
    if average == "weighted":  # scikit-learn says 0 where no class that was predicted has a true row to weigh it
        weight = np.ones(len(y)) if w is None else w
        if not any(weight[y == c].sum() > 0 for c in labels if weight[predicted == c].sum() > 0):
            p = np.nan
    return {"precision": number(p), "recall": number(r), "f1": number(f)}


def auc(y, s, w):
    w = np.ones(len(y)) if w is None else w
    if (w[y == 1].sum() == 0) or (w[y == 0].sum() == 0):
        return None
    return attempt(lambda: sk.roc_auc_score(y, s, sample_weight=w))


def binary_case(i):
    n = int(random.integers(1, 24))
    y = (random.random(n) < random.choice([0.0, 0.2, 0.5, 0.8, 1.0], p=[.06, .3, .3, .28, .06])).astype(int)
    p = probabilities(random, n, 2)[:, 1]
    positive = int(random.integers(2))
    threshold = float(random.choice([0.5, 0.25, 0.7]))
    w = weights_for(random, n)
    if w is not None and w.sum() == 0:
        w[0] = 1.0
    predicted = np.where(p > threshold, positive, 1 - positive)
    is_positive = (y == positive).astype(int)
    expected = scores(y, predicted, None, w, "binary", positive)
    expected["accuracy"] = number(sk.accuracy_score(y, predicted, sample_weight=w))
    expected["roc_auc"] = auc(is_positive, p, w)
    expected["log_loss"] = number(sk.log_loss(is_positive, p, sample_weight=w, labels=[0, 1]))
    matrix = sk.confusion_matrix(y, predicted, labels=[0, 1], sample_weight=w)
    return {"y": y.tolist(), "p": p.tolist(), "w": listed(w), "positive": positive,
            "threshold": threshold, "confusion": matrix.ravel().tolist(), "expected": expected}


def ovr(y, p, k, w, average):
    """One-vs-rest from scikit-learn's binary AUC: its own multiclass entry refuses absent classes."""
    weight = np.ones(len(y)) if w is None else w
    if average == "micro":
        return auc(np.eye(k, dtype=int)[y].ravel(), p.ravel(), np.repeat(weight, k))
    areas, shares = [], []
    for c in range(k):
        a = auc((y == c).astype(int), p[:, c], w)
        if a is not None:
            areas.append(a)
            shares.append(weight[y == c].sum() if average == "weighted" else 1.0)
    if not areas:
        return None
    value = float(np.average(areas, weights=shares))
    if len(areas) == k and len(set(y)) == k and np.allclose(p.sum(axis=1), 1):  # then it must agree with that entry
        direct = sk.roc_auc_score(y, p, multi_class="ovr", average=average, sample_weight=w)
        assert abs(direct - value) < 1e-12, (direct, value)
    return value


def multiclass_case(i):
    n, k = int(random.integers(1, 18)), int(random.integers(3, 6))
    y = random.integers(0, random.choice([1, k - 1, k], p=[.05, .2, .75]), n)
    p = probabilities(random, n, k)
    w = weights_for(random, n)
    if w is not None and w.sum() == 0:
        w[0] = 1.0
    predicted = p.argmax(axis=1)
    labels = list(range(k))
    expected = {"accuracy": number(sk.accuracy_score(y, predicted, sample_weight=w)),
                "log_loss": number(sk.log_loss(y, p, sample_weight=w, labels=labels))}
    for average in ("macro", "micro", "weighted"):
        for name, value in scores(y, predicted, labels, w, average).items():
            expected[f"{name}_{average}"] = value
        expected[f"roc_auc_{average}"] = ovr(y, p, k, w, average)
    matrix = sk.confusion_matrix(y, predicted, labels=labels, sample_weight=w)
    return {"y": y.tolist(), "p": p.ravel().tolist(), "k": k, "w": listed(w),
            "confusion": matrix.ravel().tolist(), "expected": expected}


def regression_case(i):
    n = int(random.integers(1, 20))
    scale = 10.0 ** random.integers(-3, 6)
    y = np.round(random.normal(size=n) * scale, 4) + random.choice([0.0, 1e3])
    if random.random() < 0.1:
        y[:] = y[0]
    p = y.copy() if random.random() < 0.05 else np.round(y + random.normal(size=n) * scale * 0.5, 4)
    w = weights_for(random, n)
    if w is not None and w.sum() == 0:
        w[0] = 1.0
    counted = y if w is None else y[w > 0]
    expected = {"mse": number(sk.mean_squared_error(y, p, sample_weight=w)),
                "mae": number(sk.mean_absolute_error(y, p, sample_weight=w)),
                "rmse": number(sk.root_mean_squared_error(y, p, sample_weight=w)),
                "r2": None if len(set(counted.tolist())) < 2 else number(sk.r2_score(y, p, sample_weight=w))}
    return {"y": y.tolist(), "p": p.tolist(), "w": listed(w), "expected": expected}


metrics_cases.write("metrics.json", f"tests/golden/make_metrics.py, scikit-learn {sklearn.__version__}, numpy {np.__version__}",
                    binary=[binary_case(i) for i in range(200)],
                    multiclass=[multiclass_case(i) for i in range(200)],
                    regression=[regression_case(i) for i in range(200)])
