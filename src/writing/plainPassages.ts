import { isFilledLine, paragraphsOf } from "./lineParagraphs";
import type { LineClass } from "./lineParagraphs";
import type { PassageRange } from "./passageText";
import type { TextLine } from "./textLines";

const bullet = /^(\s*)(?:[-*+•‣◦–—]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+(?=\S)/u;
const quoted = /^\s*(?:>|\|\s)/u;
const attribution =
  /^\s*(?:On\s.{6,120}\s(?:wrote|writes):|.{2,80}\swrote:|Am\s.{6,120}\sschrieb.{0,80}:)\s*$/u;
const original = /^\s*(?:-{2,}\s*(?:Original Message|Forwarded message)\s*-{2,}|_{10,})\s*$/iu;
const header = /^(?:From|To|Cc|Bcc|Sent|Date|Subject|Reply-To|Message-ID|In-Reply-To):\s/u;
const rule = /^\s*(?:[-=_*~#+.]\s*){3,}$/u;
const narrowestFill = 40;
const widestFill = 130;

/**
 * Paragraphs between blank lines. A line that ends early ends its passage, so that addresses, verses
 * and lists without bullets keep their lines. Quoted replies, headers of mail and everything from
 * the signature mark ("-- ") or an original message on are verbatim.
 */
export function plainRanges(text: string): PassageRange[] {
  let ended = false;
  return paragraphsOf(text, (line, index, lines): LineClass => {
    const content = line.content;
    if (content === "-- " || original.test(content)) ended = true;
    if (ended || isVerbatim(content) || startsAttribution(lines, index)) return null;
    const marker = bullet.exec(content);
    if (marker !== null) return { skip: marker[0].length, fresh: true, role: "listItem" };
    const fresh = index > 0 && !isFilled(lines, index - 1);
    return { skip: indentOf(content), fresh };
  });
}

export function indentOf(content: string): number {
  return content.length - content.trimStart().length;
}

function isVerbatim(content: string): boolean {
  return (
    content.trim() === "" ||
    quoted.test(content) ||
    attribution.test(content) ||
    header.test(content) ||
    rule.test(content) ||
    // Columns set with spaces or tabs would be lost in a paragraph.
    /\S(?:\t+|\s{4,})\S/u.test(content)
  );
}

// Mail programs wrap "On ... wrote:" onto a second line.
function startsAttribution(lines: readonly TextLine[], index: number): boolean {
  const content = lines[index]?.content ?? "";
  const next = lines[index + 1]?.content ?? "";
  const previous = lines[index - 1]?.content ?? "";
  const joins = (a: string, b: string) => /^On\s/u.test(a) && attribution.test(`${a} ${b}`);
  return joins(content, next) || (joins(previous, content) && /wrote:\s*$/u.test(content));
}

/** Whether the line was broken by hand at the width of the lines around it. */
export function isFilled(lines: readonly TextLine[], index: number): boolean {
  const isText = (i: number) => (lines[i]?.content.trim() ?? "") !== "";
  let first = index;
  let last = index;
  while (isText(first - 1)) first--;
  while (isText(last + 1)) last++;
  const widths = lines.slice(first, last + 1).map((line) => line.content.trimEnd().length);
  const width = Math.max(...widths);
  if (width < narrowestFill || width > widestFill) return false;
  return isFilledLine(lines[index]?.content ?? "", lines[index + 1]?.content ?? "", width);
}
