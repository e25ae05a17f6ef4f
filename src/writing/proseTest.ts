import type { PassageRole } from "./passageText";

const markup = [
  /!?\[[^\][]*\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\][]*\])?/gu,
  /`+[^`]*`+/gu,
  /<[^<>]*>/gu,
  /(?:https?|ftp|mailto):\S+|[^\s@]{1,64}@[^\s@]{1,255}/gu,
  /\{\{[^{}]*\}\}|\{%[^%]*%\}|\{[^{}]*\}/gu,
  /\$[^$]*\$|\\[a-zA-Z]+(?:\[[^\]]*\])?(?:\{[^{}]*\})?/gu,
  /&#?\w+;/gu,
];
const salutation =
  /^(?:hi|hello|hey|dear|greetings|good (?:morning|afternoon|evening|day)|ladies and gentlemen|to whom it may concern)\b[^.!?;]{0,60}[,:!]?$/iu;
const closing =
  /^(?:(?:best|kind|warm|kindest)(?: regards| wishes)?|regards|sincerely|yours(?: (?:sincerely|faithfully|truly))?|cheers|thanks|thank you|many thanks|with (?:best|kind|warm) (?:regards|wishes)|take care|love|all the best)[,!.]?$/iu;
const closingAndName =
  /^[A-Z][a-z]+(?: (?:regards|wishes|you))?,\s+(?:\p{Lu}[\p{L}.'’-]*\s?){1,3}$/u;

/**
 * Whether a passage has words that a tone could change. Lists of links, badges and names of code have
 * none; a heading of one or two words, a salutation and a closing are left to the writer, since a
 * small model turns them into sentences.
 */
export function isWorthRewriting(prose: string, role: PassageRole): boolean {
  // The start of a long passage tells; markup patterns are slow on long texts made to be.
  let words = prose.slice(0, 2000);
  for (const pattern of markup) words = words.replace(pattern, " ");
  const count = words.match(/\p{L}[\p{L}\p{M}'’-]*/gu)?.length ?? 0;
  if (count < (role === "heading" ? 3 : 1)) return false;
  return !isFormula(prose);
}

/** A salutation, a closing, or a line of names and numbers as in an address. */
export function isFormula(prose: string): boolean {
  const line = prose.trim();
  if (line.length > 120) return false;
  if (isClosing(line) || closingAndName.test(line)) return true;
  if (salutation.test(line) && (/[,:!]$/u.test(line) || line.split(/\s+/u).length <= 3))
    return true;
  return isNameLine(line);
}

export function isClosing(line: string): boolean {
  return closing.test(line.trim());
}

function isNameLine(line: string): boolean {
  const words = line.split(/[\s,/]+/u);
  return (
    words.length <= 5 &&
    words.every((word) => /^(?:\p{Lu}|\d|&$|of$|the$)/u.test(word)) &&
    !/[.!?:]$/u.test(line)
  );
}
