/**
 * The classifiers that read a residual and whose gradient steers it (K-Steering, arXiv 2505.24535).
 *
 *   u = (x - mean) / scale
 *   z(x) = W3 relu(W2 relu(W1 u + b1) + b2) + b3          (MLP)
 *   z(x) = W u + b                                        (linear probe)
 *   L(x) = -sum_k c_k z_k(x)
 *   dL/dx = -(1/scale) W1^T( m1 * W2^T( m2 * W3^T c ) )   with m = [pre-activation > 0]
 *   dL/dx = -(1/scale) W^T c                              (linear probe)
 *
 * The gradient has a closed form because a ReLU network is linear between its kinks.
 */
import { TonesteerError } from "../shared/errors";
import type { LinearHead, MlpHead, SiteHeads } from "./siteHeads";

export type ClassifierKind = "mlp" | "linear";

/** z(x): one logit a label, for a residual x [d]. Throws `modelUnsupported` if the site lacks the classifier. */
export function toneLogits(
  x: Float32Array,
  heads: SiteHeads,
  kind: ClassifierKind = "mlp",
): Float32Array {
  const u = standardise(x, heads);
  if (kind === "linear") {
    const { weight, bias } = linearOf(heads);
    return affine(weight, u, bias);
  }
  const mlp = mlpOf(heads);
  const first = relu(affine(mlp.w1, u, mlp.b1));
  const second = relu(affine(mlp.w2, first, mlp.b2));
  return affine(mlp.w3, second, mlp.b3);
}

/** L(x) = -sum_k c_k z_k(x), for weights c [labels]. */
export function steeringLoss(
  x: Float32Array,
  heads: SiteHeads,
  weights: Float32Array,
  kind: ClassifierKind = "mlp",
): number {
  return -dot(weights, toneLogits(x, heads, kind));
}

/** dL/dx [d] for weights c [labels]: stepping against it raises the logits of positive weights. */
export function steeringGradient(
  x: Float32Array,
  heads: SiteHeads,
  weights: Float32Array,
  kind: ClassifierKind = "mlp",
): Float32Array {
  const toResidual = -1 / heads.scale;
  if (kind === "linear") {
    return scaled(transposed(linearOf(heads).weight, weights, heads.d), toResidual);
  }
  const mlp = mlpOf(heads);
  const pre1 = affine(mlp.w1, standardise(x, heads), mlp.b1);
  const pre2 = affine(mlp.w2, relu(pre1), mlp.b2);
  const back2 = masked(transposed(mlp.w3, weights, mlp.hidden), pre2);
  const back1 = masked(transposed(mlp.w2, back2, mlp.hidden), pre1);
  return scaled(transposed(mlp.w1, back1, heads.d), toResidual);
}

/** How a classifier reads a text. Both arrays are [labels], in label order. */
export interface ToneReading {
  /**
   * Mean over positions of log sigmoid(z_k), at most 0. The classifiers are trained with binary
   * cross-entropy on one-hot labels, so this is the mean log-probability of each label; it is what
   * candidates are ranked by.
   */
  readonly logProbability: Float32Array;
  /**
   * The same, normalised over the labels (they exclude one another in training): adds up to 1.
   * This is what tone bars show.
   */
  readonly probability: Float32Array;
}

/**
 * Reads the tones of a text from its residuals at one site.
 * `residuals` is [positions, d] row by row; throws `badRequest` when it holds no whole position.
 */
export function classifyTones(
  residuals: Float32Array,
  heads: SiteHeads,
  kind: ClassifierKind = "mlp",
): ToneReading {
  const positions = residuals.length / heads.d;
  if (!Number.isInteger(positions) || positions === 0) {
    throw new TonesteerError(
      "badRequest",
      `Tones are read from rows of ${heads.d} numbers, but there are ${residuals.length}.`,
    );
  }
  const sums = new Float64Array(heads.labels);
  for (let p = 0; p < positions; p++) {
    const logits = toneLogits(residuals.subarray(p * heads.d, (p + 1) * heads.d), heads, kind);
    for (let k = 0; k < sums.length; k++) sums[k]! += logSigmoid(logits[k]!);
  }
  const logProbability = Float32Array.from(sums, (sum) => sum / positions);
  return { logProbability, probability: softmax(logProbability) };
}

/** log(1 / (1 + exp(-z))) without overflow at either end. */
export function logSigmoid(z: number): number {
  return Math.min(z, 0) - Math.log1p(Math.exp(-Math.abs(z)));
}

/** exp(z_k) / sum exp(z); the maximum is subtracted first so that nothing overflows. */
export function softmax(z: Float32Array): Float32Array {
  const maximum = z.reduce((a, b) => Math.max(a, b), -Infinity);
  const exponentials = Float64Array.from(z, (value) => Math.exp(value - maximum));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return Float32Array.from(exponentials, (value) => value / sum);
}

/** Sum of products, accumulated in double precision. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** M^T v for a row-major M [v.length, columns]. */
export function transposed(matrix: Float32Array, v: Float32Array, columns: number): Float32Array {
  const sums = new Float64Array(columns);
  for (let row = 0; row < v.length; row++) {
    const factor = v[row]!;
    if (factor === 0) continue;
    const start = row * columns;
    for (let i = 0; i < columns; i++) sums[i]! += factor * matrix[start + i]!;
  }
  return Float32Array.from(sums);
}

/** M v + b for a row-major M [b.length, v.length]. */
function affine(matrix: Float32Array, v: Float32Array, bias: Float32Array): Float32Array {
  const result = new Float32Array(bias.length);
  for (let row = 0; row < result.length; row++) {
    let sum = bias[row]!;
    const start = row * v.length;
    for (let i = 0; i < v.length; i++) sum += matrix[start + i]! * v[i]!;
    result[row] = sum;
  }
  return result;
}

function standardise(x: Float32Array, { mean, scale, d }: SiteHeads): Float32Array {
  if (x.length !== d) {
    throw new TonesteerError(
      "badRequest",
      `A residual of ${d} numbers was expected, but it has ${x.length}.`,
    );
  }
  return x.map((value, i) => (value - mean[i]!) / scale);
}

function relu(v: Float32Array): Float32Array {
  return v.map((value) => (value > 0 ? value : 0));
}

/** Keeps v where the pre-activation lets the gradient through. */
function masked(v: Float32Array, preActivation: Float32Array): Float32Array {
  return v.map((value, i) => (preActivation[i]! > 0 ? value : 0));
}

function scaled(v: Float32Array, factor: number): Float32Array {
  return v.map((value) => value * factor);
}

function mlpOf(heads: SiteHeads): MlpHead {
  if (heads.mlp) return heads.mlp;
  throw lacking("MLP classifier");
}

function linearOf(heads: SiteHeads): LinearHead {
  if (heads.linear) return heads.linear;
  throw lacking("linear probe");
}

function lacking(what: string): TonesteerError {
  return new TonesteerError(
    "modelUnsupported",
    `This model has no ${what} at that layer; choose another method or layer.`,
  );
}
