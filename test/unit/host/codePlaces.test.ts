import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codePlaces } from "../../../src/host/codePlaces";

/** The selection is what stands between « and », or the cursor where only « stands. */
function places(marked: string, languageId = "typescript") {
  const start = marked.indexOf("«");
  const without = marked.replace("«", "");
  const close = without.indexOf("»");
  const text = without.replace("»", "");
  const end = close < 0 ? start : close;
  return codePlaces(text, languageId, [{ start, end }]);
}
const texts = (marked: string, languageId?: string) =>
  places(marked, languageId).map(({ text, format }) => `${format}: ${text}`);

describe("prose in code", () => {
  it("is comments that fill their lines, as whole lines, however they were dragged over", () => {
    expect(
      texts("let a = 1;\n  // We «need this because\n  // the server is slow.\nlet »b = 2;\n"),
    ).toEqual(["code:   // We need this because\n  // the server is slow."]);
  });

  it("is never the code around them", () => {
    expect(texts("«let a = compute(b, c) || d;\nreturn a;»")).toEqual([]);
    expect(texts("«import x from 'some/long path of words';»")).not.toContain("import");
  });

  it("is a selected part of one line of a comment", () => {
    expect(texts("// Please «do not ever touch» this.")).toEqual(["plain: do not ever touch"]);
  });

  it("is a comment behind code, without its mark", () => {
    expect(texts("«let a = 1; // the first one counts from zero»")).toEqual([
      "plain: the first one counts from zero",
    ]);
  });

  it("is a string that reads like text", () => {
    expect(texts('show("«Your file could not be saved.»");')).toEqual([
      "plain: Your file could not be saved.",
    ]);
    expect(texts("«throw new Error('The file was not found.');»")).toEqual([
      "plain: The file was not found.",
    ]);
  });

  it.each([
    ['«call("./some/path.ts", "utf8", "a-b");»'],
    ['«print("Line one of it\\nline two of it")»'],
    ["«print(`Dear ${name}, this is for you`)»"],
    ['«"error"»'],
    ["«const s = 'never closed words here\nlet other = 1;»"],
  ])("is not %s", (marked) => {
    expect(texts(marked)).toEqual([]);
  });

  it("is not fooled by marks inside strings, nor by quotes inside comments", () => {
    expect(texts('«let url = "https://example.org"; let b = 1;»')).toEqual([]);
    expect(texts("«// Don't call it twice.\ncall('once');»")).toEqual([
      "code: // Don't call it twice.",
    ]);
  });

  it("knows other languages' marks", () => {
    expect(texts("«# Wait for the other thread.\nx = 1»", "python")).toEqual([
      "code: # Wait for the other thread.",
    ]);
    expect(texts('def f():\n    """«Return the mean of all values.»"""', "python")).toEqual([
      "plain: Return the mean of all values.",
    ]);
    expect(texts("«-- Only rows of this year.\nselect 1»", "sql")).toEqual([
      "code: -- Only rows of this year.",
    ]);
    expect(texts("fn f<'a>(x: &'a str) {} // «this borrows from x»", "rust")).toEqual([
      "plain: this borrows from x",
    ]);
  });

  it("is the whole comment that the cursor is in, or the string", () => {
    expect(texts("a();\n// One line of it,\n// and «another line.\n\n// Not this.\n")).toEqual([
      "code: // One line of it,\n// and another line.",
    ]);
    expect(texts('say("Good «morning to you.");')).toEqual(["plain: Good morning to you."]);
    expect(texts("let «a = 1; // a remark about it")).toEqual([]);
  });

  it("escapes what would end the string, and refuses what cannot stand in it", () => {
    const [place] = places("say('«This will not work now.»');");
    expect(place?.fit?.("This won't work now.")).toBe("This won\\'t work now.");
    expect(place?.fit?.("This will\nnot work.")).toBeUndefined();
    expect(place?.fit?.("Costs ${all} of it")).toBeUndefined();
    const [remark] = places("a(); /* «a remark of some words» */");
    expect(remark?.fit?.("ends */ here")).toBeUndefined();
  });

  it("keeps CRLF out of the places' ends", () => {
    expect(texts("«// One line of words.\r\n// Another of them.\r\ncode();»")).toEqual([
      "code: // One line of words.\r\n// Another of them.",
    ]);
  });

  it("gives places in order that are really there and do not overlap, for any text", () => {
    const piece = fc.constantFrom(
      "// a b c\n",
      "/* d e f */",
      '"',
      "'",
      "`",
      "\\",
      "\n",
      " x ",
      "#",
      "--",
      "words go here ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), fc.nat(99), fc.nat(99), (parts, a, b) => {
        const text = parts.join("");
        const [start, end] = [a, b].map((n) => Math.min(n, text.length)).sort((x, y) => x - y);
        let last = 0;
        for (const place of codePlaces(text, "typescript", [{ start: start!, end: end! }])) {
          expect(place.offset).toBeGreaterThanOrEqual(last);
          expect(text.startsWith(place.text, place.offset)).toBe(true);
          last = place.offset + place.text.length;
        }
      }),
    );
  });
});
