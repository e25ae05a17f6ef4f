import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wordDiff } from "../../../src/host/wordDiff";

const join = (before: string, after: string, without: string) =>
  wordDiff(before, after)
    .filter(({ kind }) => kind !== without)
    .map(({ text }) => text)
    .join("");

describe("the word diff", () => {
  it("marks the words that differ", () => {
    expect(wordDiff("Send the signed form.", "Send the whole form, please.")).toEqual([
      { kind: "same", text: "Send the " },
      { kind: "removed", text: "signed" },
      { kind: "added", text: "whole" },
      { kind: "same", text: " form" },
      { kind: "added", text: ", please" },
      { kind: "same", text: "." },
    ]);
  });

  it("marks nothing in equal texts", () => {
    expect(wordDiff("As it is.", "As it is.")).toEqual([{ kind: "same", text: "As it is." }]);
  });

  it("takes a lone word between two changes into them", () => {
    const kinds = wordDiff("one of two things", "three of four things").map(({ kind }) => kind);
    expect(kinds).toEqual(["removed", "added", "same"]);
  });

  it("gives both texts back, for any two texts", () => {
    const text = fc.array(fc.constantFrom("a", "word", " ", "\n", "é", "人", "."), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [before, after] = [a.join(""), b.join("")];
        expect(join(before, after, "added")).toBe(before);
        expect(join(before, after, "removed")).toBe(after);
      }),
    );
  });
});
