import { paragraphsOf } from "./lineParagraphs";
import type { LineClass } from "./lineParagraphs";
import type { PassageRange } from "./passageText";
import { indentOf, isFilled } from "./plainPassages";
import type { TextLine } from "./textLines";

const bullet = /^\s*(?:[-*+•]|\d{1,3}[.)])\s+(?=\S)/u;
const conventional = /^(?:(?:fixup|squash|amend)! )*(?:[a-z]+(?:\([^()]*\))?!?: |\[[^\]]+\] )?/u;
const trailer =
  /^(?:[A-Z][A-Za-z]*(?:-[A-Za-z]+)*: \S|(?:BREAKING[ -]CHANGE): |(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|refs?):? #\d)/iu;
const knownTrailer =
  /^(?:Signed-off-by|Co-authored-by|Reviewed-by|Acked-by|Tested-by|Reported-by|Suggested-by|Helped-by|Cc|Change-Id|Fixes|Closes|Refs?|See-also|Link|Bug|Issue|Cherry-picked-from|Reverts?):/iu;
const scissors = /^# -+ >8 -+/u;

/**
 * The subject without its type ("fix(api): "), then the body's paragraphs and bullets. Comment lines,
 * trailers, indented lines (output, code) and everything below the scissors line are verbatim.
 */
export function commitRanges(text: string): PassageRange[] {
  let subjectSeen = false;
  let cut = false;
  return paragraphsOf(text, (line, index, lines): LineClass => {
    const content = line.content;
    if (scissors.test(content)) cut = true;
    if (cut || content.startsWith("#") || content.trim() === "") return null;
    if (!subjectSeen) {
      subjectSeen = true;
      const skip = conventional.exec(content)?.[0].length ?? 0;
      // A merge or a revert names what it takes; its subject is not prose.
      return /^(?:Merge|Revert) /u.test(content) ? null : { skip, role: "subject", fresh: true };
    }
    if (knownTrailer.test(content) || isTrailerBlock(lines, index)) return null;
    const marker = bullet.exec(content);
    if (marker !== null) return { skip: marker[0].length, fresh: true, role: "listItem" };
    const inItem = /^\s+\S/u.test(content) && index > 0 && !isBlank(lines[index - 1]);
    if (/^(?: {4}|\t)/u.test(content) && !inItem) return null;
    return { skip: indentOf(content), fresh: index > 0 && !isFilled(lines, index - 1) };
  });
}

function isBlank(line: TextLine | undefined): boolean {
  return line === undefined || line.content.trim() === "";
}

/** Whether a line is in a paragraph in which every line is a trailer or goes on with one. */
function isTrailerBlock(lines: readonly TextLine[], index: number): boolean {
  let first = index;
  while (!isBlank(lines[first - 1])) first--;
  for (let i = first; !isBlank(lines[i]); i++) {
    const content = lines[i]?.content ?? "";
    if (content.startsWith("#")) break;
    if (!trailer.test(content) && !(i > first && /^\s/u.test(content))) return false;
  }
  return true;
}
