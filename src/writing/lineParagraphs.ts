import type { PassageRange, PassageRole } from "./passageText";
import { splitLines } from "./textLines";
import type { TextLine } from "./textLines";

/** What a line is to its format: `null` is verbatim, and parts the paragraphs around it. */
export type LineClass = null | {
  /** UTF-16 units before the prose of the line: indentation, a bullet, a comment mark. */
  readonly skip: number;
  /** UTF-16 units after the prose of the line, such as a closing comment mark. */
  readonly drop?: number;
  /** Whether the line begins a passage even right after another line of prose. */
  readonly fresh?: boolean;
  readonly role?: PassageRole;
  /** What stands before the prose of a line added after this one; the default aligns with it. */
  readonly continuation?: string;
};

/** Gathers the lines of a text into passages, as `classify` says, called once a line in order. */
export function paragraphsOf(
  text: string,
  classify: (line: TextLine, index: number, lines: readonly TextLine[]) => LineClass,
): PassageRange[] {
  const ranges: PassageRange[] = [];
  let open: {
    role: PassageRole;
    lines: { start: number; end: number }[];
    continuation: string;
  } | null = null;
  const close = () => {
    if (open !== null) ranges.push(open);
    open = null;
  };
  const lines = splitLines(text);
  for (const [index, line] of lines.entries()) {
    const found = classify(line, index, lines);
    const prose = found === null ? null : proseIn(text, line, found.skip, found.drop ?? 0);
    if (found === null || prose === null) {
      close();
      continue;
    }
    if (found.fresh === true || open === null) {
      close();
      const before = text.slice(line.start, prose.start);
      open = {
        role: found.role ?? "paragraph",
        lines: [],
        continuation: found.continuation ?? blank(before),
      };
    }
    open.lines.push(prose);
  }
  close();
  return ranges;
}

/** White space as wide as a prefix. */
export function blank(prefix: string): string {
  return prefix.replace(/[^\t]/gu, " ");
}

function proseIn(text: string, line: TextLine, skip: number, drop: number) {
  let start = line.start + skip;
  let end = line.end - drop;
  while (start < end && /\s/u.test(text.charAt(start))) start++;
  while (end > start && /\s/u.test(text.charAt(end - 1))) end--;
  return start < end ? { start, end } : null;
}
