import { monthNumbers } from "./dates";

/** A number in a text, in digits or in words. */
export interface NumberFound {
  readonly text: string;
  /** Value in a form to compare by: "3100" for "3,100", "25" for "twenty-five", "20:30" for "8.30 pm". */
  readonly key: string;
  readonly inWords: boolean;
  /** "%", "‰", "€", "$", "£", "¥" when the number carries one, as a sign or as a word. */
  readonly unit: string | null;
}

const digits = /\d+(?:[.,:/_–-]\d+)*/gu;
const meridiem = /^\s?([ap])\.?m\b/iu;

const units: Record<string, number> = Object.fromEntries(
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
    .split(" ")
    .map((name, value) => [name, value]),
);
const tens: Record<string, number> = Object.fromEntries(
  "twenty thirty forty fifty sixty seventy eighty ninety"
    .split(" ")
    .map((name, i) => [name, (i + 2) * 10]),
);
const scales: Record<string, number> = { hundred: 100, thousand: 1e3, million: 1e6, billion: 1e9 };
const ordinals: Record<string, number> = Object.fromEntries(
  "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
    .split(" ")
    .map((name, i) => [name, i + 1]),
);
// Words that say a number without being one: they keep it, but are not asked to be kept.
const alike: Record<string, number> = {
  once: 1,
  single: 1,
  sole: 1,
  both: 2,
  couple: 2,
  pair: 2,
  twice: 2,
  double: 2,
  twin: 2,
  half: 2,
  thrice: 3,
  triple: 3,
  trio: 3,
  quarter: 4,
  dozen: 12,
  nil: 0,
  none: 0,
};
const cardinal = [...Object.keys(units), ...Object.keys(tens), ...Object.keys(scales)].join("|");
const small = [...Object.keys(units), ...Object.keys(tens)].join("|");
// "twenty-five", "two hundred and five"; "six and seven" are two numbers.
const wordRun = new RegExp(
  `\\b(?:(?:${Object.keys(tens).join("|")})[\\s-](?:${Object.keys(units).slice(1, 10).join("|")})|(?:${cardinal}))(?:[\\s-](?:${Object.keys(scales).join("|")})(?:\\s(?:and\\s)?(?:${small})(?:-(?:${small}))?)?)*\\b`,
  "giu",
);

const percentAfter = /^\s?(?:%|per\s?cent\b|pct\b|percentage\b)/iu;
const currencies: ReadonlyArray<readonly [string, RegExp, RegExp]> = [
  ["€", /(?:€|\bEUR)\s?$/u, /^[kKmM]?[\s-]?(?:€|EUR\b|euros?\b)/iu],
  ["$", /(?:\$|\bUSD)\s?$/u, /^[kKmM]?[\s-]?(?:\$|USD\b|dollars?\b|bucks?\b)/iu],
  ["£", /(?:£|\bGBP)\s?$/u, /^[kKmM]?[\s-]?(?:£|GBP\b|quid\b)/iu],
  ["¥", /(?:¥|\bJPY)\s?$/u, /^[kKmM]?[\s-]?(?:¥|JPY\b|yen\b)/iu],
];

function unitOf(text: string, start: number, end: number): string | null {
  const after = text.slice(end, end + 14);
  if (percentAfter.test(after)) return "%";
  const before = text.slice(Math.max(0, start - 5), start);
  return currencies.find(([, left, right]) => left.test(before) || right.test(after))?.[0] ?? null;
}

/** Numbers in digits, and cardinal numbers in words, in order of appearance within each sort. */
export function findNumbers(text: string): NumberFound[] {
  const found: NumberFound[] = [];
  for (const match of text.matchAll(digits)) {
    const end = match.index + match[0].length;
    const half = meridiem.exec(text.slice(end))?.[1]?.toLowerCase();
    const key = half === undefined ? keyOf(match[0]) : clockKey(match[0], half === "p");
    found.push({ text: match[0], key, inWords: false, unit: unitOf(text, match.index, end) });
  }
  for (const match of text.matchAll(wordRun)) {
    const end = match.index + match[0].length;
    // A turn of speech: nobody counted.
    if (/^\s+times (?:out of|in) ten\b/iu.test(text.slice(end))) continue;
    if (/\bnine times (?:out of|in) $/iu.test(text.slice(0, match.index))) continue;
    const value = valueOfWords(match[0].toLowerCase().split(/[\s-]+/u));
    const unit = unitOf(text, match.index, end);
    found.push({ text: match[0], key: String(value), inWords: true, unit });
  }
  return found;
}

function keyOf(token: string): string {
  const plain = token.replace(/–/gu, "-").replace(/_/gu, "");
  return /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/u.test(plain) ? plain.replace(/,/gu, "") : plain;
}

function clockKey(token: string, afternoon: boolean): string {
  const [hours = "0", minutes = "00"] = token.split(/[:.]/u);
  if (Number(hours) > 12) return keyOf(token);
  return `${(Number(hours) % 12) + (afternoon ? 12 : 0)}:${minutes}`;
}

function valueOfWords(words: readonly string[]): number {
  let total = 0;
  let part = 0;
  for (const word of words) {
    const scale = scales[word];
    if (scale === undefined) part += units[word] ?? tens[word] ?? 0;
    else if (scale === 100) part = (part || 1) * 100;
    else {
      total += (part || 1) * scale;
      part = 0;
    }
  }
  return total + part;
}

/**
 * Every form under which a text's numbers may be met again: whole, the ends of ranges, the parts of
 * dates and times, words as digits, "8 pm" as 20:00 and as 8, "1.5k" as 1500.
 */
export function numberKeys(text: string): Set<string> {
  const keys = new Set<string>();
  for (const found of findNumbers(text)) {
    for (const key of formsOf(found.key)) keys.add(key);
    if (!found.inWords) for (const key of formsOf(keyOf(found.text))) keys.add(key);
  }
  for (const match of text.matchAll(/(\d+(?:[.,]\d+)*)\s?(k|m|bn|thousand|million|billion)\b/giu)) {
    const scale = { k: 1e3, t: 1e3, m: 1e6, b: 1e9 }[(match[2] ?? "k").charAt(0).toLowerCase()];
    keys.add(String(Number(keyOf(match[1] ?? "")) * (scale ?? 1)));
  }
  for (const month of monthNumbers(text)) keys.add(String(month));
  for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) {
    const value = lookUp(word) ?? lookUp(word.replace(/(?:s|fold|some)$/u, ""));
    if (value !== undefined) keys.add(String(value));
  }
  return keys;
}

const everyWord = new Map(Object.entries({ ...units, ...tens, ...scales, ...ordinals, ...alike }));

function lookUp(word: string): number | undefined {
  return everyWord.get(word);
}

/** A number as a whole, and in the parts and the forms in which a rewrite may say it. */
export function formsOf(key: string): string[] {
  const forms = new Set([key]);
  const parts = key.split(/[-/:]/u);
  for (const part of parts) {
    forms.add(part);
    forms.add(String(Number(part)) === "NaN" ? part : String(Number(part)));
  }
  const clock = /^(\d{1,2})[:.](\d{2})$/u.exec(key);
  if (clock !== null) {
    const [, hours = "", minutes = ""] = clock;
    forms.add(`${Number(hours)}:${minutes}`);
    forms.add(`${Number(hours)}.${minutes}`);
    if (Number(hours) > 12) forms.add(String(Number(hours) - 12));
  }
  return [...forms];
}

/** Whether a number is met again among the keys of another text, whole or in all its parts. */
export function hasNumber(key: string, keys: ReadonlySet<string>): boolean {
  if (keys.has(key)) return true;
  const clock = /^(\d{1,2})[:.](\d{2})$/u.exec(key);
  if (clock !== null) {
    const [, hours = "", minutes = ""] = clock;
    const hour = Number(hours);
    if (keys.has(`${hour}:${minutes}`) || keys.has(`${hour}.${minutes}`)) return true;
    const onTheHour = minutes === "00" && (keys.has(String(hour)) || keys.has(String(hour - 12)));
    if (onTheHour || (hour > 12 && keys.has(`${hour - 12}:${minutes}`))) return true;
  }
  const parts = key.split(/[-/:]/u);
  return (
    parts.length > 1 && parts.every((part) => keys.has(part) || keys.has(String(Number(part))))
  );
}
