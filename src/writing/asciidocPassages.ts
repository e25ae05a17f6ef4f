import { paragraphsOf } from "./lineParagraphs";
import type { LineClass } from "./lineParagraphs";
import type { PassageRange } from "./passageText";
import { indentOf } from "./plainPassages";

const closedDelimiter = /^(?:-{4,}|\.{4,}|\+{4,}|\/{4,}|\|={3,}|[,:!]={3,}|`{3}\S*)\s*$/u;
const openDelimiter = /^(?:={4,}|\*{4,}|_{4,}|--|~{4,})\s*$/u;
const verbatimLine =
  /^(?:=+\s|#+\s|:!?[\w-]+!?:|\/\/|\[.*\]\s*$|\.[^\s.]|[\w-]+::\S*\[.*\]\s*$|\+\s*$|'{3}|<{3}|\|)/u;
const marker =
  /^\s*(?:(?:[-*]+|\.{1,5}|\d+\.|[a-z]\.)\s+(?:\[[ xX*]\]\s+)?|<(?:\d+|\.)>\s+|[^:\s][^:]*:{2,4}\s+|(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION):\s+)(?=\S)/u;
const unsafeStart = /^(?:[-*.=+|_`:/'<[]|\d+\.$)/u;

/**
 * Paragraphs, list items and admonitions. Attributes, titles, macros on lines of their own, listings,
 * literals (indented ones too), tables, comments and passthroughs are verbatim.
 */
export function asciidocRanges(text: string): PassageRange[] {
  let closer: string | null = null;
  let inParagraph = false;
  const ranges = paragraphsOf(text, (line): LineClass => {
    const content = line.content.trimEnd();
    const result = ((): LineClass => {
      if (closer !== null) {
        if (content === closer) closer = null;
        return null;
      }
      if (closedDelimiter.test(content)) {
        closer = content.startsWith("```") ? "```" : content;
        return null;
      }
      if (content === "" || openDelimiter.test(content) || verbatimLine.test(content)) return null;
      const found = marker.exec(content);
      if (found !== null)
        return { skip: found[0].length, fresh: true, role: "listItem", continuation: "" };
      if (/^\s/u.test(content) && !inParagraph) return null;
      // A hard line break (" +") holds a paragraph together that a rewrite would join.
      if (/\s\+$/u.test(content)) return null;
      return { skip: indentOf(content), continuation: "" };
    })();
    inParagraph = result !== null;
    return result;
  });
  return ranges.map((range) => ({ ...range, unsafeStart }));
}
