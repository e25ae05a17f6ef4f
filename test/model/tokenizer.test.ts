import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createStreamingText } from "../../src/engine/streamingText";
import type { Tokenizer } from "../../src/engine/tokenizer";
import { loadTokenizer } from "../../src/engine/tokenizer";

const folder = "models/smollm2-135m-rewriter";
const pack = JSON.parse(readFileSync(join(folder, "pack.json"), "utf8"));
const json = JSON.parse(readFileSync(join(folder, "tokenizer.json"), "utf8"));
const controls = json.added_tokens as { id: number; content: string; special: boolean }[];

const sources = (
  JSON.parse(readFileSync("test/fixtures/sources.json", "utf8")) as { text: string }[]
).map(({ text }) => text);

let tokenizer: Tokenizer;
/** The vocabulary lacks six control characters and two bytes that only unassigned planes need. */
function isKnown(character: string): boolean {
  const code = character.codePointAt(0)!;
  return (
    ![0x04, 0x06, 0x13, 0x14, 0x16, 0x1d].includes(code) && !(code >= 0x40000 && code < 0xc0000)
  );
}

/** Lone surrogates are no text: UTF-8 has no bytes for them. */
function isWhole(text: string): boolean {
  return Buffer.from(text).toString() === text;
}

beforeAll(async () => {
  tokenizer = await loadTokenizer(folder);
});

/** Text of every kind, control tokens' names in it. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 12 }),
      fc.string({ unit: "binary", maxLength: 6 }),
      fc.constantFrom(
        "<|im_end|>",
        "<|im_start|>",
        "<repo_name>",
        "日本語。",
        "👩‍👩‍👧",
        "עברית",
        "\r\n",
        "  ",
        " word",
      ),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""))
  .map((text) => [...text].filter(isKnown).join(""))
  .filter(isWhole);

describe("loadTokenizer", () => {
  it("knows the pack's control tokens", () => {
    const special = controls.filter((token) => token.special);
    expect([...tokenizer.specialIds].sort((a, b) => a - b)).toEqual(special.map(({ id }) => id));
    for (const stop of pack.prompt.stop) {
      const id = tokenizer.tokenId(stop);
      expect(tokenizer.specialIds.has(id!)).toBe(true);
    }
    expect(tokenizer.tokenId("no such token")).toBeUndefined();
  });

  it("gives the ids of the library that has all tokens", async () => {
    const { AutoTokenizer, env } = await import("@huggingface/transformers");
    env.allowRemoteModels = false;
    env.localModelPath = "models/";
    const whole = await AutoTokenizer.from_pretrained("smollm2-135m-rewriter", {
      local_files_only: true,
    });
    const prompts = pack.tones.map(
      ({ id }: { id: string }) =>
        `${pack.prompt.prefix}The shipment left at 9:40.${pack.prompt.instructionSeparator}` +
        `${pack.prompt.instructions[id]}${pack.prompt.suffix}`,
    );
    for (const text of [...prompts, ...sources]) {
      const ids = whole.encode(text, { add_special_tokens: false });
      expect(tokenizer.encodeTemplate(text)).toEqual(ids);
    }
    for (const text of sources) {
      expect(tokenizer.encode(text)).toEqual(tokenizer.encodeTemplate(text));
    }
  });

  it("gives the same prompt whether it is encoded whole or in its three parts", () => {
    const { prefix, suffix, instructionSeparator, instructions } = pack.prompt;
    for (const text of sources.map((source) => source.trim())) {
      const tail = instructionSeparator + instructions.concise + suffix;
      expect([
        ...tokenizer.encodeTemplate(prefix),
        ...tokenizer.encode(text),
        ...tokenizer.encodeTemplate(tail),
      ]).toEqual(tokenizer.encodeTemplate(prefix + text + tail));
    }
  });

  it("never makes a control token of a user's text, and loses nothing of it", () => {
    for (const { content, id } of controls) {
      for (const text of [content, `a${content}b`, ` ${content} ${content}`, content.slice(1)]) {
        expect(tokenizer.encode(text)).not.toContain(id);
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }
      expect(tokenizer.encodeTemplate(`a${content}`).at(-1)).toBe(id);
    }
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = tokenizer.encode(text);
        expect(ids.some((id) => tokenizer.specialIds.has(id))).toBe(false);
        expect(tokenizer.decode(ids)).toBe(text);
      }),
    );
  });

  it("leaves control tokens out of decoded text and keeps spaces before punctuation", () => {
    const end = tokenizer.tokenId("<|im_end|>")!;
    expect(tokenizer.decode([...tokenizer.encode("Done , he said ."), end])).toBe(
      "Done , he said .",
    );
    expect(tokenizer.decode([])).toBe("");
    expect(tokenizer.decode([end])).toBe("");
    expect(tokenizer.decode([10_000_000])).toBe("");
    expect(tokenizer.encode("")).toEqual([]);
  });

  it("leaves out bytes that the vocabulary lacks", () => {
    expect(tokenizer.decode(tokenizer.encode("a\x06b"))).toBe("ab");
  });

  it("breaks up a control token's name that the vocabulary holds as a whole word", async () => {
    // A vocabulary in which each white-space word is one token, control tokens included.
    const words = ["<unk>", "<stop>", "hello", "<", "stop>"];
    const made = {
      ...json,
      added_tokens: [{ id: 1, content: "<stop>", special: true }],
      pre_tokenizer: { type: "WhitespaceSplit" },
      normalizer: null,
      post_processor: null,
      decoder: null,
      model: {
        type: "WordPiece",
        unk_token: "<unk>",
        continuing_subword_prefix: "",
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(words.map((word, id) => [word, id])),
      },
    };
    await inFolder({ "tokenizer.json": made, "tokenizer_config.json": {} }, async (path) => {
      const other = await loadTokenizer(path);
      expect(other.encodeTemplate("hello <stop>")).toEqual([2, 1]);
      expect(other.encode("hello <stop>")).toEqual([2, 3, 4]);
    });
  });

  it("names what is missing or damaged", async () => {
    const good = { "tokenizer.json": json, "tokenizer_config.json": {} };
    await inFolder({ "tokenizer_config.json": {} }, async (path) => {
      await expect(loadTokenizer(path)).rejects.toMatchObject({
        reason: "modelMissing",
        message: expect.stringContaining('"tokenizer.json"'),
      });
    });
    for (const broken of [
      "{",
      "[]",
      '{"model": 3}',
      '{"model": {"vocab": {}}, "added_tokens": 1}',
    ]) {
      await inFolder({ ...good, "tokenizer.json": broken }, async (path) => {
        await expect(loadTokenizer(path)).rejects.toMatchObject({ reason: "modelCorrupt" });
      });
    }
    const strange = { ...json, pre_tokenizer: { type: "Strange" } };
    await inFolder({ ...good, "tokenizer.json": strange }, async (path) => {
      await expect(loadTokenizer(path)).rejects.toMatchObject({
        reason: "modelUnsupported",
        message: expect.stringContaining("Strange"),
      });
    });
  });
});

describe("createStreamingText with the pack's tokenizer", () => {
  function stream(text: string): { parts: string[]; rest: string } {
    const streaming = createStreamingText((ids) => tokenizer.decode(ids));
    const parts = tokenizer.encode(text).map((id) => streaming.push(id));
    return { parts, rest: streaming.flush() };
  }

  it("adds up to the text, in whole words", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        // At the end a replacement character cannot be told from a cut one.
        fc.pre(!text.includes("\ufffd"));
        const { parts, rest } = stream(text);
        expect(parts.join("") + rest).toBe(text);
        for (const part of parts) {
          expect(isWhole(part)).toBe(true);
          if (/^[a-z ]*$/i.test(text) && part !== "") expect(part).toMatch(/\s$/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("adds up over texts far longer than the window", () => {
    for (const text of sources) {
      const { parts, rest } = stream(text);
      expect(parts.join("") + rest).toBe(text);
    }
    const emoji = "🙂🙃👩‍👩‍👧日本語の文章です。".repeat(40);
    const { parts, rest } = stream(emoji);
    expect(parts.join("") + rest).toBe(emoji);
    expect(parts.filter((part) => part !== "").length).toBeGreaterThan(200);
  });
});

async function inFolder(
  files: Record<string, unknown>,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), "tonesteer-tokenizer-"));
  try {
    for (const [name, value] of Object.entries(files)) {
      writeFileSync(join(path, name), typeof value === "string" ? value : JSON.stringify(value));
    }
    await use(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}
