import { paragraphsOf } from "./lineParagraphs";
import type { LineClass } from "./lineParagraphs";
import type { PassageRange } from "./passageText";
import { indentOf } from "./plainPassages";
import type { TextLine } from "./textLines";

const adornment = /^([!-/:-@[-`{-~])\1{2,}\s*$/u;
const table = /^\s*(?:\+[-=+]+\+|={2,}(?:\s+={2,})+|\|.*)\s*$/u;
const marker = /^\s*(?:[-*+•]|\(?(?:\d{1,3}|#|[a-zA-Z])[.)])\s+(?=\S)/u;
const verbatimLine = /^\s*(?:\.\.(?:\s|$)|:[^:\s][^:]*:(?:\s|$)|>>>|\.\.\.\s|__\s|\|\s)/u;
const unsafeStart = /^(?:[-*+|=~^.>:_"'`#]|\(?(?:\d+|#|[a-zA-Z])[.)]$)/u;

/**
 * Paragraphs and list items. Titles (their adornment has their length), directives and comments with
 * all that is indented below them, literal blocks, field lists, tables and doctests are verbatim.
 */
export function restructuredTextRanges(text: string): PassageRange[] {
  // Lines indented deeper than this belong to a directive, a comment or a literal block.
  let bodyOf: number | null = null;
  let itemIndent = 0;
  let inTable = false;
  const ranges = paragraphsOf(text, (line, index, lines): LineClass => {
    const content = line.content;
    const indent = indentOf(content);
    const previous = lines[index - 1];
    const next = lines[index + 1];
    if (content.trim() === "") {
      inTable = false;
      if (previous !== undefined && endsInLiteralMark(previous))
        bodyOf = indentOf(previous.content);
      return null;
    }
    if (bodyOf !== null && indent > bodyOf) return null;
    bodyOf = null;
    if (table.test(content)) inTable = true;
    if (inTable) return null;
    if (verbatimLine.test(content)) {
      bodyOf = indent;
      return null;
    }
    const underlined = next !== undefined && adornment.test(next.content) && indent === 0;
    if (adornment.test(content) || underlined) return null;
    // The mark of the literal block below is not prose.
    const drop = /(?<!\s)\s*::\s*$/u.exec(content)?.[0].length ?? 0;
    const found = marker.exec(content);
    if (found !== null) {
      itemIndent = found[0].length;
      return { skip: itemIndent, drop, fresh: true, role: "listItem" };
    }
    // The term of a definition list stands right above its deeper indented definition.
    const isTerm =
      next !== undefined && next.content.trim() !== "" && indentOf(next.content) > indent;
    if (isTerm && isBlank(previous)) return null;
    const fresh =
      previous !== undefined && indentOf(previous.content) !== indent && indent !== itemIndent;
    return { skip: indent, drop, fresh, continuation: content.slice(0, indent) };
  });
  return ranges.map((range) => ({ ...range, unsafeStart }));
}

function endsInLiteralMark(line: TextLine): boolean {
  return /::\s*$/u.test(line.content);
}

function isBlank(line: TextLine | undefined): boolean {
  return line === undefined || line.content.trim() === "";
}
