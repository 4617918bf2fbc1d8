"""Writes splits.json: sizes and rows of scikit-learn's splits into folds, thresholds by brute force over its metrics,
and moments of imbalanced-learn's SMOTE, which tests hold glia against.

    pip install scikit-learn==1.9.1 imbalanced-learn==0.14.2
    python tests/golden/make_splits.py
"""
import json
import pathlib
import warnings

import numpy as np
from imblearn.over_sampling import SMOTE
from sklearn import metrics as sk
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold, TimeSeriesSplit

warnings.filterwarnings("ignore")
random = np.random.default_rng(20240816)


def plain(n, k):
    return {"rows": n, "folds": k, "sizes": [len(t) for _, t in KFold(k, shuffle=True, random_state=1).split(np.zeros(n))]}


def stratified():
    k = int(random.integers(2, 8))
    classes = int(random.integers(2, 6))
    y = np.concatenate([np.arange(classes), np.arange(classes), np.zeros(k, int),
                        random.choice(classes, int(random.integers(k, 60)), p=random.dirichlet(np.ones(classes)))])
    random.shuffle(y)
    folds = [np.bincount(y[t], minlength=classes).tolist()
             for _, t in StratifiedKFold(k, shuffle=True, random_state=1).split(np.zeros(len(y)), y)]
    return {"y": y.tolist(), "folds": k, "counts": folds}


def grouped():
    k = int(random.integers(2, 6))
    groups = random.integers(0, int(random.integers(k, 25)), int(random.integers(40, 90)))
    groups = np.concatenate([groups, np.arange(k)])
    y = random.integers(0, 3, len(groups))
    quality = []
    for _, t in StratifiedGroupKFold(k).split(np.zeros(len(y)), y, groups):
        quality.append(np.bincount(y[t], minlength=3) / np.bincount(y, minlength=3))
    return {"groups": groups.tolist(), "folds": k, "y": y.tolist(),
            "sizes": sorted(len(t) for _, t in GroupKFold(k).split(np.zeros(len(groups)), groups=groups)),
            "spread": float(np.mean(np.std(quality, axis=0)))}


def series(n, k, gap):
    return {"rows": n, "folds": k, "gap": gap,
            "parts": [[int(len(a)), int(t[0]), int(t[-1])] for a, t in TimeSeriesSplit(k, gap=gap).split(np.zeros(n))]}


def threshold(i):
    n = int(random.integers(4, 40))
    y = np.concatenate([[0, 1], random.integers(0, 2, n)])
    p = np.clip(.5 * random.random(n + 2) + random.choice([.1, .3]) * y, 0, 1)
    p = np.round(p, 1 if i % 2 else 6)
    fp, fn = float(random.integers(1, 6)), float(random.integers(1, 6))
    values = np.unique(p)
    candidates = np.concatenate([[0.5, 1.0], values, [max(0.0, values[0] / 2)]])
    goals = {
        "accuracy": lambda d: sk.accuracy_score(y, d),
        "f1": lambda d: sk.f1_score(y, d, zero_division=0),
        "balanced_accuracy": lambda d: sk.balanced_accuracy_score(y, d),
        "youden": lambda d: 2 * sk.balanced_accuracy_score(y, d) - 1,
        "cost": lambda d: -(fp * np.mean((d == 1) & (y == 0)) + fn * np.mean((d == 0) & (y == 1))),
    }
    best = {g: float(max(f((p > t).astype(int)) for t in candidates)) for g, f in goals.items()}
    half = {g: float(f((p > 0.5).astype(int))) for g, f in goals.items()}
    return {"p": p.tolist(), "y": y.tolist(), "false_positive": fp, "false_negative": fn, "best": best, "half": half}


def smote():
    minority = np.round(random.normal(size=(24, 2)) * [1, 3] + random.integers(0, 2, (24, 1)) * 4, 3)
    majority = np.round(random.normal(size=(40000, 2)), 3)[:, :2]
    x = np.concatenate([minority, majority])
    y = np.array([1] * 24 + [0] * len(majority))
    made = SMOTE(random_state=1, k_neighbors=5).fit_resample(x, y)[0][len(x):]
    return {"minority": minority.tolist(), "k": 5, "made": len(made), "mean": made.mean(axis=0).tolist(),
            "covariance": np.cov(made.T).tolist(), "quartiles": np.quantile(made, [.1, .25, .5, .75, .9], axis=0).tolist()}


golden = {
    "plain": [plain(n, k) for n, k in [(10, 2), (10, 3), (11, 5), (100, 7), (5, 5)]],
    "stratified": [stratified() for _ in range(60)],
    "grouped": [grouped() for _ in range(40)],
    "series": [series(n, k, g) for n, k, g in [(10, 3, 0), (20, 4, 0), (23, 4, 2), (100, 5, 7), (7, 6, 0)]],
    "threshold": [threshold(i) for i in range(60)],
    "smote": smote(),
}
path = pathlib.Path(__file__).with_name("splits.json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
