import { paragraphsOf } from "./lineParagraphs";
import type { LineClass } from "./lineParagraphs";
import type { PassageRange } from "./passageText";
import { isClosing } from "./proseTest";
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
  let itemIndent = 0;
  return paragraphsOf(text, (line, index, lines): LineClass => {
    const content = line.content;
    if (content === "-- " || original.test(content)) ended = true;
    if (ended || isVerbatim(content) || startsAttribution(lines, index) || isSigned(lines, index)) {
      return null;
    }
    const marker = bullet.exec(content);
    if (marker !== null) {
      itemIndent = marker[0].length;
      return { skip: itemIndent, fresh: true, role: "listItem" };
    }
    const indent = indentOf(content);
    if (itemIndent > 0 && indent === itemIndent) return { skip: indent };
    itemIndent = 0;
    return { skip: indent, fresh: index > 0 && !isFilled(lines, index - 1) };
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

// The lines right below "Best regards," are a name and what belongs to it.
function isSigned(lines: readonly TextLine[], index: number): boolean {
  for (let i = index - 1; i >= 0 && index - i <= 4; i--) {
    const content = lines[i]?.content ?? "";
    if (content.trim() === "") return false;
    if (isClosing(content)) return true;
  }
  return false;
}

// Mail programs wrap "On ... wrote:" onto a second line.
function startsAttribution(lines: readonly TextLine[], index: number): boolean {
  const content = lines[index]?.content ?? "";
  const next = lines[index + 1]?.content ?? "";
  const previous = lines[index - 1]?.content ?? "";
  const joins = (a: string, b: string) => /^On\s/u.test(a) && attribution.test(`${a} ${b}`);
  return joins(content, next) || (joins(previous, content) && /wrote:\s*$/u.test(content));
}

/**
 * Whether the break after a line was made to fill a width, as a writer or a mail program does, rather
 * than to end the line: the next line's first word would not have fitted in the widest line of the
 * paragraph. Lines of an address, a list or a poem end early.
 */
export function isFilled(lines: readonly TextLine[], index: number): boolean {
  const width = paragraphWidth(lines, index);
  if (width < narrowestFill || width > widestFill) return false;
  const word = /^\s*(\S*)/u.exec(lines[index + 1]?.content ?? "")?.[1] ?? "";
  return (lines[index]?.content ?? "").trimEnd().length + 1 + word.length > width;
}

const widths = new WeakMap<readonly TextLine[], Map<number, number>>();

// Found once a paragraph, which may be as long as the text.
function paragraphWidth(lines: readonly TextLine[], index: number): number {
  let known = widths.get(lines);
  if (known === undefined) widths.set(lines, (known = new Map<number, number>()));
  const found = known.get(index);
  if (found !== undefined) return found;
  const isText = (i: number) => (lines[i]?.content.trim() ?? "") !== "";
  if (!isText(index)) return 0;
  let first = index;
  let last = index;
  while (isText(first - 1)) first--;
  while (isText(last + 1)) last++;
  const all = lines.slice(first, last + 1).map((line) => line.content.trimEnd().length);
  const width = all.reduce((a, b) => Math.max(a, b), 0);
  for (let i = first; i <= last; i++) known.set(i, width);
  return width;
}
