/** A run of capitalised words that do not begin a sentence: "Ilse Vandeputte", "HTTP", "OAuth". */
export interface NameFound {
  readonly text: string;
  /** Its words in lower case, without possessive or plural endings. */
  readonly words: readonly string[];
}

const word = /\p{L}[\p{L}\p{M}\d]*(?:['’][\p{L}]+)*(?:[-&+][\p{L}\d]+(?:['’]\p{L}+)?)*/gu;
const firstPerson = /^I(?:['’]\p{L}+)?$/u;
const titles = new Set(["dr", "mr", "mrs", "ms", "mx", "prof", "professor", "doctor", "sir", "st"]);
const calendar =
  /^(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?$|^(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)$/iu;
// Capitals for stress, or a habit of writing, not names.
const stressed = new Set(
  "ok okay no not never none nothing all any only always must do don't does doesn't is isn't are was and or but if so this that these those it its now stop please very really before after every each still yes too both once at in on to for from with without you your we our they the a an can can't cannot will won't was wasn't be been had has have just why what when where who how please hi hello hey dear thanks thank mum mom dad grandma grandpa god sir madam internet web todo fixme note nb ps warning important caution danger tip asap fyi btw imo imho tbh tl dr eta aka vs per draft final new old first last more less same other own day week here there everyone everybody nobody somebody one two three four five six seven eight nine ten also gone hate love best free huge need want long ever when with real good sale dream more mine back down off out up over soon today lgtm bs wip omg lol wtf am pm".split(
    " ",
  ),
);

interface WordFound {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The names that a text surely holds. Words that begin a sentence count only with inner capitals. */
export function findNames(text: string): NameFound[] {
  const words: WordFound[] = [...text.matchAll(word)].map((match) => ({
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }));
  if (isTitleCase(words, text)) return [];
  const names: NameFound[] = [];
  let run: WordFound[] = [];
  const close = () => {
    const [first, last] = [run[0], run.at(-1)];
    if (first !== undefined && last !== undefined) {
      const inner = run.map((found) => stemOf(found.text)).filter((stem) => !titles.has(stem));
      if (inner.length > 0) names.push({ text: text.slice(first.start, last.end), words: inner });
    }
    run = [];
  };
  for (const [i, found] of words.entries()) {
    const previous = words[i - 1];
    const between = previous === undefined ? "" : text.slice(previous.end, found.start);
    const joins = run.length > 0 && /^(?: |\. |’s |'s )$/u.test(between);
    if (!joins) close();
    if (isName(words, i, text)) run.push(found);
    else close();
  }
  close();
  return names;
}

/** Every word of a text as names are compared: lower case, without endings, hyphens parted too. */
export function stemsOf(text: string): Set<string> {
  const stems = new Set<string>();
  for (const [found] of text.matchAll(word)) {
    stems.add(stemOf(found));
    for (const part of found.split(/[-&+]/u)) stems.add(stemOf(part));
  }
  return stems;
}

/** First letters of a text's words, to find "annual general meeting" for "AGM". */
export function initialsOf(text: string): string {
  return [...text.matchAll(/\p{L}+/gu)].map(([found]) => found.charAt(0).toLowerCase()).join("");
}

function stemOf(found: string): string {
  const plain = found.replace(/['’](?:s|ll|d|ve|re)?$/u, "").toLowerCase();
  return plain.length > 3 ? plain.replace(/(?<!s)s$/u, "") : plain.replace(/^(\p{L}{2})s$/u, "$1");
}

function isName(words: readonly WordFound[], index: number, text: string): boolean {
  const found = words[index];
  if (found === undefined || !/^\p{Lu}/u.test(found.text) || firstPerson.test(found.text)) {
    return false;
  }
  const lower = found.text.replace(/[’]/gu, "'").toLowerCase();
  if (
    stressed.has(lower) ||
    stressed.has(stemOf(lower)) ||
    calendar.test(lower) ||
    found.text.length === 1
  )
    return false;
  if (isShouted(words, index)) return false;
  // Longer words in capitals that can be spoken are loud as well; few initialisms have five letters.
  if (/^\p{Lu}{5,}$/u.test(found.text) && /[AEIOU]/u.test(found.text)) return false;
  const hasInnerCapital = /^.+\p{Lu}/u.test(found.text.replace(/-\p{Lu}/gu, ""));
  return hasInnerCapital || !beginsSentence(text, found.start);
}

// Two words in capitals side by side are loud, not names.
function isShouted(words: readonly WordFound[], index: number): boolean {
  const loud = (i: number) => {
    const text = words[i]?.text.replace(/['’]/gu, "") ?? "";
    return text.length > 1 && /^\p{Lu}+$/u.test(text);
  };
  return loud(index) && (loud(index - 1) || loud(index + 1));
}

const afterMark = /(?:^|[.!?…:;\n|•–—]|^\s*[-*+#>]|\s-|(?:^|\s)\(?\w{1,3}\))["'“‘”’)\]*_\s([«]*$/u;
// The same, where the start of the slice is not the start of the text.
const afterMarkInside = /(?:[.!?…:;\n|•–—]|\n\s*[-*+#>]|\s-|\s\(?\w{1,3}\))["'“‘”’)\]*_\s([«]*$/u;
const afterOpening = /["“‘(«[]\s*$/u;

function beginsSentence(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 12), start);
  return (start <= 12 ? afterMark : afterMarkInside).test(before) || afterOpening.test(before);
}

// In a title every longer word is capitalised, which says nothing about names.
function isTitleCase(words: readonly WordFound[], text: string): boolean {
  const long = words.filter((found) => found.text.length > 3);
  const capitals = long.filter((found) => /^\p{Lu}/u.test(found.text)).length;
  return long.length >= 3 && capitals === long.length && !/[.!?…,]["'”’)*_]*\s*$/u.test(text);
}
