import { TonesteerError } from "../shared/errors";
import type { OnnxModel } from "./modelFile";
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from "./proto/onnx_pb";

/** Who makes and who reads each tensor of a graph. */
export interface GraphIndex {
  readonly graph: GraphProto;
  readonly producers: ReadonlyMap<string, NodeProto>;
  readonly consumers: ReadonlyMap<string, readonly NodeProto[]>;
  readonly initializers: ReadonlyMap<string, TensorProto>;
  /** Graph inputs that are not initializers (old exporters list both). */
  readonly inputs: ReadonlySet<string>;
  /** Whether a tensor is the same in every run. */
  isConstant(tensor: string): boolean;
}

const indices = new WeakMap<GraphProto, GraphIndex>();

export function graphIndex({ proto: { graph } }: OnnxModel): GraphIndex {
  const known = indices.get(graph);
  if (known) return known;
  const producers = new Map<string, NodeProto>();
  const consumers = new Map<string, NodeProto[]>();
  for (const node of graph.node) {
    for (const output of node.output) if (output !== "") producers.set(output, node);
    for (const input of new Set(readsOf(node))) {
      const readers = consumers.get(input);
      if (readers) readers.push(node);
      else consumers.set(input, [node]);
    }
  }
  const initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  for (const { values } of graph.sparseInitializer) {
    if (values) initializers.set(values.name, values);
  }
  const inputs = new Set(
    graph.input.map((input) => input.name).filter((name) => !initializers.has(name)),
  );
  const constants = new Map<string, boolean>();
  const isConstant = (tensor: string): boolean => {
    const known = constants.get(tensor);
    if (known !== undefined) return known;
    // Guards against a cycle in a broken graph.
    constants.set(tensor, false);
    const producer = producers.get(tensor);
    const result = producer
      ? readsOf(producer).every(isConstant) &&
        !/^Random|^Bernoulli|^Multinomial/.test(producer.opType)
      : !inputs.has(tensor);
    constants.set(tensor, result);
    return result;
  };
  const index = { graph, producers, consumers, initializers, inputs, isConstant };
  indices.set(graph, index);
  return index;
}

/** The tensors a node reads, also those that its subgraphs take from around it. */
export function readsOf(node: NodeProto): string[] {
  const named = node.input.filter((name) => name !== "");
  const inner = node.attribute.flatMap((a) => [...(a.g ? [a.g] : []), ...a.graphs]);
  return inner.length === 0 ? named : [...named, ...inner.flatMap(captured)];
}

function captured(graph: GraphProto): string[] {
  const own = new Set([
    ...graph.input.map((input) => input.name),
    ...graph.initializer.map((tensor) => tensor.name),
    ...graph.node.flatMap((node) => node.output),
  ]);
  const read = [...graph.node.flatMap(readsOf), ...graph.output.map((output) => output.name)];
  return read.filter((name) => !own.has(name));
}

/**
 * Everything upstream of `tensor`, without going past `stop`: the nodes (also those of `stop` that
 * were met) and the graph inputs. What is read only for its shape does not count.
 */
export function upstream(
  index: GraphIndex,
  tensor: string,
  stop: (node: NodeProto) => boolean = () => false,
): { nodes: Set<NodeProto>; inputs: Set<string> } {
  const nodes = new Set<NodeProto>();
  const inputs = new Set<string>();
  const pending = [tensor];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (index.inputs.has(name)) inputs.add(name);
    const node = index.producers.get(name);
    if (!node || nodes.has(node)) continue;
    nodes.add(node);
    if (!stop(node) && node.opType !== "Shape" && node.opType !== "Size")
      pending.push(...readsOf(node));
  }
  return { nodes, inputs };
}

export function attributeOf(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find((attribute) => attribute.name === name);
}

export function integerAttribute(node: NodeProto, name: string): number | undefined {
  const attribute = attributeOf(node, name);
  return attribute ? Number(attribute.i) : undefined;
}

export function dimsOf(tensor: TensorProto): number[] {
  return tensor.dims.map(Number);
}

/** How a node is named to people: exporters leave some without a name. */
export function nodeTitle(node: NodeProto): string {
  return `"${node.name || node.output.find((output) => output !== "") || "?"}" (${node.opType})`;
}

export function unsupported(reason: string, node?: NodeProto): TonesteerError {
  const where = node ? `: at node ${nodeTitle(node)}, ${reason}` : `: ${reason}`;
  return new TonesteerError(
    "modelUnsupported",
    `This model's graph is not understood, so it cannot be steered${where}. Use an export by onnxruntime-genai or Optimum.`,
  );
}
