import { splitSentences } from "./sentences";
import type { Segment } from "./sentences";

/** What is written in one go: a few sentences, and the white space after them. */
export type Unit = Segment;

function wordsOf(text: string): number {
  return text.split(/\s+/u).filter((word) => word !== "").length;
}

/**
 * Sentences, joined while they hold `unitWords` words at most; a longer sentence is a unit by itself.
 * Joining each unit's text and separator gives the prose back. White space before the first sentence
 * is a unit with an empty text, which is not to be rewritten.
 */
export function splitUnits(prose: string, unitWords: number, locale = "en"): Unit[] {
  return joinWhile(splitSentences(prose, locale), unitWords, wordsOf);
}

/**
 * A passage in parts of `maxTokens` tokens at most, cut at sentences, a longer sentence at clauses,
 * a longer clause at words; a single longer word stays whole. Joins back like `splitUnits`.
 * @param countTokens tokens of a text; parts are added up, so it should not count special tokens
 */
export function splitLongPassage(
  prose: string,
  maxTokens: number,
  countTokens: (text: string) => number,
  locale = "en",
): Unit[] {
  if (countTokens(prose) <= maxTokens) return [{ text: prose, separator: "" }];
  const cut = (segment: Segment, boundaries: readonly RegExp[]): Segment[] => {
    const [boundary, ...finer] = boundaries;
    if (boundary === undefined || countTokens(segment.text) <= maxTokens) return [segment];
    const parts = splitAt(segment, boundary).flatMap((part) => cut(part, finer));
    return joinWhile(parts, maxTokens, countTokens);
  };
  const sentences = splitSentences(prose, locale);
  const parts = sentences.flatMap((sentence) => cut(sentence, [/(?<=[,;:–—])\s+/gu, /\s+/gu]));
  return joinWhile(parts, maxTokens, countTokens);
}

function splitAt(segment: Segment, boundary: RegExp): Segment[] {
  const parts: Segment[] = [];
  let start = 0;
  for (const match of segment.text.matchAll(boundary)) {
    parts.push({ text: segment.text.slice(start, match.index), separator: match[0] });
    start = match.index + match[0].length;
  }
  parts.push({ text: segment.text.slice(start), separator: segment.separator });
  return parts;
}

function joinWhile(
  segments: readonly Segment[],
  limit: number,
  sizeOf: (text: string) => number,
): Segment[] {
  const joined: Segment[] = [];
  let size = 0;
  for (const segment of segments) {
    const last = joined.at(-1);
    const own = sizeOf(segment.text);
    if (last !== undefined && segment.text === "") {
      joined[joined.length - 1] = { ...last, separator: last.separator + segment.separator };
    } else if (last !== undefined && last.text !== "" && size + own <= limit) {
      joined[joined.length - 1] = {
        text: last.text + last.separator + segment.text,
        separator: segment.separator,
      };
      size += own;
    } else {
      joined.push(segment);
      size = own;
    }
  }
  return joined;
}
