"""A tagger of a few numbers: it knows red, green, blue, white and dark from a picture's mean colour."""

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import canonical_bytes
from bakehouse.digest import Digest

SIDE = 16
TAG_LIST = b"""tag_id,name,category,count
1,general,9,100
2,sensitive,9,100
3,red_ground,0,100
4,green_ground,0,100
5,blue_ground,0,100
6,^_^,0,100
7,night_(sky),4,100
"""
NUM_TAGS = 7
# Logits of each tag from mean blue, green and red, each 0..1.
WEIGHTS = np.array(
    [[0, 0, 0], [0, 0, 0], [-8, -8, 8], [-8, 8, -8], [8, -8, -8], [4, 4, 4], [-9, -9, -9]], np.float32
)
BIASES = np.array([3, -3, 0, 0, 0, -10, 6], np.float32)


def tagger_model(
    *,
    shape: Sequence[int | str] = ("batch", SIDE, SIDE, 3),
    axes: Sequence[int] = (1, 2),
    tail: str = "Sigmoid",
    kind: int = TensorProto.FLOAT,
) -> bytes:
    """A network of one matrix; `axes` are those of the picture's sides, `tail` is what makes its output."""
    nodes = [
        helper.make_node("Cast", ["input"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["float", "scale"], ["scaled"]),
        helper.make_node("ReduceMean", ["scaled"], ["mean"], axes=list(axes), keepdims=0),
        helper.make_node("Gemm", ["mean", "weights", "biases"], ["logits"], transB=1),
        helper.make_node(tail, ["logits"], ["output"]),
    ]
    given = TensorProto.INT64 if tail == "Shape" else TensorProto.FLOAT
    values = {"scale": np.float32(1 / 255), "weights": WEIGHTS, "biases": BIASES}
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input", kind, list(shape))],
        [helper.make_tensor_value_info("output", given, [None] if tail == "Shape" else [None, None])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def put_tagger(shared: Blobs, *, model: bytes | None = None, tag_list: bytes = TAG_LIST) -> Digest:
    """Store a tagger's folder; its listing."""
    files = {"model.onnx": model or tagger_model(), "selected_tags.csv": tag_list}
    return put_listing(shared, files)


def put_listing(shared: Blobs, files: dict[str, bytes]) -> Digest:
    """Store files and their listing."""
    lines = [
        canonical_bytes({"digest": shared.put(data), "name": name, "size_bytes": len(data)})
        for name, data in sorted(files.items())
    ]
    return shared.put(b"".join(line + b"\n" for line in lines))
