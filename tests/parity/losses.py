"""Losses; weights multiply rows and their sum divides."""

import torch
import torch.nn.functional as F

from parity import exact


def weighted(each, weights, count=None):
    """The mean of losses of elements. weights: None, or of the first axes; count: what each counts."""
    if weights is not None:
        w = weights.reshape(weights.shape + (1,) * (each.dim() - weights.dim()))
        each, count = each * w, w * (torch.ones_like(each) if count is None else count)
    return each.mean() if count is None else each.sum() / count.sum()


def yaml(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, torch.Tensor):
        return str([float(v) for v in value])
    return str(value)


def setting(name, **options):
    given = ", ".join(f"{k}: {yaml(v)}" for k, v in options.items() if v is not None)
    return f"{name}: {{{given}}}" if given else f"{name}:"


class Losses:
    def __init__(self, f):
        self.f = f

    def weights(self, *shape):
        """None, or weights for some of the first axes."""
        n = self.f.pick(0, *range(1, len(shape) + 1))
        return None if n == 0 else self.f.uniform(*shape[:n], low=0.1, high=3)

    def probabilities(self, *shape):
        return self.f.uniform(*shape, low=0.02, high=0.98)

    def rows(self, *shape, axis=-1):
        """Rows that sum to 1 but for their rounding, as a target."""
        t = self.f.uniform(*shape, low=0.01)
        return exact(t / t.sum(axis, keepdim=True))

    def regression(self):
        f = self.f
        simple = {"mean_squared_error": lambda p, t: (p - t) ** 2,
                  "mse": lambda p, t: (p - t) ** 2,
                  "mean_absolute_error": lambda p, t: (p - t).abs(),
                  "mean_absolute_percentage_error": lambda p, t: 100 * (p - t).abs() / t.abs().clamp(min=1e-7),
                  "log_cosh": lambda p, t: torch.log(torch.cosh(p - t)),
                  "cosine_similarity": lambda p, t: -F.cosine_similarity(p, t, -1)}
        for name, each in simple.items():
            for shape in ((4, 3), (1, 5), (7, 2), (3, 2, 4), (8, 2)):
                f.loss(setting(name), lambda p, t, w: weighted(each(p, t), w), f.normal(*shape, scale=f.pick(0.1, 1, 3)),
                       f.normal(*shape), self.weights(shape[0]))
        for shape in ((4, 3), (1, 5), (7, 2), (3, 2, 4), (8, 1)):
            f.loss(setting("mean_squared_logarithmic_error"), lambda p, t, w: weighted((p.log1p() - t.log1p()) ** 2, w),
                   f.uniform(*shape, high=3), f.uniform(*shape, high=9), self.weights(*shape))
            delta = f.pick(0.5, 1, 2)
            f.loss(setting("huber", delta=delta),
                   lambda p, t, w: weighted(F.huber_loss(p, t, reduction="none", delta=delta), w),
                   f.normal(*shape, scale=3), f.normal(*shape), self.weights(*shape))
        for log_input, full in ((True, False), (True, True), (False, False), (False, True), (True, True)):
            f.loss(setting("poisson", log_input=log_input, full=full),
                   lambda p, t, w: weighted(F.poisson_nll_loss(p, t, log_input, full, reduction="none"), w),
                   f.uniform(5, 2, low=0.1, high=2), f.integers(5, 2, below=6).to(torch.float64), self.weights(5, 2))

    def binary(self):
        f = self.f
        for logits in (True, False, True):
            for shape in ((5, 3), (1, 2), (4, 2, 3)):
                k = shape[-1]
                class_weight, pos_weight = f.pick(None, f.uniform(k, high=2)), f.pick(None, f.uniform(k, high=5))
                smoothing = f.pick(0, 0.1)
                p = f.normal(*shape, scale=3) if logits else self.probabilities(*shape)

                def each(p, t):
                    t = t * (1 - smoothing) + smoothing / 2
                    if logits:
                        return F.binary_cross_entropy_with_logits(p, t, class_weight, reduction="none",
                                                                  pos_weight=pos_weight)
                    yes = 1 if pos_weight is None else pos_weight
                    v = -(yes * t * p.log() + (1 - t) * (1 - p).log())
                    return v if class_weight is None else v * class_weight

                f.loss(setting("binary_crossentropy", from_logits=logits, label_smoothing=smoothing,
                               class_weight=class_weight, pos_weight=pos_weight),
                       lambda p, t, w: weighted(each(p, t), w), p, f.uniform(*shape), self.weights(*shape))
        for logits, gamma, alpha, balanced in ((True, 2, 0.25, False), (True, 2, 0.25, True), (False, 1, 0.6, True),
                                               (False, 2.5, 0.25, False), (True, 0, 0.25, True), (True, 0.5, 0.9, True)):
            t = f.integers(6, 3, below=2).to(torch.float64)

            def focal(p, t):
                p = torch.sigmoid(p) if logits else p
                right = t * p + (1 - t) * (1 - p)
                return (t * alpha + (1 - t) * (1 - alpha) if balanced else 1) * (1 - right) ** gamma * -right.log()

            f.loss(setting("binary_focal_crossentropy", from_logits=logits, gamma=gamma, alpha=alpha, balanced=balanced),
                   lambda p, t, w: weighted(focal(p, t), w),
                   f.normal(6, 3, scale=2) if logits else self.probabilities(6, 3), t, self.weights(6, 3))
        for logits, smooth in ((True, 1), (False, 1e-7), (False, 1), (True, 1e-7), (False, 0.5)):
            def dice(p, t):
                p = torch.sigmoid(p) if logits else p
                p, t = p.flatten(1), t.flatten(1)
                return 1 - (2 * (p * t).sum(1) + smooth) / (p.sum(1) + t.sum(1) + smooth)

            shape = f.pick((4, 6), (3, 1, 4, 2))
            f.loss(setting("dice", from_logits=logits, smooth=smooth), lambda p, t, w: weighted(dice(p, t), w),
                   f.normal(*shape) if logits else self.probabilities(*shape),
                   f.integers(*shape, below=2).to(torch.float64), self.weights(shape[0]))
        for low in (0, -1, 0, -1, 0):
            t = f.integers(5, 3, below=2).to(torch.float64) * (1 - low) + low
            sign = torch.where(t == 1, 1.0, -1.0)
            for name, power in (("hinge", 1), ("squared_hinge", 2)):
                f.loss(setting(name), lambda p, t, w: weighted((1 - sign * p).clamp(min=0) ** power, w), f.normal(5, 3),
                       t, self.weights(5, 3))

    def classes(self):
        f = self.f

        def log_probabilities(p, logits, axis):
            return F.log_softmax(p, axis) if logits else (p / p.sum(axis, keepdim=True)).log()

        shapes = (((5, 3), None), ((1, 2), None), ((6, 7), None), ((2, 3, 4), None), ((2, 4, 3), 1), ((2, 3, 2, 3), None),
                  ((2, 2, 3, 4), -1), ((4, 5), -1), ((3, 4), None), ((2, 3, 5), None))
        for i, (shape, axis) in enumerate(shapes):
            logits = i % 3 != 1
            option = axis
            axis = axis if axis is not None else (1 if len(shape) > 3 else -1)
            k = shape[axis]
            rest = tuple(d for j, d in enumerate(shape) if j != axis % len(shape))
            p = f.normal(*shape, scale=f.pick(1, 3)) if logits else self.probabilities(*shape)
            weight, smoothing = (f.uniform(k, low=0.1, high=2) if i % 2 else None), f.pick(0, 0.1, 0.3)
            ignore = f.pick(None, -100, 0)
            t = f.integers(*rest, below=k)
            if ignore is not None:
                t.view(-1)[0], t.view(-1)[-1] = ignore, 1

            def sparse(p, t, w):
                lp = log_probabilities(p, logits, axis).movedim(axis, -1)
                kept = torch.ones(rest) if ignore is None else (t != ignore).to(torch.float64)
                label = t * kept.long()
                c = torch.ones(k) if weight is None else weight
                own = c[label] * kept
                each = -(1 - smoothing) * own * lp.gather(-1, label[..., None])[..., 0]
                each = each - smoothing / k * (lp * c).sum(-1) * kept
                value = weighted(each, w, own)
                if w is None and logits:
                    judge = F.cross_entropy(p.movedim(axis, 1), t, weight, ignore_index=-100 if ignore is None else ignore,
                                            label_smoothing=smoothing)
                    assert torch.allclose(value, judge, rtol=1e-12)
                return value

            f.loss(setting("sparse_categorical_crossentropy", from_logits=logits, axis=option, class_weight=weight,
                           label_smoothing=smoothing, ignore_index=ignore), sparse, p, t, self.weights(*rest))

            def categorical(p, t, w):
                lp = log_probabilities(p, logits, axis)
                c = torch.ones(k) if weight is None else weight
                each = -(lp * (t * (1 - smoothing) + smoothing / k)).movedim(axis, -1) @ c
                value = weighted(each, w)
                if w is None and logits:
                    judge = F.cross_entropy(p.movedim(axis, 1), t.movedim(axis, 1), weight, label_smoothing=smoothing)
                    assert torch.allclose(value, judge, rtol=1e-12)
                return value

            f.loss(setting("categorical_crossentropy", from_logits=logits, axis=option, class_weight=weight,
                           label_smoothing=smoothing), categorical, p, self.rows(*shape, axis=axis), self.weights(*rest))
        for logits, gamma, alpha in ((True, 2, 0.25), (False, 2, 0.25), (True, 0, 1), (True, 1.5, 0.5), (False, 3, 0.1)):
            def focal(p, t):
                lp = log_probabilities(p, logits, -1)
                return -(alpha * (1 - lp.exp()) ** gamma * t * lp).sum(-1)

            f.loss(setting("categorical_focal_crossentropy", from_logits=logits, gamma=gamma, alpha=alpha),
                   lambda p, t, w: weighted(focal(p, t), w), f.normal(5, 4) if logits else self.probabilities(5, 4),
                   F.one_hot(f.integers(5, below=4), 4).to(torch.float64), self.weights(5))
        for _ in range(5):
            def hinge(p, t):
                return (1 + ((1 - t) * p).max(-1).values - (t * p).sum(-1)).clamp(min=0)

            f.loss(setting("categorical_hinge"), lambda p, t, w: weighted(hinge(p, t), w), f.normal(4, 5),
                   F.one_hot(f.integers(4, below=5), 5).to(torch.float64), self.weights(4))
        for logits, log_target in ((True, False), (False, False), (True, True), (False, True), (True, False)):
            def divergence(p, t):
                lp = F.log_softmax(p, -1) if logits else p.log()
                return F.kl_div(lp, t, reduction="none", log_target=log_target).sum(-1)

            shape = f.pick((4, 3), (2, 3, 4))
            t = self.rows(*shape)
            f.loss(setting("kl_divergence", from_logits=logits, log_target=log_target),
                   lambda p, t, w: weighted(divergence(p, t), w), f.normal(*shape) if logits else self.probabilities(*shape),
                   exact(t.log()) if log_target else t, self.weights(*shape[:-1]))

    def embeddings(self):
        f = self.f
        for margin in (1, 0.5, 2, 3, 1):
            def contrastive(x, t):
                d = F.pairwise_distance(x[:, 0], x[:, 1])
                return t * d ** 2 + (1 - t) * (margin - d).clamp(min=0) ** 2

            f.loss(setting("contrastive", margin=margin), lambda p, t, w: weighted(contrastive(p, t), w),
                   f.normal(6, 2, 3, scale=0.7), f.integers(6, below=2).to(torch.float64), self.weights(6))
        for margin, p in ((1, 2), (0.5, 1), (2, 3), (1, 2), (1, 1.5)):
            f.loss(setting("triplet", margin=margin, p=p), lambda x, t, w: weighted(
                F.triplet_margin_loss(x[:, 0], x[:, 1], x[:, 2], margin, p, reduction="none"), w),
                f.normal(5, 3, 4), torch.zeros(5), self.weights(5))

    def sequences(self):
        f = self.f
        for n, steps, k, longest, blank, short in ((3, 8, 4, 3, 0, False), (2, 9, 5, 4, 4, True), (1, 5, 3, 2, 1, False),
                                                   (4, 7, 3, 3, 0, True), (3, 6, 6, 5, 0, True), (2, 4, 4, 4, 0, True)):
            t = f.integers(n, longest, below=k)
            t = torch.where(t == blank, (blank + 1) % k, t)
            lengths = torch.full((n,), longest)
            if short:
                for i in range(n):
                    lengths[i] = f.pick(1, 2, longest)
                    t[i, lengths[i]:] = -1

            def ctc(p, t, w):
                lp = F.log_softmax(p, -1).transpose(0, 1)
                each = F.ctc_loss(lp, t.clamp(min=0), torch.full((n,), steps), lengths, blank, reduction="none",
                                  zero_infinity=True)
                return weighted(each / lengths, w)

            f.loss(setting("ctc", blank=blank, zero_infinity=True), ctc, f.normal(n, steps, k), t, self.weights(n))


def cases(f):
    losses = Losses(f)
    losses.regression()
    losses.binary()
    losses.classes()
    losses.embeddings()
    losses.sequences()
