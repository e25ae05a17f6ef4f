import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { steeringLoss, toneLogits } from "../../../src/steering/classifier";
import type { ClassifierKind } from "../../../src/steering/classifier";
import { steer } from "../../../src/steering/methods";
import type { SiteHeads } from "../../../src/steering/siteHeads";
import { toneWeights } from "../../../src/steering/toneWeights";

interface Recorded {
  weights: Record<string, number[] | number[][]>;
  activations: number[][];
  logits: number[][];
}

interface Fixture {
  mlp: Recorded;
  linear: Recorded;
  cases: {
    classifier: ClassifierKind;
    target: number[];
    avoid: number[];
    alpha: number;
    steps: number;
    decay: number;
    loss: number[];
    steered: number[][];
  }[];
}

/** Numbers recorded from the authors' own library (PyPI k-steering). */
const fixture = JSON.parse(readFileSync("test/fixtures/ksteering-parity.json", "utf8")) as Fixture;
const tolerance = 1e-5;

/** Their classifiers are not standardised: mean 0, scale 1. */
function headsOf(kind: ClassifierKind): SiteHeads {
  const flat = (name: string) =>
    Float32Array.from((fixture[kind].weights[name] as number[]).flat(1));
  const d = fixture[kind].activations[0]!.length;
  const base = {
    d,
    labels: fixture[kind].logits[0]!.length,
    mean: new Float32Array(d),
    scale: 1,
  };
  if (kind === "linear") {
    return { ...base, linear: { weight: flat("net.weight"), bias: flat("net.bias") } };
  }
  return {
    ...base,
    mlp: {
      hidden: fixture.mlp.weights["net.0.bias"]!.length,
      w1: flat("net.0.weight"),
      b1: flat("net.0.bias"),
      w2: flat("net.2.weight"),
      b2: flat("net.2.bias"),
      w3: flat("net.4.weight"),
      b3: flat("net.4.bias"),
    },
  };
}

function largestDifference(actual: Float32Array, expected: number[]): number {
  expect(actual.length).toBe(expected.length);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(actual[i]! - value)), 0);
}

describe("parity with the authors' library", () => {
  it.each(["mlp", "linear"] as const)("the %s logits", (kind) => {
    const heads = headsOf(kind);
    expect(fixture[kind].activations.length).toBeGreaterThan(0);
    fixture[kind].activations.forEach((x, row) => {
      const logits = toneLogits(Float32Array.from(x), heads, kind);
      expect(largestDifference(logits, fixture[kind].logits[row]!)).toBeLessThan(tolerance);
    });
  });

  const cases = fixture.cases.map(
    (c) =>
      [
        `${c.classifier}, target [${c.target.join()}], avoid [${c.avoid.join()}], alpha ${c.alpha}, ` +
          `${c.steps} steps, decay ${c.decay}`,
        c,
      ] as const,
  );
  it.each(cases)("%s", (_, recorded) => {
    const { classifier, alpha, steps, decay } = recorded;
    const heads = headsOf(classifier);
    const labels = Array.from({ length: heads.labels }, (__, k) => `tone ${k}`);
    const asked = Object.fromEntries([
      ...recorded.target.map((k) => [labels[k]!, 1] as const),
      ...recorded.avoid.map((k) => [labels[k]!, -1] as const),
    ]);
    const { weights, strength } = toneWeights(asked, labels);
    expect(strength).toBe(1);
    fixture[classifier].activations.forEach((activation, row) => {
      const x = Float32Array.from(activation);
      const loss = steeringLoss(x, heads, weights, classifier);
      expect(Math.abs(loss - recorded.loss[row]!)).toBeLessThan(tolerance);
      const options = { method: "gradient", alpha, steps, decay, classifier } as const;
      const steered = steer(x, heads, weights, options);
      expect(largestDifference(steered, recorded.steered[row]!)).toBeLessThan(tolerance);
    });
  });
});
