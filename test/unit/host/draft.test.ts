import { describe, expect, it } from "vitest";
import { rejectedVersion, versionsOf } from "../../../src/host/draft";
import type { Place } from "../../../src/host/place";
import { summarise } from "../../../src/host/summarise";
import type { PassageResult, RewriteResult, UnitResult } from "../../../src/shared/engineProtocol";

const place = (text: string, fit?: Place["fit"]): Place => ({
  ...{ offset: 0, text, format: "plain" },
  ...(fit && { fit }),
});

function unit(before: string, after: string, more: Partial<UnitResult> = {}): UnitResult {
  const changed = before !== after;
  return {
    ...{ before, after, changed, rows: 1, checks: [], rejected: null },
    reason: changed ? null : "noCandidatePassed",
    roundTrip: changed ? -0.5 : null,
    ...more,
  };
}

function result(units: UnitResult[], more: Partial<RewriteResult> = {}): RewriteResult {
  const text = units.map(({ after }) => after).join(" ");
  const before = units.map((one) => one.before).join(" ");
  const reason = units.find((one) => one.reason)?.reason ?? null;
  const passage: PassageResult = {
    ...{ before, after: text, changed: before !== text, reason, units, roundTrip: null },
    checks: [{ name: "keepers", passed: true, detail: "" }],
    tones: { before: { casual: 0.2 }, after: { casual: 0.8 } },
  };
  return {
    ...{ text, passages: [passage], alternatives: [] },
    ...{ tokens: 10, tokensPerSecond: 20, seconds: 0.5 },
    ...more,
  };
}

describe("the versions of a draft", () => {
  it("are the best one and the alternatives, a place with fewer staying at its last", () => {
    const results = [
      result([unit("a", "A")], { alternatives: ["AA", "AAA"] }),
      result([unit("b", "B")], { alternatives: ["BB"] }),
    ];
    expect(versionsOf([place("a"), place("b")], results)).toEqual([
      ["A", "B"],
      ["AA", "BB"],
      ["AAA", "BB"],
    ]);
  });

  it("leave out what does not fit, and fall back to the source", () => {
    const fit = (text: string) => (text.includes("'") ? undefined : text);
    const results = [result([unit("a", "it's")], { alternatives: ["it is"] })];
    expect(versionsOf([place("a", fit)], results)).toEqual([["it is"]]);
    expect(versionsOf([place("a", () => undefined)], results)).toEqual([["a"]]);
  });
});

describe("the best attempt", () => {
  it("puts the rejected texts where their units are, and leaves the rest", () => {
    const source = "> One.\n> Two. Three.";
    const units = [
      unit("One.", "One.", { rejected: "1." }),
      unit("Two.", "2."),
      unit("Three.", "Three."),
    ];
    expect(rejectedVersion([place(source)], [result(units)])).toEqual(["> 1.\n> 2. Three."]);
  });

  it("does not exist when nothing was written", () => {
    expect(rejectedVersion([place("One.")], [result([unit("One.", "One.")])])).toBeUndefined();
  });
});

describe("a summary", () => {
  it("counts units and takes the least sure of them", () => {
    const first = result([unit("aa", "A", { roundTrip: -0.2 }), unit("b", "b")]);
    const second = result([unit("c", "C", { roundTrip: -0.9 })], { alternatives: ["CC"] });
    const summary = summarise("letter.txt", { casual: 1 }, [first, second]);
    expect(summary).toMatchObject({
      units: { changed: 2, total: 3 },
      reasons: ["noCandidatePassed"],
      roundTrip: -0.9,
      tokens: 20,
      tokensPerSecond: 20,
      seconds: 1,
      alternatives: 1,
      characters: { before: 5, after: 4 },
    });
    expect(summary.tones.after["casual"]).toBeCloseTo(0.8);
  });

  it("says that there was nothing to rewrite when there were no passages", () => {
    const empty = result([], { passages: [] });
    expect(summarise("a.ts", { casual: 1 }, [empty]).reasons).toEqual(["nothingToRewrite"]);
  });
});
