const codeSpan = /(`+)(?!`)[^\n]*?[^`\n]\1(?!`)/gu;
const bracketPairs: ReadonlyArray<readonly [string, string]> = [
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
];
const emphases: ReadonlyArray<readonly [string, RegExp]> = [
  ["**", /\*\*(?=\S)(?:[^*]|\*(?!\*))+?(?<=\S)\*\*/gu],
  ["*", /(?<![*\w])\*(?=[^\s*])[^*\n]*?[^\s*]\*(?![*\w])/gu],
  ["__", /(?<!\w)__(?=\S)[^_\n]+?(?<=\S)__(?!\w)/gu],
  ["_", /(?<![\w_])_(?=[^\s_])[^_\n]*?[^\s_]_(?![\w_])/gu],
  ["~~", /~~(?=\S)[^~\n]+?(?<=\S)~~/gu],
];
// Marks at the start of a line that make it another kind of block.
const block = /^\s{0,3}(?:#{1,6}\s|[-*+]\s|\d{1,3}[.)]\s|>|`{3}|~{3}|\|)/u;

function count(text: string, mark: string): number {
  return text.split(mark).length - 1;
}

/**
 * What is wrong with a candidate's markup, or "": marks that do not pair up where the source's do,
 * emphasis lost or added, blocks (lists, headings, fences) and paragraphs that the source lacks.
 */
export function markupFault(source: string, candidate: string): string {
  const ticks = count(candidate.replace(codeSpan, ""), "`");
  if (ticks > count(source.replace(codeSpan, ""), "`")) return "A code mark is not closed.";
  const [from, to] = [source.replace(codeSpan, " "), candidate.replace(codeSpan, " ")];
  for (const [open, close] of bracketPairs) {
    const offBy = (text: string) => count(text, open) - count(text, close);
    // ":)" and "1)" have one bracket only.
    const smileys = (text: string) => (text.match(/[:;]-?[()]|(?:^|\s)\w{1,3}\)/gu) ?? []).length;
    if (Math.abs(offBy(to)) > Math.abs(offBy(from)) + smileys(to)) {
      return `"${open}" and "${close}" do not pair up.`;
    }
  }
  let [plainFrom, plainTo] = [from, to];
  for (const [mark, pattern] of emphases) {
    const [before, after] = [plainFrom, plainTo].map((text) => (text.match(pattern) ?? []).length);
    if (before !== after)
      return `Emphasis with "${mark}" was ${Number(after) > Number(before) ? "added" : "lost"}.`;
    [plainFrom, plainTo] = [plainFrom, plainTo].map((text) => text.replace(pattern, " ")) as [
      string,
      string,
    ];
  }
  if (count(plainTo, "**") > count(plainFrom, "**")) return 'Emphasis with "**" is not closed.';
  const blocks = (text: string) => text.split("\n").filter((line) => block.test(line)).length;
  if (blocks(candidate) > blocks(source)) return "A list, heading or quote was added.";
  if (/\n\s*\n/u.test(candidate.trim()) && !/\n\s*\n/u.test(source.trim()))
    return "A paragraph was added.";
  return "";
}
