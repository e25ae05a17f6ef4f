import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toneWeights } from "../../../src/steering/toneWeights";

const labels = ["neutral", "expert", "empathetic", "casual"];
const weightsOf = (asked: Record<string, number>) => [...toneWeights(asked, labels).weights];

describe("toneWeights", () => {
  it("is the authors' loss for equal magnitudes", () => {
    expect(weightsOf({ casual: 1, expert: 1 })).toEqual([0, 0.5, 0, 0.5]);
    expect(weightsOf({ empathetic: 1, expert: -1, neutral: -1 })).toEqual([-0.5, -0.5, 1, 0]);
    expect(weightsOf({ expert: -1 })).toEqual([0, -1, 0, 0]);
  });

  it("keeps proportions and lets the largest magnitude act as strength", () => {
    const { weights, strength } = toneWeights(
      { casual: 0.5, expert: 0.25, neutral: -0.25 },
      labels,
    );
    expect(strength).toBe(0.5);
    expect([...weights]).toEqual([-0.5, 0.25, 0, 0.5]);
  });

  it("moves a common factor from the weights to the strength", () => {
    const slider = fc.integer({ min: -64, max: 64 }).map((n) => n / 64);
    const asked = fc.tuple(slider, slider, slider, slider);
    fc.assert(
      fc.property(asked, (values) => {
        const record = (factor: number) =>
          Object.fromEntries(values.map((value, k) => [labels[k]!, value * factor]));
        const whole = toneWeights(record(1), labels);
        const half = toneWeights(record(0.5), labels);
        expect(half.weights).toEqual(whole.weights);
        expect(half.strength).toBe(whole.strength / 2);
        values.forEach((value, k) =>
          expect(Math.sign(whole.weights[k]!)).toBe(Math.sign(value) + 0),
        );
      }),
    );
  });

  it("gives nothing for nothing", () => {
    expect(toneWeights({}, labels)).toEqual({ weights: new Float32Array(4), strength: 0 });
    expect(toneWeights({ casual: 0, expert: -0 }, labels).strength).toBe(0);
    expect(Object.is(toneWeights({ expert: -0 }, labels).weights[1], 0)).toBe(true);
  });

  it("gives reflect the avoided labels only", () => {
    const { weights, strength } = toneWeights({ casual: 1, expert: -0.5 }, labels, "reflect");
    expect([...weights]).toEqual([0, -1, 0, 0]);
    expect(strength).toBe(0.5);
    expect(() => toneWeights({ casual: 1 }, labels, "reflect")).toThrow(/only suppresses/);
  });

  it.each([
    [{ sarcastic: 1 }, /no tone "sarcastic"; the tones are neutral, expert, empathetic, casual\./],
    [{ constructor: 1 }, /no tone "constructor"/],
    [{ expert: 1.01 }, /"expert"/],
    [{ expert: -2 }, /-1 .* to 1/],
    [{ expert: NaN }, /"expert"/],
  ])("refuses %j", (asked, message) => {
    const call = () => toneWeights(asked as Record<string, number>, labels);
    expect(call).toThrow(expect.objectContaining({ reason: "badRequest" }));
    expect(call).toThrow(message);
  });
});
