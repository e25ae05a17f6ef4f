/**
 * Choosing the next token of a row from its logits.
 *
 * Own code: in @huggingface/transformers 4.3 the top-k and top-p processors have no effect, there
 * is no min-p, random numbers have no seed, and its top-k runs a graph of its own for each token.
 *
 * Order, as in the Python library: repetition penalty, temperature, top-k, top-p, min-p.
 */
import { TonesteerError } from "../shared/errors";
import { createRandom } from "./random";

export interface SamplingOptions {
  /** 0: always the likeliest token (greedy); the fields below then have no say, but for the penalty. */
  readonly temperature: number;
  /** Keep the k likeliest tokens; 0 keeps all. */
  readonly topK: number;
  /** Keep the fewest tokens whose probabilities reach this sum; 1 keeps all. */
  readonly topP: number;
  /** Keep tokens at least this fraction as likely as the likeliest; 0 keeps all. */
  readonly minP: number;
  /** Above 1: tokens that were written before become less likely (Keskar et al., arXiv 1909.05858). */
  readonly repetitionPenalty: number;
}

export const greedySampling: SamplingOptions = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
};

export interface Sampler {
  /**
   * The id of the next token. `logits` [vocabulary] is read, never changed; `previous` are the ids
   * that the repetition penalty is about. Throws `internal` if no logit is a number.
   */
  next(logits: Float32Array, previous: readonly number[]): number;
}

/** Tokens that may be drawn, with their scores, later their weights. Reused from token to token. */
interface Candidates {
  ids: Int32Array;
  values: Float64Array;
  count: number;
}

/** A sampler for one row. The same seed and logits give the same tokens. Throws `badRequest`. */
export function createSampler(options: SamplingOptions, seed: number): Sampler {
  check(options, seed);
  const { temperature, topK, topP, minP, repetitionPenalty } = options;
  const random = createRandom(seed);
  let penalised = new Float32Array(0);
  const candidates: Candidates = { ids: new Int32Array(0), values: new Float64Array(0), count: 0 };

  function withPenalty(logits: Float32Array, previous: readonly number[]): Float32Array {
    if (repetitionPenalty === 1 || previous.length === 0) return logits;
    if (penalised.length !== logits.length) penalised = new Float32Array(logits.length);
    penalised.set(logits);
    for (const id of previous) {
      // Taken from the untouched logits, so that a token is penalised once however often it came.
      const score = logits[id];
      if (score === undefined) continue;
      penalised[id] = score < 0 ? score * repetitionPenalty : score / repetitionPenalty;
    }
    return penalised;
  }

  return {
    next(logits, previous) {
      const scores = withPenalty(logits, previous);
      if (temperature === 0 || topK === 1) return likeliest(scores);
      if (topK > 0 && topK < scores.length) keepTop(scores, topK, candidates);
      else keepAll(scores, topP < 1 ? -Infinity : floorOf(scores, temperature, minP), candidates);
      const total = weigh(candidates, temperature);
      const limit = Math.max(minP, topP < 1 ? topPLimit(candidates, topP, total) : 0);
      return draw(candidates, cut(candidates, limit), random());
    },
  };
}

/** Index of the largest number; the first of equals. */
function likeliest(scores: Float32Array): number {
  let best = -1;
  let highest = -Infinity;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (score > highest) {
      highest = score;
      best = i;
    }
  }
  if (best < 0 || highest === Infinity) throw notNumbers();
  return best;
}

/**
 * The k largest, best first, by a heap whose root is the smallest kept: nearly all of the
 * vocabulary costs one comparison each. Of equals the first are kept. NaN and -Infinity are out.
 */
function keepTop(scores: Float32Array, k: number, kept: Candidates): void {
  makeRoom(kept, k);
  const { ids, values } = kept;
  let count = 0;
  let i = 0;
  for (; i < scores.length && count < k; i++) {
    const score = scores[i]!;
    if (!(score > -Infinity)) continue;
    let at = count++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!below(score, i, values[parent]!, ids[parent]!)) break;
      values[at] = values[parent]!;
      ids[at] = ids[parent]!;
      at = parent;
    }
    values[at] = score;
    ids[at] = i;
  }
  let smallest = values[0]!;
  for (; i < scores.length; i++) {
    if (scores[i]! > smallest) {
      siftDown(values, ids, count, scores[i]!, i);
      smallest = values[0]!;
    }
  }
  // Taking the smallest off again and again leaves the heap sorted, best first.
  for (let last = count - 1; last > 0; last--) {
    const score = values[last]!;
    const id = ids[last]!;
    values[last] = values[0]!;
    ids[last] = ids[0]!;
    siftDown(values, ids, last, score, id);
  }
  kept.count = count;
}

/** Puts a pair in at the root of a heap and lets it sink. */
function siftDown(
  values: Float64Array,
  ids: Int32Array,
  count: number,
  score: number,
  id: number,
): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= count) break;
    const right = child + 1;
    if (right < count && below(values[right]!, ids[right]!, values[child]!, ids[child]!))
      child = right;
    if (!below(values[child]!, ids[child]!, score, id)) break;
    values[at] = values[child]!;
    ids[at] = ids[child]!;
    at = child;
  }
  values[at] = score;
  ids[at] = id;
}

/** Order of candidates: a lower score, or of equals the later id, is worse. */
function below(score: number, id: number, otherScore: number, otherId: number): boolean {
  return score < otherScore || (score === otherScore && id > otherId);
}

/** Every token from a score on, in the order of ids. NaN and -Infinity are out. */
function keepAll(scores: Float32Array, floor: number, kept: Candidates): void {
  makeRoom(kept, scores.length);
  let count = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (!(score >= floor && score > -Infinity)) continue;
    kept.ids[count] = i;
    kept.values[count++] = score;
  }
  kept.count = count;
}

/** The score below which min-p drops a token; a little lower, since the cut by weight decides. */
function floorOf(scores: Float32Array, temperature: number, minP: number): number {
  if (minP === 0) return -Infinity;
  const floor = scores[likeliest(scores)]! + temperature * Math.log(minP);
  return floor - 1e-6 * (1 + Math.abs(floor));
}

function makeRoom(kept: Candidates, count: number): void {
  if (kept.ids.length >= count) return;
  kept.ids = new Int32Array(count);
  kept.values = new Float64Array(count);
}

/** Scores become weights, 1 for the best token. Returns their sum. */
function weigh({ values, count }: Candidates, temperature: number): number {
  let highest = -Infinity;
  for (let i = 0; i < count; i++) highest = Math.max(highest, values[i]!);
  if (!Number.isFinite(highest)) throw notNumbers();
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const weight = Math.exp((values[i]! - highest) / temperature);
    values[i] = weight;
    sum += weight;
  }
  return sum;
}

/**
 * The least weight that top-p keeps. Tokens as likely as that one are all kept, so that the choice
 * never depends on the order of ids.
 */
function topPLimit({ values, count }: Candidates, topP: number, total: number): number {
  // Weights below this add up to less than top-p leaves out: most of a vocabulary need not be sorted.
  const negligible = ((1 - topP) * total) / count;
  const weights = values
    .subarray(0, count)
    .filter((weight) => weight >= negligible)
    .sort();
  let sum = 0;
  for (let i = weights.length - 1; i >= 0; i--) {
    sum += weights[i]!;
    if (sum >= topP * total) return weights[i]!;
  }
  return 0;
}

/** Drops the tokens under a weight; the best one stays. Returns the sum of what is left. */
function cut(candidates: Candidates, limit: number): number {
  const { ids, values, count } = candidates;
  let kept = 0;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    if (values[i]! < Math.min(limit, 1)) continue;
    ids[kept] = ids[i]!;
    values[kept++] = values[i]!;
    sum += values[i]!;
  }
  candidates.count = kept;
  return sum;
}

/** The id at which a uniform number in [0, 1) falls; `sum` is that of the weights. */
function draw({ ids, values, count }: Candidates, sum: number, uniform: number): number {
  let left = uniform * sum;
  for (let i = 0; i < count; i++) {
    left -= values[i]!;
    if (left < 0) return ids[i]!;
  }
  return ids[count - 1]!;
}

function notNumbers(): TonesteerError {
  return new TonesteerError(
    "internal",
    "The model's output is not a number; use a smaller alpha or install the model again.",
  );
}

function check(options: SamplingOptions, seed: number): void {
  const { temperature, topK, topP, minP, repetitionPenalty } = options;
  if (!(temperature >= 0 && temperature < Infinity)) throw bad("temperature must be 0 or more");
  if (!Number.isInteger(topK) || topK < 0) throw bad("top-k must be a whole number, 0 or more");
  if (!(topP >= 0 && topP <= 1)) throw bad("top-p must be from 0 to 1");
  if (!(minP >= 0 && minP <= 1)) throw bad("min-p must be from 0 to 1");
  if (!(repetitionPenalty > 0 && repetitionPenalty < Infinity)) {
    throw bad("the repetition penalty must be above 0");
  }
  if (!Number.isSafeInteger(seed)) throw bad("the seed must be a whole number");
}

function bad(what: string): TonesteerError {
  return new TonesteerError("badRequest", `The sampling settings cannot be used: ${what}.`);
}
