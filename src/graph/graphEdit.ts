import { clone, create } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { TonesteerError } from "../shared/errors";
import { graphIndex } from "./graphIndex";
import type { OnnxModel } from "./modelFile";
import type { AttributeProto, NodeProto, TensorProto, ValueInfoProto } from "./proto/onnx_pb";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  type TensorShapeProto_DimensionSchema,
  ValueInfoProtoSchema,
} from "./proto/onnx_pb";

export type Attributes = Readonly<Record<string, number | bigint | readonly bigint[]>>;

/** A size, or a name for one that changes from run to run. */
export type Dimension = number | string;

/** Collects additions to a graph and applies them to a copy; the original is never touched. */
export class GraphEdit {
  /** Version of the standard operators. */
  readonly opset: number;
  private readonly before = new Map<NodeProto, NodeProto[]>();
  private readonly after = new Map<NodeProto, NodeProto[]>();
  private readonly changed = new Map<NodeProto, NodeProto>();
  private readonly initializers: TensorProto[] = [];
  private readonly inputs: ValueInfoProto[] = [];
  private readonly outputs: ValueInfoProto[] = [];
  private readonly domains = new Map<string, bigint>();
  private readonly names: Set<string>;
  private place: NodeProto[] = [];

  constructor(private readonly model: OnnxModel) {
    const index = graphIndex(model);
    this.names = new Set([
      ...index.producers.keys(),
      ...index.inputs,
      ...index.initializers.keys(),
    ]);
    const standard = model.proto.opsetImport.find(
      ({ domain }) => domain === "" || domain === "ai.onnx",
    );
    this.opset = Number(standard?.version ?? 1n);
  }

  /** Nodes made from now on go right before `node`, in the order in which they are made. */
  goBefore(node: NodeProto): void {
    this.place = entry(this.before, node);
  }

  /** Nodes made from now on go right after `node`. */
  goAfter(node: NodeProto): void {
    this.place = entry(this.after, node);
  }

  /** Adds a node with one output and gives that output's name. */
  node(
    name: string,
    opType: string,
    input: readonly string[],
    attributes: Attributes = {},
    domain = "",
  ): string {
    this.take(name);
    const attribute = Object.entries(attributes).map(toAttribute);
    const init: MessageInitShape<typeof NodeProtoSchema> = {
      name,
      opType,
      input: [...input],
      output: [name],
      attribute,
    };
    if (domain !== "") {
      init.domain = domain;
      this.domains.set(domain, 1n);
    }
    this.place.push(create(NodeProtoSchema, init));
    return name;
  }

  /** Adds a float tensor. Its values are written to the graph itself. */
  floats(name: string, dims: readonly number[], values: Float32Array): string {
    return this.tensor(
      name,
      TensorProto_DataType.FLOAT,
      dims,
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    );
  }

  integers(name: string, dims: readonly number[], values: readonly bigint[]): string {
    const bytes = new Uint8Array(BigInt64Array.from(values).buffer);
    return this.tensor(name, TensorProto_DataType.INT64, dims, bytes);
  }

  tensor(
    name: string,
    dataType: TensorProto_DataType,
    dims: readonly number[],
    rawData: Uint8Array,
  ): string {
    this.take(name);
    this.initializers.push(
      create(TensorProtoSchema, { name, dataType, dims: dims.map(BigInt), rawData }),
    );
    return name;
  }

  addInput(name: string, elemType: TensorProto_DataType, shape: readonly Dimension[]): string {
    this.take(name);
    this.inputs.push(valueInfo(name, elemType, shape));
    return name;
  }

  /** Declares a tensor that a node makes as an output of the graph. */
  addOutput(name: string, elemType: TensorProto_DataType, shape: readonly Dimension[]): void {
    this.outputs.push(valueInfo(name, elemType, shape));
  }

  /** A copy of a node of the original graph, to change; the same copy at each call. */
  change(node: NodeProto): NodeProto {
    const copy = this.changed.get(node) ?? clone(NodeProtoSchema, node);
    this.changed.set(node, copy);
    return copy;
  }

  build(): OnnxModel {
    const { proto } = this.model;
    const node = proto.graph.node.flatMap((original) => [
      ...(this.before.get(original) ?? []),
      this.changed.get(original) ?? original,
      ...(this.after.get(original) ?? []),
    ]);
    const graph = copyWith(proto.graph, {
      node,
      initializer: [...proto.graph.initializer, ...this.initializers],
      input: [...proto.graph.input, ...this.inputs],
      output: [...proto.graph.output, ...this.outputs],
    });
    const missing = [...this.domains].filter(
      ([domain]) => !proto.opsetImport.some((known) => known.domain === domain),
    );
    const opsetImport = [
      ...proto.opsetImport,
      ...missing.map(([domain, version]) => create(OperatorSetIdProtoSchema, { domain, version })),
    ];
    return { ...this.model, proto: copyWith(proto, { graph, opsetImport }) };
  }

  private take(name: string): void {
    if (this.names.has(name)) {
      throw new TonesteerError(
        "modelUnsupported",
        `The graph already has a tensor "${name}", so it was patched before; take the original model.`,
      );
    }
    this.names.add(name);
  }
}

/** A shallow copy that keeps the prototype, where the message class has its defaults. */
export function copyWith<T extends object>(message: T, changes: Partial<T>): T {
  return Object.assign(
    Object.create(Object.getPrototypeOf(message) as object) as T,
    message,
    changes,
  );
}

function dimension(size: Dimension): MessageInitShape<typeof TensorShapeProto_DimensionSchema> {
  return typeof size === "number"
    ? { value: { case: "dimValue", value: BigInt(size) } }
    : { value: { case: "dimParam", value: size } };
}

function toAttribute([name, value]: [string, Attributes[string]]): AttributeProto {
  const { FLOAT, INT, INTS } = AttributeProto_AttributeType;
  if (typeof value === "number")
    return create(AttributeProtoSchema, { name, type: FLOAT, f: value });
  if (typeof value === "bigint") return create(AttributeProtoSchema, { name, type: INT, i: value });
  return create(AttributeProtoSchema, { name, type: INTS, ints: [...value] });
}

function entry(map: Map<NodeProto, NodeProto[]>, node: NodeProto): NodeProto[] {
  const list = map.get(node) ?? [];
  map.set(node, list);
  return list;
}

function valueInfo(
  name: string,
  elemType: TensorProto_DataType,
  shape: readonly Dimension[],
): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: "tensorType",
        value: {
          elemType,
          shape: {
            dim: shape.map(dimension),
          },
        },
      },
    },
  });
}
