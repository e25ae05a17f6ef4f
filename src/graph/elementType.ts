import type { GraphIndex } from "./graphIndex";
import { attributeOf } from "./graphIndex";
import { TensorProto_DataType } from "./proto/onnx_pb";

/** Operators whose first output has the type of another input than the first, or of an attribute. */
const typeInput: Readonly<Record<string, number>> = {
  Where: 1,
  GatherBlockQuantized: 2,
  DequantizeLinear: 1,
  MatMulIntegerToFloat: 2,
  DynamicQuantizeMatMul: 0,
};

/**
 * The element type (TensorProto.DataType) of a tensor, from declarations where the exporter wrote
 * them and from the operators otherwise; undefined where neither says.
 */
export function elementType(index: GraphIndex, tensor: string): TensorProto_DataType | undefined {
  const seen = new Set<string>();
  for (let name = tensor; !seen.has(name);) {
    seen.add(name);
    const initializer = index.initializers.get(name);
    if (initializer) return initializer.dataType;
    const { input, output, valueInfo } = index.graph;
    const declared = [...input, ...output, ...valueInfo].find((value) => value.name === name)?.type;
    if (declared?.value.case === "tensorType") return declared.value.value.elemType;
    const node = index.producers.get(name);
    if (!node) return undefined;
    if (node.opType === "Cast") return Number(attributeOf(node, "to")?.i ?? 0n);
    if (node.opType === "Constant") return attributeOf(node, "value")?.t?.dataType;
    name = node.input[typeInput[node.opType] ?? 0] ?? "";
  }
  return undefined;
}

export const { FLOAT, FLOAT16, BFLOAT16, INT64 } = TensorProto_DataType;
