/** A line of a text: `text.slice(start, end)` is its content, `text.slice(end, next)` its line end. */
export interface TextLine {
  readonly start: number;
  readonly end: number;
  readonly next: number;
  readonly content: string;
}

const lineEnd = /\r\n|\n|\r/g;

/** Lines of `text` from `from` to `to`; a text that ends in a line end has no empty line after it. */
export function splitLines(text: string, from = 0, to = text.length): TextLine[] {
  const lines: TextLine[] = [];
  let start = from;
  const finder = new RegExp(lineEnd);
  finder.lastIndex = from;
  while (start < to) {
    const match = finder.exec(text);
    const end = match === null ? to : Math.min(match.index, to);
    const next = match === null ? to : Math.min(match.index + match[0].length, to);
    lines.push({ start, end, next, content: text.slice(start, end) });
    start = next;
  }
  return lines;
}

/** The line end used most in a text; "\n" when it has none. */
export function mainLineEnd(text: string): string {
  const counts = new Map<string, number>();
  for (const [end] of text.matchAll(lineEnd)) counts.set(end, (counts.get(end) ?? 0) + 1);
  let best = "\n";
  for (const [end, count] of counts) if (count > (counts.get(best) ?? 0)) best = end;
  return best;
}

// Wide characters of East Asian scripts and emoji fill two columns of an editor.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Columns that a text fills, tab stops every 4 columns. */
export function columnsOf(text: string, from = 0): number {
  let column = from;
  for (const character of text) {
    if (character === "\t") column += 4 - (column % 4);
    else column += wide.test(character) ? 2 : 1;
  }
  return column - from;
}

/** Offset at which the line of an offset begins. */
export function lineStart(text: string, at: number): number {
  let start = at;
  while (start > 0 && text[start - 1] !== "\n" && text[start - 1] !== "\r") start--;
  return start;
}
