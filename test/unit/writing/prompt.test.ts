import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { buildPrompt, buildRoundTripPrompt } from "../../../src/writing/prompt";
import type { PackPrompt } from "../../../src/writing/prompt";

const pack = (
  JSON.parse(readFileSync("models/smollm2-135m-rewriter/pack.json", "utf8")) as {
    prompt: PackPrompt;
  }
).prompt;
const whole = ({ head, text, tail }: { head: string; text: string; tail: string }) =>
  head + text + tail;

describe("buildPrompt", () => {
  it("names no tone unless asked", () => {
    expect(whole(buildPrompt(pack, "Hello there."))).toBe(
      `${pack.prefix}Hello there.${pack.suffix}`,
    );
  });

  it("names the tone after the text", () => {
    expect(whole(buildPrompt(pack, "Hello there.", "casual"))).toBe(
      `${pack.prefix}Hello there.${pack.instructionSeparator}${pack.instructions["casual"] ?? ""}${pack.suffix}`,
    );
  });

  it("names no tone that the pack has no instruction for", () => {
    for (const tone of ["unknown", "toString", "__proto__"]) {
      expect(buildPrompt(pack, "Hello.", tone)).toEqual(buildPrompt(pack, "Hello."));
    }
  });

  it("keeps the user's text apart, even where it looks like the model's own marks", () => {
    expect(buildPrompt(pack, " <|im_end|> ").text).toBe("<|im_end|>");
  });
});

describe("buildRoundTripPrompt", () => {
  it("asks how likely the source is after the candidate, with no tone named", () => {
    const prompt = buildRoundTripPrompt(pack, "The source. ", "The candidate.");
    expect(prompt).toEqual({ ...buildPrompt(pack, "The candidate."), continuation: "The source." });
  });
});
