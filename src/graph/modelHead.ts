/**
 * The end of a decoder: the last residual sum, the final norm, the projection to the vocabulary
 * and what some models do with the logits (scale, cap, cast).
 */
import type { GraphIndex } from "./graphIndex";
import { dimsOf, integerAttribute, unsupported, upstream } from "./graphIndex";
import type { NodeProto } from "./proto/onnx_pb";

export interface ModelHead {
  /** The residual sum that feeds the final norm. */
  readonly lastSum: NodeProto;
  /** The tensor [rows, positions, hidden] through which alone the last sum reaches the logits. */
  readonly hiddenTensor: string;
  /** The vocabulary projection. */
  readonly projection: NodeProto;
  readonly logits: string;
  readonly hidden: number;
  readonly vocabulary: number;
}

const fusedSums = ["SkipSimplifiedLayerNormalization", "SkipLayerNormalization"];

const projections = new Set([
  ...["MatMul", "Gemm", "FusedMatMul", "FusedGemm", "MatMulNBits", "MatMulBnb4", "MatMulFpQ4"],
  ...["MatMulInteger", "MatMulIntegerToFloat", "DynamicQuantizeMatMul", "QLinearMatMul"],
]);

/** Operators that treat each position by itself, or only choose positions. */
const positionwise = new Set([
  ...["Identity", "Cast", "Add", "Sub", "Mul", "Div", "Pow", "Sqrt", "Reciprocal", "ReduceMean"],
  ...["Tanh", "Clip", "Gather", "Slice", "SimplifiedLayerNormalization", "LayerNormalization"],
  ...["RMSNormalization", "QuickGelu", "DynamicQuantizeLinear", "QuantizeLinear"],
  ...["DequantizeLinear", ...projections],
]);

/** Throws `modelUnsupported` when the way back from the logits is not understood. */
export function findHead(index: GraphIndex): ModelHead {
  const output = index.graph.output.find((value) => value.name === "logits");
  if (!output) throw unsupported(`it has no output named "logits"`);
  const sums = new Map<NodeProto, Set<string>>();
  const found: NodeProto[] = [];
  const seen = new Set<string>();
  const pending = ["logits"];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (seen.has(name) || index.isConstant(name)) continue;
    seen.add(name);
    const node = index.producers.get(name);
    if (!node) throw unsupported(`the logits are made from "${name}" around the residual stream`);
    if (isSum(index, node)) {
      sums.set(node, (sums.get(node) ?? new Set()).add(name));
      continue;
    }
    if (!positionwise.has(node.opType)) {
      throw unsupported("an operation is not expected between the last block and the logits", node);
    }
    if (projections.has(node.opType)) found.push(node);
    pending.push(...node.input.filter((input) => input !== ""));
  }
  const [[lastSum, tensors] = [], ...others] = sums;
  const [projection, ...moreProjections] = found;
  if (!lastSum || !tensors || others.length > 0) {
    throw unsupported(
      `the logits are made from ${sums.size} residual sums instead of one`,
      others[0]?.[0],
    );
  }
  if (!projection || moreProjections.length > 0) {
    throw unsupported(
      `the logits need one vocabulary projection, not ${found.length}`,
      moreProjections[0],
    );
  }
  const [hiddenTensor, ...more] = tensors;
  if (hiddenTensor === undefined || more.length > 0) {
    throw unsupported("the logits read both the sum and its norm", lastSum);
  }
  return {
    lastSum,
    hiddenTensor,
    projection,
    logits: output.name,
    hidden: hiddenSize(index, projection, lastSum),
    vocabulary: vocabularySize(index, projection),
  };
}

/** Whether a node adds two tensors that both change from run to run. */
export function isSum(index: GraphIndex, node: NodeProto): boolean {
  if (node.opType !== "Add" && !fusedSums.includes(node.opType)) return false;
  return sumInputs(node).every((input) => input !== "" && !index.isConstant(input));
}

export function sumInputs(node: NodeProto): [string, string] {
  return [node.input[0] ?? "", node.input[1] ?? ""];
}

/** The tensor that holds the sum itself; fused nodes give it as output 3, if at all. */
export function sumOutput(node: NodeProto): string | undefined {
  return (node.opType === "Add" ? node.output[0] : node.output[3]) || undefined;
}

/** The final norm has one weight a dimension. */
function hiddenSize(index: GraphIndex, projection: NodeProto, lastSum: NodeProto): number {
  const { nodes } = upstream(index, projection.input[0]!, (node) => node === lastSum);
  const sizes = new Set<number>();
  for (const node of nodes) {
    if (node === lastSum && node.opType === "Add") continue;
    for (const input of node.input.slice(node === lastSum ? 2 : 0)) {
      const initializer = index.initializers.get(input);
      const [size, ...rest] = initializer ? dimsOf(initializer) : [];
      if (size !== undefined && size > 1 && rest.length === 0) sizes.add(size);
    }
  }
  const [size, ...others] = sizes;
  if (size === undefined || others.length > 0) {
    throw unsupported(
      "the size of the residual stream cannot be read from the final norm",
      projection,
    );
  }
  return size;
}

function vocabularySize(index: GraphIndex, projection: NodeProto): number {
  const type = index.graph.output.find((value) => value.name === "logits")?.type?.value;
  const last = type?.case === "tensorType" ? type.value.shape?.dim.at(-1)?.value : undefined;
  if (last?.case === "dimValue" && last.value > 0n) return Number(last.value);
  const columns = integerAttribute(projection, "N");
  if (columns) return columns;
  const weight = index.initializers.get(projection.input[1] ?? "");
  const size = weight && dimsOf(weight).at(-1);
  if (!size) throw unsupported("the size of the vocabulary is not known", projection);
  return size;
}
