import * as v from "valibot";

/** The methods of steering; formulas and origins in src/steering/methods.ts. */
export const steeringMethods = ["relative", "gradient", "reflect", "direction", "linear"] as const;
export type SteeringMethod = (typeof steeringMethods)[number];

/** Several sites: take the gradient anew at each, or once and add the same vector at the others. */
export const steeringSpreads = ["recompute", "broadcast"] as const;
export type SteeringSpread = (typeof steeringSpreads)[number];

/** Whether the strongest promoted tone is also named in the prompt; `auto` is the pack's choice. */
export const toneInstructions = ["auto", "on", "off"] as const;
export type ToneInstruction = (typeof toneInstructions)[number];

/** How sure a rewrite must be of keeping the meaning: the floor under its round trip. */
export const fidelities = ["strict", "balanced", "free"] as const;
export type Fidelity = (typeof fidelities)[number];

const finite = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** One signed number a tone, from -1 (suppress) over 0 (off) to 1 (promote). */
export const ToneWeights = v.record(
  v.pipe(v.string(), v.maxLength(64)),
  v.pipe(finite, v.minValue(-1), v.maxValue(1)),
);
export type ToneWeights = v.InferOutput<typeof ToneWeights>;

/** What to steer toward and how; null always means "as the pack is calibrated". */
export const SteeringRequest = v.object({
  weights: ToneWeights,
  /** 0 (first block) to 1 (last); one site, the nearest that has a classifier. */
  layerDepth: v.nullable(v.pipe(finite, v.minValue(0), v.maxValue(1))),
  /** Zero-based blocks; wins over layerDepth. */
  sites: v.nullable(v.pipe(v.array(count), v.minLength(1), v.maxLength(64))),
  alpha: v.nullable(v.pipe(finite, v.minValue(0))),
  /** Factor on whichever alpha applies, up to the pack's ceiling; missing means 1. */
  strength: v.optional(v.pipe(finite, v.minValue(0), v.maxValue(4))),
  method: v.nullable(v.picklist(steeringMethods)),
  steps: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16))),
  decay: v.nullable(v.pipe(finite, v.minValue(0), v.maxValue(2))),
  spread: v.nullable(v.picklist(steeringSpreads)),
  toneInstruction: v.picklist(toneInstructions),
});
export type SteeringRequest = v.InferOutput<typeof SteeringRequest>;

/** The pack's own calibration throughout; only the tones are to be filled in. */
export function calibratedSteering(weights: ToneWeights): SteeringRequest {
  return {
    weights,
    layerDepth: null,
    sites: null,
    alpha: null,
    method: null,
    steps: null,
    decay: null,
    spread: null,
    toneInstruction: "auto",
  };
}

/** How rows after the first are drawn; null means the pack's value. */
export const GenerationRequest = v.object({
  seed: count,
  temperature: v.nullable(v.pipe(finite, v.minValue(0), v.maxValue(2))),
  topK: v.nullable(count),
  topP: v.nullable(v.pipe(finite, v.minValue(0), v.maxValue(1))),
  minP: v.nullable(v.pipe(finite, v.minValue(0), v.maxValue(1))),
  repetitionPenalty: v.nullable(v.pipe(finite, v.minValue(1), v.maxValue(2))),
});
export type GenerationRequest = v.InferOutput<typeof GenerationRequest>;

export function calibratedGeneration(seed = 7): GenerationRequest {
  return { seed, temperature: null, topK: null, topP: null, minP: null, repetitionPenalty: null };
}
