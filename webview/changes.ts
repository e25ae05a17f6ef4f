import { diffWordsWithSpace } from "diff";

export interface Stretch {
  readonly text: string;
  readonly changed: boolean;
}

/** The text after a rewrite, in stretches that were there before and stretches that were not. */
export function changedStretches(before: string, after: string): Stretch[] {
  // Two long texts with little in common are not worth comparing: then nothing is marked.
  const parts = diffWordsWithSpace(before, after, { timeout: 100 });
  if (!parts) return [{ text: after, changed: false }];
  return parts
    .filter((part) => !part.removed)
    .map((part) => ({ text: part.value, changed: part.added }));
}
