import { compareKeepers } from "./keepers";
import type { Keeper } from "./keepers";
import { detectLanguage, isRewritable } from "./language";
import { longestStutter, repetition } from "./loops";
import { markupFault } from "./markup";

export type CheckName =
  "keepers" | "invented" | "chatter" | "loop" | "length" | "finished" | "language" | "markup";

export interface Check {
  readonly name: CheckName;
  readonly passed: boolean;
  /** What was found, for people; empty when the check passed. */
  readonly detail: string;
}

export interface CheckReport {
  readonly passed: boolean;
  readonly checks: readonly Check[];
}

export interface CheckContext {
  /** Whether the model ended its text by itself. */
  readonly finished: boolean;
  /** Whether a much shorter text was asked for. */
  readonly conciseAllowed: boolean;
}

const chatter =
  /^\s*(?:sure|certainly|of course|absolutely|okay|ok|great)\b[,!.]?\s+(?:here|i (?:can|will|have)|i['’](?:ll|ve)|let me)|^\s*(?:here(?:['’]s| is| are) (?:the|a|an|your|my|one)\b.{0,40}(?:rewrit|revis|version|text)|(?:the )?(?:rewritten|revised) (?:text|version|passage|sentence)|(?:rewritten|revised|rewrite|output|answer)\s*:)|\bas an ai\b|\blanguage model\b|<\|\w+\|>|\b(?:i hope this helps|let me know if you(?:['’]d like| want) (?:me to|any changes|another))|^\s*(?:system|user|assistant)\s*:/iu;
// The prompt itself, said again.
const instruction =
  /\bmake it \w+\.\s*$|^\s*rewrite the text\b|\bkeep its meaning and every fact\b/iu;

/** Share of repeated runs of three words that a text may have beyond its source's. */
const loopMargin = 0.12;

function wordsOf(text: string): number {
  return text.split(/\s+/u).filter((word) => word !== "").length;
}

/** All checks of a candidate against its source, in a fixed order. */
export function checkCandidate(
  source: string,
  candidate: string,
  context: CheckContext,
): CheckReport {
  const { lost, invented } = compareKeepers(source, candidate);
  const details: Array<readonly [CheckName, string]> = [
    ["keepers", listOf(lost)],
    ["invented", listOf(invented)],
    ["chatter", chatterIn(source, candidate)],
    ["loop", loopIn(source, candidate)],
    ["length", lengthFault(source, candidate, context.conciseAllowed)],
    ["finished", context.finished ? "" : "The text was cut off."],
    ["language", languageFault(source, candidate)],
    ["markup", markupFault(source, candidate)],
  ];
  const checks = details.map(([name, detail]) => ({ name, passed: detail === "", detail }));
  return { passed: checks.every((check) => check.passed), checks };
}

function listOf(keepers: readonly Keeper[]): string {
  return keepers.map((keeper) => `${keeper.kind} ${keeper.text}`).join(", ");
}

function chatterIn(source: string, candidate: string): string {
  for (const pattern of [chatter, instruction]) {
    const found = pattern.exec(candidate)?.[0].trim();
    if (found !== undefined && !pattern.test(source)) return found;
  }
  return "";
}

function loopIn(source: string, candidate: string): string {
  const excess = repetition(candidate) - repetition(source);
  if (excess > loopMargin) return `${Math.round(excess * 100)} % of the word runs repeat.`;
  const stutter = longestStutter(candidate);
  return stutter > Math.max(2, longestStutter(source)) ? `The same words ${stutter} times.` : "";
}

function lengthFault(source: string, candidate: string, conciseAllowed: boolean): string {
  const [before, after] = [wordsOf(source), wordsOf(candidate)];
  if (after === 0) return "The text is empty.";
  const least = Math.floor(before * (conciseAllowed ? 0.25 : 0.5));
  const most = Math.ceil(before * 1.9) + 8;
  if (after >= least && after <= most) return "";
  return `${after} words for ${before}.`;
}

function languageFault(source: string, candidate: string): string {
  const { language, confident } = detectLanguage(source);
  if (!confident || isRewritable(candidate, [language])) return "";
  return `The language changed to ${detectLanguage(candidate).language}.`;
}
