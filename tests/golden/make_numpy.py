"""Writes numpy.json: values of NumPy that the reference backend is held against.

    python3 make_numpy.py > numpy.json        (with NumPy at hand; needed only to make the file anew)

Entries are those of make_ops.py: op, attributes, inputs and outputs, each a pair [shape, values].
"""

import json
import math
import sys

import numpy as np

generator = np.random.default_rng(7)


def random(*shape, scale=1.0):
    return np.round(generator.standard_normal(shape) * scale * 1000) / 1000


def pack(array):
    array = np.asarray(array)
    return [list(array.shape), [float(v) for v in array.flatten()]]


cases = []


def case(op, name, attributes, inputs, output):
    cases.append({
        "op": op,
        "name": name,
        "attributes": attributes,
        "inputs": [pack(x) for x in inputs],
        "outputs": [pack(output)],
    })


def concatenation(name, axis, *xs):
    case("concatenate", name, {"axis": axis}, xs, np.concatenate(xs, axis))


concatenation("first", 0, random(2, 3), random(4, 3), random(1, 3))
concatenation("last", -1, random(2, 3, 1), random(2, 3, 4))
concatenation("middle", 1, random(2, 3, 2), random(2, 0, 2), random(2, 2, 2))


def slicing(name, x, *slices):
    """The slices as NumPy takes them; the op takes where they begin and how many there are."""
    y = x[slices]
    bounds = [s.indices(n) for s, n in zip(slices, x.shape)]
    attributes = {"from": [b[0] for b in bounds], "shape": list(y.shape), "step": [b[2] for b in bounds]}
    case("slice", name, attributes, [x], y)


slicing("inside", random(6, 5), slice(1, 4), slice(2, 5))
slicing("from_the_end", random(6, 5), slice(-2, None), slice(None, -1))
slicing("steps", random(9, 4, 7), slice(1, None, 3), slice(None), slice(0, 7, 2))
slicing("backwards", random(3, 8), slice(None), slice(None, None, -1))
slicing("backwards_steps", random(3, 8), slice(2, 0, -1), slice(6, 0, -3))


def padding(name, x, amounts, value):
    y = np.pad(x, amounts, constant_values=value)
    case("pad", name, {"from": [a for a, _ in amounts], "shape": list(y.shape), "value": value}, [x], y)


padding("row", random(4), [(2, 1)], 0.5)
padding("table", random(3, 4), [(0, 2), (1, 0)], -1.0)
padding("images", random(2, 2, 3, 2), [(0, 0), (0, 0), (1, 1), (2, 0)], 0.0)

for name, table, indices in (("rows", random(7, 3), np.array([6, 0, 3, 3])),
                             ("blocks", random(5, 2, 2), np.array([[4, 1, 1], [0, 2, 4]])),
                             ("numbers", random(5), np.array([[4, 1], [0, 0]]))):
    y = np.take(table, indices, 0)
    case("gather", name, {}, [table, indices], y)
    updates, sums = random(*y.shape), np.zeros_like(table)
    np.add.at(sums, indices, updates)
    case("scatter_add", name, {"rows": [len(table)]}, [updates, indices], sums)

for ta in (False, True):
    for tb in (False, True):
        a = random(*((3, 5, 4) if ta else (3, 4, 5)))
        b = random(*((3, 2, 5) if tb else (3, 5, 2)))
        y = np.matmul(a.swapaxes(1, 2) if ta else a, b.swapaxes(1, 2) if tb else b)
        case("batch_matmul", "nt"[ta] + "nt"[tb], {"transpose_a": ta, "transpose_b": tb}, [a, b], y)

case("iota", "five", {"shape": [5]}, [], np.arange(5))

x = random(30, scale=4)
for op, f in (("expm1", np.expm1), ("sin", np.sin), ("cos", np.cos), ("floor", np.floor),
              ("erf", np.vectorize(math.erf))):
    case(op, "values", {}, [x], f(x))
for exponent in (3.0, -2.0, 0.0):
    case("power", f"whole{exponent}", {"exponent": exponent}, [x], np.power(x, exponent))
for exponent in (0.5, -1.7, 2.3):
    case("power", f"real{exponent}", {"exponent": exponent}, [np.abs(x)], np.power(np.abs(x), exponent))

json.dump({"source": f"NumPy {np.__version__}, float64, by make_numpy.py", "cases": cases}, sys.stdout,
          separators=(",", ":"))
print()
