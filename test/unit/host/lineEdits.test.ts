import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineEdits } from "../../../src/host/lineEdits";

function apply(text: string, edits: ReturnType<typeof lineEdits>): string {
  return [...edits]
    .reverse()
    .reduce((now, { start, end, text }) => now.slice(0, start) + text + now.slice(end), text);
}

describe("line edits", () => {
  it("leave the lines that are the same", () => {
    expect(lineEdits("one\ntwo\nthree\n", "one\n2\nthree\n")).toEqual([
      { start: 4, end: 8, text: "2\n" },
    ]);
    expect(lineEdits("same\n", "same\n")).toEqual([]);
  });

  it("make one text of the other, for any two, in order and apart", () => {
    const text = fc
      .array(fc.constantFrom("a\n", "b\n", "c\r\n", "\n", "d"), { maxLength: 12 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const edits = lineEdits(before, after);
        expect(apply(before, edits)).toBe(after);
        edits.slice(1).forEach(({ start }, i) => expect(start).toBeGreaterThan(edits[i]!.end));
      }),
    );
  });
});
