import type { SteeringMethod } from "../shared/steeringRequest";
import type { SiteHeads } from "../steering/siteHeads";

/** What a patched graph does more, or less, than the original. */
export interface PatchPlan {
  /** Adds the inputs `steer.weights` and `steer.alpha` (see `steeringInputs`). */
  readonly steering?: SteeringPlan;
  /** Adds the output `tap`: the residual after a site, steered if that site is. */
  readonly tap?: TapPlan;
  /** Logits for the last position alone: [rows, 1, vocabulary]. */
  readonly lastPositionOnly?: boolean;
  /** Inputs and outputs for a decode loop instead of whole logits and caches (`decoderNames`). */
  readonly decoding?: boolean;
}

export interface SteeringPlan {
  readonly method: SteeringMethod;
  /** Gradient steps at a site, at least 1; `linear`, `reflect` and `direction` need only one. */
  readonly steps: number;
  /** gamma in w_k = gamma^k. */
  readonly decay: number;
  /** Whether each site takes its own displacement, or all add that of the first. */
  readonly spread: "recompute" | "broadcast";
  /** K, the number of weights. */
  readonly labels: number;
  readonly sites: readonly { readonly site: number; readonly heads: SiteHeads }[];
}

export interface TapPlan {
  readonly site: number;
  /** "none": [rows, positions, hidden]; "mean": [rows, hidden], over the positions that the input
   * `tap.mask` [rows, positions] (float) weights. */
  readonly reduce: "none" | "mean";
}

export const steeringInputs = {
  /** float [rows or 1, labels] */
  weights: "steer.weights",
  /** float [rows or 1, positions or 1, 1] */
  alpha: "steer.alpha",
} as const;

/** float [rows, positions] */
export const tapMask = "tap.mask";

/** float32, whatever the model's type. */
export const tapOutput = "tap";
