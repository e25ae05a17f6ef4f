/**
 * The graph against the plain reference in src/steering: the residual that `tap` gives without
 * steering, steered by the reference, must be the residual that it gives with steering.
 */
import { describe, expect, it } from "vitest";
import { patchModel } from "../../../src/graph/patchModel";
import type { SteeringPlan } from "../../../src/graph/plan";
import type { SteerOptions } from "../../../src/steering/methods";
import { norm, steer } from "../../../src/steering/methods";
import type { SiteHeads } from "../../../src/steering/siteHeads";
import { exportsList, largestDifference, loadModel, startSession } from "./exports";

const chosen = exportsList.filter(({ title }) =>
  ["llama fused-int4", "qwen3 fused", "olmo2 unfused", "gemma3 unfused"].includes(title),
);

const methods: SteerOptions[] = [
  { method: "relative", alpha: 0.3 },
  { method: "relative", alpha: -0.2, steps: 3, decay: 0.8 },
  { method: "gradient", alpha: 3, steps: 2, decay: 0.9 },
  { method: "reflect", alpha: 1 },
  { method: "reflect", alpha: 0.5 },
  { method: "direction", alpha: 0.4 },
  { method: "linear", alpha: 0.4, steps: 2, decay: 0.5 },
];

const weights = [0.5, -1, 0.25];
const site = 1;
const tolerance = 1e-5;

function planOf(
  options: SteerOptions,
  sites: SteeringPlan["sites"],
  spread: SteeringPlan["spread"],
) {
  const { method, steps = 1, decay = 1 } = options;
  return { method, steps, decay, spread, labels: 3, sites };
}

describe.each(chosen)("$title", ({ folder, golden, heads }) => {
  const ids = [golden.input_ids];
  const here = withProbe(heads.get(site)!);

  it.each(methods)("$method, alpha $alpha, steps $steps", async (options) => {
    const graph = patchModel(await loadModel(folder), {
      steering: planOf(options, [{ site, heads: here }], "recompute"),
      tap: { site, reduce: "none" },
    });
    const runner = await startSession(folder, graph);
    const plain = await runner.run(ids, { weights: [weights], alpha: [[0]] });
    const steered = await runner.run(ids, { weights: [weights], alpha: [[options.alpha]] });
    const expected = byRow(plain.tap!, here, (x) =>
      steer(x, here, Float32Array.from(weights), options),
    );
    expect(largestDifference(expected, plain.tap!)).toBeGreaterThan(0.01);
    expect(relativeDifference(steered.tap!, expected)).toBeLessThan(tolerance);
    await runner.dispose();
  });

  it.each(methods.slice(0, 4))("$method broadcast to the next site", async (options) => {
    const model = await loadModel(folder);
    const next = site + 1;
    const both = [site, next].map((s) => ({ site: s, heads: heads.get(s)! }));
    const start = (sites: SteeringPlan["sites"], tapped: number) =>
      startSession(
        folder,
        patchModel(model, {
          steering: planOf(options, sites, "broadcast"),
          tap: { site: tapped, reduce: "none" },
        }),
      );
    const request = { weights: [weights], alpha: [[options.alpha]] };
    const first = await start(both, site);
    const home = (await first.run(ids, { ...request, alpha: [[0]] })).tap!;
    const homeSteered = (await first.run(ids, request)).tap!;
    const onlyFirst = await start(both.slice(0, 1), next);
    const before = (await onlyFirst.run(ids, request)).tap!;
    const second = await start(both, next);
    const after = (await second.run(ids, request)).tap!;

    const expected = byRow(before, here, (x, row) => {
      const ratio = norm(x) / norm(part(home, here, row));
      return x.map(
        (value, i) => value + ratio * (homeSteered[row * here.d + i]! - home[row * here.d + i]!),
      );
    });
    expect(largestDifference(after, before)).toBeGreaterThan(0.01);
    // The delta is a difference of two rounded residuals here, so one digit less is left.
    expect(relativeDifference(after, expected)).toBeLessThan(10 * tolerance);
    for (const runner of [first, onlyFirst, second]) await runner.dispose();
  });
});

/** The fixtures have no linear probe; three of the MLP's first rows make one. */
function withProbe(heads: SiteHeads): SiteHeads {
  const weight = heads.mlp!.w1.slice(0, heads.labels * heads.d);
  return { ...heads, linear: { weight, bias: new Float32Array(heads.labels) } };
}

function part(residuals: Float32Array, { d }: SiteHeads, row: number): Float32Array {
  return residuals.subarray(row * d, (row + 1) * d);
}

function byRow(
  residuals: Float32Array,
  heads: SiteHeads,
  change: (x: Float32Array, row: number) => Float32Array,
): Float32Array {
  const result = new Float32Array(residuals.length);
  for (let row = 0; row < residuals.length / heads.d; row++) {
    result.set(change(part(residuals, heads, row), row), row * heads.d);
  }
  return result;
}

/** The largest difference as a share of the largest value. */
function relativeDifference(actual: Float32Array, expected: Float32Array): number {
  return largestDifference(actual, expected) / Math.max(...expected.map(Math.abs));
}
