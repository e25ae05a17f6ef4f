function grams(text: string, n: number): string[] {
  const words = text
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== "");
  return words
    .slice(0, Math.max(0, words.length - n + 1))
    .map((_, i) => words.slice(i, i + n).join(" "));
}

/** The share of a text's runs of three words that stood in it before, 0 to 1. */
export function repetition(text: string): number {
  const all = grams(text, 3);
  return all.length === 0 ? 0 : 1 - new Set(all).size / all.length;
}

/** The longest run of one and the same word or pair of words, in repeats. */
export function longestStutter(text: string): number {
  const words = text.toLowerCase().split(/\s+/u);
  let longest = 1;
  for (const size of [1, 2]) {
    let run = 1;
    for (let i = size; i + size <= words.length; i += size) {
      const same = words.slice(i, i + size).join(" ") === words.slice(i - size, i).join(" ");
      run = same ? run + 1 : 1;
      longest = Math.max(longest, run);
    }
  }
  return longest;
}
