import type { GraphIndex } from "./graphIndex";
import { dimsOf, graphIndex, integerAttribute, unsupported } from "./graphIndex";
import { BFLOAT16, FLOAT, FLOAT16 } from "./elementType";
import { findHead } from "./modelHead";
import type { OnnxModel } from "./modelFile";
import type { ValueInfoProto } from "./proto/onnx_pb";

export type FloatType = "float32" | "float16" | "bfloat16";

/** One block's KV cache: what goes in and what comes out, [rows, kvHeads, positions, headSize]. */
export interface CacheNames {
  readonly key: string;
  readonly value: string;
  readonly presentKey: string;
  readonly presentValue: string;
}

/** What an engine must feed and may fetch. int64 inputs: input_ids, attention_mask, position_ids. */
export interface ModelInputs {
  /** [rows, positions] */
  readonly inputIds: string;
  /** [rows, past + positions]; 1 for a token, 0 for padding. */
  readonly attentionMask: string | undefined;
  /** [rows, positions] */
  readonly positionIds: string | undefined;
  /** In block order. */
  readonly caches: readonly CacheNames[];
  readonly kvHeads: number;
  readonly headSize: number;
  readonly cacheType: FloatType;
  /** [rows, positions, vocabulary] */
  readonly logits: string;
  readonly logitsType: FloatType;
  readonly vocabulary: number;
}

/** Throws `modelUnsupported` when an input is there that an engine would not know how to fill. */
export function describeInputs(model: OnnxModel): ModelInputs {
  const index = graphIndex(model);
  const input = new Map(
    index.graph.input.filter(({ name }) => index.inputs.has(name)).map((v) => [v.name, v]),
  );
  const output = new Map(index.graph.output.map((v) => [v.name, v]));
  if (!input.has("input_ids")) throw unsupported(`it has no input named "input_ids"`);
  const optional = (name: string) => (input.has(name) ? name : undefined);

  const caches: CacheNames[] = [];
  for (let block = 0; input.has(`past_key_values.${block}.key`); block++) {
    const names = {
      key: `past_key_values.${block}.key`,
      value: `past_key_values.${block}.value`,
      presentKey: `present.${block}.key`,
      presentValue: `present.${block}.value`,
    };
    for (const name of [names.key, names.value]) if (!input.has(name)) throw missing(name);
    for (const name of [names.presentKey, names.presentValue]) {
      if (!output.has(name)) throw missing(name);
    }
    caches.push(names);
  }
  const [first] = caches;
  if (!first) throw missing("past_key_values.0.key");
  const known = new Set(["input_ids", "attention_mask", "position_ids"]);
  for (const { key, value } of caches) known.add(key).add(value);
  // Inputs that steering itself added are filled by who patched the graph.
  const strange = [...input.keys()].find(
    (name) => !known.has(name) && !/^(steer|tap|select)\./.test(name),
  );
  if (strange !== undefined) throw unsupported(`its input "${strange}" has no known meaning`);

  const [, kvHeads, , declaredSize] = shapeOf(input.get(first.key)!);
  if (!kvHeads) throw unsupported(`the number of heads of "${first.key}" is not stated`);
  const head = findHead(index);
  return {
    inputIds: "input_ids",
    attentionMask: optional("attention_mask"),
    positionIds: optional("position_ids"),
    caches,
    kvHeads,
    headSize: declaredSize ?? headSizeOf(index, first.key),
    cacheType: floatType(input.get(first.key)!),
    logits: head.logits,
    logitsType: floatType(output.get(head.logits)!),
    vocabulary: head.vocabulary,
  };
}

/**
 * The head size where the cache's shape leaves it open (onnxruntime-genai does): the attention's
 * output [rows, positions, heads * headSize] goes into a projection whose weight has that many rows.
 */
function headSizeOf(index: GraphIndex, cache: string): number {
  const attention = index.consumers.get(cache)?.[0];
  const heads = attention && integerAttribute(attention, "num_heads");
  for (const projection of index.consumers.get(attention?.output[0] ?? "") ?? []) {
    const weight = index.initializers.get(projection.input[1] ?? "");
    const rows = integerAttribute(projection, "K") ?? (weight && dimsOf(weight)[0]);
    if (heads && rows && rows % heads === 0) return rows / heads;
  }
  throw unsupported(`the head size of "${cache}" is not known`, attention);
}

/** Fixed sizes of a tensor; undefined where a size is symbolic. */
function shapeOf({ type }: ValueInfoProto): (number | undefined)[] {
  if (type?.value.case !== "tensorType") return [];
  return (type.value.value.shape?.dim ?? []).map(({ value }) =>
    value.case === "dimValue" && value.value > 0n ? Number(value.value) : undefined,
  );
}

const floatTypes: ReadonlyMap<number, FloatType> = new Map([
  [FLOAT, "float32"],
  [FLOAT16, "float16"],
  [BFLOAT16, "bfloat16"],
]);

function floatType(value: ValueInfoProto): FloatType {
  const type = value.type?.value;
  const name = type?.case === "tensorType" ? floatTypes.get(type.value.elemType) : undefined;
  if (name) return name;
  throw unsupported(`"${value.name}" holds no floating point numbers`);
}

function missing(name: string): Error {
  return unsupported(`it has no "${name}"`);
}
