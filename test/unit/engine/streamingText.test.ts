import { describe, expect, it } from "vitest";
import { createStreamingText } from "../../../src/engine/streamingText";

/** A byte-level vocabulary of a few multi-byte tokens; decoding is that of the usual decoders. */
function streamOf(...tokens: (string | number[])[]): { parts: string[]; rest: string } {
  const bytes = tokens.map((token) =>
    typeof token === "string" ? new TextEncoder().encode(token) : Uint8Array.from(token),
  );
  const decode = (ids: readonly number[]) =>
    new TextDecoder().decode(Uint8Array.from(ids.flatMap((id) => [...bytes[id]!])));
  const streaming = createStreamingText(decode);
  return { parts: tokens.map((_, id) => streaming.push(id)), rest: streaming.flush() };
}

describe("createStreamingText", () => {
  it("releases words once white space follows them", () => {
    expect(streamOf("The", " ship", "ment", " left", ".\n", "Then")).toEqual({
      parts: ["", "The ", "", "shipment ", "left.\n", ""],
      rest: "Then",
    });
  });

  it("holds a number, a link and a word with an apostrophe together", () => {
    expect(streamOf("1", "2", ",", "5", "00", " don", "'", "t", " x").parts).toEqual([
      "",
      "",
      "",
      "",
      "",
      "12,500 ",
      "",
      "",
      "don't ",
    ]);
  });

  it("releases Chinese and Japanese by the character, Korean by the word", () => {
    expect(streamOf("日", "本語", "。", "カ", "한국", "어 ", "말")).toEqual({
      parts: ["日", "本語", "。", "カ", "", "한국어 ", ""],
      rest: "말",
    });
    // A character outside the basic plane, of two UTF-16 units.
    expect(streamOf("𠮷", "a").parts).toEqual(["𠮷", ""]);
  });

  it("never releases part of a character", () => {
    // The bytes of 🙂 (f0 9f 99 82), cut in every way, with a token that spans two characters.
    expect(streamOf("a ", [0xf0], [0x9f, 0x99], [0x82, 0xf0, 0x9f], [0x99, 0x82], " b")).toEqual({
      parts: ["a ", "", "", "", "", "🙂🙂 "],
      rest: "b",
    });
    expect(streamOf([0xe6, 0x97], [0xa5])).toEqual({ parts: ["", "日"], rest: "" });
  });

  it("leaves out a character whose bytes never came", () => {
    expect(streamOf("so ", "it ", [0xf0, 0x9f])).toEqual({ parts: ["so ", "it ", ""], rest: "" });
    expect(streamOf("end", [0xe6]).rest).toBe("end");
  });

  it("goes on after bytes that are no character", () => {
    const { parts, rest } = streamOf("a", [0xff], " b", [0x80], [0x80], [0x80], [0x80], " c");
    expect(parts.join("") + rest).toBe("a\ufffd b\ufffd\ufffd\ufffd\ufffd c");
  });

  it("starts anew after a flush", () => {
    const streaming = createStreamingText((ids) => ids.map((id) => ["one", " two"][id]).join(""));
    expect(streaming.push(0) + streaming.push(1)).toBe("one ");
    expect(streaming.flush()).toBe("two");
    expect(streaming.flush()).toBe("");
    expect(streaming.push(0)).toBe("");
    expect(streaming.flush()).toBe("one");
  });
});
