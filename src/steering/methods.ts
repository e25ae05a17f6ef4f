/**
 * The steering methods as a plain reference; the ONNX graphs compute the same in place.
 * x [d] is the residual after a block, c [labels] the weights, g = dL/dx of L = -sum_k c_k z_k(x),
 * w_k = decay^k for k = 0..steps-1.
 *
 *   relative   x <- x - alpha w_k / sum(w) |x_0| g / |g|           ours: alpha is a share of |x_0|
 *   linear     the same with the linear probe
 *   gradient   x <- x - alpha w_k g                                K-Steering, algorithm 1
 *   reflect    x' = x - alpha 2 (x.g) / (|g|^2 + 1e-8) g           K-Steering, algorithm 2 (Householder)
 *   direction  x' = x + alpha |x| v / |v|, v = sum_k c_k v_k       CAA, ActAdd
 *
 * `reflect` takes g of the mean avoided logit; its sign does not matter. Alpha 1 is the published
 * reflection, alpha 1/2 removes the component along g.
 */
import { TonesteerError } from "../shared/errors";
import type { SteeringMethod } from "../shared/steeringRequest";
import { steeringMethods } from "../shared/steeringRequest";
import type { ClassifierKind } from "./classifier";
import { dot, steeringGradient, transposed } from "./classifier";
import type { SiteHeads } from "./siteHeads";

export interface SteerOptions {
  readonly method: SteeringMethod;
  readonly alpha: number;
  /** Gradient steps, at least 1; read by `relative`, `gradient` and `linear`. Default 1. */
  readonly steps?: number;
  /** gamma in w_k = gamma^k, from 0 to 2. Default 1. */
  readonly decay?: number;
  /** Whose gradient `relative`, `gradient` and `reflect` take; `linear` always takes the probe's. Default "mlp". */
  readonly classifier?: ClassifierKind;
}

/** Keeps the reflection's division finite where the gradient is zero. */
const reflectEpsilon = 1e-8;

/**
 * The steered residual [d], a new array. With alpha 0 or all weights 0 it equals x bit for bit.
 * Throws `badRequest` on options or shapes that make no sense, `modelUnsupported` when the site
 * lacks what the method needs.
 */
export function steer(
  x: Float32Array,
  heads: SiteHeads,
  weights: Float32Array,
  options: SteerOptions,
): Float32Array {
  const steered = x.slice();
  check(x, heads, weights, options);
  if (options.alpha === 0 || weights.every((weight) => weight === 0)) return steered;
  const { method, alpha, classifier = "mlp" } = options;
  switch (method) {
    case "relative":
      return descend(steered, heads, weights, options, classifier, norm(x));
    case "linear":
      return descend(steered, heads, weights, options, "linear", norm(x));
    case "gradient":
      return descend(steered, heads, weights, options, classifier, undefined);
    case "reflect": {
      const g = steeringGradient(x, heads, weights, classifier);
      return add(steered, g, (-2 * alpha * dot(x, g)) / (dot(g, g) + reflectEpsilon));
    }
    case "direction": {
      const v = transposed(directionsOf(heads), weights, heads.d);
      const length = norm(v);
      return length === 0 ? steered : add(steered, v, (alpha * norm(x)) / length);
    }
  }
}

/** What `steer` adds to x [d]: the delta form. */
export function steeringDelta(
  x: Float32Array,
  heads: SiteHeads,
  weights: Float32Array,
  options: SteerOptions,
): Float32Array {
  return steer(x, heads, weights, options).map((value, i) => value - x[i]!);
}

/**
 * Steps against the gradient, taken anew at each step. With `startNorm` the displacements add up
 * to at most alpha * startNorm (`relative`); without it each is the raw gradient (`gradient`).
 */
function descend(
  x: Float32Array,
  heads: SiteHeads,
  weights: Float32Array,
  { alpha, steps = 1, decay = 1 }: SteerOptions,
  classifier: ClassifierKind,
  startNorm: number | undefined,
): Float32Array {
  let total = 0;
  for (let k = 0; k < steps; k++) total += decay ** k;
  for (let k = 0; k < steps; k++) {
    const g = steeringGradient(x, heads, weights, classifier);
    if (startNorm === undefined) {
      add(x, g, -alpha * decay ** k);
      continue;
    }
    const length = norm(g);
    // All hidden units off: the classifier says nothing here, so x stays.
    if (length === 0) break;
    add(x, g, (-alpha * (decay ** k / total) * startNorm) / length);
  }
  return x;
}

/** |v|, accumulated in double precision. */
export function norm(v: Float32Array): number {
  return Math.sqrt(dot(v, v));
}

/** x += factor * v, on an array this file made itself. */
function add(x: Float32Array, v: Float32Array, factor: number): Float32Array {
  for (let i = 0; i < x.length; i++) x[i]! += factor * v[i]!;
  return x;
}

function directionsOf(heads: SiteHeads): Float32Array {
  if (heads.directions) return heads.directions;
  throw new TonesteerError(
    "modelUnsupported",
    "This model has no directions at that layer; choose another method or layer.",
  );
}

function check(
  x: Float32Array,
  heads: SiteHeads,
  weights: Float32Array,
  { method, alpha, steps = 1, decay = 1 }: SteerOptions,
): void {
  if (!steeringMethods.includes(method)) {
    throw bad(`The method "${String(method)}" is unknown; choose ${steeringMethods.join(", ")}.`);
  }
  if (!Number.isFinite(alpha)) throw bad("Alpha must be a finite number, such as 0.15.");
  if (!Number.isInteger(steps) || steps < 1) throw bad("Steps must be a whole number from 1.");
  if (!(decay >= 0 && decay <= 2)) throw bad("Decay must be from 0 to 2.");
  if (x.length !== heads.d) {
    throw bad(`A residual of ${heads.d} numbers was expected, but it has ${x.length}.`);
  }
  if (weights.length !== heads.labels || !weights.every(Number.isFinite)) {
    throw bad(`${heads.labels} finite weights were expected, one for each tone.`);
  }
}

function bad(message: string): TonesteerError {
  return new TonesteerError("badRequest", message);
}
