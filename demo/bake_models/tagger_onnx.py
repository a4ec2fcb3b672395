"""Writes the trained tagger the way WD14 taggers are published: model.onnx and selected_tags.csv.

The graph takes NHWC float32, blue green red in 0..255, of any batch; normalisation and sigmoid are in it.
"""

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from demo.bake_models.tagger import CHARACTER_TAGS, GENERAL_TAGS, SIDE, STRIDES, TAGS, TaggerNet
from demo.grammar import RATINGS

OPSET, IR_VERSION = 17, 9
RATING_CATEGORY, GENERAL_CATEGORY, CHARACTER_CATEGORY = 9, 0, 4
FIRST_TAG_ID = 9_000_001
# Any positive number: readers show it, none computes with it.
PICTURES_PER_TAG = 1000


def write_tagger(net: TaggerNet, folder: Path) -> None:
    """Writes both files into the folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save_model(tagger_graph(net), str(folder / "model.onnx"))
    categories = (
        [(tag, RATING_CATEGORY) for tag in RATINGS]
        + [(tag, GENERAL_CATEGORY) for tag in GENERAL_TAGS]
        + [(tag, CHARACTER_CATEGORY) for tag in CHARACTER_TAGS]
    )
    with (folder / "selected_tags.csv").open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("tag_id", "name", "category", "count"))
        for index, (tag, category) in enumerate(categories):
            rows.writerow((FIRST_TAG_ID + index, tag, category, PICTURES_PER_TAG))


def tagger_graph(net: TaggerNet) -> onnx.ModelProto:
    """The net as ONNX, its batch norms folded into the convolutions."""
    weights = {
        "scale": np.float32(1 / 127.5),
        "one": np.float32(1),
        "head_weight": net.head.weight.detach().numpy(),
        "head_bias": net.head.bias.detach().numpy(),
    }
    nodes = [
        helper.make_node("Transpose", ["input"], ["bgr"], perm=[0, 3, 1, 2]),
        helper.make_node("Mul", ["bgr", "scale"], ["scaled"]),
        helper.make_node("Sub", ["scaled", "one"], ["features_0"]),
    ]
    for index, stride in enumerate(STRIDES):
        weights[f"weight_{index}"], weights[f"bias_{index}"] = folded(net, index)
        inputs = [f"features_{index}", f"weight_{index}", f"bias_{index}"]
        conv = helper.make_node(
            "Conv",
            inputs,
            [f"conv_{index}"],
            strides=[stride, stride],
            pads=[1, 1, 1, 1],
            kernel_shape=[3, 3],
        )
        nodes += [conv, helper.make_node("Relu", [f"conv_{index}"], [f"features_{index + 1}"])]
    last = f"features_{len(STRIDES)}"
    nodes += [
        helper.make_node("GlobalAveragePool", [last], ["mean"]),
        helper.make_node("GlobalMaxPool", [last], ["maximum"]),
        helper.make_node("Concat", ["mean", "maximum"], ["pooled"], axis=1),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "head_weight", "head_bias"], ["logits"], transB=1),
        helper.make_node("Sigmoid", ["logits"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tagger",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", SIDE, SIDE, 3])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", len(TAGS)])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return model


@torch.no_grad()
def folded(net: TaggerNet, index: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Weight and bias of a convolution with the batch norm after it folded in."""
    convolution, norm = net.convolutions[index], net.norms[index]
    assert isinstance(convolution, torch.nn.Conv2d)
    assert isinstance(norm, torch.nn.BatchNorm2d)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return (convolution.weight * gain[:, None, None, None]).numpy(), (
        norm.bias - norm.running_mean * gain
    ).numpy()
