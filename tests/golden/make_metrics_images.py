"""Writes metrics_images.json: values of scikit-learn for masks and of pycocotools for boxes.

    pip install scikit-learn==1.9.1 pycocotools==2.0.11
    python tests/golden/make_metrics_images.py

All-point interpolation, which pycocotools has not, is made here of its matches: the area under the steps of the best
precision at each recall or above.
"""
import contextlib
import io
from importlib.metadata import version

import numpy as np
import sklearn
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from sklearn import metrics as sk

import metrics_cases
from metrics_cases import number

random = np.random.default_rng(20240304)


def mean(values):
    kept = [v for v in values if v is not None]
    return number(np.mean(kept)) if kept else None


def mask_case():
    k = int(random.integers(2, 5))
    images = []
    for _ in range(int(random.integers(1, 4))):
        n = int(random.integers(1, 25))
        t = random.integers(0, random.integers(1, k + 1), n)
        p = np.where(random.random(n) < 0.6, t, random.integers(0, k, n))
        t = np.where(random.random(n) < 0.1, 255, t)
        images.append((t, p))
    t, p = (np.concatenate([image[at] for image in images]) for at in (0, 1))
    t, p = t[t != 255], p[t != 255]
    labels = list(range(k))
    iou = [number(sk.jaccard_score(t == c, p == c)) if ((t == c) | (p == c)).any() else None for c in labels]
    dice = [number(sk.f1_score(t == c, p == c)) if ((t == c) | (p == c)).any() else None for c in labels]
    recall = [number(sk.recall_score(t == c, p == c)) if (t == c).any() else None for c in labels]
    support = [(t == c).sum() for c in labels]
    known = [c for c in labels if iou[c] is not None]
    return {"k": k, "images": [[a.tolist(), b.tolist()] for a, b in images],
            "expected": {"pixel_accuracy": number(sk.accuracy_score(t, p)) if len(t) else None,
                         "mean_iou": mean(iou), "mean_dice": mean(dice), "mean_accuracy": mean(recall),
                         "frequency_weighted_iou": number(np.average([iou[c] for c in known], weights=[support[c] for c in known]))
                         if len(t) else None, "iou": iou, "dice": dice}}


def boxes(n):
    """On a coarse grid, so that equal overlaps and overlaps exactly at a bound come up."""
    at, size = random.integers(0, 12, (n, 2)), random.integers(1, 9, (n, 2))
    return np.concatenate([at, size], axis=1).astype(float)


def shaken(box):
    return np.concatenate([box[:2] + random.integers(-1, 2, 2), np.maximum(1, box[2:] + random.integers(-1, 2, 2))])


def image_of(k):
    truth = [{"bbox": b.tolist(), "label": int(random.integers(k)), "crowd": int(random.random() < 0.1)}
             for b in boxes(int(random.integers(0, 5)))]
    found = []
    for t in truth:
        for _ in range(int(random.integers(0, 3))):
            label = t["label"] if random.random() < 0.85 else int(random.integers(k))
            found.append({"bbox": shaken(np.array(t["bbox"])).tolist(), "label": label})
    for b in boxes(int(random.integers(0, 3))):
        found.append({"bbox": b.tolist(), "label": int(random.integers(k))})
    for f in found:
        f["score"] = float(random.integers(1, 10)) / 10  # with ties
    return truth, found


def all_points(tool, at, c, truths):
    matched, ignored, scores = [], [], []
    for entry in tool.evalImgs:
        if entry is not None and entry["category_id"] == c + 1 and entry["aRng"] == tool.params.areaRng[0]:
            matched += list(entry["dtMatches"][at] > 0)
            ignored += list(entry["dtIgnore"][at] > 0)
            scores += entry["dtScores"]
    order = np.argsort(-np.array(scores), kind="mergesort")
    keep = order[~np.array(ignored, dtype=bool)[order]] if len(order) else order
    right = np.cumsum(np.array(matched, dtype=float)[keep]) if len(keep) else np.zeros(0)
    recall, precision = right / truths, right / np.arange(1, len(keep) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return number((np.diff(np.concatenate([[0], recall])) * best).sum())


def box_case():
    k, most = int(random.integers(1, 4)), int(random.choice([1, 3, 100]))
    images = [image_of(k) for _ in range(int(random.integers(1, 5)))]
    ids = [i + 1 for i in range(len(images))]
    truth, found = [], []
    for i, (ts, fs) in zip(ids, images):
        for t in ts:
            truth.append({"id": len(truth) + 1, "image_id": i, "category_id": t["label"] + 1, "bbox": t["bbox"],
                          "area": t["bbox"][2] * t["bbox"][3], "iscrowd": t["crowd"]})
        for f in fs:
            found.append({"id": len(found) + 1, "image_id": i, "category_id": f["label"] + 1, "bbox": f["bbox"],
                          "area": f["bbox"][2] * f["bbox"][3], "iscrowd": 0, "score": f["score"]})
    with contextlib.redirect_stdout(io.StringIO()):
        ours, theirs = COCO(), COCO()
        head = {"images": [{"id": i} for i in ids], "categories": [{"id": c + 1} for c in range(k)]}
        ours.dataset, theirs.dataset = head | {"annotations": truth}, head | {"annotations": found}
        ours.createIndex(), theirs.createIndex()
        tool = COCOeval(ours, theirs, "bbox")
        tool.params.maxDets = [most]
        tool.params.areaRng, tool.params.areaRngLbl = [[0, 1e10]], ["all"]
        tool.evaluate(), tool.accumulate()
    precision, recall = tool.eval["precision"][:, :, :, 0, 0], tool.eval["recall"][:, :, 0, 0]
    truths = [sum(t["label"] == c and not t["crowd"] for ts, _ in images for t in ts) for c in range(k)]
    known = [c for c in range(k) if truths[c]]
    assert all((precision[:, :, c] == -1).all() for c in range(k) if c not in known)
    over = lambda values: number(values.mean()) if known else None
    flat = [[all_points(tool, at, c, truths[c]) for at in range(10)] for c in known]
    return {"k": k, "max_detections": most,
            "images": [[[t["bbox"] + [t["label"], t["crowd"]] for t in ts], [f["bbox"] + [f["label"], f["score"]] for f in fs]]
                       for ts, fs in images],
            "expected": {"map": over(precision[:, :, known]), "ap50": over(precision[0][:, known]),
                         "ap75": over(precision[5][:, known]), "average_recall": over(recall[:, known]),
                         "map_all_points": mean([x for row in flat for x in row]),
                         "ap": [number(precision[:, :, c].mean()) if c in known else None for c in range(k)]}}


metrics_cases.write("metrics_images.json",
                    f"tests/golden/make_metrics_images.py, scikit-learn {sklearn.__version__}, pycocotools {version('pycocotools')}",
                    masks=[mask_case() for _ in range(200)], boxes=[box_case() for _ in range(200)])
