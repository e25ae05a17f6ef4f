const fence = /^\s*(`{3,}|~{3,})[^\n]*\n([\s\S]*?)\n?\1\s*$/u;
const label =
  /^\s*(?:(?:\*\*)?(?:(?:here(?:'s| is| are)|sure|certainly|of course|okay|ok|absolutely)\b[^\n:]{0,80}|(?:the )?(?:rewritten|revised|rewrite|updated|edited|improved|final)(?: (?:text|version|passage|sentence|message|paragraph))?|(?:text|output|answer|result|response|assistant))\s*:(?:\*\*)?\s*)/iu;
const quotePairs: ReadonlyArray<readonly [string, string]> = [
  ['"', '"'],
  ["“", "”"],
  ["'", "'"],
  ["‘", "’"],
  ["«", "»"],
  ["**", "**"],
  ["`", "`"],
];
const listLine = /^\s*(?:[-*+]|\d+[.)])\s/mu;

/**
 * A model's answer as the rewrite of `source`: without the fence, label or quotes around it that the
 * source lacks, on one line, with the source's way of writing quotes, apostrophes and dashes, with its
 * white space at both ends, and without a full stop at its end if the source (a heading) had none.
 * Lists and paragraphs that the source lacks are left for the check to find.
 */
export function cleanCandidate(raw: string, source: string): string {
  let text = raw.replace(/\r\n?/gu, "\n").trim();
  const fenced = fence.exec(text);
  if (fenced?.[2] !== undefined && !fence.test(source)) text = fenced[2].trim();
  if (!label.test(source)) text = text.replace(label, "");
  text = withoutQuotes(text, source);
  if (!source.includes("\n") && !listLine.test(text) && !/\n\s*\n/u.test(text)) {
    text = text.replace(/[ \t]*\n[ \t]*/gu, " ");
  }
  text = likeTypography(
    text.replace(/[ \t]{2,}/gu, source.match(/\S[ \t]{2,}\S/u) ? "$&" : " "),
    source,
  );
  text = likeEnding(text.trim(), source.trim());
  const lead = /^\s*/u.exec(source)?.[0] ?? "";
  const tail = source.trim() === "" ? "" : (/\s*$/u.exec(source)?.[0] ?? "");
  return text === "" ? "" : lead + text + tail;
}

// Quotes are around the whole text only if none of their kind stands inside.
function withoutQuotes(text: string, source: string): string {
  const original = source.trim();
  for (const [open, close] of quotePairs) {
    const wraps = (value: string) =>
      value.length > open.length + close.length && value.startsWith(open) && value.endsWith(close);
    if (!wraps(text) || wraps(original)) continue;
    const inner = text.slice(open.length, -close.length);
    if (!inner.includes(open) && !inner.includes(close)) return inner.trim();
  }
  return text;
}

function likeTypography(text: string, source: string): string {
  let result = text;
  const straight = /['"]/u.test(source);
  const curly = /[‘’“”]/u.test(source);
  if (curly && !straight) result = curlyQuotes(result);
  // A source without any quote or apostrophe gets the plain ones, as typed in code and chats.
  else if (!curly) result = result.replace(/[‘’]/gu, "'").replace(/[“”]/gu, '"');
  if (!/[—–]/u.test(source) && /\s--?\s/u.test(source))
    result = result.replace(/\s[—–]\s/gu, " - ");
  if (!source.includes("…")) result = result.replace(/…/gu, "...");
  if (!/\u00a0|\u202f/u.test(source)) result = result.replace(/[\u00a0\u202f]/gu, " ");
  return result;
}

// Code spans keep straight quotes.
function curlyQuotes(text: string): string {
  return text
    .split(/(`[^`]*`)/u)
    .map((part, i) =>
      i % 2 === 1
        ? part
        : part
            .replace(/(^|[\s([{—–-])"/gu, "$1“")
            .replace(/"/gu, "”")
            .replace(/(^|[\s([{—–])'(?=\S)/gu, "$1‘")
            .replace(/'/gu, "’"),
    )
    .join("");
}

function likeEnding(text: string, source: string): string {
  const isSentence = /[.!?…:;,]["'”’)\]*_`]*$/u.test(source);
  if (isSentence || !/[^.]\.$/u.test(text)) return text;
  // Several sentences need their stops; the last one goes only from a single line such as a heading.
  return /[.!?]\s+\S/u.test(text) ? text : text.slice(0, -1);
}
