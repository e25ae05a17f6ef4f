import type { TextFormat } from "../shared/textFormat";

const formats: Readonly<Record<string, TextFormat>> = {
  plaintext: "plain",
  log: "plain",
  markdown: "markdown",
  mdx: "markdown",
  quarto: "markdown",
  rmd: "markdown",
  "markdown-math": "markdown",
  chatagent: "markdown",
  prompt: "markdown",
  instructions: "markdown",
  skill: "markdown",
  latex: "latex",
  tex: "latex",
  bibtex: "latex",
  context: "latex",
  doctex: "latex",
  html: "html",
  xml: "html",
  vue: "html",
  svelte: "html",
  astro: "html",
  handlebars: "html",
  asciidoc: "asciidoc",
  restructuredtext: "restructuredtext",
  "git-commit": "commit",
  "git-rebase": "commit",
  scminput: "commit",
};

/** Languages that are prose or know no comments: what is selected is text. */
const prose = new Set(["csv", "tsv", "search-result", "typst", "org", "textile", "fountain"]);

/** What of a text in this language is prose. A language not known here is taken for code. */
export function textFormatOf(languageId: string): TextFormat {
  if (prose.has(languageId)) return "plain";
  return Object.hasOwn(formats, languageId) ? formats[languageId]! : "code";
}
