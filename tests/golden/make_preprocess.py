"""Writes preprocess_*.json: random tables and what scikit-learn's steps make of them, which
tests/data/preprocess_sklearn_test.cpp holds glia against.

    pip install scikit-learn==1.9.1
    python tests/golden/make_preprocess.py [--seed N] [--out FOLDER]

Each table's first "fitted" rows are fitted on; all of its rows are transformed. A missing number is
null. With another seed and folder the same test compares other tables: GLIA_GOLDEN=FOLDER.
"""
import argparse
import json
import pathlib
import warnings

import numpy as np
from sklearn import preprocessing as sk
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction import FeatureHasher
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer

warnings.filterwarnings("ignore")
TABLES = 100


def numbers(array):
    """Nested lists of floats, NaN as null."""
    if np.ndim(array) == 0:
        return None if np.isnan(array) else float(array)
    return [numbers(a) for a in array]


def column(random, n, kind):
    x = random.normal(size=n) * 10 ** random.uniform(-2, 3)
    if kind == "normal":
        x += random.normal() * 10
    if kind == "skewed":
        x = np.exp(random.normal(size=n) * random.uniform(0.2, 1.2))
    if kind == "ties":
        x = random.integers(-3, 4, n).astype(float)
    if kind == "constant":
        x = np.full(n, np.round(random.normal(), 2))
    return np.array([float(f"{v:.5g}") for v in x])


def table(random, n, d, kinds):
    return np.stack([column(random, n, kinds[random.integers(len(kinds))]) for _ in range(d)], axis=1)


def with_holes(random, x, fitted, share):
    """Some values missing, but in no column all of those that are fitted on."""
    x = x.copy()
    holes = random.random(x.shape) < share
    holes[random.integers(fitted, size=x.shape[1]), np.arange(x.shape[1])] = False
    x[holes] = np.nan
    return x


def case(x, fitted, **results):
    return {"fitted": fitted, "x": numbers(x), **{k: v for k, v in results.items()}}


def distance(a, b, missing_values=np.nan):
    """scikit-learn's nan_euclidean without its cancellation, which weights by distance would show."""
    both = ~np.isnan(a) & ~np.isnan(b)
    return np.sqrt(np.sum((a[both] - b[both]) ** 2) / both.sum() * len(a)) if both.any() else np.nan


def has_ties(x):
    """Whether two rows are equally far from a third: which one is nearer is then anyone's guess."""
    for row in x:
        distances = sorted(d for d in (distance(row, other) for other in x) if d > 0)
        if any(b - a < 1e-9 * b for a, b in zip(distances, distances[1:])):
            return True
    return False


def imputed(random):
    fitted = 10
    while True:
        x = with_holes(random, table(random, 13, 3, ["normal", "skewed"]), fitted, 0.25)
        if not has_ties(x):
            break
    a = x[:fitted]
    simple = {}
    for name, strategy in [("mean", "mean"), ("median", "median"), ("mode", "most_frequent")]:
        simple[name] = numbers(SimpleImputer(strategy=strategy).fit(a).statistics_)
    weights, k = ["uniform", "distance"][random.integers(2)], int(random.integers(1, 6))
    knn = KNNImputer(n_neighbors=k, weights=weights, metric=distance).fit(a).transform(x)
    iterative = IterativeImputer().fit(a).transform(x)
    indicators = SimpleImputer(add_indicator=True).fit(a).indicator_.features_
    return case(x, fitted, **simple, weights=weights, n_neighbors=k, knn=numbers(knn),
                iterative=numbers(iterative), indicators=[int(i) for i in indicators])


def scaled(random):
    fitted = 8
    x = table(random, 10, 3, ["normal", "skewed", "ties", "constant"])
    if random.random() < 0.5:
        x = with_holes(random, x, fitted, 0.15)
    a = x[:fitted]
    low, high = np.sort(np.round(random.uniform(-3, 3, 2), 2)) + [0, 0.5]
    lower, upper = np.round(random.uniform(0.02, 0.4), 2), np.round(random.uniform(0.6, 0.98), 2)
    robust = sk.RobustScaler(quantile_range=(100 * lower, 100 * upper))
    return case(
        x, fitted, low=low, high=high, lower=lower, upper=upper,
        standardize=numbers(sk.StandardScaler().fit(a).transform(x)),
        min_max=numbers(sk.MinMaxScaler(feature_range=(low, high)).fit(a).transform(x)),
        robust=numbers(robust.fit(a).transform(x)))


def shaped(random):
    """Quantile maps; winsorized values, of which numpy is the judge."""
    fitted = 8
    x = table(random, 10, 3, ["normal", "skewed", "ties", "constant"])
    if random.random() < 0.5:
        x = with_holes(random, x, fitted, 0.15)
    a = x[:fitted]
    n = int(random.choice([3, 5, 8, 1000]))
    results = {}
    for output in ["uniform", "normal"]:
        q = sk.QuantileTransformer(n_quantiles=n, output_distribution=output, subsample=None)
        results[output] = numbers(q.fit(a).transform(x))
    bounds = np.nanquantile(a, [0.05, 0.95], axis=0)
    return case(x, fitted, n_quantiles=n, **results, winsorize=numbers(np.clip(x, *bounds)))


def powered(random):
    """Of values that hardly differ for their size, scikit-learn's powers are rounding noise; none here."""
    fitted = 10
    x = table(random, 12, 3, ["centred", "skewed", "ties"])
    positive = table(random, 12, 3, ["skewed"])
    yeo = sk.PowerTransformer(method="yeo-johnson").fit(x[:fitted])
    box = sk.PowerTransformer(method="box-cox").fit(positive[:fitted])
    return case(x, fitted, yeo_johnson=numbers(yeo.transform(x)), positive=numbers(positive),
                box_cox=numbers(box.transform(positive)))


def encoded(random):
    n, fitted = 26, 22
    letters = np.array(list("abcdefgh"))
    x = random.choice(letters[: random.integers(3, 7)], n, p=None)
    y = {
        "binary": random.integers(0, 2, n),
        "multiclass": random.integers(0, 3, n),
        "regression": np.round(random.normal(size=n), 3),
    }
    for classes in ("binary", "multiclass"):  # each class among the fitted rows
        y[classes][:3] = [0, 1, 2 if classes == "multiclass" else 1]
    x[fitted:] = random.choice(x[:fitted], n - fitted)
    x[fitted] = "z"  # which training never had
    a, each = x[:fitted, None], np.unique(x)[:, None]
    smooth = ["auto", 0.0, 2.5][random.integers(3)]
    result = {"fitted": fitted, "x": list(map(str, x)), "each": list(map(str, each[:, 0])), "smooth": smooth}
    for task, target in y.items():
        kind = "continuous" if task == "regression" else task
        encoder = sk.TargetEncoder(smooth=smooth, target_type=kind).fit(a, target[:fitted])
        result[task] = {"y": target.tolist(), "encoded": numbers(encoder.transform(each))}
    least = int(random.integers(1, 6))
    hot = sk.OneHotEncoder(min_frequency=least, handle_unknown="infrequent_if_exist", sparse_output=False)
    ordinal = sk.OrdinalEncoder(min_frequency=least).fit(a)
    features = int(random.integers(1, 9))
    hasher = FeatureHasher(n_features=features, input_type="string")
    words = [[str(v) * 3 + "é"] for v in each[:, 0]]
    return {**result, "min_frequency": least, "one_hot": whole(hot.fit(a).transform(each)),
            "ordinal": whole(ordinal.transform(each[each[:, 0] != "z"])),
            "n_features": features, "hashing": whole(hasher.transform(words).toarray())}


def whole(array):
    return np.asarray(array).astype(int).tolist()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, make in [("impute", imputed), ("scale", scaled), ("shape", shaped), ("power", powered),
                       ("encode", encoded)]:
        random = np.random.default_rng([arguments.seed, len(name), ord(name[0])])
        cases = [make(random) for _ in range(TABLES)]
        path = arguments.out / f"preprocess_{name}.json"
        path.write_text("[" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "]\n")
        print(path, path.stat().st_size)


main()
