"""The peer, PyTorch eager at its best, measuring on request (compare.py): reads lines of JSON, answers each.

The model is built from the same experiment file and starts with the same weights and batches as ours.
"""
import gc
import json
import sys
import time
from collections import OrderedDict

import safetensors.torch
import torch
import torch.nn.functional as F
import yaml
from torch import nn

RUNS_BETWEEN_RESETS = 200  # as in exercise.cpp


def expect_known(kind, options, known):
    unknown = set(options) - set(known) - {"name", "kernel_initializer", "bias_initializer"}
    if unknown:
        raise ValueError(f"the peer does not know {sorted(unknown)} of {kind}")


def pair(value):
    return tuple(value) if isinstance(value, list) else (value, value)


def padding_of(options, kernel, stride):
    padding = options.get("padding", "valid")
    if padding == "valid":
        return 0
    if padding != "same":
        return int(padding)
    if stride == (1, 1) and kernel[0] % 2 and kernel[1] % 2:
        return (kernel[0] // 2, kernel[1] // 2)  # the same, with less to decide in each call
    return "same"


def activation(name, options=None):
    # In place: what it overwrites is needed by nobody.
    made = {"linear": lambda: None, "relu": lambda: nn.ReLU(inplace=True), "sigmoid": nn.Sigmoid,
            "tanh": nn.Tanh, "softmax": lambda: nn.Softmax(dim=-1),
            "leaky_relu": lambda: nn.LeakyReLU((options or {}).get("slope", 0.01), inplace=True)}
    return made[name]()


def dense(o, weights, name):
    expect_known("dense", o, ["units", "activation", "bias"])
    return nn.Linear(weights[name + ".weight"].shape[1], o["units"], bias=o.get("bias", True))


def conv2d(o, weights, name):
    expect_known("conv2d", o, ["filters", "kernel_size", "stride", "padding", "groups", "activation", "bias"])
    kernel, stride = pair(o.get("kernel_size", 3)), pair(o.get("stride", 1))
    groups = o.get("groups", 1)
    return nn.Conv2d(weights[name + ".weight"].shape[1] * groups, o["filters"], kernel, stride,
                     padding_of(o, kernel, stride), groups=groups, bias=o.get("bias", True))


def max_pool2d(o, _weights, _name):
    expect_known("max_pool2d", o, ["pool_size", "stride", "padding"])
    if o.get("padding", "valid") != "valid":
        raise ValueError("the peer pools without padding only")
    size = pair(o.get("pool_size", 2))
    return nn.MaxPool2d(size, pair(o["stride"]) if "stride" in o else size)


def batch_norm(o, weights, name):
    expect_known("batch_norm", o, ["momentum", "epsilon"])
    return nn.BatchNorm2d(weights[name + ".weight"].shape[0], eps=float(o.get("epsilon", 1e-5)),
                          momentum=float(o.get("momentum", 0.1)))


class GlobalAveragePool2d(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


LAYERS = {
    "dense": dense,
    "conv2d": conv2d,
    "max_pool2d": max_pool2d,
    "batch_norm": batch_norm,
    "global_average_pool2d": lambda *_: GlobalAveragePool2d(),
    "flatten": lambda *_: nn.Flatten(),
    "dropout": lambda o, *_: nn.Dropout(float(o.get("rate", 0.5))),
}


def build(layers, weights, dropout):
    """Modules by name, names as ours, so that one state dictionary fits both."""
    modules, seen = OrderedDict(), {}
    for item in layers:
        kind, options = (item, {}) if isinstance(item, str) else next(iter(item.items()))
        options = options if isinstance(options, dict) else {"rate": options} if options else {}
        name = options.get("name", kind)
        count = seen[name] = seen.get(name, -1) + 1
        name = f"{name}_{count}" if count else name
        if kind in LAYERS:
            if kind != "dropout" or dropout:
                modules[name] = LAYERS[kind](options, weights, name)
            after = activation(options.get("activation", "linear"))
            if after is not None:
                modules[name + "_activation"] = after
        else:
            modules[name] = activation(kind, options)
    return modules


def load(request):
    """The model up to its logits, the loss on them, and what else the experiment says."""
    with open(request["experiment"], encoding="utf-8") as file:
        experiment = yaml.safe_load(file)
    train = experiment["train"]
    tensors = safetensors.torch.load_file(request["material"])
    features, target = tensors.pop("features"), tensors.pop("target")
    modules = build(experiment["model"]["layers"], tensors, request.get("dropout", True))
    loss = train["loss"] if isinstance(train["loss"], str) else next(iter(train["loss"]))
    head = next(reversed(modules.values()))
    if isinstance(head, (nn.Softmax, nn.Sigmoid)):
        modules.popitem()
    losses = {"binary_crossentropy": F.binary_cross_entropy_with_logits,
              "sparse_categorical_crossentropy": F.cross_entropy}
    model = nn.Sequential(modules)
    missing, unexpected = model.load_state_dict(tensors, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"the models differ: missing {missing}, unexpected {unexpected}")
    return model, losses[loss], train, features, target


class Step:
    def __init__(self, request):
        self.model, self.loss, train, features, target = load(request)
        self.model.train()
        if request.get("layout") == "channels_last":
            self.model.to(memory_format=torch.channels_last)
            self.xs = [x.contiguous(memory_format=torch.channels_last) for x in features]
        else:
            self.xs = [x.clone() for x in features]
        self.ys = [y.clone() for y in target]
        optimizer = train.get("optimizer", "adam")
        name, options = (optimizer, {}) if isinstance(optimizer, str) else next(iter(optimizer.items()))
        if name != "adam" or set(options) - {"learning_rate"}:
            raise ValueError(f"the peer's steps are those of plain adam, not of {optimizer}")
        how = request["optimizer"]
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=float(options.get("learning_rate", 1e-3)),
                                          foreach=how == "foreach", fused=how == "fused")
        self.initial = {name: t.detach().clone() for name, t in self.model.state_dict().items()}
        self.call = torch.compile(self.model) if request.get("compile") else self.model
        self.next = 0

    def reset(self):
        with torch.no_grad():
            for name, tensor in self.model.state_dict().items():
                tensor.copy_(self.initial[name])
            for state in self.optimizer.state.values():
                for tensor in state.values():
                    tensor.zero_()
        self.next = 0

    def run(self, count):
        model, loss_of, optimizer, xs, ys = self.call, self.loss, self.optimizer, self.xs, self.ys
        i, n = self.next, len(self.xs)
        for _ in range(count):
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(model(xs[i]), ys[i])
            loss.backward()
            optimizer.step()
            i = (i + 1) % n
        self.next = i
        return loss

    def results(self, count):
        self.reset()
        return [self.run(1).item() for _ in range(count)]


class Prediction:
    def __init__(self, request):
        self.model, _, _, features, _ = load(request)
        self.model.eval()
        self.head = torch.sigmoid if features.dim() == 3 and request["classes"] == 2 else None
        self.xs = [x[:1].clone() for x in features]
        self.next = 0

    def reset(self):
        self.next = 0

    def run(self, count):
        model, head, xs = self.model, self.head or (lambda x: torch.softmax(x, -1)), self.xs
        i, n = self.next, len(self.xs)
        with torch.inference_mode():
            for _ in range(count):
                y = head(model(xs[i]))
                i = (i + 1) % n
        self.next = i
        return y

    def results(self, count):
        self.reset()
        return [self.run(1).flatten()[0].item() for _ in range(count)]


def measure(exercise, count):
    wall = cpu = done = 0
    while done < count:
        exercise.reset()
        chunk = min(count - done, RUNS_BETWEEN_RESETS)
        exercise.run(1)
        cpu_start, start = time.process_time_ns(), time.perf_counter_ns()
        exercise.run(chunk)
        wall += time.perf_counter_ns() - start
        cpu += time.process_time_ns() - cpu_start
        done += chunk
    return {"wall": wall / count, "cpu": cpu / count}


def save_for_start(request):
    """The forms in which a PyTorch user may have saved the model, for peer_predict.py."""
    tensors = safetensors.torch.load_file(request["folder"] + "/model.safetensors")
    x = tensors.pop("features")
    model = nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1), nn.Sigmoid())
    names = {"dense": "0", "dense_1": "2", "dense_2": "4"}
    model.load_state_dict({names[k.rpartition(".")[0]] + "." + k.rpartition(".")[2]: v for k, v in tensors.items()})
    torch.save({"model": model.state_dict(), "row": x}, request["folder"] + "/model.pt")
    safetensors.torch.save_file({**model.state_dict(), "row": x}, request["folder"] + "/peer.safetensors")
    torch.jit.save(torch.jit.script(model.eval()), request["folder"] + "/model.script")
    return {}


def answer(request, exercises):
    do = request["do"]
    if do == "hello":
        torch.set_num_threads(request["threads"])
        return {"version": torch.__version__, "threads": torch.get_num_threads()}
    if do == "save_for_start":
        return save_for_start(request)
    if do in ("step", "prediction"):
        exercises[request["key"]] = (Step if do == "step" else Prediction)(request)
        return {}
    exercise = exercises[request["key"]]
    if do == "results":
        return exercise.results(request["count"])
    if do == "time":
        return measure(exercise, request["count"])
    raise ValueError(f"there is no request '{do}'")


def main():
    torch.manual_seed(1)
    gc.disable()
    exercises = {}
    for line in sys.stdin:
        try:
            reply = answer(json.loads(line), exercises)
        except Exception as error:  # the driver says what it was
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


main()
