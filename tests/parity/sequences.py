"""Embedding and recurrent layers; masked steps as PyTorch's packed sequences."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

MODULES = {"simple_rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


class GruResetBefore(torch.nn.Module):
    """Cho et al., arXiv 1406.1078: the reset gate works on the state."""

    def __init__(self, features, units, bidirectional):
        super().__init__()
        self.units, self.sides = units, ["", "_reverse"] if bidirectional else [""]
        for side in self.sides:
            self.register_parameter(f"weight_ih_l0{side}", torch.nn.Parameter(torch.zeros(3 * units, features)))
            self.register_parameter(f"weight_hh_l0{side}", torch.nn.Parameter(torch.zeros(3 * units, units)))
            self.register_parameter(f"bias_ih_l0{side}", torch.nn.Parameter(torch.zeros(3 * units)))
            self.register_parameter(f"bias_hh_l0{side}", torch.nn.Parameter(torch.zeros(3 * units)))

    def run(self, x, mask, side):
        p = dict(self.named_parameters())
        w_in, w = p["weight_ih_l0" + side], p["weight_hh_l0" + side]
        bias = p["bias_ih_l0" + side] + p["bias_hh_l0" + side]
        h, states, u = torch.zeros(x.shape[0], self.units), {}, self.units
        steps = range(x.shape[1])
        for t in reversed(steps) if side else steps:
            a = x[:, t] @ w_in.T + bias
            r, z = torch.sigmoid(a[:, :2 * u] + h @ w[:2 * u].T).chunk(2, 1)
            n = torch.tanh(a[:, 2 * u:] + (r * h) @ w[2 * u:].T)
            new = (1 - z) * n + z * h
            h = new if mask is None else torch.where(mask[:, t, None], new, h)
            states[t] = h
        y = torch.stack([states[t] for t in steps], 1)
        return (y if mask is None else y * mask[:, :, None]), h

    def forward(self, x, mask):
        runs = [self.run(x, mask, side) for side in self.sides]
        return torch.cat([y for y, _ in runs], 2), torch.cat([h for _, h in runs], 1)


def recurrent(f, kind, units=3, steps=4, features=3, layers=1, both=False, bias=True, lengths=None, states=False,
              sequences=True, return_state=False, activation=None):
    n = len(lengths) if lengths else f.pick(1, 2, 3)
    more = {} if activation is None else {"nonlinearity": activation}
    module = MODULES[kind](features, units, layers, bias=bias, batch_first=True, bidirectional=both, **more)
    options = [f"units: {units}", f"num_layers: {layers}", f"bidirectional: {str(both).lower()}",
               f"bias: {str(bias).lower()}", f"return_sequences: {str(sequences).lower()}",
               f"return_state: {str(return_state).lower()}"]
    options += [] if activation is None else [f"activation: {activation}"]

    def call(m, x, *start):
        start = () if not start else (start if kind == "lstm" else start[0],)
        given = x if lengths is None else pack_padded_sequence(x, lengths, True, False)
        y, h = m(given, *start)
        if lengths is not None:
            y = pad_packed_sequence(y, batch_first=True, total_length=steps)[0]
        ends = list(h) if kind == "lstm" else [h]
        last = torch.cat([ends[0][-2], ends[0][-1]], 1) if both else ends[0][-1]
        return [y if sequences else last] + (ends if return_state else [])

    inputs = [f.normal(n, steps, features)]
    if states:
        inputs += [f.normal(layers * (1 + both), n, units) for _ in range(2 if kind == "lstm" else 1)]
    mask = None if lengths is None else torch.arange(steps)[None] < torch.tensor(lengths)[:, None]
    f.layer(f"{kind}: {{{', '.join(options)}}}", module, *inputs, call=call, mask=mask, tolerance=2e-5)


class Stateful(torch.nn.Module):
    """The states after a run are those before the next."""

    def __init__(self, f, kind, features, units, layers, rows):
        super().__init__()
        self.rnn = MODULES[kind](features, units, layers, batch_first=True)
        self.kinds = ["hidden", "cell"] if kind == "lstm" else ["hidden"]
        for name in self.names():
            self.register_buffer(name, f.normal(rows, units, scale=0.5))

    def names(self):
        return [f"{kind}_l{i}" for kind in self.kinds for i in range(self.rnn.num_layers)]

    def forward(self, x, lengths):
        start = torch.stack([getattr(self, name) for name in self.names()]).chunk(len(self.kinds))
        given = x if lengths is None else pack_padded_sequence(x, lengths, True, False)
        y, end = self.rnn(given, start if len(start) > 1 else start[0])
        if lengths is not None:
            y = pad_packed_sequence(y, batch_first=True, total_length=x.shape[1])[0]
        for name, h in zip(self.names(), torch.cat(end) if len(start) > 1 else end):
            getattr(self, name).copy_(h.detach())
        return y


def stateful(f, kind, layers, lengths=None):
    module = Stateful(f, kind, 2, 3, layers, 2)
    mask = None if lengths is None else torch.arange(4)[None] < torch.tensor(lengths)[:, None]
    f.layer(f"{kind}: {{units: 3, num_layers: {layers}, return_sequences: true, stateful: true}}", module,
            f.normal(2, 4, 2), call=lambda m, x: m(x, lengths), mask=mask, training=True, tolerance=2e-5,
            names={f"rnn.{name}": name for name, _ in module.rnn.named_parameters()})


def cases(f):
    for rows, width, shape in ((5, 3, (2, 4)), (1, 2, (1, 1)), (7, 1, (3,)), (4, 4, (2, 2, 3))):
        f.layer(f"embedding: {{input_dim: {rows}, output_dim: {width}}}", torch.nn.Embedding(rows, width),
                f.integers(*shape, below=rows))
    f.layer("embedding: {input_dim: 6, output_dim: 3, mask_zero: true}", torch.nn.Embedding(6, 3),
            f.integers(3, 5, below=6))
    f.layer("embedding: {input_dim: 6, output_dim: 3, padding_index: 2}", torch.nn.Embedding(6, 3, padding_idx=2),
            f.integers(3, 5, below=6), call=lambda m, x: m(x) * (x != 2)[..., None])

    for kind in MODULES:
        recurrent(f, kind)
        recurrent(f, kind, sequences=False, bias=False, steps=1)
        recurrent(f, kind, layers=2, states=True, return_state=True)
        recurrent(f, kind, both=True, sequences=False, return_state=True, units=2)
        recurrent(f, kind, both=True, layers=2, states=True, return_state=True, units=1, features=2)
        recurrent(f, kind, lengths=[4, 1, 3], return_state=True)
        recurrent(f, kind, lengths=[2, 4], both=True, states=True, return_state=True)
        recurrent(f, kind, lengths=[3, 1, 4], both=True, layers=2, sequences=False, units=1, features=2)
        stateful(f, kind, 1)
        stateful(f, kind, 2, lengths=[3, 1])
    recurrent(f, "lstm", units=9, features=2, steps=2)
    recurrent(f, "gru", units=9, features=2, steps=2)
    recurrent(f, "simple_rnn", activation="relu")
    recurrent(f, "simple_rnn", activation="relu", both=True, lengths=[2, 4, 3])
    for both, masked in ((False, False), (True, False), (False, True), (True, True), (True, False)):
        mask = torch.arange(4)[None] < torch.tensor([4, 2, 3])[:, None] if masked else None
        setting = f"gru: {{units: 3, reset_after: false, return_sequences: true, bidirectional: {str(both).lower()}}}"
        f.layer(setting, GruResetBefore(2, 3, both), f.normal(3, 4, 2), mask=mask, tolerance=2e-5,
                call=lambda m, x, mask=mask: m(x, mask)[0])
