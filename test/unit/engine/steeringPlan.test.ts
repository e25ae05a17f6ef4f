import { readFileSync } from "node:fs";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import type { PackHeads } from "../../../src/engine/packStore";
import { alphaCeiling, planSteering } from "../../../src/engine/steeringPlan";
import { Pack } from "../../../src/shared/pack";
import { calibratedSteering, type SteeringRequest } from "../../../src/shared/steeringRequest";
import { dot, steeringGradient } from "../../../src/steering/classifier";
import { randomHeads } from "../steering/heads";

const tones = ["neutral", "expert", "warm", "brief"];
const sites = [2, 4, 6, 8];

/** A pack whose every situation has its own numbers, so that no mix-up goes unseen. */
const pack = v.parse(Pack, {
  ...JSON.parse(readFileSync("models/smollm2-135m-rewriter/pack.json", "utf8")),
  tones: tones.map((id) => ({ id, title: id, description: "" })),
  architecture: {
    type: "llama",
    blocks: 11,
    hidden: 12,
    heads: 2,
    keyValueHeads: 1,
    headDimension: 6,
    vocabulary: 100,
    context: 512,
  },
  sites: Object.fromEntries(sites.map((site) => [site, { norm: 10 * site, mlp: 0.5 }])),
  steering: {
    method: "relative",
    sites: [2, 4, 6, 8],
    steps: 1,
    decay: 1,
    alpha: 0.1,
    alphaMaximum: 0.3,
    toneInstruction: true,
    agnostic: { alpha: 0.2, sites: [4, 6] },
    several: { alpha: 0.15, toneInstruction: false, steps: 2 },
    suppress: { alpha: 0.05, toneInstruction: false, method: "direction" },
    rows: { greedy: [1], sampled: [], temperature: 1, topP: 1, topK: 0 },
    ranking: { readingSite: 8, toneWeight: 1, roundTripWeight: 1, roundTripFloor: -1 },
  },
});
const heads: PackHeads = {
  labels: tones,
  sites: new Map(sites.map((site) => [site, randomHeads(site)])),
};

function plan(weights: Record<string, number>, more: Partial<SteeringRequest> = {}) {
  return planSteering({ ...calibratedSteering(weights), ...more }, pack, heads);
}

function refused(weights: Record<string, number>, more: Partial<SteeringRequest> = {}) {
  try {
    plan(weights, more);
  } catch (error) {
    expect(error).toMatchObject({ name: "TonesteerError", reason: "badRequest" });
    return (error as Error).message;
  }
  throw new Error("It was not refused.");
}

describe("planSteering", () => {
  it("takes the pack's calibration for one tone, which the prompt names", () => {
    expect(plan({ warm: 1 })).toEqual({
      graph: { method: "relative", sites, steps: 1, decay: 1, spread: "recompute" },
      weights: Float32Array.of(0, 0, 1, 0),
      alpha: 0.1,
      alphaMaximum: 0.3,
      toneInstruction: "warm",
      tones: { warm: 1 },
    });
  });

  it("takes each situation's own numbers", () => {
    const off = plan({ warm: 1 }, { toneInstruction: "off" });
    expect(off).toMatchObject({ graph: { sites: [4, 6] }, toneInstruction: undefined });
    expect(off.alpha).toBeCloseTo(0.2 * Math.SQRT2); // half of the sites, the same in all
    expect(plan({ warm: 1 }, { toneInstruction: "on" })).toEqual(plan({ warm: 1 }));

    const several = { alpha: 0.15, graph: { steps: 2, sites } };
    const both = { warm: 0.6, brief: 1 };
    expect(plan(both)).toMatchObject({ ...several, toneInstruction: undefined });
    expect(plan(both, { toneInstruction: "off" })).toMatchObject(several);
    expect(plan(both, { toneInstruction: "on" })).toMatchObject({
      ...several,
      toneInstruction: "brief", // the strongest
    });

    const less = { graph: { method: "direction" }, alpha: 0.05, toneInstruction: undefined };
    for (const toneInstruction of ["auto", "on", "off"] as const) {
      expect(plan({ expert: -1 }, { toneInstruction })).toMatchObject(less);
    }
    // One promoted tone is still one, whatever else is suppressed.
    expect(plan({ warm: 1, expert: -0.5 })).toMatchObject({ alpha: 0.1, toneInstruction: "warm" });
  });

  it("lets the request win over the pack", () => {
    const asked = { method: "linear", steps: 3, decay: 0.5, spread: "broadcast" } as const;
    expect(plan({ expert: -1 }, { ...asked, alpha: 0.12 })).toMatchObject({
      graph: { ...asked, sites },
      alpha: 0.12,
    });
  });

  it("turns weights into strength and proportion", () => {
    const half = plan({ warm: 0.5 });
    expect(half.alpha).toBeCloseTo(0.05);
    expect([...half.weights]).toEqual([0, 0, 1, 0]);
    const mixed = plan({ warm: 0.5, expert: -0.25, brief: 0 });
    expect(mixed.tones).toEqual({ warm: 0.5, expert: -0.25 });
    expect([...mixed.weights]).toEqual([0, -0.5, 1, 0]);
    expect(mixed.alpha).toBeCloseTo(0.05);
  });

  it("scales any alpha by the strength, up to the ceiling", () => {
    expect(plan({ warm: 1 }, { strength: 2 }).alpha).toBeCloseTo(0.2);
    expect(plan({ warm: 1 }, { strength: 0.5, alpha: 0.2 }).alpha).toBeCloseTo(0.1);
    expect(plan({ warm: 1 }, { strength: 4 }).alpha).toBe(0.3);
    expect(plan({ warm: 0.5 }, { strength: 4 }).alpha).toBe(0.15);
    expect(plan({ warm: 1 }, { strength: 0 }).alpha).toBe(0);
    expect(plan({ warm: 1 }, { alpha: 0 }).alpha).toBe(0);
  });

  it("takes the nearest site that has a classifier for a layer depth", () => {
    const siteAt = (layerDepth: number) => plan({ warm: 1 }, { layerDepth }).graph.sites;
    expect(siteAt(0)).toEqual([2]);
    expect(siteAt(0.44)).toEqual([4]); // 4.4 of 10
    expect(siteAt(0.56)).toEqual([6]);
    expect(siteAt(1)).toEqual([8]);
    // The whole displacement now lies at one site instead of four.
    expect(plan({ warm: 1 }, { layerDepth: 0.5 }).alpha).toBeCloseTo(0.2);
  });

  it("lets sites win over the layer depth, each once and in order", () => {
    const asked = { sites: [8, 2, 8], layerDepth: 0.5 };
    expect(plan({ warm: 1 }, asked).graph.sites).toEqual([2, 8]);
  });

  it("refuses what it cannot do, and says what can be done", () => {
    expect(refused({ sarcastic: 1 })).toMatch(/no tone "sarcastic"; the tones are neutral, expert/);
    expect(refused({ constructor: 1 })).toContain("the tones are");
    for (const none of [{}, { warm: 0 }] as Record<string, number>[]) {
      expect(refused(none)).toMatch(/Choose at least one tone .*neutral, expert, warm, brief/);
    }
    expect(refused({ warm: 1.5 })).toContain("from -1 (suppress) to 1 (promote)");
    expect(refused({ warm: NaN })).toContain("from -1 (suppress) to 1 (promote)");
    expect(refused({ warm: 1 }, { sites: [2, 5] })).toBe(
      "Layer 5 has no classifier in this model; choose from 2, 4, 6, 8.",
    );
    for (const layerDepth of [NaN, -0.1, 1.1]) {
      expect(refused({ warm: 1 }, { layerDepth })).toContain("from 0 (first block) to 1");
    }
    for (const method of ["relative", "gradient", "reflect"] as const) {
      const weights = method === "reflect" ? { warm: -1 } : { warm: 1 };
      for (const wrong of [NaN, -1, Infinity]) {
        expect(refused(weights, { method, alpha: wrong })).toContain("Alpha must be a number");
        expect(refused(weights, { method, strength: wrong })).toContain("Alpha must be a number");
      }
    }
    expect(refused({ warm: 1 }, { method: "reflect" })).toContain("only suppresses");
  });

  it("refuses an alpha above the ceiling for its number of sites, and takes one at it", () => {
    expect(refused({ warm: 1 }, { alpha: 0.301 })).toBe(
      "Alpha 0.301 is above 0.3, beyond which text breaks with 4 sites; choose a smaller one.",
    );
    expect(plan({ warm: 1 }, { alpha: 0.3 }).alpha).toBe(0.3);
    expect(refused({ warm: 1 }, { alpha: 0.61, sites: [4] })).toContain("0.6, beyond which");
    expect(plan({ warm: 1 }, { alpha: 0.6, sites: [4] }).alpha).toBe(0.6);
    expect(alphaCeiling(pack, 4)).toBe(0.3);
    expect(alphaCeiling(pack, 1)).toBe(0.6);
    // What the sentence names as the limit can be asked for.
    const limit = Number(
      /above ([\d.]+),/.exec(refused({ warm: 1 }, { alpha: 9, sites: [2, 4] }))![1],
    );
    expect(plan({ warm: 1 }, { alpha: limit, sites: [2, 4] }).alpha).toBe(limit);
  });

  it("gives `gradient` the alpha that displaces as far at the mean activation", () => {
    const head = heads.sites.get(4)!;
    const asked: Partial<SteeringRequest> = {
      method: "gradient",
      sites: [4],
      toneInstruction: "on",
    };
    const one = plan({ warm: 1 }, asked);
    const g = steeringGradient(head.mean, head, one.weights, "mlp");
    const displacement = one.alpha * Math.sqrt(dot(g, g));
    expect(displacement / pack.sites["4"]!.norm).toBeCloseTo(0.2);
    // Its steps add up, those of `relative` do not.
    expect(plan({ warm: 1 }, { ...asked, steps: 2, decay: 0.5 }).alpha).toBeCloseTo(
      one.alpha / 1.5,
    );
    expect(refused({ warm: 1 }, { ...asked, alpha: 4 * one.alpha })).toContain("text breaks");
  });

  it("gives `reflect` its whole reflection, without a ceiling", () => {
    const one = plan({ warm: -1 }, { method: "reflect" });
    expect(one).toMatchObject({ alpha: 1, alphaMaximum: Infinity });
  });
});
