/** What a decode loop relies on: the cache, chunks, rows and positions, on all exports. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { patchModel } from "../../../src/graph/patchModel";
import type { Runner, RunOptions } from "./exports";
import {
  exportsList,
  largestDifference,
  lastLogits,
  loadModel,
  sameBits,
  startSession,
} from "./exports";

/** Float32 rounding where the same sums are made in another order. */
const rounding = 2e-5;
const weights = [[0.5, -1, 0.25]];
const alpha = [[0.3]];

describe.each(exportsList)("$title", ({ folder, golden, heads }) => {
  const ids = golden.input_ids;
  let runner: Runner;
  let pruned: Runner;

  beforeAll(async () => {
    const model = await loadModel(folder);
    runner = await startSession(
      folder,
      patchModel(model, {
        steering: {
          method: "relative",
          spread: "recompute",
          steps: 2,
          decay: 0.9,
          labels: 3,
          sites: [1, 2].map((site) => ({ site, heads: heads.get(site)! })),
        },
        tap: { site: 3, reduce: "none" },
      }),
    );
    pruned = await startSession(
      folder,
      patchModel(model, { tap: { site: 3, reduce: "mean" }, lastPositionOnly: true }),
    );
  });
  afterAll(() => Promise.all([runner.dispose(), pruned.dispose()]));

  async function inChunks(sizes: number[], options: RunOptions): Promise<Float32Array> {
    let at = 0;
    let result;
    for (const size of sizes) {
      const cache = result?.cache;
      result = await runner.run([ids.slice(at, at + size)], {
        ...options,
        ...(cache && { cache }),
      });
      at += size;
    }
    return lastLogits(result!);
  }

  it("decodes with the cache as without", async () => {
    const whole = lastLogits(await runner.run([ids], { weights, alpha }));
    const single = ids.map(() => 1);
    expect(largestDifference(await inChunks(single, { weights, alpha }), whole)).toBeLessThan(
      rounding,
    );
  });

  it("prefills in chunks as at once", async () => {
    const whole = lastLogits(await runner.run([ids], { weights, alpha }));
    for (const sizes of [
      [4, 6],
      [1, 7, 2],
    ]) {
      expect(largestDifference(await inChunks(sizes, { weights, alpha }), whole)).toBeLessThan(
        rounding,
      );
    }
  });

  it("gives each row its own weights, alpha and tokens", async () => {
    const rows = [
      { ids, weights: [0.5, -1, 0.25], alpha: [0.3] },
      { ids: [...ids].reverse(), weights: [-1, 0, 0], alpha: [0.1] },
      { ids, weights: [0, 0, 1], alpha: [0] },
    ];
    const together = await runner.run(
      rows.map((row) => row.ids),
      { weights: rows.map((row) => row.weights), alpha: rows.map((row) => row.alpha) },
    );
    for (const [i, row] of rows.entries()) {
      const alone = await runner.run([row.ids], { weights: [row.weights], alpha: [row.alpha] });
      expect(largestDifference(lastLogits(together, i), lastLogits(alone))).toBeLessThan(rounding);
    }
    // One weight row and one alpha for all rows.
    const shared = await runner.run([ids, ids], { weights, alpha });
    const first = await runner.run([ids], { weights, alpha });
    expect(largestDifference(lastLogits(shared, 1), lastLogits(first))).toBeLessThan(rounding);
  });

  it("steers only the positions that alpha names", async () => {
    const start = ids.length - 1;
    const perPosition = ids.map((_, i) => (i < start ? 0 : 0.3));
    const whole = lastLogits(await runner.run([ids], { weights, alpha: [perPosition] }));
    const prompt = await runner.run([ids.slice(0, start)], { weights, alpha: [[0]] });
    const step = await runner.run([ids.slice(start)], { weights, alpha, cache: prompt.cache });
    expect(largestDifference(lastLogits(step), whole)).toBeLessThan(rounding);
    const everywhere = lastLogits(await runner.run([ids], { weights, alpha }));
    expect(largestDifference(whole, everywhere)).toBeGreaterThan(100 * rounding);
  });

  it("taps the mean that the mask weights, and projects the last position alone", async () => {
    const plain = await runner.run([ids, ids], { weights, alpha: [[0]] });
    const mask = [ids.map(() => 1), ids.map((_, i) => (i % 3 === 0 ? 2 : 0))];
    const { logits, dims, tap, tapDims } = await pruned.run([ids, ids], { tapMask: mask });
    const d = plain.tapDims![2]!;
    expect(dims).toEqual([2, 1, plain.dims[2]]);
    expect(tapDims).toEqual([2, d]);
    const mean = mask.flatMap((weightsOfRow, row) => {
      const total = weightsOfRow.reduce((a, b) => a + b, 0);
      return Array.from({ length: d }, (_, i) =>
        weightsOfRow.reduce(
          (sum, w, p) => sum + (w / total) * plain.tap![(row * ids.length + p) * d + i]!,
          0,
        ),
      );
    });
    expect(largestDifference(tap!, mean)).toBeLessThan(rounding);
    expect(largestDifference(logits.subarray(0, dims[2]), lastLogits(plain))).toBeLessThan(
      rounding,
    );
    const nothing = await pruned.run([ids], { tapMask: [ids.map(() => 0)] });
    expect(sameBits(nothing.tap!, new Float32Array(d))).toBe(true);
  });
});
