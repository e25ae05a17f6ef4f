/**
 * The MLP classifier's gradient as ONNX operators, in the closed form of src/steering/classifier.ts:
 *
 *   u(x) = d/dx sum_k c_k z_k(x) = W1'^T( m1 * W2^T( m2 * W3^T c ) ) = -dL/dx
 *
 * with W1' = W1 / scale and b1' = b1 - W1' mean, which take in the standardisation. Each matrix is
 * stored once: the way up reads it transposed (FusedMatMul), which the runtime packs as well.
 */
import { TonesteerError } from "../shared/errors";
import type { SiteHeads } from "../steering/siteHeads";
import type { GraphEdit } from "./graphEdit";

/** Names a tensor of one site, or of one step at it. */
export type Naming = (part: string) => string;

/**
 * Adds the weights; the result adds the nodes that make u(x) [rows, positions, d] from x of that
 * shape. `weights` is c as [rows or 1, 1, K]. `oneStep` names what is made at each call.
 */
export function gradientOps(
  edit: GraphEdit,
  name: Naming,
  heads: SiteHeads,
  weights: string,
): (x: string, oneStep: Naming) => string {
  const { d, labels, mean, scale } = heads;
  const mlp = requirePart(heads.mlp, "MLP classifier");
  const h = mlp.hidden;
  const first = mlp.w1.map((value) => value / scale);
  const shifted = mlp.b1.map((value, row) => {
    let sum = value;
    for (let i = 0; i < d; i++) sum -= first[row * d + i]! * mean[i]!;
    return sum;
  });
  const w1 = edit.floats(name("w1"), [h, d], first);
  const b1 = edit.floats(name("b1"), [h], shifted);
  const w2 = edit.floats(name("w2"), [h, h], mlp.w2);
  const b2 = edit.floats(name("b2"), [h], mlp.b2);
  const w3 = edit.floats(name("w3"), [labels, h], mlp.w3);
  const zero = edit.floats(name("zero"), [], Float32Array.of(0));
  const back3 = edit.node(name("back3"), "MatMul", [weights, w3]);

  return (x, oneStep) => {
    const add = (part: string, opType: string, inputs: string[]) =>
      edit.node(oneStep(part), opType, inputs);
    const up = (part: string, input: string, matrix: string) =>
      edit.node(oneStep(part), "FusedMatMul", [input, matrix], { transB: 1n }, "com.microsoft");
    const z1 = add("z1", "Add", [up("z1/product", x, w1), b1]);
    const z2 = add("z2", "Add", [up("z2/product", add("h1", "Relu", [z1]), w2), b2]);
    const back2 = add("back2", "Where", [add("m2", "Greater", [z2, zero]), back3, zero]);
    const back1 = add("back1", "Where", [
      add("m1", "Greater", [z1, zero]),
      add("back1/product", "MatMul", [back2, w2]),
      zero,
    ]);
    return add("u", "MatMul", [back1, w1]);
  };
}

export function requirePart<T>(part: T | undefined, what: string): T {
  if (part !== undefined) return part;
  throw new TonesteerError(
    "modelUnsupported",
    `This model has no ${what} at that layer; choose another method or layer.`,
  );
}
