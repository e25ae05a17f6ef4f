import { codeSpans, lineEnd, lineStart } from "./codeSpans";
import type { CodeSpan } from "./codeSpans";
import { codeSyntaxOf } from "./codeSyntax";
import type { Place } from "./place";

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/**
 * What of the selections in source code is prose: comments, and strings that read like text. An empty
 * selection stands for the comment or string that the cursor is in. Never a character of code.
 */
export function codePlaces(
  text: string,
  languageId: string,
  selections: readonly Stretch[],
): Place[] {
  const spans = codeSpans(text, codeSyntaxOf(languageId));
  const places = selections.flatMap((selection) =>
    selection.start === selection.end
      ? placesIn(text, spans, aroundCursor(text, spans, selection.start))
      : placesIn(text, spans, selection),
  );
  places.sort((a, b) => a.offset - b.offset);
  return places.filter(({ offset }, index) => index === 0 || offset >= endOf(places[index - 1]!));
}

function placesIn(text: string, spans: readonly CodeSpan[], selection: Stretch): Place[] {
  const places: Place[] = [];
  let block: Stretch | undefined;
  const flush = () => {
    if (block)
      places.push({
        offset: block.start,
        text: text.slice(block.start, block.end),
        format: "code",
      });
    block = undefined;
  };
  for (const span of spans) {
    if (span.end <= selection.start || span.start >= selection.end) continue;
    const isWithin = selection.start >= span.innerStart && selection.end <= span.innerEnd;
    const inner = text.slice(
      Math.max(span.innerStart, selection.start),
      Math.min(span.innerEnd, selection.end),
    );
    const isPart = isWithin && !inner.includes("\n");
    if (span.kind !== "string" && span.ownLines && !isPart) {
      // Comments that fill their lines go to the engine as they are: it knows their marks.
      const lines = { start: lineStart(text, span.start), end: lineEnd(text, span.end) };
      const adjoins: boolean =
        block !== undefined && text.slice(block.end, lines.start).trim() === "";
      if (block && adjoins) block = { start: block.start, end: lines.end };
      else {
        flush();
        block = lines;
      }
      continue;
    }
    flush();
    const place =
      span.kind === "string" ? stringPlace(text, span, selection) : remark(text, span, selection);
    if (place) places.push(place);
  }
  flush();
  return places;
}

/** A comment behind code, or a part of one: one line that has to stay one. */
function remark(text: string, span: CodeSpan, selection: Stretch): Place | undefined {
  const stretch = within(text, span, selection);
  const inner = text.slice(stretch.start, stretch.end);
  if (!isProse(inner) || inner.includes("\n")) return undefined;
  const isClosing = (rewritten: string) =>
    span.kind === "blockComment" && /\*\/|-\}|\]\]|#>/u.test(rewritten);
  return {
    offset: stretch.start,
    text: inner,
    format: "plain",
    fit: (rewritten) => (/[\r\n]/u.test(rewritten) || isClosing(rewritten) ? undefined : rewritten),
  };
}

function stringPlace(text: string, span: CodeSpan, selection: Stretch): Place | undefined {
  const stretch = within(text, span, selection);
  const inner = text.slice(stretch.start, stretch.end);
  // Escapes and interpolations mean something to the compiler that the model does not know of.
  if (!isProse(inner) || /\\|\$\{|#\{|\{\{/u.test(inner)) return undefined;
  const spansLines = span.open.length > 1 || span.open === "`";
  return {
    offset: stretch.start,
    text: inner,
    format: "plain",
    fit(rewritten) {
      if (/\\|\$\{|#\{/u.test(rewritten) || (!spansLines && /[\r\n]/u.test(rewritten)))
        return undefined;
      if (span.open.length > 1) return rewritten.includes(span.open) ? undefined : rewritten;
      return rewritten.replaceAll(span.open, `\\${span.open}`);
    },
  };
}

/** The selected inside of a span, without the blanks at its ends. */
function within(text: string, span: CodeSpan, selection: Stretch): Stretch {
  const start = Math.max(span.innerStart, selection.start);
  const end = Math.min(span.innerEnd, selection.end);
  const inner = text.slice(start, end);
  const blank = inner.length - inner.trimStart().length;
  return { start: start + blank, end: start + blank + inner.trim().length };
}

/** The string that a cursor is in, or the comment with those of the lines above and below. */
function aroundCursor(text: string, spans: readonly CodeSpan[], cursor: number): Stretch {
  const at = spans.findIndex(
    ({ start, end, ownLines }) =>
      (ownLines ? lineStart(text, start) : start) <= cursor && cursor <= end,
  );
  const span = spans[at];
  if (!span) return { start: cursor, end: cursor };
  if (span.kind === "string" || !span.ownLines) return { start: span.start, end: span.end };
  const joins = (a: CodeSpan | undefined, b: CodeSpan | undefined) =>
    a?.kind === span.kind &&
    b?.kind === span.kind &&
    a.ownLines &&
    b.ownLines &&
    /^\r?\n[ \t]*$/u.test(text.slice(a.end, b.start));
  let first = at;
  let last = at;
  if (span.kind === "lineComment") {
    while (joins(spans[first - 1], spans[first])) first--;
    while (joins(spans[last], spans[last + 1])) last++;
  }
  return { start: spans[first]!.start, end: spans[last]!.end };
}

/** Identifiers, paths, formats and messages of a word or two are left alone. */
function isProse(text: string): boolean {
  const words = text
    .trim()
    .split(/\s+/u)
    .filter((word) => /^[("'“‘]*\p{L}[\p{L}’'-]*[)"'”’.,;:!?]*$/u.test(word));
  return words.length >= 3 && words.length >= text.trim().split(/\s+/u).length / 2;
}

function endOf({ offset, text }: Place): number {
  return offset + text.length;
}
