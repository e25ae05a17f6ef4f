/**
 * Finds the residual stream of a decoder by structure, since names differ between exporters.
 *
 * A residual sum adds a branch (attention or MLP) to the stream that the branch itself read:
 *   x' = x + branch(x)
 * so one summand (the skip) is upstream of the other (the branch). From the logits backwards, the
 * first such sum feeds the final norm and the vocabulary projection; each sum's skip is the sum
 * before it, down to the embedding. A branch that reads past_key_values.N is the attention of
 * block N, and the sum after it is that block's MLP, whose result is the residual after block N.
 *
 * A sum is an `Add`, or a SkipSimplifiedLayerNormalization (SkipLayerNormalization) of
 * onnxruntime, which adds and normalises in one node and gives the sum as its output 3.
 */
import { TonesteerError } from "../shared/errors";
import type { GraphIndex } from "./graphIndex";
import { graphIndex, unsupported, upstream } from "./graphIndex";
import { elementType } from "./elementType";
import type { ModelHead } from "./modelHead";
import { findHead, isSum, sumInputs, sumOutput } from "./modelHead";
import type { OnnxModel } from "./modelFile";
import type { NodeProto, TensorProto_DataType } from "./proto/onnx_pb";

/** The sum that makes the residual [rows, positions, hidden] after a block. */
export interface ResidualSite {
  /** Zero-based block. */
  readonly site: number;
  readonly node: NodeProto;
  /** The stream that goes in. */
  readonly skip: Summand;
  /** The block's last output; delta is added to this one, before the sum. */
  readonly branch: Summand;
  /** A third summand that some fused exports add as well. */
  readonly bias: string | undefined;
  /** The name of the residual; undefined where a fused node does not give it out. */
  readonly output: string | undefined;
  readonly elementType: TensorProto_DataType;
}

export interface Summand {
  readonly tensor: string;
  /** Which input of the node it is. */
  readonly input: number;
}

export interface ResidualStream {
  readonly blocks: number;
  readonly hidden: number;
  /** One a block, in order. */
  readonly sites: readonly ResidualSite[];
  /** What follows the last site: final norm and vocabulary projection. */
  readonly head: ModelHead;
}

interface Sum {
  readonly node: NodeProto;
  readonly skip: Summand;
  readonly branch: Summand;
  /** The block whose attention the branch is; undefined for an MLP. */
  readonly attention: number | undefined;
}

const pastName = /^past_key_values\.(\d+)\.(?:key|value)$/;

/** Throws `modelUnsupported`, with the node and the reason, on any graph that does not fit. */
export function findResidualStream(model: OnnxModel): ResidualStream {
  const index = graphIndex(model);
  const head = findHead(index);
  const cached = cachedBlocks(index);
  const sums = walkBack(index, head.lastSum);
  const sites: ResidualSite[] = [];
  for (let i = 0; i < sums.length; i += 2) {
    const [attention, mlp] = [sums[i]!, sums[i + 1]];
    const site = sites.length;
    if (attention.attention !== site) {
      throw unsupported(
        `the attention of block ${site} is expected to be added here`,
        attention.node,
      );
    }
    if (!mlp || mlp.attention !== undefined) {
      throw unsupported(
        `block ${site} must add two outputs, attention and MLP, to the residual stream`,
        (mlp ?? attention).node,
      );
    }
    sites.push(toSite(index, mlp, site));
  }
  if (sites.length !== cached) {
    throw unsupported(`it has caches for ${cached} blocks, but ${sites.length} residual sums`);
  }
  return { blocks: sites.length, hidden: head.hidden, sites, head };
}

/** Throws `badRequest` when the model has no such block. */
export function siteAt(stream: ResidualStream, site: number): ResidualSite {
  const found = stream.sites[site];
  if (found) return found;
  throw new TonesteerError(
    "badRequest",
    `There is no layer ${site}; choose one from 0 to ${stream.blocks - 1}.`,
  );
}

function cachedBlocks(index: GraphIndex): number {
  const blocks = new Set<number>();
  for (const name of index.inputs) {
    const match = pastName.exec(name);
    if (match) blocks.add(Number(match[1]));
  }
  if (blocks.size === 0) {
    throw unsupported(
      "it has no inputs past_key_values.N.key, so it is no decoder with a KV cache",
    );
  }
  return blocks.size;
}

function walkBack(index: GraphIndex, last: NodeProto): Sum[] {
  const sums: Sum[] = [];
  for (let node = last; ;) {
    const sum = orient(index, node);
    sums.unshift(sum);
    const { tensor, node: before } = source(index, sum.skip.tensor);
    if (!before) break;
    const { inputs } = upstream(index, tensor);
    if (![...inputs].some((name) => pastName.test(name))) break;
    if (!isSum(index, before)) {
      throw unsupported("the residual stream goes through an operation other than a sum", before);
    }
    if (sumOutput(before) !== tensor) {
      throw unsupported("the residual stream is normalised between blocks (post-norm)", before);
    }
    node = before;
  }
  return sums;
}

/** Tells skip from branch: the skip is upstream of the branch. */
function orient(index: GraphIndex, node: NodeProto): Sum {
  const [a, b] = sumInputs(node).map((tensor, input) => ({ tensor, input })) as [Summand, Summand];
  for (const [skip, branch] of [
    [a, b],
    [b, a],
  ] as const) {
    const origin = source(index, skip.tensor).node;
    if (!origin) continue;
    const { nodes, inputs } = upstream(index, branch.tensor, (met) => met === origin);
    if (!nodes.has(origin)) continue;
    if (inputs.has("input_ids") || inputs.has("inputs_embeds")) {
      throw unsupported("a branch reads the tokens around the residual stream", node);
    }
    const blocks = new Set([...inputs].flatMap((name) => pastName.exec(name)?.[1] ?? []));
    if (blocks.size > 1) throw unsupported("a branch reads the caches of several blocks", node);
    const [block] = blocks;
    return { node, skip, branch, attention: block === undefined ? undefined : Number(block) };
  }
  throw unsupported("neither summand is made from the other, so this is no residual sum", node);
}

/** Where a tensor comes from, past nodes that only pass it on. */
function source(index: GraphIndex, tensor: string): { tensor: string; node?: NodeProto } {
  let node = index.producers.get(tensor);
  while (node && (node.opType === "Cast" || node.opType === "Identity")) {
    tensor = node.input[0]!;
    node = index.producers.get(tensor);
  }
  return node ? { tensor, node } : { tensor };
}

function toSite(index: GraphIndex, { node, skip, branch }: Sum, site: number): ResidualSite {
  const type = elementType(index, branch.tensor) ?? elementType(index, skip.tensor);
  if (type === undefined) throw unsupported("the type of the residual stream is not known", node);
  const biasInput = node.opType === "SkipLayerNormalization" ? 4 : 3;
  const bias = node.opType === "Add" ? undefined : node.input[biasInput] || undefined;
  return { site, node, skip, branch, bias, output: sumOutput(node), elementType: type };
}
