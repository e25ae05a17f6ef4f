import { datesIn, saysDate } from "./dates";
import { literalsIn } from "./literals";
import { findNames, initialsOf, stemsOf } from "./names";
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
    // A part of a name will do: a surname for a full name, "SLA" for "SLA-aligned".
    const parts = name.words.flatMap((word) => [word, ...word.split(/[-&+]/u)]);
    if (!parts.some((part) => candidateStems.has(part)) && !isSpelledOut(name.text, candidate)) {
      lost.push({ kind: "name", text: name.text });
    }
  }
  for (const name of findNames(to.rest)) {
    const known = name.words.every((word) => hasStem(sourceStems, word));
    if (!known && !isSpelledOut(name.text, source)) {
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

// Shorter initials are found in any text by chance.
function isSpelledOut(name: string, text: string): boolean {
  return /^\p{Lu}{3,}$/u.test(name) && initialsOf(text).includes(name.toLowerCase());
}

function hasStem(stems: ReadonlySet<string>, word: string): boolean {
  return stems.has(word) || word.split(/[-&+]/u).every((part) => stems.has(part));
}
