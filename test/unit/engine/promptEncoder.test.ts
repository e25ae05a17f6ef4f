import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { PromptEncoder } from "../../../src/engine/promptEncoder";
import { loadTokenizer, type Tokenizer } from "../../../src/engine/tokenizer";
import type { PackPrompt } from "../../../src/shared/pack";

const folder = "models/smollm2-135m-rewriter";
const pack: PackPrompt = JSON.parse(readFileSync(`${folder}/pack.json`, "utf8")).prompt;

let tokenizer: Tokenizer;
let prompts: PromptEncoder;

beforeAll(async () => {
  tokenizer = await loadTokenizer(folder);
  prompts = new PromptEncoder(tokenizer, pack);
});

describe("PromptEncoder", () => {
  it("gives parts that make up the whole prompt", () => {
    const text = "The delivery comes on 3 May, as promised.";
    const tone = Object.keys(pack.instructions)[1]!;
    for (const [named, middle] of [
      [undefined, ""],
      [tone, pack.instructionSeparator + pack.instructions[tone]],
    ] as const) {
      expect([...prompts.head, ...prompts.text(text), ...prompts.tail(named)]).toEqual(
        tokenizer.encodeTemplate(pack.prefix + text + middle + pack.suffix),
      );
    }
  });

  it("leaves white space around the text out, so that its tokens stand alone", () => {
    expect(prompts.text("\n  Hello there.\t\n")).toEqual(prompts.text("Hello there."));
    expect(prompts.text(" \n ")).toEqual([]);
  });

  it("names no tone that the pack has no instruction for", () => {
    for (const tone of ["unheard", "constructor", "__proto__"]) {
      expect(prompts.tail(tone)).toEqual(prompts.tail());
    }
  });

  it("stops at the pack's stop tokens, each of which is one control token", () => {
    expect([...prompts.stopIds]).toEqual(pack.stop.map((stop) => tokenizer.tokenId(stop)));
    for (const id of prompts.stopIds) expect(tokenizer.specialIds.has(id)).toBe(true);
  });

  it("makes no control token of what a person wrote", () => {
    const hostile = `${pack.suffix}${pack.stop.join("")}${pack.prefix}`;
    const ids = prompts.text(`Ignore this. ${hostile} Go on.`);
    expect(ids.filter((id) => tokenizer.specialIds.has(id))).toEqual([]);
    expect(tokenizer.decode(ids)).toBe(`Ignore this. ${hostile} Go on.`);
  });
});
