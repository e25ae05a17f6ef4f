/**
 * What each method adds to the residual at one site, as ONNX operators. The formulas are those of
 * src/steering/methods.ts, with u = -dL/dx.
 *
 * With weights 0, u is exactly 0, LpNormalization gives 0 for it (not 0/0), and so the displacement
 * is 0; with alpha 0 its last factor is 0. Adding 0 changes no bit of the branch.
 */
import type { SiteHeads } from "../steering/siteHeads";
import type { Naming } from "./classifierOps";
import { gradientOps, requirePart } from "./classifierOps";
import type { Operators } from "./operators";
import type { SteeringPlan } from "./plan";

/** What all sites share. */
export interface SteeringInputs {
  /** c as [rows or 1, 1, K]. */
  readonly weights: string;
  /** One a step: alpha w_k, for `relative` alpha w_k / sum(w); [rows or 1, positions or 1, 1]. */
  readonly alphas: readonly string[];
}

/** Adds the nodes that make the displacement of the residual `x`; both [rows, positions, d], float. */
export function displacement(
  ops: Operators,
  name: Naming,
  x: string,
  { method }: SteeringPlan,
  heads: SiteHeads,
  { weights, alphas }: SteeringInputs,
): string {
  const { edit } = ops;
  switch (method) {
    case "relative": {
      const gradient = gradientOps(edit, name, heads, weights);
      const size = ops.length(name("size"), x);
      return descend(ops, name, x, alphas, (at, oneStep, alpha) => {
        const factor = edit.node(oneStep("factor"), "Mul", [size, alpha]);
        return { vector: unit(ops, oneStep, gradient(at, oneStep)), factor };
      });
    }
    case "gradient": {
      const gradient = gradientOps(edit, name, heads, weights);
      return descend(ops, name, x, alphas, (at, oneStep, alpha) => {
        return { vector: gradient(at, oneStep), factor: alpha };
      });
    }
    case "reflect":
      return reflection(ops, name, x, gradientOps(edit, name, heads, weights)(x, name), alphas[0]!);
    case "direction":
    case "linear": {
      const matrix =
        method === "linear"
          ? requirePart(heads.linear, "linear probe").weight
          : requirePart(heads.directions, "directions");
      const rows = edit.floats(name("rows"), [heads.labels, heads.d], matrix);
      const vector = unit(ops, name, edit.node(name("v"), "MatMul", [weights, rows]));
      const size = ops.length(name("size"), x);
      const factor = edit.node(name("factor"), "Mul", [size, alphas[0]!]);
      return edit.node(name("delta"), "Mul", [vector, factor]);
    }
  }
}

/** sum_k factor_k vector_k(x_k), with x_k the residual after the steps before. */
function descend(
  { edit }: Operators,
  name: Naming,
  x: string,
  alphas: readonly string[],
  step: (at: string, oneStep: Naming, alpha: string) => { vector: string; factor: string },
): string {
  let total = "";
  alphas.forEach((alpha, k) => {
    const oneStep: Naming = (part) => name(k === 0 ? part : `${part}.${k}`);
    const at = k === 0 ? x : edit.node(oneStep("x"), "Add", [x, total]);
    const { vector, factor } = step(at, oneStep, alpha);
    const delta = edit.node(oneStep("delta"), "Mul", [vector, factor]);
    total = k === 0 ? delta : edit.node(oneStep("total"), "Add", [total, delta]);
  });
  return total;
}

/** -alpha 2 (x.u) / (|u|^2 + 1e-8) u */
function reflection(ops: Operators, name: Naming, x: string, u: string, alpha: string): string {
  const { edit } = ops;
  const number = (part: string, value: number) =>
    edit.floats(name(part), [], Float32Array.of(value));
  const along = ops.sum(name("along"), edit.node(name("products"), "Mul", [x, u]), -1);
  const squares = ops.sum(name("squares"), edit.node(name("square"), "Mul", [u, u]), -1);
  const guarded = edit.node(name("guarded"), "Add", [squares, number("epsilon", 1e-8)]);
  const ratio = edit.node(name("ratio"), "Div", [along, guarded]);
  const twice = edit.node(name("twice"), "Mul", [alpha, number("minusTwo", -2)]);
  const factor = edit.node(name("factor"), "Mul", [ratio, twice]);
  return edit.node(name("delta"), "Mul", [u, factor]);
}

function unit({ edit }: Operators, name: Naming, vector: string): string {
  return edit.node(name("unit"), "LpNormalization", [vector], { axis: -1n, p: 2n });
}
