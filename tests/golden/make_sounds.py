"""Writes sounds.json: log-mel spectrograms and MFCCs in double precision, by NumPy as the formulas stand.

    python3 make_sounds.py > sounds.json        (with NumPy, SciPy and librosa at hand; only to make the file anew)

The formulas are held against librosa first. Samples are whole numbers, to be divided by 32768.
"""

import json
import sys

import librosa
import numpy as np
import scipy.fft

generator = np.random.default_rng(11)


def mel(hz, scale):
    hz = np.asarray(hz, float)
    if scale == "htk":
        return 2595 * np.log10(1 + hz / 700)
    return np.where(hz < 1000, hz * 3 / 200, 15 + np.log(np.maximum(hz, 1e-9) / 1000) * 27 / np.log(6.4))


def hertz(m, scale):
    if scale == "htk":
        return 700 * (10 ** (m / 2595) - 1)
    return np.where(m < 15, m * 200 / 3, 1000 * np.exp((m - 15) * np.log(6.4) / 27))


def filters(o):
    edges = hertz(np.linspace(mel(o["f_min"], o["mel_scale"]), mel(o["f_max"], o["mel_scale"]), o["n_mels"] + 2),
                  o["mel_scale"])
    hz = np.arange(o["n_fft"] // 2 + 1) * o["sample_rate"] / o["n_fft"]
    bank = np.zeros((o["n_mels"], len(hz)))
    for m in range(o["n_mels"]):
        left, top, right = edges[m:m + 3]
        bank[m] = np.maximum(0, np.minimum((hz - left) / (top - left), (right - hz) / (right - top)))
        if o["norm"] == "slaney":
            bank[m] *= 2 / (right - left)
    return bank


def features(kind, x, o):
    n, win = o["n_fft"], o["win_length"]
    if o["center"]:
        x = np.pad(x, n // 2, mode="reflect")
    elif len(x) < n:
        x = np.pad(x, (0, n - len(x)))
    window = np.zeros(n)
    start = (n - win) // 2
    window[start:start + win] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(win) / win)
    frames = [x[t:t + n] * window for t in range(0, len(x) - n + 1, o["hop_length"])]
    values = np.abs(np.fft.rfft(frames, axis=1)) ** o["power"] @ filters(o).T
    values = np.maximum(values, o["floor"])
    values = 10 * np.log10(values) if o["log"] == "decibel" else np.log(values)
    if o["top_db"] > 0:
        values = np.maximum(values, values.max() - o["top_db"])
    if kind == "mfcc":
        values = scipy.fft.dct(values, type=2, norm="ortho", axis=1)[:, :o["n_mfcc"]]
    return values


def judged(kind, x, o):
    """The same by librosa, where it can."""
    power = librosa.feature.melspectrogram(
        y=x, sr=o["sample_rate"], n_fft=o["n_fft"], hop_length=o["hop_length"], win_length=o["win_length"],
        center=o["center"], pad_mode="reflect", power=o["power"], n_mels=o["n_mels"], fmin=o["f_min"],
        fmax=o["f_max"], htk=o["mel_scale"] == "htk", norm=None if o["norm"] == "none" else "slaney",
        dtype=np.float64)
    if o["log"] == "decibel":
        values = librosa.power_to_db(power, amin=o["floor"], top_db=o["top_db"] or None)
    else:
        values = np.log(np.maximum(power, o["floor"]))
    return (librosa.feature.mfcc(S=values, n_mfcc=o["n_mfcc"]) if kind == "mfcc" else values).T


def sound(length, rate):
    """A glide over some noise, with a silence in it."""
    t = np.arange(length) / rate
    x = 0.6 * np.sin(2 * np.pi * (200 + 900 * t / t[-1]) * t) + 0.05 * generator.standard_normal(length)
    x[length // 3:length // 2] = 0
    return np.round(x / np.abs(x).max() * 30000)


cases = []


def case(name, kind, length, librosa_can=True, **changes):
    o = {"sample_rate": 8000, "win_length": 200, "hop_length": 80, "n_fft": 256, "center": True, "n_mels": 40,
         "f_min": 0, "f_max": 4000, "mel_scale": "htk", "norm": "none", "power": 2, "log": "ln", "floor": 1e-10,
         "top_db": 0, "n_mfcc": 13} | changes
    samples = sound(length, o["sample_rate"])
    values = features(kind, samples / 32768, o)
    if librosa_can:
        assert np.abs(values - judged(kind, samples / 32768, o)).max() < 1e-8, name
    cases.append({"name": name, "feature": kind, "options": o, "samples": [int(s) for s in samples],
                  "shape": list(values.shape), "values": [float(f"{v:.12g}") for v in values.flatten()]})


librosa_like = {"sample_rate": 22050, "n_fft": 2048, "win_length": 2048, "hop_length": 512, "n_mels": 128,
                "f_max": 11025, "mel_scale": "slaney", "norm": "slaney", "log": "decibel", "top_db": 80}
case("defaults at 8 kHz", "log_mel", 1200)
case("mfcc", "mfcc", 1600)
case("as librosa's own defaults", "log_mel", 3000, **librosa_like)
case("mfcc as librosa's", "mfcc", 3000, **librosa_like | {"n_mfcc": 20})
case("whole frames only", "log_mel", 1500, center=False)
case("magnitudes, part of the band, an odd window", "log_mel", 1300, power=1, f_min=300, f_max=3400, win_length=161,
     n_mels=20)
case("a transform of another size", "log_mel", 1300, n_fft=400, hop_length=133, n_mels=30)
case("shorter than half a window", "log_mel", 50, librosa_can=False)
case("shorter than a frame", "log_mel", 100, librosa_can=False, center=False)

json.dump({"source": f"NumPy {np.__version__}, float64, held against librosa {librosa.__version__}, "
                     "by make_sounds.py", "cases": cases}, sys.stdout, separators=(",", ":"))
print()
