import { decodeGraph, redirect, withoutCaches } from "./decoderOutputs";
import { GraphEdit } from "./graphEdit";
import type { OnnxModel } from "./modelFile";
import { Operators } from "./operators";
import type { PatchPlan } from "./plan";
import type { ResidualStream } from "./residualStream";
import { findResidualStream } from "./residualStream";
import { steerGraph } from "./steerGraph";
import { tapGraph } from "./tapGraph";

/**
 * A copy of the graph with what the plan asks for; the original is not changed.
 *
 * Throws `badRequest` for a layer, step count or classifier that does not fit the model, and
 * `modelUnsupported` when the graph is not understood or the classifier a method needs is not there.
 */
export function patchModel(model: OnnxModel, plan: PatchPlan): OnnxModel {
  const stream = findResidualStream(model);
  const edit = new GraphEdit(model);
  const ops = new Operators(edit);
  if (plan.steering) steerGraph(ops, stream, plan.steering);
  if (plan.tap) tapGraph(ops, stream, plan.tap);
  if (plan.lastPositionOnly) keepLastPosition(edit, model, stream);
  if (plan.decoding) decodeGraph(ops, model, stream);
  const patched = edit.build();
  return plan.decoding ? withoutCaches(patched) : patched;
}

/**
 * Takes the last position before the final projection. What is between the last sum and the logits
 * treats each position by itself (`findHead` saw to that), so the others are not needed there.
 */
function keepLastPosition(edit: GraphEdit, model: OnnxModel, { head }: ResidualStream): void {
  edit.goAfter(head.lastSum);
  const last = edit.integers("/head/last", [1], [-1n]);
  const kept = edit.node("/head/hidden", "Gather", [head.hiddenTensor, last], { axis: 1n });
  redirect(edit, model, head.hiddenTensor, kept);
}
