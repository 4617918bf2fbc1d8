"""Writes metrics_multilabel.json: scikit-learn's values for rows with any number of labels.

    pip install scikit-learn==1.9.1
    python tests/golden/make_metrics_multilabel.py

Rows without a true label (and for the ranking loss also those with every label) have nothing to rank: they are left
out before scikit-learn is asked, which would count them as 1, 0 and 0.
"""
import numpy as np
import sklearn
from sklearn import metrics as sk

import metrics_cases
from metrics_cases import exact_weights, listed, number

random = np.random.default_rng(20240302)


def average(values, shares):
    """Of those that exist; null where there are none, or where none has a share."""
    kept = [(v, s) for v, s in zip(values, shares) if v is not None and not np.isnan(v)]
    if not kept or sum(s for _, s in kept) == 0:
        return None
    return number(np.average([v for v, _ in kept], weights=[s for _, s in kept]))


def decisions(y, said, w, expected):
    labels = y.shape[1]
    support = [(w * y[:, j]).sum() for j in range(labels)]
    expected["subset_accuracy"] = number(sk.accuracy_score(y, said, sample_weight=w))
    expected["hamming_loss"] = number(sk.hamming_loss(y, said, sample_weight=w))
    per_label = sk.precision_recall_fscore_support(y, said, average=None, sample_weight=w, zero_division=np.nan)
    micro = sk.precision_recall_fscore_support(y, said, average="micro", sample_weight=w, zero_division=np.nan)
    rows = [sk.precision_recall_fscore_support(y[i:i + 1], said[i:i + 1], average="samples", zero_division=np.nan)
            for i in range(len(y))]
    for at, name in enumerate(("precision", "recall", "f1")):
        expected[f"{name}_micro"] = number(micro[at])
        expected[f"{name}_macro"] = average(per_label[at], np.ones(labels))
        expected[f"{name}_weighted"] = average(per_label[at], support)
        expected[f"{name}_samples"] = average([row[at] for row in rows], w)
    either = [(w * (y[:, j] | said[:, j])).sum() for j in range(labels)]
    by_label = [sk.jaccard_score(y[:, j], said[:, j], sample_weight=w) if either[j] else None for j in range(labels)]
    expected["jaccard_micro"] = number(sk.jaccard_score(y, said, average="micro", sample_weight=w)) if sum(either) else None
    expected["jaccard_macro"] = average(by_label, np.ones(labels))
    expected["jaccard_weighted"] = average(by_label, support)
    expected["jaccard_samples"] = average(
        [sk.jaccard_score(y[i:i + 1], said[i:i + 1], average="samples") if (y[i] | said[i]).any() else None
         for i in range(len(y))], w)


def areas(y, p, w, expected):
    labels = y.shape[1]

    def roc(truth, score, weight):
        both = (weight * truth).sum() > 0 and (weight * (1 - truth)).sum() > 0
        return number(sk.roc_auc_score(truth, score, sample_weight=weight)) if both else None

    def precision(truth, score, weight):
        some = (weight * truth).sum() > 0
        return number(sk.average_precision_score(truth, score, sample_weight=weight)) if some else None

    support = [(w * y[:, j]).sum() for j in range(labels)]
    for name, area in (("roc_auc", roc), ("average_precision", precision)):
        values = [area(y[:, j], p[:, j], w) for j in range(labels)]
        expected[f"{name}_macro"] = average(values, np.ones(labels))
        expected[f"{name}_weighted"] = average(values, support)
        expected[f"{name}_micro"] = area(y.ravel(), p.ravel(), np.repeat(w, labels))


def ranking(y, p, w, expected):
    some, all_true = y.any(axis=1), y.all(axis=1)
    for name, score, keep in (
            ("label_ranking_average_precision", sk.label_ranking_average_precision_score, some),
            ("coverage_error", sk.coverage_error, some),
            ("label_ranking_loss", sk.label_ranking_loss, some & ~all_true)):
        expected[name] = number(score(y[keep], p[keep], sample_weight=w[keep])) if w[keep].sum() > 0 else None


def case():
    n, labels = int(random.integers(1, 10)), int(random.integers(2, 5))
    y = (random.random((n, labels)) < random.choice([0.0, 0.2, 0.5, 0.9], p=[.05, .35, .4, .2])).astype(int)
    p = random.integers(0, 9, (n, labels)) / 8 if random.random() < 0.4 else random.random((n, labels)).round(3)
    if random.random() < 0.06:
        p[:] = 0.25
    weights = exact_weights(random, n)
    w = np.ones(n) if weights is None else weights
    expected = {}
    decisions(y, (p > 0.5).astype(int), w, expected)
    areas(y, p, w, expected)
    ranking(y, p, w, expected)
    return {"y": y.ravel().tolist(), "p": p.ravel().tolist(), "labels": labels, "w": listed(weights), "expected": expected}


metrics_cases.write("metrics_multilabel.json",
                    f"tests/golden/make_metrics_multilabel.py, scikit-learn {sklearn.__version__}, numpy {np.__version__}",
                    multilabel=[case() for _ in range(200)])
