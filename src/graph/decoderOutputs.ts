import { describeInputs } from "./describeInputs";
import { FLOAT, INT64 } from "./elementType";
import { GraphEdit } from "./graphEdit";
import { graphIndex } from "./graphIndex";
import type { OnnxModel } from "./modelFile";
import { Operators } from "./operators";
import { findResidualStream } from "./residualStream";

/** What a decode loop wants of a graph, named by what it gives. */
export const decoderNames = {
  /** Input, int64 [rows, chosen]: the positions of which logits are wanted. */
  positions: "select.positions",
  /** Input, int64 [rows, chosen]: a token for each, whose log-probability is wanted. */
  targets: "select.targets",
  /** Output, float [rows, chosen]. */
  logProbabilities: "target.logProbabilities",
  /** Output, float [caches * rows, kvHeads, positions, headSize], key and value by turns, block by block. */
  fresh: "present.new",
} as const;

/**
 * A copy of the graph that gives a decode loop just what it needs:
 * logits only for chosen positions (the vocabulary projection of all prompt positions is most of a
 * prefill), the log-probability of a given token at each, and of the KV cache only the positions
 * this run added. The whole caches are no outputs any more: a runtime that copies its outputs would
 * copy them at every token.
 *
 * Throws `modelUnsupported` when the graph is not understood.
 */
export function patchForDecoding(model: OnnxModel): OnnxModel {
  const { caches, logits, inputIds, kvHeads, headSize, attentionMask } = describeInputs(model);
  const { head } = findResidualStream(model);
  const edit = new GraphEdit(model);
  const ops = new Operators(edit);

  edit.addInput(decoderNames.positions, INT64, ["rows", "chosen"]);
  edit.addInput(decoderNames.targets, INT64, ["rows", "chosen"]);
  edit.goAfter(head.lastSum);
  const chosen = edit.node(
    "/select/hidden",
    "GatherND",
    [head.hiddenTensor, ops.unsqueeze("/select/index", decoderNames.positions, -1)],
    { batch_dims: 1n },
  );
  for (const node of model.proto.graph.node) {
    node.input.forEach((input, i) => {
      if (input === head.hiddenTensor) edit.change(node).input[i] = chosen;
    });
  }

  // The rest reads what the whole graph makes, so it goes to its end.
  edit.goAfter(model.proto.graph.node.at(-1)!);
  const floatLogits = edit.node("/target/logits", "Cast", [logits], { to: BigInt(FLOAT) });
  const scores = edit.node("/target/scores", "LogSoftmax", [floatLogits], { axis: -1n });
  const index = ops.unsqueeze("/target/index", decoderNames.targets, -1);
  const picked = edit.node("/target/picked", "GatherElements", [scores, index], { axis: 2n });
  const shape = edit.integers("/target/shape", [2], [0n, -1n]);
  edit.node(decoderNames.logProbabilities, "Reshape", [picked, shape]);
  edit.addOutput(decoderNames.logProbabilities, FLOAT, ["rows", "chosen"]);

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

  return withoutOutputs(
    edit.build(),
    new Set(caches.flatMap(({ presentKey, presentValue }) => [presentKey, presentValue])),
  );
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

function withoutOutputs(model: OnnxModel, names: ReadonlySet<string>): OnnxModel {
  const { proto } = model;
  const graph = Object.assign(
    Object.create(Object.getPrototypeOf(proto.graph) as object),
    proto.graph,
    {
      output: proto.graph.output.filter(({ name }) => !names.has(name)),
    },
  ) as OnnxModel["proto"]["graph"];
  const copy = Object.assign(Object.create(Object.getPrototypeOf(proto) as object), proto, {
    graph,
  });
  return { ...model, proto: copy as OnnxModel["proto"] };
}
