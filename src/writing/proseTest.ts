import type { PassageRole } from "./passageText";

const markup = [
  /!?\[[^\][]*\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\][]*\])?/gu,
  /`+[^`]*`+/gu,
  /<[^<>]*>/gu,
  /(?:https?|ftp|mailto):\S+|\S+@\S+\.\S+/gu,
  /\{\{.*?\}\}|\{%.*?%\}|\{[^{}]*\}/gu,
  /\$[^$]*\$|\\[a-zA-Z]+(?:\[[^\]]*\])?(?:\{[^{}]*\})?/gu,
  /&#?\w+;/gu,
];
const salutation =
  /^(?:hi|hello|hey|dear|greetings|good (?:morning|afternoon|evening|day)|ladies and gentlemen|to whom it may concern)\b[^.!?;]{0,60}[,:!]?$/iu;
const closing =
  /^(?:(?:best|kind|warm|kindest|many thanks and best)(?: regards| wishes)?|regards|sincerely|yours(?: (?:sincerely|faithfully|truly))?|cheers|thanks|thank you|many thanks|with (?:best|kind|warm) (?:regards|wishes)|take care|love|all the best)(?:,|!)?(?:\s+[\p{Lu}][\p{L}.'’-]*){0,3}$/iu;

/**
 * Whether a passage has words that a tone could change. Lists of links, badges and names of code have
 * none; a heading of one or two words, a salutation and a closing are left to the writer, since a
 * small model turns them into sentences.
 */
export function isWorthRewriting(prose: string, role: PassageRole): boolean {
  let words = prose;
  for (const pattern of markup) words = words.replace(pattern, " ");
  const count = words.match(/\p{L}[\p{L}\p{M}'’-]*/gu)?.length ?? 0;
  if (count < (role === "heading" ? 3 : 1)) return false;
  return !isFormula(prose);
}

/** A salutation or a closing with a name. */
export function isFormula(prose: string): boolean {
  const line = prose.trim();
  return (salutation.test(line) && /[,:!]$|^\S+(?:\s\S+){0,3}$/u.test(line)) || closing.test(line);
}
