"""Prints what TensorBoard's own package finds in a folder of event files, as JSON: scalars, histograms, images, graph.

    pip install tensorboard
    python tests/train/read_events.py FOLDER
"""
import hashlib
import json
import logging
import sys

from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.compat.proto import graph_pb2
from tensorboard.util import tensor_util

logging.disable(logging.CRITICAL)
events = plugin_event_accumulator.EventAccumulator(
    sys.argv[1], size_guidance={plugin_event_accumulator.TENSORS: 0})
events.Reload()
found = {"scalars": {}, "histograms": {}, "images": {}, "graph": []}
for tag in events.Tags()["tensors"]:
    plugin = events.SummaryMetadata(tag).plugin_data.plugin_name
    for event in events.Tensors(tag):
        value = tensor_util.make_ndarray(event.tensor_proto)
        if plugin == "scalars":
            # JSON has no NaN.
            found["scalars"].setdefault(tag, []).append([event.step, str(float(value))])
        elif plugin == "histograms":
            found["histograms"].setdefault(tag, []).append([event.step, value.tolist()])
        elif plugin == "images":
            width, height, *pngs = value.tolist()
            found["images"].setdefault(tag, []).append(
                [event.step, int(width), int(height), [hashlib.sha256(png).hexdigest() for png in pngs]])
        elif plugin != "graphs":
            sys.exit(f"tag {tag} belongs to no plugin that is known: '{plugin}'")
if events.Tags()["graph"]:
    graph = graph_pb2.GraphDef()
    graph.ParseFromString(events.Graph().SerializeToString())
    for node in graph.node:
        shapes = [[dim.size for dim in shape.dim] for shape in node.attr["_output_shapes"].list.shape]
        found["graph"].append({"name": node.name, "op": node.op, "inputs": list(node.input), "shapes": shapes,
                               "attributes": node.attr["attributes"].s.decode()})
json.dump(found, sys.stdout)
