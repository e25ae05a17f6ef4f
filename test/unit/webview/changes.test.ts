import fc from "fast-check";
import { expect, test } from "vitest";
import { changedStretches } from "../../../webview/changes";

test("the stretches are the text after, whatever it is", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: "grapheme" }),
      (before, after) => {
        const joined = changedStretches(before, after).map(({ text }) => text);
        expect(joined.join("")).toBe(after);
      },
    ),
  );
});

test("only words that were not there are marked", () => {
  const stretches = changedStretches("Send the form by 3 May.", "Please send the form by 3 May.");
  const marked = stretches.filter(({ changed }) => changed).map(({ text }) => text.trim());
  expect(marked.join(" ")).toBe("Please send");
});

test("a text that stayed has no mark", () => {
  expect(changedStretches("As it was.\n", "As it was.\n")).toEqual([
    { text: "As it was.\n", changed: false },
  ]);
});
