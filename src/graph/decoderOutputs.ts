import { describeInputs } from "./describeInputs";
import { FLOAT, INT64 } from "./elementType";
import { copyWith, type GraphEdit } from "./graphEdit";
import { graphIndex } from "./graphIndex";
import type { OnnxModel } from "./modelFile";
import type { Operators } from "./operators";
import type { ResidualStream } from "./residualStream";

/** What a decode loop wants of a graph, named by what it gives. */
export const decoderNames = {
  /** Input, int64 [rows, chosen]: the positions of which logits are wanted. */
  positions: "select.positions",
  /** Output, float [caches * rows, kvHeads, positions, headSize], key and value by turns, block by block. */
  fresh: "present.new",
} as const;

/**
 * Gives a decode loop just what it needs: logits only for chosen positions (the vocabulary
 * projection of all prompt positions is most of a prefill), and of the KV cache only the positions
 * this run added. A runtime that copies its outputs would copy whole caches at every token; so they
 * are no outputs any more (`withoutCaches`).
 */
export function decodeGraph(ops: Operators, model: OnnxModel, { head }: ResidualStream): void {
  const { caches, inputIds, kvHeads, headSize, attentionMask } = describeInputs(model);
  const { edit } = ops;

  edit.addInput(decoderNames.positions, INT64, ["rows", "chosen"]);
  edit.goAfter(head.lastSum);
  const chosen = edit.node(
    "/select/hidden",
    "GatherND",
    [head.hiddenTensor, ops.unsqueeze("/select/index", decoderNames.positions, -1)],
    { batch_dims: 1n },
  );
  redirect(edit, model, head.hiddenTensor, chosen);

  // The rest reads what the whole graph makes, so it goes to its end.
  edit.goAfter(model.proto.graph.node.at(-1)!);
  const one = edit.integers("/fresh/one", [1], [1n]);
  const lengthOf = (name: string, tensor: string) =>
    edit.node(name, "Gather", [edit.node(`${name}.shape`, "Shape", [tensor]), one], { axis: 0n });
  const positions = lengthOf("/fresh/positions", inputIds);
  // A padded cache is longer than what it holds, so new positions end where the mask does.
  const end = attentionMask
    ? lengthOf("/fresh/end", attentionMask)
    : edit.integers("/fresh/end", [1], [2n ** 62n]);
  const start = attentionMask
    ? edit.node("/fresh/start", "Sub", [end, positions])
    : edit.node("/fresh/start", "Neg", [positions]);
  const axis = edit.integers("/fresh/axis", [1], [2n]);
  const parts = caches
    .flatMap(({ presentKey, presentValue }) => [presentKey, presentValue])
    .map((name) => edit.node(`/fresh/${name}`, "Slice", [name, start, end, axis]));
  edit.node(decoderNames.fresh, "Concat", parts, { axis: 0n });
  edit.addOutput(decoderNames.fresh, FLOAT, ["fresh", kvHeads, "positions", headSize]);
}

/** Norm and projection treat each position by itself, so they may read fewer of them. */
export function redirect(edit: GraphEdit, model: OnnxModel, from: string, to: string): void {
  for (const node of model.proto.graph.node) {
    node.input.forEach((input, i) => {
      if (input === from) edit.change(node).input[i] = to;
    });
  }
}

/**
 * Whether past tensors may be longer than what they hold: GroupQueryAttention reads as far as the
 * mask says, while exports that concatenate past and new need the exact length.
 */
export function readsPaddedCache(model: OnnxModel): boolean {
  const { consumers } = graphIndex(model);
  return describeInputs(model).caches.every(({ key, value }) =>
    [key, value].every((name) =>
      consumers.get(name)?.every((node) => node.opType === "GroupQueryAttention"),
    ),
  );
}

/** A copy of a graph whose caches are no outputs any more. */
export function withoutCaches(model: OnnxModel): OnnxModel {
  const { proto } = model;
  const output = proto.graph.output.filter(({ name }) => !/^present\.\d+\.(key|value)$/.test(name));
  const graph = copyWith(proto.graph, { output });
  return { ...model, proto: copyWith(proto, { graph }) };
}
