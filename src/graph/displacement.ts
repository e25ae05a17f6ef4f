/**
 * The displacement of one site as ONNX operators, for any method. The formulas are those of
 * src/steering/methods.ts; u = -g = (1/scale) W1^T( m1 * W2^T( m2 * W3^T c ) ) is the gradient of
 * sum_k c_k z_k. Mean and scale are folded into the first layer: W1' = W1/scale, b1' = b1 - W1' mean.
 *
 * With weights 0, u is exactly 0, LpNormalization gives 0 for it, and the displacement is 0; with
 * alpha 0 the last product is 0. Adding 0 changes no bit of the branch.
 */
import { TonesteerError } from "../shared/errors";
import type { SiteHeads } from "../steering/siteHeads";
import type { Operators } from "./operators";
import type { SteeringPlan } from "./plan";

/** What all sites share. */
export interface SteeringInputs {
  /** c as [rows or 1, 1, K]. */
  readonly weights: string;
  /** alpha * w_k (for `relative` over the sum of w) at each step: [rows or 1, positions or 1, 1]. */
  readonly alphas: readonly string[];
}

export interface Displacement {
  /** What is added to the residual, [rows, positions, d]. */
  readonly delta: string;
}

/** What `displacement` gives for the residual `x` [rows, positions, d] (float). */
export function displacement(
  ops: Operators,
  prefix: string,
  x: string,
  { method }: SteeringPlan,
  heads: SiteHeads,
  { weights, alphas }: SteeringInputs,
): string {
  const { edit } = ops;
  const name = (part: string) => `${prefix}/${part}`;
  const scaled = (u: string, factor: string, part = "delta") =>
    edit.node(name(part), "Mul", [u, factor]);
  switch (method) {
    case "relative": {
      const gradient = mlpGradient(ops, name, heads, weights);
      const size = ops.length(name("size"), x);
      return descend(ops, name, x, alphas, (at, part) => {
        const unit = edit.node(part("unit"), "LpNormalization", [gradient(at, part)], {
          axis: -1n,
          p: 2n,
        });
        return { vector: unit, size };
      });
    }
    case "gradient": {
      const gradient = mlpGradient(ops, name, heads, weights);
      return descend(ops, name, x, alphas, (at, part) => ({ vector: gradient(at, part) }));
    }
    case "reflect": {
      const g = mlpGradient(ops, name, heads, weights)(x, name);
      const along = ops.sum(name("along"), edit.node(name("products"), "Mul", [x, g]), -1);
      const squares = ops.sum(name("squares"), edit.node(name("square"), "Mul", [g, g]), -1);
      const guarded = edit.node(name("guarded"), "Add", [
        squares,
        edit.floats(name("epsilon"), [], Float32Array.of(1e-8)),
      ]);
      const ratio = edit.node(name("ratio"), "Div", [along, guarded]);
      const twice = edit.node(name("twice"), "Mul", [
        alphas[0]!,
        edit.floats(name("minusTwo"), [], Float32Array.of(-2)),
      ]);
      return scaled(g, edit.node(name("factor"), "Mul", [ratio, twice]));
    }
    case "direction":
    case "linear": {
      const matrix =
        method === "linear"
          ? need(heads.linear, "linear probe").weight
          : need(heads.directions, "directions");
      const rows = edit.floats(name("rows"), [heads.labels, heads.d], matrix);
      const v = edit.node(name("vector"), "MatMul", [weights, rows]);
      const unit = edit.node(name("unit"), "LpNormalization", [v], { axis: -1n, p: 2n });
      const size = ops.length(name("size"), x);
      return scaled(unit, edit.node(name("factor"), "Mul", [size, alphas[0]!]));
    }
  }
}

type Naming = (part: string) => string;

/** sum_k alpha_k * size * vector(x_k), with x_k the residual after the steps before. */
function descend(
  { edit }: Operators,
  name: Naming,
  x: string,
  alphas: readonly string[],
  step: (at: string, part: Naming) => { vector: string; size?: string },
): string {
  let at = x;
  let total = "";
  alphas.forEach((alpha, k) => {
    const part: Naming = (s) => name(k === 0 ? s : `${s}.${k}`);
    if (k > 0) at = edit.node(part("x"), "Add", [x, total]);
    const { vector, size } = step(at, part);
    const factor = size === undefined ? alpha : edit.node(part("factor"), "Mul", [size, alpha]);
    const delta = edit.node(part("delta"), "Mul", [vector, factor]);
    total = k === 0 ? delta : edit.node(part("total"), "Add", [total, delta]);
  });
  return total;
}

/** Adds the classifier's weights; the result adds u(x) [rows, positions, d] for an x. */
function mlpGradient(
  { edit }: Operators,
  name: Naming,
  heads: SiteHeads,
  weights: string,
): (x: string, part: Naming) => string {
  const { d, labels, mean, scale } = heads;
  const { hidden: h, w1, b1, w2, b2, w3 } = need(heads.mlp, "MLP classifier");
  const first = w1.map((value) => value / scale);
  const shifted = b1.map((value, row) => {
    let sum = value;
    for (let i = 0; i < d; i++) sum -= (w1[row * d + i]! / scale) * mean[i]!;
    return sum;
  });
  const zero = edit.floats(name("zero"), [], Float32Array.of(0));
  const m1 = edit.floats(name("w1"), [h, d], first);
  const m1t = edit.floats(name("w1t"), [d, h], transpose(first, h, d));
  const m2 = edit.floats(name("w2"), [h, h], w2);
  const m2t = edit.floats(name("w2t"), [h, h], transpose(w2, h, h));
  const bias1 = edit.floats(name("b1"), [h], shifted);
  const bias2 = edit.floats(name("b2"), [h], b2);
  const c3 = edit.node(name("c3"), "MatMul", [weights, edit.floats(name("w3"), [labels, h], w3)]);
  return (x, part) => {
    const z1 = edit.node(part("z1"), "Add", [edit.node(part("z1m"), "MatMul", [x, m1t]), bias1]);
    const h1 = edit.node(part("h1"), "Relu", [z1]);
    const z2 = edit.node(part("z2"), "Add", [edit.node(part("z2m"), "MatMul", [h1, m2t]), bias2]);
    const on2 = edit.node(part("on2"), "Greater", [z2, zero]);
    const back2 = edit.node(part("back2"), "Where", [on2, c3, zero]);
    const back1 = edit.node(part("back1m"), "MatMul", [back2, m2]);
    const on1 = edit.node(part("on1"), "Greater", [z1, zero]);
    return edit.node(part("u"), "MatMul", [
      edit.node(part("back1"), "Where", [on1, back1, zero]),
      m1,
    ]);
  };
}

function transpose(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = matrix[i * columns + j]!;
  }
  return result;
}

function need<T>(part: T | undefined, what: string): T {
  if (part !== undefined) return part;
  throw new TonesteerError(
    "modelUnsupported",
    `This model has no ${what} at that layer; choose another method or layer.`,
  );
}
