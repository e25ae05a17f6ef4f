const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const word =
  /\b(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs?)?|Fri|Sat(?:ur)?|Sun)(?:days?)?|Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b/gu;
// Words of their own as well: dates only beside a number or after a word of time.
const ambiguous = /^(?:Sat|Sun|Mar|May|Wed|March|Dec|Jun)$/u;
const numberAfter = /^[.,]?\s?\d|^[–-]/u;
const timeBefore = /(?:\d|\b(?:in|by|until|till|to|on|since|from|of|for|before|after))\s?$/u;

/** Days of the week and months in a text: from their first three letters to the word as written. */
export function datesIn(text: string): Map<string, string> {
  const dates = new Map<string, string>();
  for (const match of text.matchAll(word)) {
    const after = text.slice(match.index + match[0].length);
    const isTime = numberAfter.test(after) || timeBefore.test(text.slice(0, match.index));
    if (!ambiguous.test(match[0]) || isTime) {
      dates.set(match[0].slice(0, 3).toLowerCase(), match[0]);
    }
  }
  return dates;
}

/** Whether a day or month is named in any form, a month also as a number ("2026-03-01"). */
export function saysDate(text: string, key: string): boolean {
  if (new RegExp(`\\b${key}`, "iu").test(text)) return true;
  const month = months.indexOf(key) + 1;
  return month > 0 && new RegExp(`[-/.]0?${month}\\b|\\b0?${month}[-/.]`, "u").test(text);
}

/** The numbers of the months that a text names, 1 to 12. */
export function monthNumbers(text: string): number[] {
  return [...datesIn(text).keys()].map((key) => months.indexOf(key) + 1).filter((n) => n > 0);
}
