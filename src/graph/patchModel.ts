import { TonesteerError } from "../shared/errors";
import { displacement } from "./displacement";
import { FLOAT } from "./elementType";
import { GraphEdit } from "./graphEdit";
import type { OnnxModel } from "./modelFile";
import { Operators } from "./operators";
import type { PatchPlan, SteeringPlan, TapPlan } from "./plan";
import { steeringInputs, tapMask, tapOutput } from "./plan";
import type { ResidualSite, ResidualStream } from "./residualStream";
import { findResidualStream } from "./residualStream";

/**
 * A copy of the graph with what the plan asks for; the original is not changed.
 *
 * Throws `badRequest` for a site, label or step count that does not fit the model, and
 * `modelUnsupported` when the graph is not understood.
 */
export function patchModel(model: OnnxModel, plan: PatchPlan): OnnxModel {
  const stream = findResidualStream(model);
  const edit = new GraphEdit(model);
  const ops = new Operators(edit);
  if (plan.steering) steer(ops, stream, plan.steering);
  if (plan.tap) tap(ops, stream, plan.tap);
  if (plan.lastPositionOnly) keepLastPosition(ops, model, stream);
  return edit.build();
}

function steer(ops: Operators, stream: ResidualStream, plan: SteeringPlan): void {
  const sites = checkedSites(stream, plan);
  const { edit } = ops;
  const { weights, alpha } = steeringInputs;
  edit.addInput(weights, FLOAT, ["steer_rows", plan.labels]);
  edit.addInput(alpha, FLOAT, ["steer_rows", "steer_positions", 1]);
  edit.goBefore(sites[0]!.at.node);
  const shared = {
    weights: ops.unsqueeze("/steer/weights", weights, 1),
    alphas: stepFactors(plan).map((factor, k) =>
      factor === 1
        ? alpha
        : edit.node(`/steer/alpha.${k}`, "Mul", [
            alpha,
            edit.floats(`/steer/w.${k}`, [], Float32Array.of(factor)),
          ]),
    ),
  };
  let first: { delta: string; size: string } | undefined;
  for (const { at, heads } of sites) {
    const prefix = `/steer/blocks.${at.site}`;
    edit.goBefore(at.node);
    const x = residual(ops, prefix, at);
    let delta: string;
    if (plan.spread === "recompute" || sites.length === 1) {
      delta = displacement(ops, prefix, x, plan, heads, shared);
    } else if (!first) {
      delta = displacement(ops, prefix, x, plan, heads, shared);
      const size = ops.length(`${prefix}/home`, x);
      const least = edit.floats(`${prefix}/least`, [], Float32Array.of(1e-12));
      first = { delta, size: edit.node(`${prefix}/homeSize`, "Max", [size, least]) };
    } else {
      const size = ops.length(`${prefix}/size`, x);
      const ratio = edit.node(`${prefix}/ratio`, "Div", [size, first.size]);
      delta = edit.node(`${prefix}/delta`, "Mul", [first.delta, ratio]);
    }
    if (at.elementType !== FLOAT) {
      delta = edit.node(`${prefix}/deltaCast`, "Cast", [delta], { to: BigInt(at.elementType) });
    }
    const steered = edit.node(`${prefix}/branch`, "Add", [at.branch.tensor, delta]);
    edit.change(at.node).input[at.branch.input] = steered;
  }
}

/** The residual after a site as it would be unsteered, in float: skip + branch (+ bias). */
function residual({ edit }: Operators, prefix: string, at: ResidualSite): string {
  let x = edit.node(`${prefix}/x0`, "Add", [at.skip.tensor, at.branch.tensor]);
  if (at.bias !== undefined) x = edit.node(`${prefix}/x0b`, "Add", [x, at.bias]);
  if (at.elementType === FLOAT) return x;
  return edit.node(`${prefix}/x0f`, "Cast", [x], { to: BigInt(FLOAT) });
}

/** The factor on alpha at each step: w_k for `gradient`, w_k / sum(w) for `relative`. */
function stepFactors({ method, steps, decay }: SteeringPlan): number[] {
  if (method !== "relative" && method !== "gradient") return [1];
  const powers = Array.from({ length: steps }, (_, k) => decay ** k);
  const total = method === "relative" ? powers.reduce((a, b) => a + b, 0) : 1;
  return powers.map((power) => power / total);
}

function checkedSites(stream: ResidualStream, plan: SteeringPlan) {
  const { steps, decay, labels } = plan;
  if (!Number.isInteger(steps) || steps < 1) throw bad("Steps must be a whole number from 1.");
  if (!(decay > 0 && decay <= 1)) throw bad("Decay must be above 0 and at most 1.");
  if (plan.sites.length === 0) throw bad("Steering needs at least one layer.");
  const sites = [...plan.sites].sort((a, b) => a.site - b.site);
  return sites.map(({ site, heads }, i) => {
    if (site === sites[i - 1]?.site) throw bad(`Layer ${site} is named twice.`);
    if (heads.d !== stream.hidden) {
      throw bad(
        `What steers layer ${site} is made for ${heads.d} dimensions, but the model has ${stream.hidden}.`,
      );
    }
    if (heads.labels !== labels) {
      throw bad(
        `What steers layer ${site} knows ${heads.labels} tones, but ${labels} are expected.`,
      );
    }
    return { at: siteAt(stream, site), heads };
  });
}

function siteAt(stream: ResidualStream, site: number): ResidualSite {
  const found = stream.sites[site];
  if (found) return found;
  throw bad(`There is no layer ${site}; the model's layers are 0 to ${stream.blocks - 1}.`);
}

function tap(ops: Operators, stream: ResidualStream, plan: TapPlan): void {
  const { edit } = ops;
  const at = siteAt(stream, plan.site);
  edit.goAfter(at.node);
  let x = at.output;
  if (x === undefined) {
    const node = edit.change(at.node);
    while (node.output.length < 3) node.output.push("");
    node.output[3] = x = "/tap/residual";
  }
  if (at.elementType !== FLOAT) x = edit.node("/tap/float", "Cast", [x], { to: BigInt(FLOAT) });
  if (plan.reduce === "none") {
    edit.node(tapOutput, "Identity", [x]);
    edit.addOutput(tapOutput, FLOAT, ["tap_rows", "tap_positions", stream.hidden]);
    return;
  }
  edit.addInput(tapMask, FLOAT, ["tap_rows", "tap_positions"]);
  const row = ops.unsqueeze("/tap/row", tapMask, 1);
  const total = edit.node("/tap/total", "MatMul", [row, x]);
  const count = ops.sum("/tap/count", row, -1);
  const least = edit.floats("/tap/least", [], Float32Array.of(1e-12));
  const mean = edit.node("/tap/mean", "Div", [
    total,
    edit.node("/tap/weight", "Max", [count, least]),
  ]);
  const shape = edit.integers("/tap/shape", [2], [-1n, BigInt(stream.hidden)]);
  edit.node(tapOutput, "Reshape", [mean, shape]);
  edit.addOutput(tapOutput, FLOAT, ["tap_rows", stream.hidden]);
}

/** Norm and projection treat each position by itself, so the others can go before them. */
function keepLastPosition({ edit }: Operators, model: OnnxModel, { head }: ResidualStream): void {
  edit.goAfter(head.lastSum);
  const last = edit.integers("/head/last", [1], [-1n]);
  const kept = edit.node("/head/hidden", "Gather", [head.hiddenTensor, last], { axis: 1n });
  for (const node of model.proto.graph.node) {
    node.input.forEach((input, i) => {
      if (input === head.hiddenTensor) edit.change(node).input[i] = kept;
    });
  }
}

function bad(message: string): TonesteerError {
  return new TonesteerError("badRequest", message);
}
