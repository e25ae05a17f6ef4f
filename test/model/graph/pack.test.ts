/** The shipped model. Its numbers are data: nothing here depends on them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { describeInputs } from "../../../src/graph/describeInputs";
import type { OnnxModel } from "../../../src/graph/modelFile";
import { referencedFiles, writeModel } from "../../../src/graph/modelFile";
import { patchModel } from "../../../src/graph/patchModel";
import { findResidualStream } from "../../../src/graph/residualStream";
import { steer } from "../../../src/steering/methods";
import { readSafetensors } from "../../../src/steering/safetensors";
import type { SiteHeads } from "../../../src/steering/siteHeads";
import { readSiteHeads } from "../../../src/steering/siteHeads";
import {
  largestDifference,
  loadModel,
  packFolder,
  sameBits,
  startOriginal,
  startSession,
} from "./exports";

interface Pack {
  readonly steering: { readonly sites: number[]; readonly steps: number; readonly decay: number };
  readonly architecture: { readonly blocks: number; readonly hidden: number };
}

const ids = [[1, 4093, 198, 504, 3056, 314, 1986, 28, 8251, 411, 253, 1407, 30, 2]];
let model: OnnxModel;
let heads: ReadonlyMap<number, SiteHeads>;
let labels: number;
const pack = JSON.parse(readFileSync(join(packFolder, "pack.json"), "utf8")) as Pack;
const alpha = 0.2;

beforeAll(async () => {
  model = await loadModel(packFolder);
  const read = readSiteHeads(readSafetensors(readFileSync(join(packFolder, "tones.safetensors"))));
  heads = read.sites;
  labels = read.labels.length;
});

describe("the shipped pack", () => {
  it("is understood, and refers to its weights alone", () => {
    const { blocks, hidden } = findResidualStream(model);
    const { architecture } = pack;
    expect(blocks).toBe(architecture.blocks);
    expect(hidden).toBe(architecture.hidden);
    expect(describeInputs(model).caches.length).toBe(blocks);
    expect(referencedFiles(model)).toEqual(["model.onnx.data"]);
    expect(Math.max(...heads.keys())).toBeLessThan(blocks);
  });

  it("is steered as the reference says, and not at all with alpha 0 or weights 0", async () => {
    const { sites, steps, decay } = pack.steering;
    const [site] = sites as [number];
    const graph = patchModel(model, {
      steering: {
        method: "relative",
        spread: "recompute",
        steps,
        decay,
        labels,
        sites: sites.map((s) => ({ site: s, heads: heads.get(s)! })),
      },
      tap: { site, reduce: "none" },
    });
    expect(referencedFiles(graph)).toEqual(["model.onnx.data"]);
    expect(writeModel(graph).length).toBeLessThan(sites.length * 1e6 + 3e5);

    const original = await startOriginal(packFolder, model);
    const unpatched = await original.run(ids);
    await original.dispose();
    const runner = await startSession(packFolder, graph);
    const weights = [Array.from({ length: labels }, (_, k) => (k === 1 ? 1 : k === 2 ? -0.5 : 0))];
    const noAlpha = await runner.run(ids, { weights, alpha: [[0]] });
    const noWeights = await runner.run(ids, {
      weights: [weights[0]!.map(() => 0)],
      alpha: [[alpha]],
    });
    expect(sameBits(noAlpha.logits, unpatched.logits)).toBe(true);
    expect(sameBits(noWeights.logits, unpatched.logits)).toBe(true);

    const steered = await runner.run(ids, { weights, alpha: [[alpha]] });
    const { d } = heads.get(site)!;
    for (let p = 0; p < ids[0]!.length; p++) {
      const at = (residuals: Float32Array) => residuals.subarray(p * d, (p + 1) * d);
      const x = at(noAlpha.tap!).slice();
      const expected = steer(x, heads.get(site)!, Float32Array.from(weights[0]!), {
        method: "relative",
        alpha,
        steps,
        decay,
      });
      const size = Math.max(...expected.map(Math.abs));
      expect(largestDifference(at(steered.tap!), expected) / size).toBeLessThan(1e-5);
    }
    expect(largestDifference(steered.logits, unpatched.logits)).toBeGreaterThan(0.1);
    await runner.dispose();
  });
});
