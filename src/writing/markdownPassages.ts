import type { Nodes, Parents, PhrasingContent } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { frontmatterFromMarkdown } from "mdast-util-frontmatter";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { mathFromMarkdown } from "mdast-util-math";
import { frontmatter } from "micromark-extension-frontmatter";
import { gfm } from "micromark-extension-gfm";
import { math } from "micromark-extension-math";
import type { PassageRange, PassageRole } from "./passageText";
import { lineStart, splitLines } from "./textLines";

// Lines that are prose to a Markdown parser and something else to the tools built on it: alerts,
// containers, template tags, attribute lists, tables of contents.
const directive =
  /^(?:\[![A-Za-z]+\][-+]?.*|:::.*|!!!.*|\?\?\?.*|\{%.*%\}|\{\{[<%].*[>%]\}\}|\{:.*\}|\[\[?_?toc_?\]?\]|\[TOC\]|={3,}|<!--.*-->)\s*$/iu;
// At the start of a line these would begin a list, a heading, a quote, a table, a rule or a fence.
const unsafeStart = /^(?:[-+*=#>|~]|`{3}|\d+[.)]$|:|<|\$\$|\[)/u;

interface Block {
  readonly node: Extract<Nodes, { type: "paragraph" | "heading" }>;
  readonly quotes: number;
  readonly role: PassageRole;
}

/**
 * Paragraphs and headings of CommonMark with GitHub's extensions, front matter and mathematics,
 * wherever they stand (list items, quotes, footnotes). A hard line break parts a paragraph in two.
 */
export function markdownRanges(text: string): PassageRange[] {
  // The parser drops a byte order mark and counts offsets without it.
  const shift = text.startsWith("\ufeff") ? 1 : 0;
  const tree = fromMarkdown(text.slice(shift), {
    extensions: [gfm(), frontmatter(["yaml", "toml"]), math()],
    mdastExtensions: [
      gfmFromMarkdown(),
      frontmatterFromMarkdown(["yaml", "toml"]),
      mathFromMarkdown(),
    ],
  });
  const blocks: Block[] = [];
  collect(tree, 0, "paragraph", blocks);
  return blocks.flatMap((block) => rangesOfBlock(text, block, shift));
}

function collect(parent: Parents, quotes: number, role: PassageRole, blocks: Block[]): void {
  for (const node of parent.children) {
    if (node.type === "paragraph") blocks.push({ node, quotes, role });
    else if (node.type === "heading") blocks.push({ node, quotes, role: "heading" });
    else if (node.type === "blockquote") collect(node, quotes + 1, "quote", blocks);
    else if (node.type === "listItem") collect(node, quotes, "listItem", blocks);
    else if (node.type === "list" || node.type === "footnoteDefinition") {
      collect(node, quotes, role, blocks);
    }
  }
}

function rangesOfBlock(text: string, block: Block, shift: number): PassageRange[] {
  const children = block.node.children;
  const start = offsetOf(children[0]?.position?.start.offset, shift);
  const end = offsetOf(children.at(-1)?.position?.end.offset, shift);
  if (start === null || end === null || hasNestedBreak(children)) return [];
  const breaks = children
    .filter((child) => child.type === "break")
    .map((child) => offsetOf(child.position?.start.offset, shift) ?? 0);

  const prefix = new RegExp(`^[ \\t]*(?:>[ \\t]*){0,${block.quotes}}`, "u");
  const continuation = continuationOf(text, start, block);
  const ranges: PassageRange[] = [];
  let lines: { start: number; end: number }[] = [];
  const close = () => {
    if (lines.length > 0) ranges.push({ role: block.role, lines, continuation, unsafeStart });
    lines = [];
  };
  for (const line of splitLines(text, start, end)) {
    const skip = line.start === start ? 0 : (prefix.exec(line.content)?.[0].length ?? 0);
    const hardBreak = breaks.find((at) => at >= line.start && at <= line.end);
    const prose = trimmed(text, line.start + skip, hardBreak ?? line.end);
    if (prose === null || directive.test(text.slice(prose.start, prose.end))) {
      close();
      continue;
    }
    const attributes =
      /(?<!\s)\s*\{[#.][^{}]*\}$/u.exec(text.slice(prose.start, prose.end))?.[0] ?? "";
    if (block.role === "heading") prose.end -= attributes.length;
    if (prose.end > prose.start) lines.push(prose);
    if (hardBreak !== undefined) close();
  }
  close();
  return ranges;
}

function offsetOf(offset: number | undefined, shift: number): number | null {
  return offset === undefined ? null : offset + shift;
}

// A hard break inside emphasis cannot part the paragraph without parting the emphasis.
function hasNestedBreak(children: readonly PhrasingContent[]): boolean {
  return children.some(
    (child) =>
      "children" in child &&
      child.children.some((inner) => inner.type === "break" || hasNestedBreak([inner])),
  );
}

// A line added to a list item or a footnote is indented as far as its text; quote marks are repeated.
function continuationOf(text: string, start: number, block: Block): string {
  const before = text.slice(lineStart(text, start), start).replace("\ufeff", "");
  const withoutBox = before.replace(/\[[ xX]\]\s+$/u, "");
  let quotes = 0;
  return withoutBox.replace(/[^\t]/gu, (mark) =>
    mark === ">" && quotes++ < block.quotes ? ">" : " ",
  );
}

function trimmed(text: string, from: number, to: number): { start: number; end: number } | null {
  let [start, end] = [from, to];
  while (start < end && /\s/u.test(text.charAt(start))) start++;
  while (end > start && /\s/u.test(text.charAt(end - 1))) end--;
  return start < end ? { start, end } : null;
}
