import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clone, create, equals } from "@bufbuild/protobuf";
import { beforeAll, describe, expect, it } from "vitest";
import { memorySource } from "../../../src/graph/byteSource";
import { elementType } from "../../../src/graph/elementType";
import { graphIndex } from "../../../src/graph/graphIndex";
import type { OnnxModel } from "../../../src/graph/modelFile";
import { readModel, writeModel } from "../../../src/graph/modelFile";
import { patchModel } from "../../../src/graph/patchModel";
import type { PatchPlan, SteeringPlan } from "../../../src/graph/plan";
import { ModelProtoSchema, ValueInfoProtoSchema } from "../../../src/graph/proto/onnx_pb";
import { findResidualStream } from "../../../src/graph/residualStream";
import { TonesteerError } from "../../../src/shared/errors";
import { readSafetensors } from "../../../src/steering/safetensors";
import type { SiteHeads } from "../../../src/steering/siteHeads";
import { readSiteHeads } from "../../../src/steering/siteHeads";

const folder = join(__dirname, "../../fixtures/architectures/llama");
let model: OnnxModel;
let heads: Map<number, SiteHeads>;

beforeAll(async () => {
  model = await readModel(
    memorySource(readFileSync(join(folder, "fused/model.onnx"))),
    "model.onnx",
  );
  heads = readSiteHeads(
    readSafetensors(readFileSync(join(folder, "classifier.safetensors"))),
  ).sites;
});

function steering(changes: Partial<SteeringPlan> = {}): PatchPlan {
  const sites = [1].map((site) => ({ site, heads: heads.get(site)! }));
  return {
    steering: {
      method: "relative",
      steps: 1,
      decay: 1,
      spread: "recompute",
      labels: 3,
      sites,
      ...changes,
    },
  };
}

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("patchModel", () => {
  it("leaves the original as it was", () => {
    const before = clone(ModelProtoSchema, model.proto);
    const plan = {
      ...steering(),
      tap: { site: 2, reduce: "mean" },
      lastPositionOnly: true,
    } as const;
    const patched = patchModel(model, plan);
    expect(equals(ModelProtoSchema, model.proto, before)).toBe(true);
    expect(equals(ModelProtoSchema, patched.proto, before)).toBe(false);
  });

  it("changes nothing for an empty plan", () => {
    expect(Buffer.from(writeModel(patchModel(model, {}))).equals(writeModel(model))).toBe(true);
  });

  it("touches one node of the original a site, and stores each matrix once", () => {
    const patched = patchModel(model, steering()).proto.graph;
    const originals = new Set(model.proto.graph.node);
    const kept = patched.node.filter((node) => originals.has(node));
    expect(kept.length).toBe(originals.size - 1);
    const { mlp, d, labels } = heads.get(1)!;
    const h = mlp!.hidden;
    const added = patched.initializer.slice(model.proto.graph.initializer.length);
    const bytes = added.reduce((sum, { rawData }) => sum + rawData.length, 0);
    expect(bytes).toBeLessThan(4 * (h * d + h * h + labels * h + 2 * h) + 100);
  });

  it("makes each node after what it reads", () => {
    const sites = [...heads].map(([site, h]) => ({ site, heads: h }));
    const plan = { ...steering({ sites, steps: 3, decay: 0.5 }), lastPositionOnly: true };
    const { node, input, initializer } = patchModel(model, plan).proto.graph;
    const known = new Set(["", ...input.map((v) => v.name), ...initializer.map((t) => t.name)]);
    for (const { input: reads, output } of node) {
      for (const name of reads) expect(known).toContain(name);
      output.forEach((name) => known.add(name));
    }
  });

  it("can be patched where steering left off, but not steered twice", () => {
    const steered = patchModel(model, steering());
    expect(findResidualStream(steered).blocks).toBe(4);
    expect(() => patchModel(steered, { tap: { site: 1, reduce: "none" } })).not.toThrow();
    const error = thrownBy(() => patchModel(steered, steering()));
    expect(TonesteerError.is(error, "modelUnsupported")).toBe(true);
    expect(String(error)).toMatch(/patched before/);
  });

  const refused: [string, () => PatchPlan, string, RegExp][] = [
    [
      "a layer that is not there",
      () => ({ tap: { site: 4, reduce: "none" } }),
      "badRequest",
      /no layer 4; choose one from 0 to 3/,
    ],
    [
      "a layer that is no number",
      () => ({ tap: { site: NaN, reduce: "none" } }),
      "badRequest",
      /no layer NaN/,
    ],
    ["no layer", () => steering({ sites: [] }), "badRequest", /at least one layer/],
    [
      "a layer twice",
      () => steering({ sites: [1, 1].map((site) => ({ site, heads: heads.get(1)! })) }),
      "badRequest",
      /Layer 1 is named twice/,
    ],
    ["no steps", () => steering({ steps: 0 }), "badRequest", /Steps/],
    ["a decay of 0", () => steering({ decay: 0 }), "badRequest", /Decay/],
    [
      "another number of tones",
      () => steering({ labels: 7 }),
      "badRequest",
      /knows 3 tones, but 7/,
    ],
    [
      "a classifier for another width",
      () => steering({ sites: [{ site: 1, heads: { ...heads.get(1)!, d: 32 } }] }),
      "badRequest",
      /32 dimensions, but the model has 64/,
    ],
    [
      "a method without what it needs",
      () => steering({ method: "linear" }),
      "modelUnsupported",
      /no linear probe/,
    ],
  ];

  it.each(refused)("refuses %s", (_, plan, reason, message) => {
    const error = thrownBy(() => patchModel(model, plan()));
    expect(error).toBeInstanceOf(TonesteerError);
    expect((error as TonesteerError).reason).toBe(reason);
    expect((error as TonesteerError).message).toMatch(message);
  });

  it("writes axes as old operator sets want them, and refuses sets that are too old", () => {
    const old = (version: bigint) => {
      const proto = clone(ModelProtoSchema, model.proto);
      proto.opsetImport.find(({ domain }) => domain === "")!.version = version;
      return { ...model, proto: proto as OnnxModel["proto"] };
    };
    const forms = (version: bigint) => {
      const { node } = patchModel(old(version), steering()).proto.graph;
      const form = (opType: string) => {
        const found = node.find((n) => n.opType === opType && n.name.startsWith("/steer"))!;
        return found.input.length === 1 && found.attribute.some(({ name }) => name === "axes");
      };
      return { unsqueeze: form("Unsqueeze"), length: form("ReduceL2") };
    };
    expect(forms(11n)).toEqual({ unsqueeze: true, length: true });
    expect(forms(13n)).toEqual({ unsqueeze: false, length: true });
    expect(forms(18n)).toEqual({ unsqueeze: false, length: false });
    expect(() => patchModel(old(10n), steering())).toThrow(/version 10/);
  });
});

describe("elementType", () => {
  it("follows operators where nothing is declared", () => {
    const proto = clone(ModelProtoSchema, model.proto) as OnnxModel["proto"];
    proto.graph.valueInfo = [];
    const undeclared = { ...model, proto };
    const { branch } = findResidualStream(undeclared).sites[1]!;
    expect(elementType(graphIndex(undeclared), branch.tensor)).toBe(1);
    const declared = create(ValueInfoProtoSchema, {
      name: branch.tensor,
      type: { value: { case: "tensorType", value: { elemType: 10 } } },
    });
    proto.graph.valueInfo = [declared];
    expect(elementType(graphIndex(undeclared), branch.tensor)).toBe(10);
  });
});
