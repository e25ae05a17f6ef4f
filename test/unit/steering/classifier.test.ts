import { describe, expect, it } from "vitest";
import {
  classifyTones,
  logSigmoid,
  softmax,
  steeringGradient,
  steeringLoss,
  toneLogits,
} from "../../../src/steering/classifier";
import { normals, randomHeads } from "./heads";

const heads = randomHeads();
const draw = normals(99);

describe("steeringGradient", () => {
  it.each(["mlp", "linear"] as const)("%s: is the slope of the loss", (kind) => {
    const weights = Float32Array.of(0.5, -1, 0.25, 0.5);
    for (let trial = 0; trial < 20; trial++) {
      const x = draw(heads.d, 3);
      const g = steeringGradient(x, heads, weights, kind);
      // A ReLU network is linear near x: central differences are exact but for float32 rounding.
      const step = 2 ** -7;
      for (let i = 0; i < heads.d; i++) {
        const slope = (sign: number) =>
          steeringLoss(
            x.map((value, j) => (j === i ? value + sign * step : value)),
            heads,
            weights,
            kind,
          );
        const left = (slope(0) - slope(-1)) / step;
        const right = (slope(1) - slope(0)) / step;
        // Skip the few points with a kink in between.
        if (Math.abs(left - right) > 1e-3) continue;
        expect(g[i]).toBeCloseTo((left + right) / 2, 3);
      }
    }
  });

  it.each(["mlp", "linear"] as const)("%s: is linear in the weights", (kind) => {
    const x = draw(heads.d, 3);
    const a = steeringGradient(x, heads, Float32Array.of(1, 0, 0, 0), kind);
    const b = steeringGradient(x, heads, Float32Array.of(0, 0, 1, 0), kind);
    const both = steeringGradient(x, heads, Float32Array.of(2, 0, -3, 0), kind);
    both.forEach((value, i) => expect(value).toBeCloseTo(2 * a[i]! - 3 * b[i]!, 5));
  });

  it("lets nothing through where every hidden unit is off", () => {
    const off = {
      ...heads,
      mlp: { ...heads.mlp!, b1: new Float32Array(heads.mlp!.hidden).fill(-1000) },
    };
    const g = steeringGradient(draw(heads.d), off, Float32Array.of(1, 0, 0, 0));
    expect(g.every((value) => value === 0)).toBe(true);
  });

  it("refuses a residual of another length and a head the site lacks", () => {
    const weights = Float32Array.of(1, 0, 0, 0);
    expect(() => toneLogits(draw(5), heads)).toThrow(/12 numbers/);
    const { mlp: _, linear: __, ...bare } = heads;
    expect(() => steeringGradient(draw(12), bare, weights)).toThrow(
      expect.objectContaining({ reason: "modelUnsupported" }),
    );
    expect(() => toneLogits(draw(12), bare, "linear")).toThrow(/linear probe/);
  });
});

describe("classifyTones", () => {
  it("averages log sigmoid over positions and normalises over labels", () => {
    const rows = [draw(heads.d, 3), draw(heads.d, 3), draw(heads.d, 3)];
    const flat = new Float32Array(3 * heads.d);
    rows.forEach((row, i) => flat.set(row, i * heads.d));
    const { logProbability, probability } = classifyTones(flat, heads);
    const logits = rows.map((row) => toneLogits(row, heads));
    for (let k = 0; k < heads.labels; k++) {
      const mean =
        logits.reduce((sum, z) => sum + Math.log(1 / (1 + Math.exp(-z[k]!))), 0) / logits.length;
      expect(logProbability[k]).toBeCloseTo(mean, 5);
    }
    const total = logProbability.reduce((sum, value) => sum + Math.exp(value), 0);
    probability.forEach((p, k) => expect(p).toBeCloseTo(Math.exp(logProbability[k]!) / total, 6));
    expect(probability.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  });

  it("refuses nothing to read and part of a position", () => {
    expect(() => classifyTones(new Float32Array(0), heads)).toThrow(/badRequest|rows of 12/);
    expect(() => classifyTones(new Float32Array(13), heads)).toThrow(/rows of 12/);
  });

  it("does not overflow", () => {
    expect(logSigmoid(-1000)).toBe(-1000);
    expect(logSigmoid(1000)).toBeCloseTo(0, 12);
    expect(logSigmoid(0)).toBeCloseTo(Math.log(0.5), 12);
    expect([...softmax(Float32Array.of(1000, 1000, -1000))]).toEqual([0.5, 0.5, 0]);
  });
});
