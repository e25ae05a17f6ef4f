// score = toneWeight * reading + roundTripWeight * roundTrip, over the candidates that pass.

export type Fidelity = "strict" | "balanced" | "free";

/** One rewrite of a unit, with what the model and the checks said about it. */
export interface RankingCandidate {
  readonly text: string;
  /** Whether all checks passed. */
  readonly passed: boolean;
  /** For each tone, log p: the mean over the candidate's tokens of log sigmoid of its logit. */
  readonly readings: Readonly<Record<string, number>>;
  /** Mean log-probability of a source token, given the candidate as the text. */
  readonly roundTrip: number;
}

export interface RankingOptions {
  /** Signed weight of each tone: positive promotes, negative suppresses. */
  readonly tones: Readonly<Record<string, number>>;
  readonly toneWeight: number;
  readonly roundTripWeight: number;
  /** Candidates with a lower round trip are out; `null`: no floor. */
  readonly roundTripFloor: number | null;
}

export type RankingReason = "ranked" | "checkFailed" | "belowFloor" | "duplicate" | "unreadable";

export interface RankedCandidate {
  /** Place of the candidate in the list given. */
  readonly index: number;
  readonly eligible: boolean;
  readonly reason: RankingReason;
  readonly reading: number;
  /** NaN-free; used between candidates of one unit only. */
  readonly score: number;
}

/** How far the balanced setting lies below the pack's floor, in mean log-probability a token. */
export const balancedMargin = 0.4;

/**
 * The lowest round trip allowed. `strict` is the pack's own floor, calibrated so that the meaning
 * stays; `balanced` lies `balancedMargin` below it, where a reader found about every third rewrite
 * of the first pack intact, so it is to be used with a look at the difference; `free` has no floor.
 */
export function roundTripFloor(packFloor: number, fidelity: Fidelity): number | null {
  if (fidelity === "free") return null;
  return fidelity === "strict" ? packFloor : packFloor - balancedMargin;
}

/**
 * How well a text reads as what was asked for, at most 0: the weighted mean of log p of the promoted
 * tones and log (1 - p) of the suppressed ones. log (1 - p) flattens out once a tone is absent, where
 * -log p would grow without bound and let suppression outweigh all else.
 */
export function toneReading(
  readings: Readonly<Record<string, number>>,
  tones: Readonly<Record<string, number>>,
): number {
  let sum = 0;
  let total = 0;
  for (const [tone, weight] of Object.entries(tones)) {
    if (weight === 0) continue;
    const logP = readings[tone] ?? Number.NaN;
    sum += Math.abs(weight) * (weight > 0 ? logP : logNot(logP));
    total += Math.abs(weight);
  }
  return total === 0 ? 0 : sum / total;
}

// log (1 - p) from log p; p = 1 in rounding is held just below 1 to stay finite.
function logNot(logP: number): number {
  return Math.log(Math.max(-Math.expm1(Math.min(logP, 0)), 1e-12));
}

/**
 * Best first. Eligible candidates by score, then the others by score; equal scores keep the order
 * given, so the result is the same for the same input. A text seen before is a duplicate and is out.
 */
export function rankCandidates(
  candidates: readonly RankingCandidate[],
  options: RankingOptions,
): RankedCandidate[] {
  const seen = new Set<string>();
  const ranked = candidates.map((candidate, index): RankedCandidate => {
    const reading = toneReading(candidate.readings, options.tones);
    const raw = options.toneWeight * reading + options.roundTripWeight * candidate.roundTrip;
    const readable = Number.isFinite(raw);
    const reason = seen.has(candidate.text)
      ? "duplicate"
      : reasonOf(candidate, readable, options.roundTripFloor);
    seen.add(candidate.text);
    const score = readable ? raw : -Number.MAX_VALUE;
    return { index, eligible: reason === "ranked", reason, reading, score };
  });
  return ranked.sort(
    (a, b) =>
      Number(b.eligible) - Number(a.eligible) ||
      Number(a.reason === "duplicate") - Number(b.reason === "duplicate") ||
      b.score - a.score ||
      a.index - b.index,
  );
}

function reasonOf(
  candidate: RankingCandidate,
  readable: boolean,
  floor: number | null,
): RankingReason {
  if (!candidate.passed) return "checkFailed";
  if (!readable) return "unreadable";
  return floor !== null && candidate.roundTrip < floor ? "belowFloor" : "ranked";
}
