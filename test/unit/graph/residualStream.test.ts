import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clone } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { memorySource } from "../../../src/graph/byteSource";
import { describeInputs } from "../../../src/graph/describeInputs";
import type { OnnxModel } from "../../../src/graph/modelFile";
import { readModel } from "../../../src/graph/modelFile";
import type { NodeProto } from "../../../src/graph/proto/onnx_pb";
import { ModelProtoSchema } from "../../../src/graph/proto/onnx_pb";
import { findResidualStream } from "../../../src/graph/residualStream";
import { TonesteerError } from "../../../src/shared/errors";

const architectures = join(__dirname, "../../fixtures/architectures");
const graphs = readdirSync(architectures).flatMap((architecture) =>
  ["fused", "fused-int4", "unfused"]
    .filter((kind) => existsSync(join(architectures, architecture, kind)))
    .map((kind) => ({ architecture, kind })),
);

async function read(architecture: string, kind: string): Promise<OnnxModel> {
  const bytes = readFileSync(join(architectures, architecture, kind, "model.onnx"));
  return readModel(memorySource(bytes), "model.onnx");
}

/** A copy of a fixture's graph with something changed. */
async function broken(
  kind: "fused" | "unfused",
  change: (nodes: NodeProto[], model: OnnxModel) => void,
) {
  const model = await read("llama", kind);
  const copy = { ...model, proto: clone(ModelProtoSchema, model.proto) as OnnxModel["proto"] };
  change(copy.proto.graph.node, copy);
  return copy;
}

function named(nodes: NodeProto[], name: string): NodeProto {
  const node = nodes.find((n) => n.name === name);
  if (!node) throw new Error(`no node ${name}`);
  return node;
}

describe("findResidualStream", () => {
  it.each(graphs)("$architecture $kind", async ({ architecture, kind }) => {
    const { blocks, hidden, sites, head } = findResidualStream(await read(architecture, kind));
    expect({ blocks, hidden, vocabulary: head.vocabulary }).toEqual({
      blocks: 4,
      hidden: 64,
      vocabulary: 512,
    });
    expect(sites.map(({ site }) => site)).toEqual([0, 1, 2, 3]);
    // The exporters' own names, which the search does not read, agree with what it found.
    sites.forEach(({ node, skip, branch, bias, elementType }, i) => {
      expect(bias).toBeUndefined();
      expect(elementType).toBe(1);
      expect([skip.input, branch.input]).toEqual([0, 1]);
      if (kind === "unfused") {
        expect(node.name).toBe(`/model/layers.${i}/Add_1`);
        const normalised = architecture === "olmo2" || architecture === "gemma3";
        expect(branch.tensor).toContain(
          `/model/layers.${i}/${normalised ? "post_feedforward_layernorm" : "mlp"}`,
        );
      } else {
        const next = i === 3 ? "final_norm_layernorm" : "input_layernorm";
        expect(node.name).toBe(`/model/layers.${i + 1}/${next}/SkipLayerNorm`);
        expect(branch.tensor).toContain(`/model/layers.${i}/mlp/down_proj`);
      }
    });
  });

  it("does not depend on names", async () => {
    const model = await broken("unfused", (nodes) => {
      nodes.forEach((node, i) => (node.name = i % 2 ? "" : `n${i}`));
    });
    expect(findResidualStream(model).blocks).toBe(4);
  });

  it("tells skip from branch whichever comes first", async () => {
    for (const [kind, name] of [
      ["unfused", "/model/layers.2/Add_1"],
      ["fused", "/model/layers.3/input_layernorm/SkipLayerNorm"],
    ] as const) {
      const model = await broken(kind, (nodes) => {
        const node = named(nodes, name);
        [node.input[0], node.input[1]] = [node.input[1]!, node.input[0]!];
      });
      const { skip, branch } = findResidualStream(model).sites[2]!;
      expect([skip.input, branch.input]).toEqual([1, 0]);
    }
  });

  const refusals: [
    string,
    "fused" | "unfused",
    (nodes: NodeProto[], model: OnnxModel) => void,
    RegExp,
  ][] = [
    [
      "a graph without logits",
      "fused",
      (_, { proto }) => (proto.graph.output[0]!.name = "hidden"),
      /no output named "logits"/,
    ],
    [
      "a graph without caches",
      "unfused",
      (_, { proto }) =>
        proto.graph.input.forEach((input) => (input.name = input.name.replace("past", "old"))),
      /past_key_values/,
    ],
    [
      "an operation on the residual stream",
      "unfused",
      (nodes) => (named(nodes, "/model/layers.1/Add_1").opType = "Sub"),
      /"\/model\/layers\.1\/Add_1" \(Sub\).*other than a sum/,
    ],
    [
      "summands that have nothing to do with each other",
      "unfused",
      (nodes) => {
        // The MLP of block 1 reads the embedding instead of the residual.
        const embedding = named(nodes, "/model/embed_tokens/Gather").output[0]!;
        const norm = "/model/layers.1/post_attention_layernorm";
        for (const node of [named(nodes, `${norm}/Pow`), named(nodes, `${norm}/Mul`)]) {
          node.input[0] = embedding;
        }
      },
      /"\/model\/layers\.1\/Add_1" \(Add\).*no residual sum/,
    ],
    [
      "a branch that reads the tokens around the stream",
      "unfused",
      (nodes) => {
        const embedding = named(nodes, "/model/embed_tokens/Gather").output[0]!;
        named(nodes, "/model/layers.2/mlp/Mul").input[1] = embedding;
      },
      /"\/model\/layers\.2\/Add_1" \(Add\).*reads the tokens/,
    ],
    [
      "a norm between blocks",
      "fused",
      (nodes) => {
        const before = named(nodes, "/model/layers.2/input_layernorm/SkipLayerNorm");
        const sum = named(nodes, "/model/layers.2/post_attention_layernorm/SkipLayerNorm");
        sum.input[0] = before.output[0]!;
      },
      /layers\.2\/input_layernorm\/SkipLayerNorm.*post-norm/,
    ],
    [
      "a block with one sum",
      "unfused",
      (nodes) => {
        const attention = named(nodes, "/model/layers.2/Add");
        // The attention's output is dropped: the MLP reads the block's input.
        for (const node of nodes) {
          node.input = node.input.map((name) =>
            name === attention.output[0] ? attention.input[0]! : name,
          );
        }
      },
      /layers\.2\/Add_1".*attention of block 2 is expected/,
    ],
    [
      "a cache that no block uses",
      "fused",
      (_, { proto }) => {
        const extra = proto.graph.input.at(-1)!;
        proto.graph.input.push({ ...extra, name: "past_key_values.4.key" });
      },
      /caches for 5 blocks, but 4/,
    ],
    [
      "caches in the wrong order",
      "fused",
      (nodes) => {
        for (const node of nodes) {
          node.input = node.input.map((name) =>
            name.replace(/past_key_values\.([12])/, (_, n) => `past_key_values.${3 - Number(n)}`),
          );
        }
      },
      /attention of block 1 is expected/,
    ],
    [
      "an operation that is not known before the logits",
      "unfused",
      (nodes) => (named(nodes, "/model/norm/Sqrt").opType = "CumSum"),
      /"\/model\/norm\/Sqrt" \(CumSum\).*not expected between the last block and the logits/,
    ],
    [
      "a decoder inside a branch of If",
      "unfused",
      (nodes) => (named(nodes, "/lm_head/MatMul").opType = "If"),
      /\(If\)/,
    ],
  ];

  it.each(refusals)("refuses %s", async (_, kind, change, message) => {
    const model = await broken(kind, change);
    let error: unknown;
    try {
      findResidualStream(model);
    } catch (thrown) {
      error = thrown;
    }
    expect(TonesteerError.is(error, "modelUnsupported"), String(error)).toBe(true);
    expect((error as Error).message).toMatch(message);
  });
});

describe("describeInputs", () => {
  it.each(graphs)("$architecture $kind", async ({ architecture, kind }) => {
    const inputs = describeInputs(await read(architecture, kind));
    expect(inputs.caches.map(({ presentValue }) => presentValue)).toEqual(
      [0, 1, 2, 3].map((block) => `present.${block}.value`),
    );
    expect(inputs).toMatchObject({
      inputIds: "input_ids",
      attentionMask: "attention_mask",
      headSize: 16,
      kvHeads: architecture === "phi3" ? inputs.kvHeads : 2,
      cacheType: "float32",
      logits: "logits",
      logitsType: "float32",
      vocabulary: 512,
    });
    const expectsPositions = kind === "unfused" && architecture !== "gemma3";
    expect(inputs.positionIds).toBe(expectsPositions ? "position_ids" : undefined);
  });

  it("refuses an input that it cannot fill", async () => {
    const model = await broken("fused", (_, { proto }) => {
      proto.graph.input.push({ ...proto.graph.input[0]!, name: "pixel_values" });
    });
    expect(() => describeInputs(model)).toThrow(/"pixel_values"/);
  });
});
