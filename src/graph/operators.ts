/**
 * The few operators whose form depends on the operator set: axes are an attribute in old sets and
 * an input in new ones.
 */
import type { GraphEdit } from "./graphEdit";
import { TonesteerError } from "../shared/errors";

const oldestOpset = 11;

export class Operators {
  constructor(readonly edit: GraphEdit) {
    if (edit.opset < oldestOpset) {
      throw new TonesteerError(
        "modelUnsupported",
        `The model uses version ${edit.opset} of the ONNX operators; export it with ${oldestOpset} or newer.`,
      );
    }
  }

  unsqueeze(name: string, input: string, axis: number): string {
    return this.withAxis(name, "Unsqueeze", input, axis, 13);
  }

  /** Euclidean norm over the last axis, which is kept with size 1. */
  length(name: string, input: string): string {
    return this.withAxis(name, "ReduceL2", input, -1, 18);
  }

  sum(name: string, input: string, axis: number): string {
    return this.withAxis(name, "ReduceSum", input, axis, 13);
  }

  private withAxis(
    name: string,
    opType: string,
    input: string,
    axis: number,
    since: number,
  ): string {
    if (this.edit.opset < since) {
      return this.edit.node(name, opType, [input], { axes: [BigInt(axis)] });
    }
    return this.edit.node(name, opType, [
      input,
      this.edit.integers(`${name}.axis`, [1], [BigInt(axis)]),
    ]);
  }
}
