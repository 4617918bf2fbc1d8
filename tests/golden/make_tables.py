"""Writes tables.json: what pandas says of tables, which describe() and the readers are held against.

    python3 make_tables.py > tables.json        (with NumPy and pandas; needed only to make it anew)

Each case has a table as CSV and as JSON lines, and pandas' describe() of its numeric columns.
Each array has the bytes of a .npy file as NumPy writes it, and its values.
"""

import base64
import io
import json
import sys

import numpy as np
import pandas as pd

generator = np.random.default_rng(11)


def numbers(n):
    """Columns that summaries find hard: far from zero, skewed, constant, few values, missing ones."""
    far = 1e9 + generator.standard_normal(n)
    skewed = np.round(np.exp(3 * generator.standard_normal(n)), 4)
    few = generator.integers(0, 4, n).astype(float)
    holes = np.where(generator.random(n) < 0.3, np.nan, generator.standard_normal(n))
    if n > 0:
        holes[0] = 0.5
    return pd.DataFrame({"far": far, "skewed": skewed, "same": np.full(n, 7.0), "few": few, "holes": holes})


def summary(column):
    d = column.describe()
    counts, edges = np.histogram(column.dropna(), bins=24)
    return {
        "count": int(d["count"]),
        "mean": d["mean"],
        "std": None if np.isnan(d["std"]) else d["std"],
        "min": d["min"], "q1": d["25%"], "median": d["50%"], "q3": d["75%"], "max": d["max"],
        "zeros": int((column == 0).sum()),
        "counts": None if column.nunique() < 2 else counts.tolist(),
    }


def table(n):
    frame = numbers(n)
    return {
        "csv": frame.to_csv(index=False),
        "lines": frame.to_json(orient="records", lines=True, double_precision=15),
        "columns": {name: summary(frame[name]) for name in frame},
    }


def array(values, **options):
    out = io.BytesIO()
    np.save(out, values, **options)
    return {
        "dtype": values.dtype.str,
        "shape": list(values.shape),
        "fortran": bool(values.flags.f_contiguous and not values.flags.c_contiguous),
        "file": base64.b64encode(out.getvalue()).decode(),
        "values": [float(v) for v in np.ascontiguousarray(values).flatten()],
    }


def arrays():
    cases = []
    for kind in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
        for order in "<>":
            raw = generator.integers(0, 100, (3, 2, 4)) if kind[0] != "f" else generator.standard_normal((3, 2, 4))
            values = raw.astype(order + kind)
            if kind[0] == "i":
                values = -values
            cases.append(array(values))
            cases.append(array(np.asfortranarray(values)))
    cases.append(array(generator.random(5) < 0.5))
    cases.append(array(np.array(3.5)))
    cases.append(array(np.zeros((0, 3), "<f4")))
    return cases


def archive(save):
    out = io.BytesIO()
    save(out, x=np.arange(12, dtype="<f4").reshape(4, 3), y=np.array([1, 0, 1, 2], "<i8"))
    return base64.b64encode(out.getvalue()).decode()


def structured():
    rows = np.array([(1, 2.5, "Łódź", b"a"), (-7, np.nan, "", b"bc")],
                    dtype=[("n", ">i2"), ("x", "<f8"), ("city", "<U6"), ("code", "S3")])
    out = io.BytesIO()
    np.save(out, rows)
    return base64.b64encode(out.getvalue()).decode()


json.dump({
    "numpy": np.__version__, "pandas": pd.__version__,
    "tables": [table(n) for n in (1, 2, 3, 10, 101, 400)],
    "arrays": arrays(),
    "stored": archive(np.savez), "deflated": archive(np.savez_compressed),
    "structured": structured(),
}, sys.stdout, indent=0)
