import * as v from "valibot";
import { CheckResult, ToneReading, unchangedReasons } from "./engineProtocol";
import { ToneWeights } from "./steeringRequest";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());

/** What a person wants to know of the last rewrite: figures only, none of the text. */
export const RewriteSummary = v.object({
  documentName: v.string(),
  weights: ToneWeights,
  /** How many units (sentences or a few of them) were rewritten, of how many. */
  units: v.object({ changed: count, total: count }),
  /** Why units stayed as they were; each reason once. */
  reasons: v.array(v.picklist(unchangedReasons)),
  checks: v.array(CheckResult),
  characters: v.object({ before: count, after: count }),
  /** Means over the passages, weighted by their length. */
  tones: v.object({ before: ToneReading, after: ToneReading }),
  /** The lowest of all units: the one to be least sure of. */
  roundTrip: v.nullable(finite),
  tokens: count,
  tokensPerSecond: finite,
  seconds: finite,
  /** How many further versions can be stepped through. */
  alternatives: count,
});
export type RewriteSummary = v.InferOutput<typeof RewriteSummary>;
