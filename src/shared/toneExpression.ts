import type { ToneWeights } from "./steeringRequest";

/** What an expression may name. */
export interface NamedTone {
  readonly id: string;
  readonly title: string;
}

export type ToneExpression =
  | { readonly kind: "weights"; readonly weights: ToneWeights }
  /** `at` is the offset in the input from which it is not understood. */
  | { readonly kind: "error"; readonly message: string; readonly at: number };

const term =
  /\s*([+-]?)\s*(\d+(?:\.\d+)?|\.\d+)?\s*\*?\s*(?:([\p{L}_][\p{L}\p{N}_]*)(?:\s*=\s*(\d+(?:\.\d+)?|\.\d+))?)?/uy;

/**
 * Reads a free combination of tones such as `empathetic + concise - 0.5 expert`:
 *
 *   expression = [sign] item { sign item }     sign = "+" (promote) | "-" (suppress)
 *   item       = [number ["*"]] tone | tone "=" number
 *
 * A tone is named by its id or title in any case; a number is from 0 to 1 and missing means 1.
 */
export function parseToneExpression(input: string, tones: readonly NamedTone[]): ToneExpression {
  const weights: Record<string, number> = {};
  let at = 0;
  while (at < input.length && input.slice(at).trim() !== "") {
    term.lastIndex = at;
    const match = term.exec(input);
    const [whole = "", sign = "", before, name, after] = match ?? [];
    const start = at + whole.length - whole.trimStart().length;
    if (!name) {
      return error(`A tone is expected here: ${listOf(tones)}.`, at + whole.trimEnd().length);
    }
    if (at > 0 && sign === "") return error(`"+" or "-" is expected before "${name}".`, start);
    const tone = tones.find(({ id, title }) => same(id, name) || same(title, name));
    const nameAt = input.indexOf(name, start);
    if (!tone) return error(`There is no tone "${name}"; the tones are ${listOf(tones)}.`, nameAt);
    if (Object.hasOwn(weights, tone.id)) return error(`"${name}" is named twice.`, nameAt);
    if (before !== undefined && after !== undefined) {
      return error(`"${name}" has two weights.`, nameAt);
    }
    const weight = Number(before ?? after ?? 1);
    if (weight > 1) return error(`The weight of "${name}" must be from 0 to 1.`, start);
    if (weight > 0) weights[tone.id] = sign === "-" ? -weight : weight;
    at += whole.length;
  }
  if (Object.keys(weights).length === 0) {
    return error(`Name a tone, for example ${example(tones)}.`, input.length);
  }
  return { kind: "weights", weights };
}

/** The expression that `parseToneExpression` reads back as these weights. */
export function formatToneExpression(weights: ToneWeights): string {
  return Object.entries(weights)
    .filter(([, weight]) => weight !== 0)
    .map(([tone, weight], index) => {
      const sign = weight < 0 ? "- " : index > 0 ? "+ " : "";
      const size = Number(Math.abs(weight).toFixed(2));
      return `${sign}${size === 1 ? "" : `${size} `}${tone}`;
    })
    .join(" ");
}

/** Whole inputs in which the last, unfinished word is completed to a tone not used yet. */
export function completeToneExpression(input: string, tones: readonly NamedTone[]): string[] {
  const [, head = "", word = ""] = /^(.*?)([\p{L}_][\p{L}\p{N}_]*)?$/su.exec(input) ?? [];
  const used = new Set(head.toLowerCase().match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? []);
  const expectsSign = used.size > 0 && !/[+-]\s*(?:[\d.]+\s*\*?\s*)?$/u.test(head);
  if (expectsSign) return [];
  return tones
    .filter(({ id, title }) => !used.has(id.toLowerCase()) && !used.has(title.toLowerCase()))
    .filter(({ id }) => id.toLowerCase().startsWith(word.toLowerCase()) && !same(id, word))
    .map(({ id }) => head + id);
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function listOf(tones: readonly NamedTone[]): string {
  return tones.map(({ id }) => id).join(", ");
}

function example(tones: readonly NamedTone[]): string {
  const [first = "empathetic", second = "concise"] = tones.slice(1).map(({ id }) => id);
  return `${first} - 0.5 ${second}`;
}

function error(message: string, at: number): ToneExpression {
  return { kind: "error", message, at };
}
