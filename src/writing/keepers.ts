import { findNames, stemsOf } from "./names";
import { findNumbers, hasNumber, numberKeys } from "./numbers";

export type KeeperKind =
  | "number"
  | "unit"
  | "date"
  | "name"
  | "link"
  | "email"
  | "code"
  | "placeholder"
  | "path"
  | "mention"
  | "markup";

/** Something in a text that must survive a rewrite. */
export interface Keeper {
  readonly kind: KeeperKind;
  readonly text: string;
}

export interface KeeperDifference {
  /** Keepers of the source that the candidate lacks. */
  readonly lost: Keeper[];
  /** Keepers of the candidate that the source lacks. */
  readonly invented: Keeper[];
}

// In this order: what one pattern takes, the next ones do not see.
const literals: ReadonlyArray<readonly [KeeperKind, RegExp]> = [
  ["code", /(`+)(?!`)[^\n]*?[^`\n]\1(?!`)/gu],
  ["markup", /!\[[^\][]*\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+["'][^"']*["'])?\)/gu],
  ["link", /\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+["'][^"']*["'])?\)/gu],
  ["markup", /\[\^[^\][\s]+\]|\]\[[^\][]*\]|\[@[^\][]+\]/gu],
  ["link", /(?:https?|ftp|file|mailto):\/{0,2}[^\s<>"'”’)\]]*[^\s<>"'”’)\].,;:!?]/gu],
  ["email", /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gu],
  [
    "placeholder",
    /\{\{[^{}]*\}\}|\{%[^%]*%\}|\$\{[^{}]*\}|\{[^{}\s]*\}|%\([\w]+\)[sd]|(?<![\d\w%])%(?:\d\$)?[sdif@](?!\w)|\$[A-Z_][A-Z0-9_]+|<[a-z][\w-]*>(?![^<]*<\/)/gu,
  ],
  [
    "markup",
    /<\/?[a-zA-Z][^<>]*>|&#?\w+;|\\(?:cite\w*|ref|cref|label|url|href|footnote)\{[^{}]*\}|\\[a-zA-Z]+/gu,
  ],
  ["markup", /\$(?=[^\s\d])[^$\n]*[^\s$]\$(?!\d)/gu],
  [
    "path",
    /(?<![\w.])(?:[A-Za-z]:\\|~?\/|\.{1,2}\/)[\w.@~/\\-]*[\w/\\]|(?<![\w.])[\w.@-]+(?:\/[\w.@-]+)+\/?(?<=[_.].*\/.*|\/.*[_.\d].*|\/.*\/.*|\/)/gu,
  ],
  ["mention", /(?<![\w&/])[@#][\w][\w/-]*(?<![-/])/gu],
  [
    "code",
    /(?<![\w-])--?[a-zA-Z][\w-]*(?<=--.*)|\b[a-zA-Z_$][\w$]*(?:\.[a-zA-Z_$][\w$]*)*\(\)|\b\w+_\w+\b|\b[a-z]+[A-Z]\w*\b/gu,
  ],
  ["path", /\b[\w-]+(?:\.[a-zA-Z][\w-]*)+\b/gu],
];
const noPath = /^(?:e\.g|i\.e|a\.m|p\.m|a\.k\.a|n\.b|p\.s)$/iu;
const plainNames = /^(?:iP(?:hone|ad|od)s?|iOS|eBay|macOS|iCloud|e-?mail)$/u;

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const days = "mon tue wed thu fri sat sun".split(" ");
const dateWord =
  /\b(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs?)?|Fri|Sat(?:ur)?|Sun)(?:days?)?|Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b/gu;
// Words of their own as well: dates only beside a number.
const ambiguousDate = /^(?:Sat|Sun|Mar|May|Wed|March|Dec|Jun)$/u;

function datesIn(text: string): Map<string, string> {
  const dates = new Map<string, string>();
  for (const match of text.matchAll(dateWord)) {
    const after = text.slice(match.index + match[0].length);
    const before = text.slice(0, match.index);
    const besideNumber =
      /^[.,]?\s?\d|^[–-]/u.test(after) ||
      /(?:\d|\bin|\bby|\buntil|\btill|\bto|\bon|\bsince)\s?$/u.test(before);
    if (ambiguousDate.test(match[0]) && !besideNumber) continue;
    dates.set(match[0].slice(0, 3).toLowerCase(), match[0]);
  }
  return dates;
}

interface Literals {
  readonly keepers: Keeper[];
  /** The text with blanks in place of what was found, so that its digits and capitals do not count. */
  readonly rest: string;
}

function literalsIn(text: string): Literals {
  const keepers: Keeper[] = [];
  let rest = text;
  for (const [kind, pattern] of literals) {
    rest = rest.replace(pattern, (match) => {
      if (noPath.test(match) || plainNames.test(match)) return match;
      keepers.push({ kind, text: match });
      return kind === "link" && match.startsWith("]") ? "]" : " ".repeat(match.length);
    });
  }
  return { keepers, rest };
}

/** All that a rewrite of the text must keep, each thing once. */
export function findKeepers(text: string): Keeper[] {
  const { keepers, rest } = literalsIn(text);
  for (const found of findNumbers(rest)) {
    if (!found.inWords || isCounted(found.key)) keepers.push({ kind: "number", text: found.text });
    if (found.unit !== null) keepers.push({ kind: "unit", text: found.unit });
  }
  for (const date of datesIn(rest).values()) keepers.push({ kind: "date", text: date });
  for (const name of findNames(rest)) keepers.push({ kind: "name", text: name.text });
  const seen = new Set<string>();
  return keepers.filter(({ kind, text: own }) => {
    const key = `${kind} ${own}`;
    return seen.has(key) ? false : seen.add(key) !== undefined;
  });
}

// "one" and "two" are pronouns and turns of speech too often ("both", "the other one").
function isCounted(key: string): boolean {
  return Number(key) > 2;
}

/** What a candidate lost of its source's keepers, and what it made up. */
export function compareKeepers(source: string, candidate: string): KeeperDifference {
  const from = literalsIn(source);
  const to = literalsIn(candidate);
  const lost: Keeper[] = from.keepers.filter((keeper) => !isKept(keeper, candidate));
  const invented: Keeper[] = to.keepers.filter((keeper) => !isKept(keeper, source));

  const [sourceNumbers, candidateNumbers] = [findNumbers(from.rest), findNumbers(to.rest)];
  const [sourceKeys, candidateKeys] = [numberKeys(source), numberKeys(candidate)];
  for (const found of sourceNumbers) {
    if (found.inWords && !isCounted(found.key)) continue;
    if (!hasNumber(found.key, candidateKeys)) lost.push({ kind: "number", text: found.text });
  }
  for (const found of candidateNumbers) {
    if (found.inWords && !isCounted(found.key)) continue;
    if (!hasNumber(found.key, sourceKeys)) invented.push({ kind: "number", text: found.text });
  }
  const unitsOf = (numbers: typeof sourceNumbers) =>
    new Set(numbers.map((found) => found.unit).filter((unit) => unit !== null));
  const [sourceUnits, candidateUnits] = [unitsOf(sourceNumbers), unitsOf(candidateNumbers)];
  for (const text of sourceUnits) if (!candidateUnits.has(text)) lost.push({ kind: "unit", text });
  for (const text of candidateUnits) {
    if (!sourceUnits.has(text)) invented.push({ kind: "unit", text });
  }

  const [sourceDates, candidateDates] = [datesIn(from.rest), datesIn(to.rest)];
  for (const [key, text] of sourceDates) {
    if (!candidateDates.has(key) && !saysDate(candidate, key)) lost.push({ kind: "date", text });
  }
  for (const [key, text] of candidateDates) {
    if (!sourceDates.has(key) && !saysDate(source, key)) invented.push({ kind: "date", text });
  }

  const [sourceStems, candidateStems] = [stemsOf(source), stemsOf(candidate)];
  for (const name of findNames(from.rest)) {
    if (!name.words.some((word) => hasStem(candidateStems, word))) {
      lost.push({ kind: "name", text: name.text });
    }
  }
  for (const name of findNames(to.rest)) {
    if (!name.words.every((word) => hasStem(sourceStems, word))) {
      invented.push({ kind: "name", text: name.text });
    }
  }
  return { lost, invented };
}

function isKept(keeper: Keeper, text: string): boolean {
  if (keeper.kind !== "code") return text.includes(keeper.text);
  // Code marks may come or go around the same code.
  return text.includes(keeper.text.replace(/^`+\s?|\s?`+$/gu, ""));
}

function hasStem(stems: ReadonlySet<string>, word: string): boolean {
  return stems.has(word) || word.split(/[-&+]/u).every((part) => stems.has(part));
}

// A day or month in any form, also where it stands as a number ("2026-03-01" for March).
function saysDate(text: string, key: string): boolean {
  const month = months.indexOf(key);
  const isDate = days.includes(key) || month >= 0;
  if (!isDate) return false;
  if (new RegExp(`\\b${key}`, "iu").test(text)) return true;
  return month >= 0 && new RegExp(`[-/.]0?${month + 1}\\b|\\b0?${month + 1}[-/.]`, "u").test(text);
}
