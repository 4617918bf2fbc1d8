"""Writes series.json: what pandas makes of a table of series; glia/data/series_encoder.h is held against it.

    python3 make_series.py > series.json        (with NumPy and pandas at hand; needed only to make the file anew)
"""

import io
import json
import sys

import numpy as np
import pandas as pd

generator = np.random.default_rng(5)
cases = []


def scaled(column, train, how):
    training = column[train].dropna()
    if how == "standardize":
        return (column - training.mean()) / training.std(ddof=0)
    if how == "min_max":
        return (column - training.min()) / (training.max() - training.min())
    return column


def case(name, frequency, rows, train, **options):
    o = {"log": False, "differences": [], "scale": "standardize", "lags": [], "rolling": [], "seasons": []} | options
    times = pd.date_range("1999-11-30" if frequency != "MS" else "1999-11-01", periods=rows, freq=frequency)
    t = np.arange(rows)
    frame = pd.DataFrame({"time": times.strftime("%Y-%m-%dT%H:%M:%S"),
                          "sales": np.round(50 + t + 9 * np.sin(t / 3) + generator.standard_normal(rows), 3),
                          "rain": np.round(generator.standard_normal(rows), 3)})
    text = frame.to_csv(index=False)
    frame = pd.read_csv(io.StringIO(text), parse_dates=["time"])
    is_training = frame.index < train
    sales = np.log(frame.sales) if o["log"] else frame.sales
    for lag in o["differences"]:
        sales = sales.diff(lag)
    sales = scaled(sales, is_training, o["scale"])
    columns = [sales, scaled(frame.rain, is_training, o["scale"])]
    columns += [sales.shift(lag) for lag in o["lags"]]
    columns += [sales.rolling(length).mean() for length in o["rolling"]]
    for season in o["seasons"]:
        if season == "year":
            start = pd.to_datetime(frame.time.dt.year.astype(str) + "-01-01")
            end = pd.to_datetime((frame.time.dt.year + 1).astype(str) + "-01-01")
            share = (frame.time - start) / (end - start)
        elif season == "week":
            share = (frame.time.dt.day_of_week + frame.time.dt.hour / 24) / 7
        elif season == "day":
            share = frame.time.dt.hour / 24
        else:
            share = t / float(season)
        columns += [np.sin(2 * np.pi * share), np.cos(2 * np.pi * share)]
    values = np.stack([np.asarray(c, float) for c in columns], 1)
    cases.append({"name": name, "csv": text, "train": train, "options": o,
                  "shape": list(values.shape), "values": [None if np.isnan(v) else v for v in values.flatten()]})


case("scaled", "D", 20, 12)
case("min_max", "D", 20, 12, scale="min_max")
case("monthly, as an airline's passengers", "MS", 40, 30, log=True, differences=[1, 12], seasons=["12", "year"])
case("hourly, lags and means", "h", 60, 40, lags=[1, 24], rolling=[3, 7], seasons=["day", "week", "year"])
case("all at once", "D", 50, 30, log=True, differences=[7], lags=[2], rolling=[4], seasons=["week", "7"])

json.dump({"source": f"pandas {pd.__version__}, by make_series.py", "cases": cases}, sys.stdout, separators=(",", ":"))
print()
