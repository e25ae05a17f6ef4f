import { sentenceEnd, splitSentences } from "./sentences";
import { columnsOf, lineStart } from "./textLines";
import { wrapProse } from "./wrap";

export type PassageRole = "paragraph" | "heading" | "listItem" | "quote" | "comment" | "subject";

/** A stretch of a text: copied as it is, or a passage that may be rewritten. */
export type Piece = VerbatimPiece | PassagePiece;

export interface VerbatimPiece {
  readonly kind: "verbatim";
  readonly text: string;
}

export interface PassagePiece {
  readonly kind: "passage";
  readonly role: PassageRole;
  /** The stretch of the source, from the first to the last character of the prose. */
  readonly text: string;
  /** Offset of the stretch in the source, in UTF-16 units. */
  readonly start: number;
  /** What the model reads: one line, without indentation, quote marks and comment marks. */
  readonly prose: string;
  /** The stretch with other prose in it; for the unchanged prose it is `text`, byte for byte. */
  assemble(newProse: string): string;
}

/** A passage as a splitter finds it. */
export interface PassageRange {
  readonly role: PassageRole;
  /** One for each line of the source: where its prose begins and ends. Never empty. */
  readonly lines: readonly ProseLine[];
  /** What stands before the prose of a line that a rewrite adds to a passage of one line. */
  readonly continuation: string;
  /** Words that would be read as markup at the start of a line; wrapping keeps them off it. */
  readonly unsafeStart?: RegExp;
}

export interface ProseLine {
  readonly start: number;
  readonly end: number;
}

interface Layout {
  readonly lineEnd: string;
  /** Width in columns at which the document is wrapped by hand; infinite if it is not. */
  readonly documentWidth: number;
}

// Wider lines are not the work of somebody who breaks lines by hand.
const widestHandWrap = 130;

/** The text as passages and verbatim stretches; joining their texts gives it back, byte for byte. */
export function makePieces(
  text: string,
  ranges: readonly PassageRange[],
  lineEnd: string,
): Piece[] {
  const layout = { lineEnd, documentWidth: documentWidthOf(text, ranges) };
  const pieces: Piece[] = [];
  let at = 0;
  for (const range of ranges) {
    const start = range.lines[0]?.start ?? 0;
    const end = range.lines.at(-1)?.end ?? 0;
    if (start < at || end <= start) continue;
    if (start > at) pieces.push({ kind: "verbatim", text: text.slice(at, start) });
    pieces.push(makePassage(text, range, layout));
    at = end;
  }
  if (at < text.length) pieces.push({ kind: "verbatim", text: text.slice(at) });
  return pieces;
}

/** The lines of a passage joined as the model reads them. */
export function proseOf(text: string, lines: readonly ProseLine[]): string {
  return lines
    .map((line) => text.slice(line.start, line.end).trim())
    .filter((line) => line !== "")
    .join(" ");
}

function makePassage(text: string, range: PassageRange, layout: Layout): PassagePiece {
  const start = range.lines[0]?.start ?? 0;
  const stretch = text.slice(start, range.lines.at(-1)?.end);
  const prose = proseOf(text, range.lines);
  return {
    kind: "passage",
    role: range.role,
    text: stretch,
    start,
    prose,
    assemble: (newProse) => (newProse === prose ? stretch : layOut(newProse, text, range, layout)),
  };
}

function layOut(newProse: string, text: string, range: PassageRange, layout: Layout): string {
  const prose = newProse.trim().replace(/\s*[\r\n]+\s*/gu, " ");
  const [first, second] = range.lines;
  if (first === undefined) return prose;
  const firstColumn = columnsOf(text.slice(lineStart(text, first.start), first.start));
  if (second === undefined) {
    const width = layout.documentWidth;
    // A line longer than the document's width was left so on purpose.
    if (isOneLine(range) || widthOf(text, range) > width) return prose;
    const lines = wrapProse(prose, width, firstColumn, range.continuation, range.unsafeStart);
    return lines.join(layout.lineEnd + range.continuation);
  }
  const prefix = text.slice(lineStart(text, second.start), second.start);
  const lineEnd = /\r\n|\n|\r/u.exec(text.slice(first.end, second.start))?.[0] ?? layout.lineEnd;
  const lines = isSentenceALine(text, range)
    ? splitSentences(prose).map((sentence) => sentence.text)
    : wrapProse(prose, widthOf(text, range), firstColumn, prefix, range.unsafeStart);
  return lines.join(lineEnd + prefix);
}

// A heading ends with its line, and so does the subject of a commit.
function isOneLine(range: PassageRange): boolean {
  return range.role === "heading" || range.role === "subject";
}

/** Columns of the widest line of a passage, with what stands before it. */
function widthOf(text: string, range: PassageRange): number {
  const widths = range.lines.map((line) =>
    columnsOf(text.slice(lineStart(text, line.start), line.end).trimEnd()),
  );
  return widths.reduce((a, b) => Math.max(a, b), 0);
}

// "Semantic line breaks": a passage of one sentence a line keeps that form.
function isSentenceALine(text: string, range: PassageRange): boolean {
  const width = widthOf(text, range);
  let early = false;
  for (const [i, line] of range.lines.slice(0, -1).entries()) {
    if (!sentenceEnd.test(text.slice(line.start, line.end))) return false;
    const next = range.lines[i + 1] ?? line;
    const nextWord = /^\S*/u.exec(text.slice(next.start, next.end))?.[0] ?? "";
    const columns = columnsOf(text.slice(lineStart(text, line.start), line.end).trimEnd());
    if (columns + 1 + columnsOf(nextWord) <= width) early = true;
  }
  return early || width > widestHandWrap;
}

function documentWidthOf(text: string, ranges: readonly PassageRange[]): number {
  const widths = ranges
    .filter((range) => range.lines.length > 1 && !isSentenceALine(text, range))
    .map((range) => widthOf(text, range));
  const widest = widths.reduce((a, b) => Math.max(a, b), 0);
  return widest === 0 || widest > widestHandWrap ? Number.POSITIVE_INFINITY : widest;
}
