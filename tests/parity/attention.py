"""Attention and positions."""

import math

import torch
from torch.nn.functional import scaled_dot_product_attention

TOLERANCE = 2e-5


def rotated(x, wavelength=10000):
    features = x.shape[-1]
    rates = wavelength ** (-torch.arange(0, features, 2).to(x) / features)
    angles = torch.arange(x.shape[-2]).to(x)[:, None] * rates
    a, b = x.chunk(2, -1)
    return torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], -1)


def sines(x, wavelength=10000):
    features = x.shape[2]
    table = torch.zeros(x.shape[1], features)
    for t in range(x.shape[1]):
        for j in range(features):
            angle = t / wavelength ** (j // 2 * 2 / features)
            table[t, j] = math.cos(angle) if j % 2 else math.sin(angle)
    return x + table


def later(rows, columns):
    """What a causal mask forbids."""
    return torch.ones(rows, columns, dtype=torch.bool).triu(1)


def yes(flag):
    return str(flag).lower()


def padding(lengths, steps):
    """True where a step is real."""
    return torch.arange(steps)[None] < torch.tensor(lengths)[:, None]


def second_mask(f, mask):
    """The last case's mask of input 1."""
    if mask is not None:
        f.tensors[f"{len(f.cases) - 1}/mask1"] = mask


class RotaryAttention(torch.nn.MultiheadAttention):
    def forward(self, x):
        q, k, v = torch.nn.functional.linear(x, self.in_proj_weight, self.in_proj_bias).chunk(3, 2)
        q, k, v = (t.unflatten(2, (self.num_heads, -1)).transpose(1, 2) for t in (q, k, v))
        y = scaled_dot_product_attention(rotated(q), rotated(k), v)
        return self.out_proj(y.transpose(1, 2).flatten(2))


def multi_head(f, features, heads, shapes, causal=False, bias=True, mask=None, pairs=None):
    """shapes: of query, or query and value, or query, key and value."""
    key = shapes[1] if len(shapes) > 1 else shapes[0]
    value = shapes[2] if len(shapes) > 2 else key
    module = torch.nn.MultiheadAttention(features, heads, bias=bias, kdim=key[2], vdim=value[2], batch_first=True)

    def call(m, q, k=None, v=None, allowed=None):
        k = q if k is None else k
        v = k if v is None else v
        forbidden = later(q.shape[1], k.shape[1]) if causal else None
        if allowed is not None:
            forbidden = ~allowed if allowed.dim() == 2 else (~allowed).repeat_interleave(heads, 0)
        return m(q, k, v, key_padding_mask=None if mask is None else ~mask, attn_mask=forbidden,
                 need_weights=False)[0]

    inputs = [f.normal(*s) for s in shapes] + ([] if pairs is None else [pairs])
    f.layer(f"multi_head_attention: {{num_heads: {heads}, causal: {yes(causal)}, bias: {yes(bias)}}}", module, *inputs,
            call=call, mask=mask if len(shapes) == 1 else None, tolerance=TOLERANCE)
    if len(shapes) > 1:
        second_mask(f, mask)


def attention_cases(f):
    for shapes, scale, causal, mask in (((2, 3, 4),), 0, False, None), (((1, 5, 3), (1, 2, 3)), 0.5, False, None), \
            (((2, 3, 4), (2, 5, 4), (2, 5, 2)), 0, False, padding([2, 5], 5)), (((2, 4, 2),), 0, True, None), \
            (((1, 2, 3), (1, 4, 3)), 0, True, None), (((3, 4, 2),), 1, True, padding([1, 4, 2], 4)):
        def call(m, q, k=None, v=None):
            k = q if k is None else k
            v = k if v is None else v
            allowed = torch.ones(q.shape[0], q.shape[1], k.shape[1], dtype=torch.bool)
            if causal:
                allowed = allowed & ~later(q.shape[1], k.shape[1])
            if mask is not None:
                allowed = allowed & mask[:, None]
            return m(q, k, v, attn_mask=allowed, scale=scale or None)

        f.layer(f"attention: {{causal: {yes(causal)}, scale: {scale}}}", scaled_dot_product_attention,
                *[f.normal(*s) for s in shapes], call=call, mask=mask if len(shapes) == 1 else None,
                tolerance=TOLERANCE)
        if len(shapes) > 1:
            second_mask(f, mask)

    multi_head(f, 4, 2, [(2, 3, 4)])
    multi_head(f, 6, 3, [(1, 5, 6)], causal=True, bias=False)
    multi_head(f, 4, 1, [(2, 3, 4), (2, 5, 4)])
    multi_head(f, 4, 4, [(2, 3, 4), (2, 2, 4), (2, 2, 4)])
    multi_head(f, 4, 2, [(2, 3, 4), (2, 2, 5), (2, 2, 3)])
    multi_head(f, 4, 2, [(3, 4, 4)], mask=padding([4, 1, 3], 4))
    multi_head(f, 4, 2, [(2, 4, 4)], mask=padding([2, 4], 4), causal=True)
    multi_head(f, 4, 2, [(2, 3, 4), (2, 5, 4)], mask=padding([5, 2], 5))
    allowed = f.uniform(2, 3, 4) > 0.5
    allowed[..., 0] = True
    multi_head(f, 4, 2, [(2, 3, 4), (2, 4, 4), (2, 4, 4)], pairs=allowed)
    multi_head(f, 4, 2, [(2, 3, 4), (2, 4, 4), (2, 4, 4)], pairs=allowed[0])
    f.layer("multi_head_attention: {num_heads: 2, key_dim: 2, rotary: true}", RotaryAttention(4, 2, batch_first=True),
            f.normal(2, 5, 4), tolerance=TOLERANCE)


def cases(f):
    attention_cases(f)
    for shape in ((1, 1, 2), (2, 5, 4), (3, 2, 6), (1, 9, 8), (2, 3, 2)):
        wavelength = f.pick(10000, 100)
        setting = f"{{max_wavelength: {wavelength}}}"
        f.layer(f"rotary_embedding: {setting}", rotated, f.normal(*shape), tolerance=TOLERANCE,
                call=lambda m, x: m(x, wavelength))
        odd = (*shape[:2], shape[2] + f.pick(0, 1))
        f.layer(f"sine_position_encoding: {setting}", sines, f.normal(*odd), tolerance=TOLERANCE,
                call=lambda m, x: m(x, wavelength))
        length = shape[1] + f.pick(0, 3)
        f.layer(f"position_embedding: {{sequence_length: {length}}}", torch.nn.Embedding(length, shape[2]),
                f.normal(*shape), call=lambda m, x: x + m(torch.arange(x.shape[1])))
