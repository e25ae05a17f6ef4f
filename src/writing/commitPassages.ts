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
  let itemIndent = 0;
  let trailers: Set<number> | null = null;
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
    trailers ??= trailersIn(lines);
    if (knownTrailer.test(content) || trailers.has(index)) return null;
    const marker = bullet.exec(content);
    if (marker !== null) {
      itemIndent = marker[0].length;
      return { skip: itemIndent, fresh: true, role: "listItem" };
    }
    const indent = indentOf(content);
    const inItem = itemIndent > 0 && indent === itemIndent;
    if (inItem && !isBlank(lines[index - 1])) return { skip: indent };
    itemIndent = 0;
    if (/^(?: {4}|\t)/u.test(content)) return null;
    return { skip: indent, fresh: index > 0 && !isFilled(lines, index - 1) };
  });
}

function isBlank(line: TextLine | undefined): boolean {
  return line === undefined || line.content.trim() === "";
}

/** The lines of paragraphs in which every line is a trailer or goes on with one. */
function trailersIn(lines: readonly TextLine[]): Set<number> {
  const trailers = new Set<number>();
  for (let first = 0; first < lines.length; first++) {
    let next = first;
    let all = true;
    for (; !isBlank(lines[next]) && !lines[next]?.content.startsWith("#"); next++) {
      const content = lines[next]?.content ?? "";
      const goesOn = next > first && /^\s/u.test(content);
      if (!trailer.test(content) && !goesOn) all = false;
    }
    if (all) for (let i = first; i < next; i++) trailers.add(i);
    first = next;
  }
  return trailers;
}
