"""What the scripts make_metrics*.py share: random inputs of metrics with ties and degenerate cases, and the files."""
import json
import pathlib
import warnings

import numpy as np

warnings.filterwarnings("ignore")


def number(x):
    x = float(x)
    return x if np.isfinite(x) else None


def attempt(compute):
    try:
        return number(compute())
    except ValueError:
        return None


def weights_for(random, n):
    kind = random.integers(4)
    if kind < 2:
        return None
    w = np.round(random.uniform(0.1, 3, n), 2)
    if kind == 3:
        w[random.random(n) < 0.3] = 0.0
    return w


def exact_weights(random, n):
    """Multiples of 1/4, whose sums are exact: where sums decide, as on a curve, both sides decide alike."""
    kind = random.integers(4)
    if kind < 2:
        return None
    w = random.integers(0 if kind == 3 else 1, 9, n) / 4
    if w.sum() == 0:
        w[0] = 1.0
    return w


def probabilities(random, n, k):
    kind = random.integers(3)
    if kind == 0:  # many ties: multiples of 1/8, exact in binary
        counts = random.multinomial(8, np.ones(k) / k, n)
        return counts / 8.0
    p = random.dirichlet(np.ones(k) * (0.3 if kind == 1 else 2.0), n)
    p = np.round(p, 4)
    p[:, -1] = 1 - p[:, :-1].sum(axis=1)
    return np.clip(p, 0, 1)


def listed(w):
    return None if w is None else np.asarray(w).tolist()


def write(name, made_by, **kinds):
    """One line for each case, so that a change can be read."""
    def line(cases):
        return "[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]"

    def nulls(x):
        if isinstance(x, dict):
            return sum(map(nulls, x.values()))
        return sum(map(nulls, x)) if isinstance(x, list) else x is None

    path = pathlib.Path(__file__).with_name(name)
    path.write_text("{" + f'"made_by":{json.dumps(made_by)},\n' +
                    ",\n".join(f'"{kind}":{line(cases)}' for kind, cases in kinds.items()) + "}\n")
    print(path.name, path.stat().st_size, "bytes; nulls:",
          {kind: sum(nulls(c["expected"]) for c in cases) for kind, cases in kinds.items()})
