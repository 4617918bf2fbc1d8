"""Cases for tests/parity/*_test.cpp: what PyTorch computes for random inputs, in float64.

A file holds a family of cases as safetensors; its metadata says, under "cases", what each one is:
kind ("layer", "loss", ...), name, and the setting as an experiment would write it. All numbers that
are given (inputs, parameters, incoming gradients) are exact in float32; a tensor of such numbers is
written as F32.
"""

import json
import struct

import torch

torch.set_default_dtype(torch.float64)

DTYPES = {torch.float64: "F64", torch.float32: "F32", torch.int64: "I64", torch.bool: "BOOL"}


def exact(t):
    """Rounded to what float32 holds."""
    return t.detach().to(torch.float32).to(torch.float64)


class Family:
    def __init__(self, name, seed):
        self.name, self.cases, self.tensors = name, [], {}
        self.generator = torch.Generator().manual_seed(seed)

    # Random inputs.

    def normal(self, *shape, scale=1.0, mean=0.0):
        return exact(torch.randn(*shape, generator=self.generator) * scale + mean)

    def uniform(self, *shape, low=0.0, high=1.0):
        return exact(torch.rand(*shape, generator=self.generator) * (high - low) + low)

    def integers(self, *shape, below, low=0):
        return torch.randint(low, below, shape, generator=self.generator)

    def pick(self, *choices):
        return choices[int(torch.randint(0, len(choices), (1,), generator=self.generator))]

    # Cases.

    def add(self, kind, name, setting, tensors, **about):
        index = len(self.cases)
        self.cases.append({"kind": kind, "name": f"{name}_{index}", "setting": setting, **about})
        for key, t in tensors.items():
            t = t.detach().clone().contiguous()
            if t.is_floating_point():
                t = t.to(torch.float32) if torch.equal(exact(t), t) else t.to(torch.float64)
            self.tensors[f"{index}/{key}"] = t

    def layer(self, setting, module, *inputs, call=None, names=None, mask=None, training=False, tolerance=None):
        """One layer: `module` applied to `inputs` (`call(module, *inputs)` where it is not a plain call).

        `names` maps a parameter's name in the module to ours where they differ; parameters get random
        values where they are constant at the start. A module may be a function without parameters.
        """
        named, buffers = {}, {}
        if isinstance(module, torch.nn.Module):
            module.to(torch.float64).train(training)
            rename = (names or {}).get
            with torch.no_grad():
                for name, p in module.named_parameters():
                    p.copy_(self.normal(*p.shape, scale=0.5))
                    named[rename(name, name)] = p
                for name, b in module.named_buffers():
                    if b.dtype == torch.float64:
                        b.copy_(exact(b))
                        buffers[rename(name, name)] = b
        tensors = {f"p/{k}": v for k, v in {**named, **buffers}.items()}
        tensors = {k: v.detach().clone() for k, v in tensors.items()}
        xs = [x.clone().requires_grad_(x.is_floating_point()) for x in inputs]
        y = (call or (lambda m, *a: m(*a)))(module, *xs)
        ys = list(y) if isinstance(y, (tuple, list)) else [y]
        dys = [self.normal(*v.shape) for v in ys]
        wrt = {f"dx{i}": x for i, x in enumerate(xs) if x.requires_grad}
        wrt.update({f"dp/{k}": p for k, p in named.items()})
        if wrt:
            grads = torch.autograd.grad(ys, list(wrt.values()), dys, allow_unused=True)
            for (key, t), g in zip(wrt.items(), grads):
                tensors[key] = torch.zeros_like(t) if g is None else g
        tensors.update({f"x{i}": x for i, x in enumerate(inputs)})
        tensors.update({f"y{i}": v for i, v in enumerate(ys)})
        tensors.update({f"dy{i}": v for i, v in enumerate(dys)})
        if mask is not None:
            tensors["mask"] = mask
        if training:
            tensors.update({f"after/{k}": b for k, b in buffers.items()})
        about = {"training": True} if training else {}
        if tolerance is not None:
            about["tolerance"] = tolerance
        self.add("layer", setting.split(":")[0], setting, tensors, **about)

    def loss(self, setting, function, prediction, target, weights=None, tolerance=None):
        """`function(prediction, target, weights)` gives the scalar loss."""
        given = [t.clone().requires_grad_(t.is_floating_point()) for t in (prediction, target)]
        value = function(*given, weights)
        differentiable = [t for t in given if t.requires_grad]
        gradients = torch.autograd.grad(value, differentiable, allow_unused=True)
        tensors = {"prediction": prediction, "target": target, "loss": value, "dprediction": gradients[0]}
        if weights is not None:
            tensors["weights"] = weights
        about = {} if tolerance is None else {"tolerance": tolerance}
        if value != 0:  # how much a relative error of what is given may grow: the sum of |t dloss/dt| / |loss|
            grown = sum((t * g).detach().abs().nan_to_num(0, 0, 0).sum()
                        for t, g in zip(differentiable, gradients) if g is not None)
            about["condition"] = float(f"{float(grown / value.detach().abs()):.3g}")
        self.add("loss", setting.split(":")[0], setting, tensors, **about)

    def write(self, folder):
        header, data = {"__metadata__": {"cases": json.dumps(self.cases)}}, b""
        order = sorted(self.tensors, key=lambda k: (-self.tensors[k].element_size(), k))  # each aligned
        for key in order:
            t = self.tensors[key]
            raw = t.numpy().tobytes()
            header[key] = {"dtype": DTYPES[t.dtype], "shape": list(t.shape),
                           "data_offsets": [len(data), len(data) + len(raw)]}
            data += raw
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        path = folder / f"{self.name}.safetensors"
        path.write_bytes(struct.pack("<Q", len(text)) + text + data)
        print(f"{path.name}: {len(self.cases)} cases, {len(data) // 1024} KiB")
