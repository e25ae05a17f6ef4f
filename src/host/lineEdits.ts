import { diffLines } from "diff";

/** A stretch of a text, and what is put there instead. */
export interface LineEdit {
  /** In UTF-16 units from the text's start. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * The edits that turn one text into the other, whole lines at a time: what did not change is not
 * touched, so that cursors, folds and marks in it stay where they are.
 */
export function lineEdits(before: string, after: string): LineEdit[] {
  const edits: LineEdit[] = [];
  let at = 0;
  let open: { start: number; end: number; text: string } | undefined;
  for (const { value, added, removed } of diffLines(before, after)) {
    if (!added && !removed) {
      if (open) edits.push(open);
      open = undefined;
      at += value.length;
      continue;
    }
    open ??= { start: at, end: at, text: "" };
    if (added) open.text += value;
    else open.end = at += value.length;
  }
  if (open) edits.push(open);
  return edits;
}
