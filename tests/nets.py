"""Small nets in ONNX that the tests build, of which the right answer is known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy import ndarray
from onnx import TensorProto, helper, numpy_helper

FLOAT, HALF, INT64 = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT64
# Values from 0 to 1, as the nets here want them.
PLAIN = "mean = [0, 0, 0]\nstd = [1, 1, 1]\n"
# Takes the grey out of a colour, so that red, green and blue have directions of their own, and puts a little of it behind.
HUES = np.hstack([np.eye(3) - 1 / 3, np.full((3, 1), 0.1)]).astype(np.float32)
WORDS = {"[UNK]": 0, "[PAD]": 1, "red": 2, "green": 3, "blue": 4, "car": 5, "at": 6, "night": 7}

Sizes = Sequence[int | str]


def write(path: Path, nodes: list[Any], inputs: list[Any], outputs: list[Any], constants: dict[str, ndarray]) -> Path:
    """Write a net of these nodes; inputs and outputs are (name, type, sizes)."""
    values = [[helper.make_tensor_value_info(*each) for each in ports] for ports in (inputs, outputs)]
    held = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "net", *values, held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def colour(path: Path, sizes: Sizes = ("n", 3, "h", "w"), kind: int = FLOAT, name: str = "image_embeds") -> Path:
    """Write a net whose vector is the mean colour of a picture: what is red, green and blue of it, and a little grey."""
    axes = [1, 2] if sizes[3] == 3 else [2, 3]
    number = np.float16 if kind == HALF else np.float32
    mean = helper.make_node("ReduceMean", ["pixel_values"], ["colour"], axes=axes, keepdims=0)
    hues = helper.make_node("MatMul", ["colour", "hues"], [name])
    path.with_suffix(".toml").write_text(PLAIN)
    constants = {"hues": HUES.astype(number)}
    return write(path, [mean, hues], [("pixel_values", kind, sizes)], [(name, kind, [sizes[0], 4])], constants)


def corner(path: Path, share: float = 0.1) -> Path:
    """Write a net that sees the colour of the upper left corner only, so much of each side."""
    ends = np.array([round(50 * share)] * 2, np.int64)
    cut = helper.make_node("Slice", ["pixel_values", "begins", "ends", "axes"], ["cut"])
    mean = helper.make_node("ReduceMean", ["cut"], ["colour"], axes=[2, 3], keepdims=0)
    hues = helper.make_node("MatMul", ["colour", "hues"], ["image_embeds"])
    constants = {"begins": np.zeros(2, np.int64), "ends": ends, "axes": np.array([2, 3]), "hues": HUES}
    path.with_suffix(".toml").write_text(PLAIN)
    ports = [("pixel_values", FLOAT, ["n", 3, 50, 50])], [("image_embeds", FLOAT, ["n", 4])]
    return write(path, [cut, mean, hues], *ports, constants)


def tokens(path: Path, rows: int = 2) -> Path:
    """Write a net whose tokens are the mean colours of so many rows of squares of a picture of 32 by 32."""
    pool = helper.make_node("AveragePool", ["pixel_values"], ["squares"], kernel_shape=[32 // rows, 32], strides=[32 // rows, 32])
    flat = helper.make_node("Reshape", ["squares", "shape"], ["flat"])
    turned = helper.make_node("Transpose", ["flat"], ["last_hidden_state"], perm=[0, 2, 1])
    path.with_suffix(".toml").write_text(PLAIN)
    ports = [("pixel_values", FLOAT, ["n", 3, 32, 32])], [("last_hidden_state", FLOAT, ["n", rows, 3])]
    return write(path, [pool, flat, turned], *ports, {"shape": np.array([0, 3, -1], np.int64)})


def broken(path: Path, value: float = float("nan")) -> Path:
    """Write a net whose vector is always this number, eight times."""
    pool = helper.make_node("ReduceMean", ["pixel_values"], ["mean"], axes=[1, 2, 3], keepdims=1)
    flat = helper.make_node("Reshape", ["mean", "shape"], ["flat"])
    zero = helper.make_node("Mul", ["flat", "zeros"], ["none"])
    add = helper.make_node("Add", ["none", "value"], ["image_embeds"])
    constants = {
        "shape": np.array([-1, 1], np.int64),
        "zeros": np.zeros((1, 8), np.float32),
        "value": np.full((1, 8), value, np.float32),
    }
    ports = [("pixel_values", FLOAT, ["n", 3, 16, 16])], [("image_embeds", FLOAT, ["n", 8])]
    return write(path, [pool, flat, zero, add], *ports, constants)


def words(path: Path, sizes: Sizes = ("n", "t"), kind: int = INT64, masked: bool = True, last: bool = False) -> Path:
    """Write a net that reads: its vector is the mean colour of the words; with `last` it gives one for each token instead.

    Its tokenizer, of whole words, is written beside it.
    """
    table = np.zeros((len(WORDS), 4), np.float32)
    table[2:5] = HUES
    # What fills up would show, if it counted.
    table[1] = 9.0
    look = helper.make_node("Gather", ["table", "input_ids"], ["seen"])
    inputs = [("input_ids", kind, list(sizes))]
    if last:
        nodes, output = (
            [look, helper.make_node("Identity", ["seen"], ["last_hidden_state"])],
            ("last_hidden_state", ["n", "t", 4]),
        )
    elif masked:
        weigh = helper.make_node("Cast", ["attention_mask"], ["weights"], to=FLOAT)
        wide = helper.make_node("Unsqueeze", ["weights", "two"], ["wide"])
        kept = helper.make_node("Mul", ["seen", "wide"], ["kept"])
        total = helper.make_node("ReduceSum", ["kept", "one"], ["text_embeds"], keepdims=0)
        nodes, output = [look, weigh, wide, kept, total], ("text_embeds", ["n", 4])
    else:
        nodes, output = (
            [look, helper.make_node("ReduceSum", ["seen", "one"], ["text_embeds"], keepdims=0)],
            ("text_embeds", ["n", 4]),
        )
    if masked:
        inputs.append(("attention_mask", kind, list(sizes)))
    constants = {"table": table, "one": np.array([1]), "two": np.array([2])}
    path.with_name("tokenizer.json").write_text(json.dumps(TOKENIZER))
    return write(path, nodes, inputs, [(output[0], FLOAT, output[1])], constants)


TOKENIZER = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [],
    "normalizer": {"type": "Lowercase"},
    "pre_tokenizer": {"type": "Whitespace"},
    "post_processor": None,
    "decoder": None,
    "model": {"type": "WordLevel", "vocab": WORDS, "unk_token": "[UNK]"},
}


def moved_out(path: Path, location: str) -> Path:
    """Write the weights of a net into another file, which it then names by this location."""
    model = onnx.load_model(path)
    for held in model.graph.initializer:
        path.with_name("weights.data").write_bytes(held.raw_data)
        length = len(held.raw_data)
        held.ClearField("raw_data")
        held.data_location = TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", "0"), ("length", str(length))):
            entry = held.external_data.add()
            entry.key, entry.value = key, value
    path.write_bytes(model.SerializeToString())
    return path
