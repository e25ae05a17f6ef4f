/** A model in float16, as hubs have them: steering computes in float and casts at its edges. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clone } from "@bufbuild/protobuf";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { describeInputs } from "../../../src/graph/describeInputs";
import type { OnnxModel } from "../../../src/graph/modelFile";
import { writeModel } from "../../../src/graph/modelFile";
import { patchModel } from "../../../src/graph/patchModel";
import type { TensorProto, ValueInfoProto } from "../../../src/graph/proto/onnx_pb";
import { ModelProtoSchema, TensorProto_DataLocation } from "../../../src/graph/proto/onnx_pb";
import { findResidualStream } from "../../../src/graph/residualStream";
import { halfToFloat } from "../../../src/steering/safetensors";
import { exportsList, largestDifference, loadModel } from "./exports";

const exported = exportsList.find(({ title }) => title === "llama fused")!;
const [float, half] = [1, 10];

it("steers a float16 export, and leaves it alone with alpha 0", async () => {
  const model = await inHalf(exported.folder);
  expect(findResidualStream(model).sites.map(({ elementType }) => elementType)).toEqual([
    half,
    half,
    half,
    half,
  ]);
  expect(describeInputs(model)).toMatchObject({ cacheType: "float16", logitsType: "float16" });
  const expected = exported.golden.cases.find(({ name }) =>
    name.startsWith("relative, three steps"),
  )!;
  const steered = patchModel(model, {
    steering: {
      method: "relative",
      spread: "recompute",
      steps: expected.steps!,
      decay: expected.gamma!,
      labels: 3,
      sites: expected.layers.map((site) => ({ site, heads: exported.heads.get(site)! })),
    },
    tap: { site: 2, reduce: "none" },
  });
  const plain = await run(model);
  const noAlpha = await run(steered, expected.c, 0);
  expect(noAlpha.logits).toEqual(plain.logits);
  const result = await run(steered, expected.c, expected.alpha);
  const last = Array.from(result.logits.slice(-512), halfToFloat);
  // Half precision has three digits; without steering the difference is over 1.
  expect(largestDifference(last, expected.logits)).toBeLessThan(0.03);
  expect(
    largestDifference(Array.from(plain.logits.slice(-512), halfToFloat), expected.logits),
  ).toBeGreaterThan(0.3);
  expect(result.tap).toBeInstanceOf(Float32Array);
});

async function run(graph: OnnxModel, c?: number[], alpha?: number) {
  const session = await InferenceSession.create(writeModel(graph), {
    logSeverityLevel: 3,
    extra: { session: { model_external_initializers_file_folder_path: exported.folder } },
  });
  const { caches, kvHeads, headSize } = describeInputs(graph);
  const ids = BigInt64Array.from(exported.golden.input_ids, BigInt);
  const feeds: Record<string, Tensor> = {
    input_ids: new Tensor("int64", ids, [1, ids.length]),
    attention_mask: new Tensor(
      "int64",
      ids.map(() => 1n),
      [1, ids.length],
    ),
  };
  for (const name of caches.flatMap(({ key, value }) => [key, value])) {
    feeds[name] = new Tensor("float16", new Uint16Array(0), [1, kvHeads, 0, headSize]);
  }
  if (c && alpha !== undefined) {
    feeds["steer.weights"] = new Tensor("float32", Float32Array.from(c), [1, c.length]);
    feeds["steer.alpha"] = new Tensor("float32", Float32Array.of(alpha), [1, 1, 1]);
  }
  const { logits, tap } = await session.run(feeds);
  await session.release();
  return { logits: bitsOf(logits!), tap: tap?.data };
}

function bitsOf({ data }: Tensor): Uint16Array {
  const { buffer, byteOffset, length } = data as Uint16Array;
  return new Uint16Array(buffer, byteOffset, length);
}

/** The same graph with all floats halved; the weights come into the graph. */
async function inHalf(folder: string): Promise<OnnxModel> {
  const model = await loadModel(folder);
  const proto = clone(ModelProtoSchema, model.proto) as OnnxModel["proto"];
  const weights = readFileSync(join(folder, "model.onnx.data"));
  proto.graph.initializer
    .filter(({ dataType }) => dataType === float)
    .forEach((t) => halve(t, weights));
  const { input, output, valueInfo } = proto.graph;
  [...input, ...output, ...valueInfo].forEach(declareHalf);
  return { ...model, proto };
}

function halve(tensor: TensorProto, weights: Buffer): void {
  const at = (key: string) => Number(tensor.externalData.find((entry) => entry.key === key)!.value);
  const bytes = tensor.externalData.length
    ? weights.subarray(at("offset"), at("offset") + at("length"))
    : tensor.rawData;
  const values = new Float32Array(Uint8Array.from(bytes).buffer);
  tensor.rawData = new Uint8Array(Uint16Array.from(values, toHalf).buffer);
  tensor.dataType = half;
  tensor.externalData = [];
  tensor.dataLocation = TensorProto_DataLocation.DEFAULT;
}

function declareHalf({ type }: ValueInfoProto): void {
  if (type?.value.case === "tensorType" && type.value.value.elemType === float) {
    type.value.value.elemType = half;
  }
}

/** Enough for weights: no infinities or NaNs, ties rounded up, the smallest become 0. */
function toHalf(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const rounded = (bits & 0x7fffffff) + 0x1000;
  const exponent = (rounded >>> 23) - 112;
  return exponent <= 0 ? sign : sign | (exponent << 10) | ((rounded >>> 13) & 0x3ff);
}
