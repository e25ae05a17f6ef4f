import * as v from "valibot";
import type { Contract } from "./channel";
import { fidelities, GenerationRequest, SteeringRequest, steeringMethods } from "./steeringRequest";
import { textFormats } from "./textFormat";

/** The wire between whoever wants text rewritten (extension host, tests) and the engine process. */

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());
const text = v.string();

/** What the classifier reads in a text: one probability a tone, 0 to 1 each. */
export const ToneReading = v.record(v.string(), finite);
export type ToneReading = v.InferOutput<typeof ToneReading>;

export const OpenRequest = v.object({
  /** Absolute path of the model pack's folder. */
  packFolder: v.string(),
  /** Absolute path of a folder for patched graphs; made if missing. */
  cacheFolder: v.string(),
  /** Threads of the runtime; 0 lets it choose. */
  threads: v.pipe(count, v.maxValue(256)),
});
export type OpenRequest = v.InferOutput<typeof OpenRequest>;

/** What people and panels need to know of an opened pack. */
export const PackSummary = v.object({
  name: text,
  title: text,
  version: text,
  languages: v.array(text),
  tones: v.array(v.object({ id: text, title: text, description: text })),
  blocks: count,
  /** Sites that have a classifier, with its held-out accuracy. */
  sites: v.array(v.object({ site: count, depth: finite, accuracy: finite })),
  calibrated: v.object({
    method: v.picklist(steeringMethods),
    sites: v.array(count),
    steps: count,
    decay: finite,
    alpha: finite,
    alphaMaximum: finite,
    roundTripFloor: finite,
  }),
});
export type PackSummary = v.InferOutput<typeof PackSummary>;

export const RewriteRequest = v.object({
  text,
  format: v.picklist(textFormats),
  steering: SteeringRequest,
  generation: GenerationRequest,
  fidelity: v.picklist(fidelities),
  /** How many further whole texts to give back besides the best. */
  alternatives: v.pipe(count, v.maxValue(8)),
  /** Rewrite even text in a language that the pack does not list. */
  anyLanguage: v.boolean(),
  /** What to do when a rewrite is running: wait for it, or stop it (it ends with `replaced`). */
  whenBusy: v.picklist(["wait", "replace"]),
});
export type RewriteRequest = v.InferOutput<typeof RewriteRequest>;

/** Sent as the text appears; droppable. */
export const RewriteProgress = v.object({
  passage: count,
  passages: count,
  /** The current passage as far as it is written: whole words only. */
  written: text,
  tokens: count,
  tokensPerSecond: finite,
});
export type RewriteProgress = v.InferOutput<typeof RewriteProgress>;

export const CheckResult = v.object({ name: text, passed: v.boolean(), detail: text });
export type CheckResult = v.InferOutput<typeof CheckResult>;

/** Why a unit or passage stayed as it was. */
export const unchangedReasons = [
  "noCandidatePassed",
  "sameText",
  "language",
  "tooLong",
  "nothingToRewrite",
] as const;
const UnchangedReason = v.nullable(v.picklist(unchangedReasons));
export type UnchangedReason = (typeof unchangedReasons)[number];

export const UnitResult = v.object({
  before: text,
  after: text,
  changed: v.boolean(),
  reason: UnchangedReason,
  /** Mean log-probability a token of the source given the candidate; null if nothing was written. */
  roundTrip: v.nullable(finite),
  /** How many candidates were written for this unit. */
  rows: count,
  checks: v.array(CheckResult),
  /** When nothing passed: the best that was written, never put in by itself. */
  rejected: v.nullable(text),
});
export type UnitResult = v.InferOutput<typeof UnitResult>;

export const PassageResult = v.object({
  before: text,
  after: text,
  changed: v.boolean(),
  /** null when every unit was rewritten; else why some or all stayed, in the first such unit's words. */
  reason: UnchangedReason,
  units: v.array(UnitResult),
  checks: v.array(CheckResult),
  roundTrip: v.nullable(finite),
  tones: v.object({ before: ToneReading, after: ToneReading }),
});
export type PassageResult = v.InferOutput<typeof PassageResult>;

export const RewriteResult = v.object({
  text,
  passages: v.array(PassageResult),
  /** Further whole texts, best first, each different from `text` and checked like it. */
  alternatives: v.array(text),
  tokens: count,
  tokensPerSecond: finite,
  seconds: finite,
});
export type RewriteResult = v.InferOutput<typeof RewriteResult>;

export const LadderRequest = v.object({
  ...RewriteRequest.entries,
  /** Factors of the weights, one row each; negative ones turn promoting into suppressing. */
  strengths: v.pipe(v.array(finite), v.minLength(1), v.maxLength(8)),
});
export type LadderRequest = v.InferOutput<typeof LadderRequest>;

export const LadderResult = v.object({
  rungs: v.array(
    v.object({
      strength: finite,
      text,
      /** False when no candidate passed at this strength: then `text` is the source. */
      changed: v.boolean(),
      roundTrip: v.nullable(finite),
      tones: ToneReading,
    }),
  ),
});
export type LadderResult = v.InferOutput<typeof LadderResult>;

export const engineContract = {
  requests: {
    open: { params: OpenRequest, result: PackSummary },
    rewrite: { params: RewriteRequest, result: RewriteResult, progress: RewriteProgress },
    ladder: { params: LadderRequest, result: LadderResult },
    readTones: { params: v.object({ text }), result: ToneReading },
    memory: { params: v.object({}), result: v.object({ residentBytes: count }) },
  },
  events: {
    log: v.object({ level: v.picklist(["debug", "info", "warn", "error"]), message: text }),
  },
} as const satisfies Contract;
export type EngineContract = typeof engineContract;

/** The host answers nothing to the engine. */
export const hostContract = { requests: {}, events: {} } as const satisfies Contract;
export type HostContract = typeof hostContract;
