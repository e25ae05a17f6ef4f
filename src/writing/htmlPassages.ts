import type { PassageRange } from "./passageText";
import { splitLines } from "./textLines";

const inline =
  /^(?:a|abbr|b|bdi|bdo|cite|code|data|del|dfn|em|i|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|time|u|var|wbr|img)$/iu;
const opaque = /^(?:script|style|pre|textarea|svg|math|template|noscript|title|head|code)$/iu;
// Comments, declarations, template tags and code of other languages, and tags with their attributes.
const token =
  /<!--[\s\S]*?(?:-->|$)|<[?%][\s\S]{0,5000}?[?%]>|<![^<>]*>|\{%[^%]{0,5000}%\}|<\/?([a-zA-Z][\w:-]*)(?:"[^"]{0,5000}"|'[^']{0,5000}'|[^'"<>])*>/gu;

/**
 * Runs of text and inline tags between block tags. A run whose inline tags do not pair up is
 * verbatim, and so is the content of scripts, styles and preformatted text.
 */
export function htmlRanges(text: string): PassageRange[] {
  const ranges: PassageRange[] = [];
  let runStart = 0;
  let hidden: string | null = null;
  let role: PassageRange["role"] = "paragraph";
  const close = (at: number) => {
    if (hidden === null) ranges.push(...rangeOf(text, runStart, at, role));
  };
  for (const match of text.matchAll(token)) {
    const name = match[1]?.toLowerCase();
    const isEnd = match[0].startsWith("</");
    const after = match.index + match[0].length;
    if (hidden !== null) {
      if (!isEnd || name !== hidden) continue;
      hidden = null;
      runStart = after;
      continue;
    }
    const isInline = name !== undefined && inline.test(name);
    if (isInline) continue;
    close(match.index);
    runStart = after;
    if (isEnd) role = "paragraph";
    else if (name !== undefined) {
      role = roleOf(name);
      if (opaque.test(name) && !match[0].endsWith("/>")) hidden = name;
    }
  }
  close(text.length);
  return ranges;
}

function roleOf(name: string): PassageRange["role"] {
  if (/^h[1-6]$/u.test(name)) return "heading";
  if (/^(?:li|dt|dd)$/u.test(name)) return "listItem";
  return name === "blockquote" ? "quote" : "paragraph";
}

function rangeOf(text: string, from: number, to: number, role: PassageRange["role"]) {
  const run = text.slice(from, to);
  if (!isPaired(run)) return [];
  const lines: { start: number; end: number }[] = [];
  const ranges: PassageRange[] = [];
  let indent = "";
  const close = () => {
    if (lines.length > 0) ranges.push({ role, lines: lines.splice(0), continuation: indent });
  };
  for (const line of splitLines(text, from, to)) {
    const lead = line.content.length - line.content.trimStart().length;
    const end = line.start + line.content.trimEnd().length;
    if (end > line.start + lead) {
      if (lines.length === 0) indent = line.start === from ? "" : line.content.slice(0, lead);
      lines.push({ start: line.start + lead, end });
    } else close();
  }
  close();
  return ranges.length > 1 && /<[a-zA-Z]/u.test(run) ? [] : ranges;
}

function isPaired(run: string): boolean {
  const open: string[] = [];
  for (const match of run.matchAll(token)) {
    const name = match[1]?.toLowerCase();
    if (name === undefined || /^(?:img|wbr)$/u.test(name) || match[0].endsWith("/>")) continue;
    if (!match[0].startsWith("</")) open.push(name);
    else if (open.pop() !== name) return false;
  }
  // A lone "<" or ">" may be half a tag that the selection cut.
  return open.length === 0 && !/[<>]/u.test(run.replace(token, ""));
}
