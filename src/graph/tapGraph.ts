import { FLOAT } from "./elementType";
import type { GraphEdit } from "./graphEdit";
import type { Operators } from "./operators";
import type { TapPlan } from "./plan";
import { tapMask, tapOutput } from "./plan";
import type { ResidualSite, ResidualStream } from "./residualStream";
import { siteAt } from "./residualStream";

/** Gives the residual after a site out as `tap`, in float: as it goes on, so steered if the site is. */
export function tapGraph(ops: Operators, stream: ResidualStream, plan: TapPlan): void {
  const { edit } = ops;
  const at = siteAt(stream, plan.site);
  edit.goAfter(at.node);
  const x = residual(edit, at);
  if (plan.reduce === "none") {
    edit.node(tapOutput, "Identity", [x]);
    edit.addOutput(tapOutput, FLOAT, ["tap_rows", "tap_positions", stream.hidden]);
    return;
  }
  // sum_p mask_p x_p / sum_p mask_p; a row whose mask is all 0 gives 0.
  const mask = edit.addInput(tapMask, FLOAT, ["tap_rows", "tap_positions"]);
  const row = ops.unsqueeze("/tap/row", mask, 1);
  const least = edit.floats("/tap/least", [], Float32Array.of(1e-12));
  const weight = edit.node("/tap/weight", "Max", [ops.sum("/tap/sum", row, -1), least]);
  const share = edit.node("/tap/share", "Div", [row, weight]);
  const mean = edit.node("/tap/mean", "MatMul", [share, x]);
  const shape = edit.integers("/tap/shape", [2], [-1n, BigInt(stream.hidden)]);
  edit.node(tapOutput, "Reshape", [mean, shape]);
  edit.addOutput(tapOutput, FLOAT, ["tap_rows", stream.hidden]);
}

function residual(edit: GraphEdit, { node, output, elementType }: ResidualSite): string {
  let x = output;
  if (x === undefined) {
    // A fused node gives the sum as its output 3, if it is asked to.
    x = "/tap/residual";
    const fused = edit.change(node);
    while (fused.output.length < 4) fused.output.push("");
    fused.output[3] = x;
  }
  return elementType === FLOAT ? x : edit.node("/tap/float", "Cast", [x], { to: BigInt(FLOAT) });
}
