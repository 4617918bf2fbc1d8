"""State dictionaries between glia and PyTorch.

    exchange.py write FOLDER    models with random weights, an input and what PyTorch computes of it
    exchange.py check FOLDER    what glia wrote (GLIA_STATE_OUT=FOLDER test_state), loaded and run
"""

import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file

from models import MODELS


def shuffled(model):
    """Random values in every parameter and statistic, so that none is what it begins with."""
    with torch.no_grad():
        for name, t in model.state_dict().items():
            if t.is_floating_point():
                t.copy_(torch.rand_like(t) + 0.5 if name.endswith("running_var") else torch.randn_like(t) * 0.5)
    return model.eval()


def write(folder):
    torch.manual_seed(1)
    for name, (make, shape) in MODELS.items():
        model = shuffled(make())
        x = torch.randn(shape)
        save_file(model.state_dict(), folder / f"{name}.safetensors", metadata={"format": "pt"})
        save_file({"x": x, "y": model(x).detach()}, folder / f"{name}-values.safetensors")


def check(folder):
    for name, (make, _) in MODELS.items():
        model = make()
        state = load_file(folder / f"{name}.safetensors")
        lacking = model.load_state_dict(state, strict=False)
        missing = [k for k in lacking.missing_keys if not k.endswith("num_batches_tracked")]
        assert not missing and not lacking.unexpected_keys, (name, missing, lacking.unexpected_keys)
        values = load_file(folder / f"{name}-values.safetensors")
        y = model.eval()(values["x"])
        error = (y - values["y"]).abs().max().item()
        print(f"{name}: {len(state)} tensors, largest difference {error:.1e}")
        assert error < 1e-5, name


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]](pathlib.Path(sys.argv[2]))
