import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  completeToneExpression,
  formatToneExpression,
  parseToneExpression,
} from "../../../src/shared/toneExpression";

const tones = [
  { id: "neutral", title: "Neutral" },
  { id: "expert", title: "Expert" },
  { id: "empathetic", title: "Empathetic" },
  { id: "concise", title: "Concise" },
];
const parse = (input: string) => parseToneExpression(input, tones);
const weights = (input: string) => {
  const parsed = parse(input);
  return parsed.kind === "weights" ? parsed.weights : parsed.message;
};

describe("a tone expression", () => {
  it.each([
    ["empathetic", { empathetic: 1 }],
    ["empathetic + concise - 0.5 expert", { empathetic: 1, concise: 1, expert: -0.5 }],
    ["empathetic+concise-.5expert", { empathetic: 1, concise: 1, expert: -0.5 }],
    ["- expert", { expert: -1 }],
    ["  0.25 * Expert  ", { expert: 0.25 }],
    ["expert=0.5 - CONCISE=0.75", { expert: 0.5, concise: -0.75 }],
    ["expert + 0 concise", { expert: 1 }],
  ])("reads %j", (input, expected) => {
    expect(weights(input)).toEqual(expected);
  });

  it.each([
    ["", /Name a tone/],
    ["   ", /Name a tone/],
    ["0 expert", /Name a tone/],
    ["grumpy", /no tone "grumpy".*neutral, expert/],
    ["constructor", /no tone "constructor"/],
    ["expert concise", /"\+" or "-" is expected before "concise"/],
    ["expert +", /A tone is expected/],
    ["expert + + concise", /A tone is expected/],
    ["1.5 expert", /from 0 to 1/],
    ["expert - expert", /named twice/],
    ["0.5 expert=0.5", /two weights/],
    ["expert & concise", /A tone is expected|"\+" or "-"/],
  ])("says what is wrong with %j", (input, message) => {
    expect(weights(input)).toMatch(message);
  });

  it("says where it is wrong", () => {
    expect(parse("expert + grumpy")).toMatchObject({ kind: "error", at: 9 });
  });

  it("reads back what it writes, for any weights of two decimals", () => {
    const weight = fc.integer({ min: -100, max: 100 }).map((n) => n / 100);
    const entries = tones.map(({ id }) => fc.tuple(fc.constant(id), weight));
    fc.assert(
      fc.property(fc.tuple(...entries), (pairs) => {
        const asked = Object.fromEntries(pairs.filter(([, w]) => w !== 0));
        fc.pre(pairs.some(([, w]) => w !== 0));
        expect(weights(formatToneExpression(asked))).toEqual(asked);
      }),
    );
  });

  it("never throws and never loops, whatever is typed", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (input) => void parse(input)));
  });
});

describe("completion", () => {
  it.each([
    ["", ["neutral", "expert", "empathetic", "concise"]],
    ["e", ["expert", "empathetic"]],
    ["expert + e", ["expert + empathetic"]],
    ["expert - 0.5 c", ["expert - 0.5 concise"]],
    ["expert", []],
    ["expert c", []],
  ])("of %j", (input, expected) => {
    expect(completeToneExpression(input, tones)).toEqual(expected);
  });
});
