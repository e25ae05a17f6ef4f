import type {
  PassageResult,
  RewriteResult,
  ToneReading,
  UnchangedReason,
} from "../shared/engineProtocol";
import type { RewriteSummary } from "../shared/rewriteSummary";
import type { ToneWeights } from "../shared/steeringRequest";

/** One summary of the results for several stretches of a document. */
export function summarise(
  documentName: string,
  weights: ToneWeights,
  results: readonly RewriteResult[],
): RewriteSummary {
  const passages = results.flatMap((result) => result.passages);
  const units = passages.flatMap((passage) => passage.units);
  const seconds = sum(results.map((result) => result.seconds));
  const tokens = sum(results.map((result) => result.tokens));
  const roundTrips = units.filter((unit) => unit.changed).flatMap((unit) => unit.roundTrip ?? []);
  const reasons = [...passages, ...units].flatMap(({ reason }): UnchangedReason[] =>
    reason ? [reason] : [],
  );
  return {
    documentName,
    weights,
    units: { changed: units.filter((unit) => unit.changed).length, total: units.length },
    reasons: passages.length > 0 ? [...new Set(reasons)] : ["nothingToRewrite"],
    checks: passages.filter((passage) => passage.changed).flatMap((passage) => passage.checks),
    characters: {
      before: sum(passages.map((passage) => passage.before.length)),
      after: sum(passages.map((passage) => passage.after.length)),
    },
    tones: {
      before: meanReading(passages, "before"),
      after: meanReading(passages, "after"),
    },
    roundTrip: roundTrips.length > 0 ? Math.min(...roundTrips) : null,
    tokens,
    tokensPerSecond: weightedMean(
      results.map((result) => [result.tokensPerSecond, result.tokens] as const),
    ),
    seconds,
    alternatives: Math.max(0, ...results.map((result) => result.alternatives.length)),
  };
}

function meanReading(passages: readonly PassageResult[], when: "before" | "after"): ToneReading {
  const tones = new Set(passages.flatMap((passage) => Object.keys(passage.tones[when])));
  return Object.fromEntries(
    [...tones].map((tone) => [
      tone,
      weightedMean(
        passages.map((passage) => [passage.tones[when][tone] ?? 0, passage[when].length] as const),
      ),
    ]),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function weightedMean(values: readonly (readonly [value: number, weight: number])[]): number {
  const total = sum(values.map(([, weight]) => weight));
  if (total === 0) return 0;
  return sum(values.map(([value, weight]) => value * weight)) / total;
}
