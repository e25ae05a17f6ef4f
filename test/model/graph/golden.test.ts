import { describe, expect, it } from "vitest";
import { patchModel } from "../../../src/graph/patchModel";
import type { SteeringPlan } from "../../../src/graph/plan";
import type { GoldenCase, ModelExport } from "./exports";
import { exportsList, largestDifference, lastLogits, loadModel, startSession } from "./exports";

const labels = 3;

function planOf(
  { heads }: ModelExport,
  { kind, layers, steps = 1, gamma = 1 }: GoldenCase,
): SteeringPlan {
  return {
    method: kind === "broadcast" ? "relative" : kind!,
    spread: kind === "broadcast" ? "broadcast" : "recompute",
    steps,
    decay: gamma,
    labels,
    sites: layers.map((site) => ({ site, heads: heads.get(site)! })),
  };
}

// The goldens are those of the unrounded weights. The 4-bit export of weights that were never trained
// for that rounding is another model (its unsteered logits are off by 3), so it is compared with the
// reference on its own residuals instead.
const exact = exportsList.filter(({ title }) => !title.endsWith("int4"));

describe.each(exact)("$title", (exported) => {
  const { folder, golden } = exported;

  it.each(golden.cases)("$name", async (expected) => {
    const model = await loadModel(folder);
    const steered = expected.layers.length > 0;
    const graph = steered ? patchModel(model, { steering: planOf(exported, expected) }) : model;
    const runner = await startSession(folder, graph);
    const options = steered ? { weights: [expected.c!], alpha: [[expected.alpha ?? 1]] } : {};
    const result = await runner.run([golden.input_ids], options);
    expect(largestDifference(lastLogits(result), expected.logits)).toBeLessThan(1e-4);
    await runner.dispose();
  });
});
