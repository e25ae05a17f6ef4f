import { paragraphsOf } from "./lineParagraphs";
import type { LineClass } from "./lineParagraphs";
import type { PassageRange } from "./passageText";
import type { TextLine } from "./textLines";

const lineComment = /^\s*(?:\/{2,}!?|#(?=\s|$)|--(?=\s)|;{1,3}(?=\s)|%{1,2}(?=\s))\s*/u;
const blockStart = /^\s*\/\*[*!]?\s*/u;
const blockMiddle = /^\s*(?:\*(?!\/)\s*)?/u;
const docstring = /^\s*[rRuUfF]?("""|''')/u;
const section =
  /^(?:Args|Arguments|Parameters|Params|Returns?|Yields?|Raises|Attributes|Examples?|Notes?|See Also|References|Warnings?|Todo|-{3,}|={3,})\s*:?$/u;
const fence = /^(?:```|~~~)/u;
const task = /^(?:TODO|FIXME|HACK|XXX|NOTE|WARNING|SAFETY|BUG)(?:\([^()]*\))?:?\s+/u;
const bullet = /^(?:[-*+•]|\d{1,3}[.)])\s+(?=\S)/u;
const tag = /^(?:@\w|\\\w|:\w+[^:]*:|<\/?\w)/u;
const notice =
  /copyright|\(c\)|©|SPDX-|licen[sc]ed? under|all rights reserved|eslint|prettier-ignore|@ts-|istanbul|c8 ignore|v8 ignore|noqa|pylint|mypy:|type:\s*ignore|nolint|rustfmt|clang-format|sourceMappingURL|coding[:=]|vim:|-\*-|#region|#endregion|pragma|^!/iu;
const codeLike =
  /[;{}]\s*$|^\s*(?:import|from\s+\S+\s+import|return|const|let|var|if\s*\(|for\s*\(|while\s*\(|def\s+\w+\(|class\s+\w+[:({]|function\s*\w*\(|\}|\{)|=>|::|\w+\(.*\)\s*$|^[\w.$[\]]+\s*[-+*/]?=\s*\S|^[$>]\s/u;

/**
 * Comments that fill their lines, paragraph by paragraph; everything else is verbatim: code, strings,
 * comments after code, tags such as "@param", notices, directives for tools, code in a comment.
 */
export function codeRanges(text: string): PassageRange[] {
  const state: State = { inBlock: false, docstring: null, fenced: false, tagged: false };
  return paragraphsOf(text, (line, index, lines): LineClass => {
    const comment = commentOf(line, state);
    if (comment === null) {
      state.fenced = false;
      state.tagged = false;
      return null;
    }
    const prose = line.content.slice(comment.skip, line.content.length - comment.drop).trim();
    if (fence.test(prose)) {
      state.fenced = !state.fenced;
      return null;
    }
    if (prose === "") state.tagged = false;
    else if (tag.test(prose) || section.test(prose)) state.tagged = true;
    // Four columns into a comment is code in most documentation formats.
    const nested = /^\s*(?:\/\/|\*|#) {5,}\S/u.test(line.content) && !isProse(lines[index - 1]);
    if (prose === "" || state.fenced || state.tagged || nested) return null;
    if (notice.test(prose) || codeLike.test(prose)) return null;
    const marker = task.exec(prose) ?? bullet.exec(prose);
    const markerLength = marker?.[0].length ?? 0;
    return {
      skip: comment.skip + markerLength,
      drop: comment.drop,
      fresh: marker !== null || !isProse(lines[index - 1]),
      role: "comment",
      continuation: comment.continuation + " ".repeat(bullet.test(prose) ? markerLength : 0),
    };
  });
}

function isProse(line: TextLine | undefined): boolean {
  return line !== undefined && /\p{L}/u.test(line.content);
}

interface Comment {
  readonly skip: number;
  readonly drop: number;
  readonly continuation: string;
}

interface State {
  inBlock: boolean;
  docstring: { readonly mark: string; readonly indent: number } | null;
  fenced: boolean;
  tagged: boolean;
}

function commentOf(line: TextLine, state: State): Comment | null {
  const content = line.content;
  const quoted = docstringOf(content, state);
  if (quoted !== undefined) return quoted;
  if (state.inBlock) {
    const close = content.indexOf("*/");
    if (close >= 0) state.inBlock = false;
    const skip = Math.min(
      blockMiddle.exec(content)?.[0].length ?? 0,
      close >= 0 ? close : content.length,
    );
    // Code after the end of a comment: leave the line alone.
    if (close >= 0 && content.slice(close + 2).trim() !== "") return null;
    const drop = close >= 0 ? content.length - close : 0;
    return { skip, drop, continuation: content.slice(0, skip) };
  }
  const open = blockStart.exec(content)?.[0];
  if (open !== undefined) {
    const close = content.indexOf("*/", open.trimEnd().length);
    if (close < 0) state.inBlock = true;
    else if (content.slice(close + 2).trim() !== "") return null;
    const drop = close >= 0 ? content.length - close : 0;
    const indent = /^\s*/u.exec(content)?.[0] ?? "";
    return {
      skip: Math.min(open.length, content.length - drop),
      drop,
      continuation: `${indent} * `,
    };
  }
  const mark = lineComment.exec(content)?.[0];
  if (mark === undefined) return null;
  return { skip: mark.length, drop: 0, continuation: mark };
}

/** A line of a docstring, `null` for one to leave alone in it, `undefined` outside of any. */
function docstringOf(content: string, state: State): Comment | null | undefined {
  const indent = /^\s*/u.exec(content)?.[0] ?? "";
  if (state.docstring === null) {
    const open = state.inBlock ? null : docstring.exec(content);
    const mark = open?.[1];
    if (open === null || mark === undefined) return undefined;
    const close = content.indexOf(mark, open[0].length);
    if (close < 0) {
      state.docstring = { mark, indent: indent.length };
      return { skip: open[0].length, drop: 0, continuation: indent };
    }
    if (content.slice(close + mark.length).trim() !== "") return null;
    return { skip: open[0].length, drop: content.length - close, continuation: indent };
  }
  const { mark, indent: outer } = state.docstring;
  const close = content.indexOf(mark);
  if (close >= 0) state.docstring = null;
  // Deeper lines are descriptions of parameters, examples and the like.
  if (indent.length > outer || (close >= 0 && content.slice(close + mark.length).trim() !== "")) {
    return null;
  }
  const drop = close >= 0 ? content.length - close : 0;
  return { skip: Math.min(indent.length, content.length - drop), drop, continuation: indent };
}
