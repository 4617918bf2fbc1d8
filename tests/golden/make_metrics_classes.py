"""Writes metrics_classes.json and metrics_curves.json: scikit-learn's values for metrics of classes and for curves.

    pip install scikit-learn==1.9.1
    python tests/golden/make_metrics_classes.py

Where a metric is not defined scikit-learn answers NaN or a number by convention; the golden value is then null, by rules
written here and not in glia. Calibration errors are made of scikit-learn's calibration_curve.
"""
import numpy as np
import sklearn
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve
from sklearn.metrics._base import _average_multiclass_ovo_score

import metrics_cases
from metrics_cases import attempt, exact_weights, listed, number, probabilities

random = np.random.default_rng(20240301)
made_by = f"tests/golden/make_metrics_classes.py, scikit-learn {sklearn.__version__}, numpy {np.__version__}"


def jaccard(is_class, said_class, w):
    return number(sk.jaccard_score(is_class, said_class, sample_weight=w)) if (w * (is_class | said_class)).sum() else None


def specificity(is_class, said_class, w):
    return number(sk.recall_score(~is_class, ~said_class, sample_weight=w)) if (w * ~is_class).sum() else None


def precision_area(is_class, score, w):
    return number(sk.average_precision_score(is_class, score, sample_weight=w)) if (w * is_class).sum() else None


def mean(values, shares=None):
    """Over those that have a value."""
    kept = [i for i, v in enumerate(values) if v is not None]
    if not kept or (shares is not None and sum(shares[i] for i in kept) == 0):
        return None
    return number(np.average([values[i] for i in kept], weights=None if shares is None else [shares[i] for i in kept]))


def one_kind(labels, w):
    return len(set(labels[w > 0].tolist())) < 2


def calibration_errors(confidence, right, w, bins=15):
    """By the bins of calibration_curve; it takes no weights, so rows are repeated by theirs (multiples of 1/4)."""
    times = np.round(w * 4).astype(int)
    confidence, right = np.repeat(confidence, times), np.repeat(right, times)
    share, said = calibration_curve(right, confidence, n_bins=bins) if len(right) else ([], [])
    edges = np.linspace(0.0, 1.0, bins + 1)
    counts = np.bincount(np.searchsorted(edges[1:-1], confidence), minlength=bins)
    counts = counts[counts > 0]
    gaps = np.abs(np.asarray(share) - np.asarray(said))
    return {"ece": number((gaps * counts).sum() / counts.sum()), "mce": number(gaps.max())}


def agreement(y, predicted, labels, w):
    degenerate = one_kind(y, w) or one_kind(predicted, w)
    values = {"balanced_accuracy": number(sk.balanced_accuracy_score(y, predicted, sample_weight=w)),
              "matthews": None if degenerate else number(sk.matthews_corrcoef(y, predicted, sample_weight=w))}
    for name, weights in (("cohen_kappa", None), ("kappa_linear", "linear"), ("kappa_quadratic", "quadratic")):
        values[name] = number(sk.cohen_kappa_score(y, predicted, labels=labels, weights=weights, sample_weight=w))
    return values


def binary_case():
    n = int(random.integers(1, 20))
    y = (random.random(n) < random.choice([0.0, 0.3, 0.5, 0.8, 1.0], p=[.06, .3, .3, .28, .06])).astype(int)
    p = probabilities(random, n, 2)[:, 1]
    if random.random() < 0.08:
        p[:] = p[0]
    weights = exact_weights(random, n)
    w = np.ones(n) if weights is None else weights
    predicted = (p > 0.5).astype(int)
    expected = agreement(y, predicted, [0, 1], w)
    del expected["kappa_linear"], expected["kappa_quadratic"]  # of two classes all three are the same
    expected["specificity"] = specificity(y == 1, predicted == 1, w)
    expected["jaccard"] = jaccard(y == 1, predicted == 1, w)
    expected["average_precision"] = precision_area(y == 1, p, w)
    expected["average_precision_macro"] = mean([precision_area(y == 0, 1 - p, w), precision_area(y == 1, p, w)])
    expected["brier"] = number(sk.brier_score_loss(y, p, sample_weight=w, labels=[0, 1]))
    expected |= calibration_errors(np.maximum(p, 1 - p), (predicted == y).astype(int), w)
    return {"y": y.tolist(), "p": p.tolist(), "w": listed(weights), "expected": expected}


def pairs_of_classes(y, p, average):
    if len(set(y)) < 2:
        return None
    columns = p[:, sorted(set(y))]  # it takes classes as they come and numbers the columns by them
    places = np.searchsorted(sorted(set(y)), y)
    return attempt(lambda: _average_multiclass_ovo_score(sk.roc_auc_score, places, columns, average=average))


def multiclass_case():
    n, k = int(random.integers(1, 14)), int(random.integers(3, 7))
    y = random.integers(0, random.choice([1, k - 1, k], p=[.05, .2, .75]), n)
    p = probabilities(random, n, k)
    if random.random() < 0.08:
        p[:] = p[0]
    weights = exact_weights(random, n)
    w = np.ones(n) if weights is None else weights
    predicted, labels = p.argmax(axis=1), list(range(k))
    expected = agreement(y, predicted, labels, w)
    support = [w[y == c].sum() for c in labels]
    for name, of_class in (("jaccard", lambda c: jaccard(y == c, predicted == c, w)),
                           ("specificity", lambda c: specificity(y == c, predicted == c, w)),
                           ("average_precision", lambda c: precision_area(y == c, p[:, c], w))):
        values = [of_class(c) for c in labels]
        expected[f"{name}_macro"], expected[f"{name}_weighted"] = mean(values), mean(values, support)
    truth, said = np.eye(k, dtype=bool)[y].ravel(), np.eye(k, dtype=bool)[predicted].ravel()
    expected["jaccard_micro"] = jaccard(truth, said, np.repeat(w, k))
    expected["specificity_micro"] = specificity(truth, said, np.repeat(w, k))
    expected["average_precision_micro"] = precision_area(truth, p.ravel(), np.repeat(w, k))
    # Of equal scores scikit-learn takes the last class; with the columns turned round, the first.
    for top in (1, 2, 3, 5):
        expected[f"top_{top}"] = None if top >= k else number(sk.top_k_accuracy_score(
            k - 1 - y, p[:, ::-1], k=top, labels=labels, sample_weight=w))
    expected["brier"] = number(sk.brier_score_loss(y, p, sample_weight=w, labels=labels, scale_by_half=False))
    expected |= calibration_errors(p.max(axis=1), (predicted == y).astype(int), w)
    if weights is None:
        expected["roc_auc_ovo"] = pairs_of_classes(y, p, "macro")
        expected["roc_auc_ovo_weighted"] = pairs_of_classes(y, p, "weighted")
    return {"y": y.tolist(), "p": p.ravel().tolist(), "k": k, "w": listed(weights), "expected": expected}


def thresholds(t):
    return [1e300 if np.isinf(x) else float(x) for x in t]


def curve_case():
    n = int(random.integers(1, 16))
    y = (random.random(n) < random.choice([0.0, 0.3, 0.5, 0.8, 1.0], p=[.05, .3, .3, .3, .05])).astype(int)
    s = random.integers(0, random.choice([1, 3, 8, 40]), n) / 8.0
    weights = exact_weights(random, n)
    w = np.ones(n) if weights is None else weights
    positive, negative = (w * y).sum() > 0, (w * (1 - y)).sum() > 0
    expected = {"roc": None, "roc_all": None, "pr": None, "pr_short": None}
    if positive and negative:
        for name, drop in (("roc", True), ("roc_all", False)):
            x, t, at = sk.roc_curve(y, s, sample_weight=weights, drop_intermediate=drop)
            expected[name] = [x.tolist(), t.tolist(), thresholds(at)]
        expected["roc_area"] = number(sk.auc(*sk.roc_curve(y, s, sample_weight=weights)[:2]))
    if positive:
        for name, drop in (("pr", False), ("pr_short", True)):
            p, r, at = sk.precision_recall_curve(y, s, sample_weight=weights, drop_intermediate=drop)
            expected[name] = [p.tolist(), r.tolist(), thresholds(at)]
        p, r, _ = sk.precision_recall_curve(y, s, sample_weight=weights)
        expected["pr_area"] = number(sk.auc(r, p))
    return {"y": y.tolist(), "s": s.tolist(), "w": listed(weights), "expected": expected}


def calibration_case():
    n, bins = int(random.integers(1, 30)), int(random.choice([1, 2, 5, 10, 15]))
    p = random.random(n).round(3) if random.random() < 0.5 else random.integers(0, 11, n) / 10  # on the bins' ends
    y = (random.random(n) < p).astype(int)
    expected = {}
    for strategy in ("uniform", "quantile"):
        share, said = calibration_curve(y == 1, p, n_bins=bins, strategy=strategy)
        expected[strategy] = [share.tolist(), said.tolist()]
    return {"y": y.tolist(), "p": p.tolist(), "bins": bins, "expected": expected}


metrics_cases.write("metrics_classes.json", made_by, binary=[binary_case() for _ in range(200)],
                    multiclass=[multiclass_case() for _ in range(200)])
metrics_cases.write("metrics_curves.json", made_by, curves=[curve_case() for _ in range(200)],
                    calibration=[calibration_case() for _ in range(200)])
