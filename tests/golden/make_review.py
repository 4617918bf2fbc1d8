"""Writes review.json: scipy's intervals of the difference of two means with unequal variances.

    pip install scipy==1.17.1
    python tests/golden/make_review.py
"""
import json
import pathlib

import numpy as np
from scipy import stats

random = np.random.default_rng(7)
cases = []
for _ in range(20):
    a, b = (random.normal(0.8 + shift, spread, int(random.integers(2, 8))).round(4)
            for shift, spread in ((0, random.uniform(0.001, 0.05)), (random.uniform(-0.05, 0.1), 0.02)))
    interval = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
    cases.append({"a": a.tolist(), "b": b.tolist(), "low": interval.low, "high": interval.high})
path = pathlib.Path(__file__).with_name("review.json")
path.write_text(json.dumps({"welch": cases}, indent=1) + "\n")
