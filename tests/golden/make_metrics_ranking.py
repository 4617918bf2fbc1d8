"""Writes metrics_ranking.json: values for queries, of scikit-learn where it has them.

    pip install scikit-learn==1.9.1
    python tests/golden/make_metrics_ranking.py

ndcg is ndcg_score, whose value with equal scores is the mean over their orders. The others are the textbook's formula for
one order, averaged here over every order of equal scores; without k and without equal scores mean average precision must
be average_precision_score, which is asserted.
"""
import itertools

import numpy as np
import sklearn
from sklearn import metrics as sk

import metrics_cases
from metrics_cases import number

random = np.random.default_rng(20240305)


def orders(scores):
    """Every order by falling score."""
    groups = [np.flatnonzero(scores == s) for s in sorted(set(scores.tolist()), reverse=True)]
    for choice in itertools.product(*(itertools.permutations(g) for g in groups)):
        yield np.concatenate(choice)


def reciprocal(hits):
    return 1 / (np.flatnonzero(hits)[0] + 1) if hits.any() else 0.0


def of_query(scores, grades, k):
    look, relevant = (k or len(scores)), grades > 0
    sums, count = np.zeros(4), 0
    for order in orders(scores):
        hits = relevant[order][:look]
        precision = (hits * np.cumsum(hits) / np.arange(1, len(hits) + 1)).sum() / min(look, relevant.sum())
        sums += [reciprocal(hits), precision, hits.sum() / relevant.sum(), float(hits.any())]
        count += 1
    values = sums / count
    if k is None and count == 1:
        assert abs(values[1] - sk.average_precision_score(relevant, scores)) < 1e-12
    gain = sk.ndcg_score([grades], [scores], k=k) if len(scores) > 1 else 1.0  # it refuses a single row, where any order is best
    return np.array([gain, *values])


def case():
    k = [None, 1, 2, 3, 5][random.integers(5)]
    queries, scores, grades, values = [], [], [], []
    for q in range(int(random.integers(1, 5))):
        n = int(random.integers(1, 7))
        s = random.integers(0, random.choice([1, 3, 50]), n) / 4.0
        g = random.integers(0, random.choice([1, 2, 4], p=[.15, .4, .45]), n).astype(float)
        queries += [q * 3] * n
        scores += s.tolist()
        grades += g.tolist()
        if g.any():
            values.append(of_query(s, g, k))
    mixed = random.permutation(len(queries))  # the rows of a query need not be together
    names = ("ndcg", "mrr", "map", "recall", "hit_rate")
    means = [number(v) for v in np.mean(values, axis=0)] if values else [None] * 5
    return {"q": np.array(queries)[mixed].tolist(), "s": np.array(scores)[mixed].tolist(),
            "g": np.array(grades)[mixed].tolist(), "k": k or 0, "expected": dict(zip(names, means))}


metrics_cases.write("metrics_ranking.json",
                    f"tests/golden/make_metrics_ranking.py, scikit-learn {sklearn.__version__}, numpy {np.__version__}",
                    ranking=[case() for _ in range(200)])
