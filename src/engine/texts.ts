import { TonesteerError } from "../shared/errors";

/** More at once would take many minutes; a selection of this size is nearly always a slip. */
const longestText = 100_000;

/** The whole text with each passage's best, then with its next best ones. */
export function wholeTexts(pieces: readonly (readonly string[])[], alternatives: number): string[] {
  const most = Math.max(...pieces.map(({ length }) => length));
  const texts = new Set<string>();
  for (let n = 0; n < most && texts.size <= alternatives; n++) {
    texts.add(pieces.map((variants) => variants[Math.min(n, variants.length - 1)]!).join(""));
  }
  return [...texts];
}

/** @throws TonesteerError emptyText, textTooLong */
export function checkText(text: string): void {
  if (text.trim() === "") {
    throw new TonesteerError("emptyText", "There is no text to rewrite. Select some prose first.");
  }
  if (text.length > longestText) {
    throw new TonesteerError(
      "textTooLong",
      `The text has ${text.length} characters; at most ${longestText} can be rewritten at once. Select less.`,
    );
  }
}
