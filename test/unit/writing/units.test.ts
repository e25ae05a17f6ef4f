import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { splitLongPassage, splitUnits } from "../../../src/writing/units";
import type { Unit } from "../../../src/writing/units";

// Thousands of texts go through; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const join = (units: readonly Unit[]) => units.map((unit) => unit.text + unit.separator).join("");
const texts = (prose: string, unitWords: number) =>
  splitUnits(prose, unitWords).map((unit) => unit.text);
const words = (text: string) => text.split(/\s+/u).filter((word) => word !== "").length;

const prose = fc
  .array(
    fc.constantFrom(
      ...'A word.|Dr. Who|e.g. this|v1.2.3 is out.|`a. b`|(in. here)|"Quote. Two."|What?!|Yes… no|日本語。次。|مرحبا.| |  |\n|😀.|**bold. text**|https://a.b/c.d?e=f. Then|\u00a0'.split(
        "|",
      ),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(" "));

describe("splitUnits", () => {
  it("joins back to the prose", () => {
    fc.assert(
      fc.property(fc.oneof(prose, fc.string({ unit: "binary" })), fc.nat(40), (text, unitWords) => {
        expect(join(splitUnits(text, unitWords))).toBe(text);
      }),
    );
  });

  it("leaves no white space at the ends of a unit", () => {
    fc.assert(
      fc.property(prose, fc.nat(40), (text, unitWords) => {
        for (const unit of splitUnits(text, unitWords)) expect(unit.text).toBe(unit.text.trim());
      }),
    );
  });

  it("joins sentences while they fit", () => {
    expect(texts("One two. Three four. Five six seven eight nine.", 4)).toEqual([
      "One two. Three four.",
      "Five six seven eight nine.",
    ]);
  });

  it.each([
    "Dr. Smith met Prof. Jones at 5 p.m. yesterday.",
    "Use a flag, e.g. the first one, i.e. that one.",
    "Version 1.2.3 of node.js reads main.ts well.",
    "See https://example.org/a.b?c=d!e for it.",
    "Run `npm i. Then go` and wait.",
    "They said “Stop. Go back.” and left.",
    "It works (mostly. Not always) for us.",
    "This is **very bold. Really bold** indeed.",
  ])("does not part %j", (sentence) => {
    expect(texts(sentence, 1)).toEqual([sentence]);
  });

  it("parts after questions, exclamations and statements", () => {
    expect(texts("Why? Because! Well. Fine.", 1)).toEqual(["Why?", "Because!", "Well.", "Fine."]);
  });
});

describe("splitLongPassage", () => {
  it("joins back, and keeps each part within the limit unless it is one word", () => {
    fc.assert(
      fc.property(prose, fc.integer({ min: 1, max: 20 }), (text, limit) => {
        const parts = splitLongPassage(text, limit, words);
        expect(join(parts)).toBe(text);
        for (const part of parts) expect(words(part.text)).toBeLessThanOrEqual(Math.max(1, limit));
      }),
    );
  });

  it("cuts at sentences first, then at clauses", () => {
    const text = "One two three. Four five six, seven eight nine.";
    expect(splitLongPassage(text, 3, words).map((part) => part.text)).toEqual([
      "One two three.",
      "Four five six,",
      "seven eight nine.",
    ]);
  });
});
