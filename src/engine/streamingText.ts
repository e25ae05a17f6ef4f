/**
 * Text of a token stream, released in whole words, so that what is shown never has half a word or
 * half a character in it. A word is released once white space follows it; scripts written without
 * spaces between words (Chinese, Japanese) are released by the character.
 */
export interface StreamingText {
  /** Takes in the next token; returns the text that can be shown now, often "". */
  push(id: number): string;
  /** Returns the rest. A character whose bytes never came is left out. */
  flush(): string;
}

/** White space, or a character after which no more of the word can come. */
const boundary =
  /[\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\u3000-\u303f\uff00-\uff64]/u;

/** When this many tokens are held for decoding, all but the last few are let go. */
const longWindow = 32;
/** Enough for every decoder to tell how the next token joins on (a leading space, a cut character). */
const shortWindow = 4;

/** What decoders put where bytes make no character yet. */
const replacement = "\ufffd";

/** @param decode turns ids into text, as the tokenizer's `decode` does */
export function createStreamingText(decode: (ids: readonly number[]) => string): StreamingText {
  // Tokens are decoded together, since a character's bytes may lie in several of them.
  let window: number[] = [];
  /** Length of the window's text that has gone to `pending`. */
  let taken = 0;
  let pending = "";

  return {
    push(id) {
      window.push(id);
      const text = decode(window);
      const whole = withoutCutCharacter(text);
      if (whole.length > taken) {
        pending += whole.slice(taken);
        taken = whole.length;
      }
      if (whole === text && window.length >= longWindow) {
        window = window.slice(-shortWindow);
        taken = decode(window).length;
      }
      const end = lastBoundary(pending);
      const released = pending.slice(0, end);
      pending = pending.slice(end);
      return released;
    },
    flush() {
      const rest = pending;
      window = [];
      taken = 0;
      pending = "";
      return rest;
    },
  };
}

/** A character of UTF-8 that lacks its last bytes is decoded as up to three replacement characters. */
function withoutCutCharacter(text: string): string {
  let end = text.length;
  while (end > 0 && text.length - end < 3 && text[end - 1] === replacement) end--;
  return text.slice(0, end);
}

/** Index after the last boundary, 0 if there is none. */
function lastBoundary(text: string): number {
  let end = 0;
  let at = 0;
  for (const character of text) {
    at += character.length;
    if (boundary.test(character)) end = at;
  }
  return end;
}
