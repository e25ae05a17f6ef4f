"""Steering spliced into an exported graph, so that calibration and evaluation run what will be shipped.

The residual stream after block i is the sum made by the normalisation that follows it
(SkipSimplifiedLayerNormalization, inputs 0 and 1). What steers is computed from that sum and added to the block's
output before it:

    delta = alpha |x| g / |g|,    g = (1/scale) W1^T (m1 * W2^T (m2 * W3^T c)),    m = [pre-activation > 0]

(the gradient of sum_k c_k z_k, K-Steering, arXiv 2505.24535, in closed form), or g = sum_k c_k v_k for fixed vectors.
"""

from collections.abc import Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

METHODS = ("mlp", "linear", "caa", "random")
WEIGHTS, ALPHA, TAP = "steer.weights", "steer.alpha", "steer.tap"
Tensors = Mapping[str, np.ndarray]


def residual_sums(graph: onnx.GraphProto) -> dict[int, onnx.NodeProto]:
    """Block -> the node whose inputs 0 and 1 sum to the residual stream after it."""
    sums = {}
    for node in graph.node:
        follows_block = "input_layernorm" in node.name or "final_norm" in node.name
        if node.op_type == "SkipSimplifiedLayerNormalization" and follows_block:
            sums[int(node.name.split("layers.")[1].split("/")[0]) - 1] = node
    return sums


def splice(model: onnx.ModelProto, method: str, sites: list[int], tensors: Tensors, seed: int = 1) -> None:
    """Add inputs `steer.weights` [rows, tones] and `steer.alpha` [rows, 1, 1] and steer at `sites`, in place."""
    tones = tensors[f"layers.{sites[0]}.directions"].shape[0]
    graph = model.graph
    graph.input.append(helper.make_tensor_value_info(WEIGHTS, TensorProto.FLOAT, ["rows", tones]))
    graph.input.append(helper.make_tensor_value_info(ALPHA, TensorProto.FLOAT, ["rows", 1, 1]))
    sums, rng = residual_sums(graph), np.random.default_rng(seed)
    for site in sites:
        ops, node = _Ops(graph, f"/steer/{site}"), sums[site]
        x = ops.add("Add", node.input[0], node.input[1])
        at = {name.removeprefix(f"layers.{site}."): t.astype(np.float32) for name, t in tensors.items()
              if name.startswith(f"layers.{site}.")}  # fmt: skip
        if method == "mlp":
            g = _classifier_gradient(ops, x, at)
        else:
            vectors = {
                "linear": at["linear.weight"],
                "caa": at["directions"],
                "random": rng.normal(size=at["directions"].shape).astype(np.float32),
            }[method]
            g = ops.add("Unsqueeze", ops.add("MatMul", WEIGHTS, ops.constant(vectors)), ops.constant(np.array([1])))
        unit = ops.add("Div", g, ops.add("Max", ops.norm(g), ops.constant(np.float32(1e-12))))
        delta = ops.add("Mul", ops.add("Mul", unit, ops.norm(x)), ALPHA)
        node.input[1] = ops.add("Add", node.input[1], delta)
        ops.insert_before(node)


def last_position_only(model: onnx.ModelProto) -> None:
    """Project only the last position to the vocabulary: the head dominates the cost of reading a prompt."""
    graph = model.graph
    head = next(node for node in graph.node if "logits" in node.output)
    ops = _Ops(graph, "/steer/last")
    start, end, axis = (ops.constant(np.array([v])) for v in (-1, np.iinfo(np.int64).max, 1))
    head.input[0] = ops.add("Slice", head.input[0], start, end, axis)
    ops.insert_before(head)


def tap(model: onnx.ModelProto, site: int) -> None:
    """Add the output `steer.tap` [rows, positions, hidden]: the residual stream after block `site`."""
    node = residual_sums(model.graph)[site]
    ops = _Ops(model.graph, f"/tap/{site}")
    ops.add("Add", node.input[0], node.input[1], output=TAP)
    ops.insert_before(node)
    model.graph.output.append(helper.make_tensor_value_info(TAP, TensorProto.FLOAT, ["rows", "positions", "hidden"]))


def _classifier_gradient(ops: "_Ops", x: str, at: dict[str, np.ndarray]) -> str:
    """Standardisation folds into the first layer: W1 (x - mean) / scale + b1 = (W1/scale) x + (b1 - W1 mean/scale)."""
    w1 = at["fc1.weight"] / at["scale"]
    b1 = at["fc1.bias"] - w1 @ at["mean"]
    zero = ops.constant(np.float32(0))
    z1 = ops.add("Add", ops.add("MatMul", x, ops.constant(w1.T)), ops.constant(b1))
    z2 = ops.add("MatMul", ops.add("Relu", z1), ops.constant(at["fc2.weight"].T))
    z2 = ops.add("Add", z2, ops.constant(at["fc2.bias"]))
    m1, m2 = (ops.add("Cast", ops.add("Greater", z, zero), to=TensorProto.FLOAT) for z in (z1, z2))
    back = ops.add("MatMul", WEIGHTS, ops.constant(at["fc3.weight"]))  # [rows, 256]
    back = ops.add("Mul", ops.add("Unsqueeze", back, ops.constant(np.array([1]))), m2)
    back = ops.add("Mul", ops.add("MatMul", back, ops.constant(at["fc2.weight"])), m1)
    return ops.add("MatMul", back, ops.constant(w1))


class _Ops:
    """New nodes under one name, inserted together."""

    def __init__(self, graph: onnx.GraphProto, name: str):
        self._graph, self._name = graph, name
        self._nodes: list[onnx.NodeProto] = []
        self._constants = 0

    def add(self, op: str, *inputs: str, output: str | None = None, **attributes: object) -> str:
        output = output or f"{self._name}/{op}.{len(self._nodes)}"
        self._nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def norm(self, x: str) -> str:
        """Length along the last axis, kept as an axis of size 1."""
        return self.add("ReduceL2", x, self.constant(np.array([-1])), keepdims=1)

    def constant(self, value: np.ndarray | np.generic) -> str:
        name = f"{self._name}/constant.{self._constants}"
        self._constants += 1
        self._graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def insert_before(self, node: onnx.NodeProto) -> None:
        at = next(i for i, other in enumerate(self._graph.node) if other.name == node.name)
        for offset, new in enumerate(self._nodes):
            self._graph.node.insert(at + offset, new)
