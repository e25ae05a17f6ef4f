import { paragraphsOf } from "./lineParagraphs";
import type { LineClass } from "./lineParagraphs";
import type { PassageRange } from "./passageText";
import { proseOf } from "./passageText";
import { indentOf } from "./plainPassages";

// Environments whose content is prose; that of any other one is verbatim.
const proseEnvironments =
  /^(?:document|abstract|itemize|enumerate|description|quote|quotation|center|flushleft|flushright|theorem|lemma|proof|definition|remark|example|corollary|proposition|frame|minipage|titlepage|acknowledg\w*)\*?$/u;
const begin = /\\begin\{([^{}]+)\}/gu;
const end = /\\end\{([^{}]+)\}/gu;
const item = /^\s*\\item(?:\s*\[[^\]]*\])?\s+(?=\S)/u;
const comment = /(?<!\\)%/u;
// A line of prose may begin with one of these commands; with any other it is a line of commands.
const inlineCommand =
  /^\s*\\(?:emph|textbf|textit|texttt|textsc|underline|cite\w*|parencite|textcite|autocite|ref|cref|Cref|autoref|eqref|footnote|href|url|enquote|LaTeX|TeX|ldots|dots|\W)/u;

/**
 * Paragraphs of the document's body. The preamble, commands on lines of their own, comments,
 * mathematics set off from the text and environments that hold no prose are verbatim.
 */
export function latexRanges(text: string): PassageRange[] {
  let inPreamble = /\\documentclass/u.test(text) && /\\begin\{document\}/u.test(text);
  const closed: string[] = [];
  let display: string | null = null;
  const ranges = paragraphsOf(text, (line): LineClass => {
    const content = line.content;
    if (inPreamble) {
      if (content.includes("\\begin{document}")) inPreamble = false;
      return null;
    }
    if (display !== null) {
      if (content.includes(display)) display = null;
      return null;
    }
    const wasClosed = closed.length > 0;
    for (const [, name = ""] of content.matchAll(begin)) {
      if (!proseEnvironments.test(name)) closed.push(name);
    }
    for (const [, name = ""] of content.matchAll(end)) {
      const at = closed.lastIndexOf(name);
      if (at >= 0) closed.splice(at);
    }
    if (wasClosed || closed.length > 0 || /\\(?:begin|end)\{/u.test(content)) return null;
    const opened = /^\s*(?:\$\$|\\\[)/u.exec(content)?.[0].trim();
    if (opened !== undefined) {
      const closer = opened === "$$" ? "$$" : "\\]";
      if (!content.slice(content.indexOf(opened) + 2).includes(closer)) display = closer;
      return null;
    }
    if (content.trim() === "" || comment.test(content)) return null;
    const marker = item.exec(content);
    if (marker !== null) return { skip: marker[0].length, fresh: true, role: "listItem" };
    if (/^\s*\\/u.test(content) && !inlineCommand.test(content)) return null;
    return { skip: indentOf(content), continuation: content.slice(0, indentOf(content)) };
  });
  return ranges.filter((range) => isWhole(proseOf(text, range.lines)));
}

// A command or a formula that goes on outside the passage must not be torn.
function isWhole(prose: string): boolean {
  const plain = prose.replace(/\\./gu, "");
  const count = (mark: string) => plain.split(mark).length - 1;
  return count("{") === count("}") && count("$") % 2 === 0 && !/\\\\|\\\[|\$\$|&/u.test(prose);
}
