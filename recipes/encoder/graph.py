"""The encoder as an ONNX graph in eight bits, written down op by op.

An exporter would give float weights, to be quantised by a tool; so written, each weight is
quantised as suits it:

- matrices by output, in seven bits: so that processors without VNNI, which add two products in 16
  bits, do not overflow;
- what enters them in eight bits, with one scale for the whole window, as ONNX Runtime does it. What
  enters the feed-forward layers is divided by the largest number of its piece before, as a few
  pieces there are far larger than the others: that halves the error;
- word vectors in eight bits, each with a scale of its own;
- what is small, and attention itself, in float32.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

Floats = NDArray[Any]

OPSET, IR = 20, 9
#: The operators of ONNX Runtime's own.
RUNTIME = "com.microsoft"
#: Of the weights of matrices, and of word vectors: the largest number.
STEPS, WORD_STEPS = 64, 127
EPSILON = 1e-12


class Graph:
    """Nodes and constants, in order."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, array: Any) -> str:
        """RETURNS (str): The name of a constant."""
        name = f"c{len(self.constants)}"
        array = numpy.ascontiguousarray(array)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def op(self, kind: str, *inputs: str, n: int = 1, **settings: Any) -> Any:
        """RETURNS (str | list[str]): The name of what an operator gives, or n names."""
        names = [f"v{len(self.nodes)}.{i}" for i in range(n)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **settings))
        return names[0] if n == 1 else names

    def own(self, kind: str, *inputs: str, **settings: Any) -> Any:
        """RETURNS (str): As `op`, of an operator of ONNX Runtime's own."""
        return self.op(kind, *inputs, domain=RUNTIME, **settings)


def build(params: Mapping[str, Floats], heads: int, longest: int, quantise: bool = True) -> bytes:
    """Write the graph of a BERT.

    params (Mapping): By the names of `curated_transformers`, float32.
    heads (int): Of attention. longest (int): The most pieces that it will be given.
    quantise (bool): False keeps float32, to compare with.
    RETURNS (bytes): A file of ONNX: ids, types (n,) int64 and pool (n,) float32 -> vector (width,).
    """
    graph = Graph()
    x = _embedded(graph, params, longest, quantise)
    x = _normal(graph, params, "embeddings.layer_norm", x)
    layer = 0
    while f"layers.{layer}.mha.input.weight" in params:
        x = _layer(graph, params, f"layers.{layer}", x, heads, quantise)
        layer += 1
    first = graph.constant(numpy.array([0]))
    share = graph.op("Div", "pool", graph.op("ReduceSum", "pool"))
    mean = graph.op("MatMul", graph.op("Unsqueeze", share, first), graph.op("Squeeze", x, first))
    graph.op("Squeeze", mean, first)
    graph.nodes[-1].output[0] = "vector"
    return _file(graph, params["embeddings.layer_norm.weight"].shape[0])


def _file(graph: Graph, width: int) -> bytes:
    inputs = [
        helper.make_tensor_value_info(name, kind, ["n"])
        for name, kind in (
            ("ids", TensorProto.INT64),
            ("types", TensorProto.INT64),
            ("pool", TensorProto.FLOAT),
        )
    ]
    outputs = [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [width])]
    made = helper.make_graph(graph.nodes, "encoder", inputs, outputs, graph.constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(RUNTIME, 1)]
    model: ModelProto = helper.make_model(made, opset_imports=opsets, ir_version=IR)
    return model.SerializeToString()


def _embedded(graph: Graph, params: Mapping[str, Floats], longest: int, quantise: bool) -> str:
    words, types, places = (
        params[f"embeddings.{name}_embeddings.weight"]
        for name in ("word", "token_type", "position")
    )
    if quantise:
        scale = numpy.maximum(numpy.abs(words).max(axis=1, keepdims=True), 1e-9) / WORD_STEPS
        packed = graph.constant(numpy.rint(words / scale).astype("int8"))
        number = graph.op("Cast", graph.op("Gather", packed, "ids"), to=TensorProto.FLOAT)
        x = graph.op("Mul", number, graph.op("Gather", graph.constant(scale), "ids"))
    else:
        x = graph.op("Gather", graph.constant(words), "ids")
    first = graph.constant(numpy.array([0]))
    at = graph.op("Slice", graph.constant(places[:longest]), first, graph.op("Shape", "ids"), first)
    x = graph.op("Add", x, graph.op("Gather", graph.constant(types), "types"))
    return graph.op("Unsqueeze", graph.op("Add", x, at), first)  # type: ignore[no-any-return]


def _layer(
    graph: Graph, params: Mapping[str, Floats], name: str, x: str, heads: int, quantise: bool
) -> str:
    def linear(part: str, given: str, even: bool = False) -> Any:
        W, b = params[f"{name}.{part}.weight"].T, graph.constant(params[f"{name}.{part}.bias"])
        if not quantise:
            return graph.op("Add", graph.op("MatMul", given, graph.constant(W)), b)
        scale = numpy.maximum(numpy.abs(W).max(axis=0), 1e-9) / STEPS
        zero = numpy.zeros(len(scale), "int8")
        packed = map(graph.constant, (numpy.rint(W / scale).astype("int8"), scale, zero))
        if not even:
            return graph.own("DynamicQuantizeMatMul", given, *packed, b)
        largest = graph.op("ReduceMax", graph.op("Abs", given), last, keepdims=1)
        found = graph.own("DynamicQuantizeMatMul", graph.op("Div", given, largest), *packed)
        return graph.op("Add", graph.op("Mul", found, largest), b)

    last = graph.constant(numpy.array([-1]))
    split = graph.op("Split", linear("mha.input", x), n=3, axis=-1, num_outputs=3)
    attended = graph.own("MultiHeadAttention", *split, num_heads=heads)
    x = _normal(graph, params, f"{name}.attn_output_layernorm", x, linear("mha.output", attended))
    inner = graph.op("Gelu", linear("ffn.intermediate", x, even=True))
    outer = linear("ffn.output", inner, even=True)
    return _normal(graph, params, f"{name}.ffn_output_layernorm", x, outer)


def _normal(graph: Graph, params: Mapping[str, Floats], name: str, *x: str) -> str:
    """RETURNS (str): Layer normalisation, of a sum if two are given."""
    own = [graph.constant(params[f"{name}.{part}"]) for part in ("weight", "bias")]
    if len(x) == 1:
        return graph.op("LayerNormalization", *x, *own, epsilon=EPSILON)  # type: ignore[no-any-return]
    return graph.own("SkipLayerNormalization", *x, *own, epsilon=EPSILON)  # type: ignore[no-any-return]
