import type { CodeSyntax } from "./codeSyntax";

/** A comment or string in source code; offsets in UTF-16 units. */
export interface CodeSpan {
  readonly kind: "lineComment" | "blockComment" | "string";
  /** With its delimiters. */
  readonly start: number;
  readonly end: number;
  /** Without them. */
  readonly innerStart: number;
  readonly innerEnd: number;
  /** What opens it. */
  readonly open: string;
  /** Only blanks stand before it in its line, and after its end. */
  readonly ownLines: boolean;
}

/** All comments and strings, in order, not overlapping. What is not closed is not a span. */
export function codeSpans(text: string, syntax: CodeSyntax): CodeSpan[] {
  const spans: CodeSpan[] = [];
  // The longest first, so that """ is not read as an empty string, nor --[[ as a line comment.
  const openers = [
    ...syntax.block.map(([open, close]) => ({ kind: "blockComment" as const, open, close })),
    ...syntax.line.map((open) => ({ kind: "lineComment" as const, open, close: "\n" })),
    ...syntax.strings.map((open) => ({ kind: "string" as const, open, close: open })),
  ].sort((a, b) => b.open.length - a.open.length);
  let at = 0;
  while (at < text.length) {
    const opener = openers.find(({ open }) => text.startsWith(open, at));
    if (!opener) {
      at++;
      continue;
    }
    const innerStart = at + opener.open.length;
    const innerEnd = endOf(text, innerStart, opener);
    if (innerEnd === undefined) {
      at = innerStart;
      continue;
    }
    const end = opener.kind === "lineComment" ? innerEnd : innerEnd + opener.close.length;
    const ownLines =
      isBlank(text, lineStart(text, at), at) && isBlank(text, end, lineEnd(text, end));
    spans.push({
      kind: opener.kind,
      start: at,
      end,
      innerStart,
      innerEnd,
      open: opener.open,
      ownLines,
    });
    at = end;
  }
  return spans;
}

export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
}

/** Before the line's end, which may be CRLF. */
export function lineEnd(text: string, offset: number): number {
  const found = text.indexOf("\n", offset);
  const end = found < 0 ? text.length : found;
  return end > offset && text[end - 1] === "\r" ? end - 1 : end;
}

function endOf(
  text: string,
  from: number,
  { kind, close }: { kind: CodeSpan["kind"]; close: string },
): number | undefined {
  if (kind === "lineComment") return lineEnd(text, from);
  if (kind === "blockComment") {
    const end = text.indexOf(close, from);
    return end < 0 ? undefined : end;
  }
  const spansLines = close.length > 1 || close === "`";
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text.startsWith(close, at)) return at;
    else if (text[at] === "\n" && !spansLines) return undefined;
  }
  return undefined;
}

function isBlank(text: string, from: number, to: number): boolean {
  return text.slice(from, to).trim() === "";
}
