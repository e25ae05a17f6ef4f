import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planEscalation } from "../../../src/writing/escalation";
import { rankCandidates, roundTripFloor, toneReading } from "../../../src/writing/ranking";
import type { RankingCandidate } from "../../../src/writing/ranking";

const options = {
  tones: { casual: 1, expert: -0.5 },
  toneWeight: 1,
  roundTripWeight: 1,
  roundTripFloor: -0.8,
};
const candidate = (given: Partial<RankingCandidate>): RankingCandidate => ({
  text: Math.random().toString(),
  passed: true,
  readings: { casual: -0.5, expert: -2 },
  roundTrip: -0.5,
  ...given,
});

describe("toneReading", () => {
  it("rises with a promoted tone and falls with a suppressed one", () => {
    const tones = { casual: 1, expert: -1 };
    const plain = toneReading({ casual: -1, expert: -1 }, tones);
    expect(toneReading({ casual: -0.5, expert: -1 }, tones)).toBeGreaterThan(plain);
    expect(toneReading({ casual: -1, expert: -0.5 }, tones)).toBeLessThan(plain);
  });

  it("is at most 0, however absent a suppressed tone is", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 0, noNaN: true }), (logP) => {
        const reading = toneReading({ expert: logP }, { expert: -1 });
        expect(reading).toBeLessThanOrEqual(0);
        expect(Number.isFinite(reading)).toBe(true);
      }),
    );
  });

  it("does not depend on the scale of the weights", () => {
    const readings = { casual: -0.3, expert: -1.2 };
    expect(toneReading(readings, { casual: 2, expert: -4 })).toBeCloseTo(
      toneReading(readings, { casual: 1, expert: -2 }),
      12,
    );
  });
});

describe("rankCandidates", () => {
  it("puts failed, unfaithful, repeated and unreadable candidates behind, with the reason", () => {
    const ranked = rankCandidates(
      [
        candidate({ text: "a", passed: false, roundTrip: 0 }),
        candidate({ text: "b", roundTrip: -0.9 }),
        candidate({ text: "c" }),
        candidate({ text: "c", roundTrip: -0.1 }),
        candidate({ text: "d", readings: {} }),
        candidate({ text: "e", roundTrip: -0.2 }),
      ],
      options,
    );
    expect(ranked.map(({ index, reason }) => [index, reason])).toEqual([
      [5, "ranked"],
      [2, "ranked"],
      [0, "checkFailed"],
      [1, "belowFloor"],
      [4, "unreadable"],
      [3, "duplicate"],
    ]);
    expect(ranked.map((one) => one.eligible)).toEqual([true, true, false, false, false, false]);
  });

  it("keeps the order given for equal scores", () => {
    const same = ["a", "b", "c"].map((text) => candidate({ text }));
    expect(rankCandidates(same, options).map((one) => one.index)).toEqual([0, 1, 2]);
  });

  it("weighs tone and round trip as asked", () => {
    const faithful = candidate({
      text: "a",
      readings: { casual: -2, expert: -1 },
      roundTrip: -0.1,
    });
    const toned = candidate({ text: "b", readings: { casual: -0.1, expert: -4 }, roundTrip: -0.7 });
    const best = (toneWeight: number, roundTripWeight: number) =>
      rankCandidates([faithful, toned], { ...options, toneWeight, roundTripWeight })[0]?.index;
    expect(best(1, 0)).toBe(1);
    expect(best(0, 1)).toBe(0);
  });
});

describe("roundTripFloor", () => {
  it("is the pack's, below it, or none", () => {
    expect(roundTripFloor(-0.8, "strict")).toBe(-0.8);
    expect(roundTripFloor(-0.8, "balanced")).toBeCloseTo(-1.2, 12);
    expect(roundTripFloor(-0.8, "free")).toBeNull();
  });
});

describe("planEscalation", () => {
  it("writes one greedy row first, then every other row of the pack once", () => {
    const rows = {
      greedy: [1, 0.7, 0.7, 0.5],
      sampled: [1, 0.85],
      temperature: 0.6,
      topP: 0.9,
      topK: 40,
    };
    const sampling = { temperature: 0.6, topP: 0.9, topK: 40 };
    expect(planEscalation(rows)).toEqual({
      first: [{ alphaScale: 1, sampling: null }],
      more: [
        { alphaScale: 0.7, sampling: null },
        { alphaScale: 0.5, sampling: null },
        { alphaScale: 1, sampling },
        { alphaScale: 0.85, sampling },
      ],
    });
  });
});
