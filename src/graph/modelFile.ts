import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { TonesteerError } from "../shared/errors";
import type { ByteSource } from "./byteSource";
import { leanModelBytes } from "./leanModel";
import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  SparseTensorProto,
  TensorProto,
} from "./proto/onnx_pb";
import { ModelProtoSchema } from "./proto/onnx_pb";
import { WireError } from "./wireReader";

/** A graph without its big weights, which stay in the files that `referencedFiles` names. */
export interface OnnxModel {
  readonly proto: ModelProto & { readonly graph: GraphProto };
  /** The .onnx file it was read from, relative to the folder that external data is relative to. */
  readonly fileName: string;
}

/**
 * Reads a graph. Weights over 1 kB inside the file become external data that points into
 * `fileName`; external data that is there already stays as it is. Unknown fields are kept.
 *
 * Throws `modelCorrupt` on bytes that are no ONNX model, or are cut off.
 */
export async function readModel(source: ByteSource, fileName: string): Promise<OnnxModel> {
  let bytes: Uint8Array;
  try {
    bytes = await leanModelBytes(source, fileName);
  } catch (error) {
    // What the file system says is the caller's, and passes through as it is.
    if (!(error instanceof WireError)) throw error;
    throw corrupt(fileName, error.message, error);
  }
  let proto: ModelProto;
  try {
    proto = fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw corrupt(fileName, error instanceof Error ? error.message : String(error), error);
  }
  if (!proto.graph || proto.graph.node.length === 0) throw corrupt(fileName, "it holds no graph");
  // Exporters write these after the graph, so a file cut off there would else pass.
  if (proto.opsetImport.length === 0) throw corrupt(fileName, "it names no operator set");
  return { proto: proto as OnnxModel["proto"], fileName };
}

/** The graph as .onnx bytes. It must lie in the folder that its external data is relative to. */
export function writeModel(model: OnnxModel): Uint8Array {
  return toBinary(ModelProtoSchema, model.proto);
}

/** The `location` of all external data, sorted, each once: what a loader must allow and check. */
export function referencedFiles(model: OnnxModel): string[] {
  const files = new Set<string>();
  const tensor = (t: TensorProto | undefined) => {
    for (const { key, value } of t?.externalData ?? []) if (key === "location") files.add(value);
  };
  const sparse = (s: SparseTensorProto | undefined) => {
    tensor(s?.values);
    tensor(s?.indices);
  };
  const attribute = (a: AttributeProto) => {
    tensor(a.t);
    a.tensors.forEach(tensor);
    [...a.sparseTensors, a.sparseTensor].forEach(sparse);
    for (const g of [...a.graphs, a.g]) if (g) graph(g);
  };
  const nodes = (list: NodeProto[]) => list.forEach((node) => node.attribute.forEach(attribute));
  const graph = (g: GraphProto) => {
    g.initializer.forEach(tensor);
    g.sparseInitializer.forEach(sparse);
    nodes(g.node);
  };
  const functions = (list: FunctionProto[]) => list.forEach((f) => nodes(f.node));
  graph(model.proto.graph);
  functions(model.proto.functions);
  for (const { initialization, algorithm } of model.proto.trainingInfo) {
    for (const g of [initialization, algorithm]) if (g) graph(g);
  }
  return [...files].sort();
}

function corrupt(fileName: string, why: string, cause?: unknown): TonesteerError {
  return new TonesteerError(
    "modelCorrupt",
    `The model file "${fileName}" cannot be read (${why}); get it again from where it came.`,
    { cause },
  );
}
