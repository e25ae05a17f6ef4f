import type { Keeper, KeeperKind } from "./keepers";

interface Pattern {
  readonly kind: KeeperKind;
  readonly pattern: RegExp;
  /** Further test of a match, where a pattern alone would take too much. */
  readonly holds?: (match: string) => boolean;
}

const target = String.raw`\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+(?:"[^"]*"|'[^']*'))?\)`;

// In this order: what one pattern takes, the next ones do not see.
const patterns: readonly Pattern[] = [
  { kind: "code", pattern: /(?<!`)(`+)(?!`)[^\n]*?[^`\n]\1(?!`)/gu },
  { kind: "markup", pattern: new RegExp(String.raw`!\[[^\][]*\]${target}`, "gu") },
  { kind: "link", pattern: new RegExp(String.raw`\]${target}`, "gu") },
  { kind: "markup", pattern: /\[\^[^\][\s]+\]|\]\[[^\][]*\]|\[@[^\][]+\]/gu },
  {
    kind: "link",
    pattern: /(?:https?|ftp|file):\/\/[^\s<>"'”’)\]]*[^\s<>"'”’)\].,;:!?]|mailto:[^\s<>()]+/gu,
  },
  { kind: "email", pattern: /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gu },
  {
    kind: "placeholder",
    pattern:
      /\{\{[^{}]*\}\}|\{%[^%]*%\}|\$\{[^{}]*\}|\{[^{}\s]*\}|%\(\w+\)[sd]|(?<![\d\w%])%(?:\d\$)?[sdif@](?!\w)|\$[A-Z_][A-Z0-9_]+/gu,
  },
  { kind: "path", pattern: /(?<![\w.])[A-Za-z]:\\[\w.@\\ -]*\w/gu },
  {
    kind: "markup",
    pattern:
      /<\/?[a-zA-Z][^<>]*>|&#?\w+;|\\(?:cite\w*|ref|cref|label|url|href)\{[^{}]*\}|\\[a-zA-Z]+/gu,
  },
  { kind: "markup", pattern: /\$(?=[^\s\d])[^$\n]*[^\s$]\$(?!\d)/gu },
  {
    kind: "path",
    pattern: /(?<![\w./])(?:~|\.{1,2})?\/?[\w@][\w.@+-]*(?:\/[\w.@+-]+)*\/?(?<![.-])/gu,
    holds: isPath,
  },
  { kind: "mention", pattern: /(?<![\w&/])[@#]\w[\w/-]*(?<![-/])/gu },
  { kind: "code", pattern: /(?<![\w-])--[a-zA-Z][\w-]*|\b[a-zA-Z_$][\w$]*(?:\.[\w$]+)*\(\)/gu },
  {
    kind: "code",
    pattern: /\b\w*[a-zA-Z0-9]_[a-zA-Z0-9]\w*\b|\b[a-z]+[A-Z]\w*\b/gu,
    holds: isCode,
  },
];

// A slash also parts alternatives and units ("and/or", "requests/second").
function isPath(match: string): boolean {
  if (/^(?:[a-zA-Z]\.)+[a-zA-Z]?$/u.test(match)) return false;
  if (/^(?:~|\.{1,2})?\//u.test(match)) return true;
  const segments = match.split("/");
  const last = segments.at(-1) ?? "";
  if (/^\d/u.test(match) && segments.length <= 2) return false;
  if (segments.length > 1) {
    const isFolder =
      /^(?:src|lib|test|tests|docs?|bin|etc|usr|var|opt|app|apps|packages|node_modules|public|dist|build|home|tmp|config|scripts|examples?|assets)$/u;
    return (
      (last === "" && segments[0] !== "w") ||
      /_|\.[a-zA-Z]/u.test(match) ||
      isFolder.test(segments[0] ?? "")
    );
  }
  // A file ("main.ts") or a host ("mail.example"), in one word.
  return /^[\w@-]+(?:\.[\w-]+)*\.[a-zA-Z][\w-]*$/u.test(match) && /\p{L}/u.test(match.charAt(0));
}

function isCode(match: string): boolean {
  return !/^(?:iP(?:hone|ad|od)s?|iOS|eBay|macOS|iCloud)$/u.test(match);
}

export interface Literals {
  readonly keepers: Keeper[];
  /** The text with blanks for what was found, so that its digits and capitals do not count again. */
  readonly rest: string;
}

/** Code, links, placeholders and the like: what must come through letter for letter. */
export function literalsIn(text: string): Literals {
  const keepers: Keeper[] = [];
  let rest = text;
  for (const { kind, pattern, holds } of patterns) {
    rest = rest.replace(pattern, (match) => {
      if (holds?.(match) === false) return match;
      keepers.push({ kind, text: match });
      return " ".repeat(match.length);
    });
  }
  return { keepers, rest };
}
