/** A piece of prose and the white space after it. */
export interface Segment {
  readonly text: string;
  readonly separator: string;
}

/** The end of a sentence: its mark, and the closing quotes, brackets and emphasis after it. */
export const sentenceEnd = /[.!?…。！？]["'”’)\]*_`»]*\s*$/u;

// A full stop after one of these ends no sentence.
const abbreviation =
  /(?:^|[\s("'“‘[])(?:e\.g|i\.e|a\.k\.a|cf|viz|al|approx|ca|incl|excl|esp|resp|vs|Dr|Mr|Mrs|Ms|Mx|Prof|St|Sr|Jr|Rev|Gen|Col|Sgt|Capt|Lt|Hon|Gov|Sen|Rep|Messrs|Inc|Ltd|Co|Corp|Dept|Univ|Fig|Figs|Eq|Eqs|Sec|Ch|Vol|No|Nos|pp|ed|eds|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|Mt|Ave|Blvd|Rd|tel|ext|min|max|std|[A-Z])\.\s*$/u;

// No sentence ends inside one of these, whatever marks it holds.
const unbroken = [
  /(`+)[^`]+?\1(?!`)/gu,
  /!?\[[^\][]*\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+"[^"]*")?\)/gu,
  /(?:https?|ftp|file):\/\/[^\s<>]+/gu,
  /<[a-zA-Z/!][^<>]*>/gu,
  /\{\{[^{}]*\}\}|\{[^{}]*\}|\$\{[^{}]*\}/gu,
  /\([^()]{1,300}\)/gu,
  /"[^"\n]{1,300}"|“[^“”\n]{1,300}”|«[^«»\n]{1,300}»/gu,
  /\*\*(?=\S)[^*]{1,300}\*\*|(?<![*\w])\*(?=\S)[^*]{1,300}\*(?!\w)|(?<!\w)__?(?=\S)[^_]{1,300}__?(?!\w)/gu,
  /\$(?=\S)[^$\n]{1,200}(?<=\S)\$(?!\d)/gu,
];

const segmenters = new Map<string, Intl.Segmenter>();

function segmenterOf(locale: string): Intl.Segmenter {
  let segmenter = segmenters.get(locale);
  if (segmenter === undefined) {
    segmenter = new Intl.Segmenter(locale, { granularity: "sentence" });
    segmenters.set(locale, segmenter);
  }
  return segmenter;
}

/**
 * The sentences of a text. Joining each one's text and separator gives the text back; white space
 * before the first sentence is a segment of its own, with an empty text.
 */
export function splitSentences(prose: string, locale = "en"): Segment[] {
  const protectedRanges = rangesOf(prose);
  const sentences: Segment[] = [];
  let start = 0;
  const push = (end: number) => {
    const whole = prose.slice(start, end);
    const text = whole.trimEnd();
    const lead = text.length - text.trimStart().length;
    if (lead > 0) sentences.push({ text: "", separator: whole.slice(0, lead) });
    sentences.push({ text: text.slice(lead), separator: whole.slice(text.length) });
    start = end;
  };
  for (const { index, segment } of segmenterOf(locale).segment(prose)) {
    const end = index + segment.length;
    if (end < prose.length && !endsSentence(prose, start, end, protectedRanges)) continue;
    push(end);
  }
  return sentences;
}

function endsSentence(
  prose: string,
  start: number,
  end: number,
  ranges: ReadonlyArray<readonly [number, number]>,
): boolean {
  // Its last words tell, and a text without marks must not be read again at each of its lines.
  const sentence = prose.slice(Math.max(start, end - 200), end);
  if (!sentenceEnd.test(sentence) || sentence.trim() === "") return false;
  if (abbreviation.test(sentence) || /^\s*(?:\d+|[a-zA-Z])[.)]\s*$/u.test(sentence)) return false;
  // No white space after the mark: a version, a file name, "node.js". (CJK marks need none.)
  if (!/\s$/u.test(sentence) && !/[。！？]$/u.test(sentence)) return false;
  if (/^\p{Ll}/u.test(prose.slice(end)) && /\.["'”’)\]*_]*\s*$/u.test(sentence)) return false;
  return !ranges.some(([from, to]) => from < end && end < to);
}

function rangesOf(prose: string): Array<readonly [number, number]> {
  const ranges: Array<readonly [number, number]> = [];
  for (const pattern of unbroken) {
    for (const match of prose.matchAll(pattern)) {
      ranges.push([match.index, match.index + match[0].length]);
    }
  }
  return ranges;
}
