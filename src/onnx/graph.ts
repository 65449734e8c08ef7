/** An index over a model's graph: who makes a value, who takes it, which are constant; and the few ways to change it. */
import type { AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto } from "onnx-buf";
import { copyGraph, copyOf, graphOf, type OnnxModel } from "./model.ts";
import { floatTensor } from "./tensor.ts";

/** A node that takes a value, and as which of its inputs. */
export interface Use {
  readonly node: NodeProto;
  readonly slot: number;
}

export interface GraphIndex {
  readonly graph: GraphProto;
  /** The node that makes a value; none for inputs and initializers. */
  readonly maker: ReadonlyMap<string, NodeProto>;
  /** The nodes of the graph itself that take a value, in order. */
  uses(value: string): readonly Use[];
  /** Nodes in bodies of loops and branches that take a value from outside, however deep. */
  usesInside(value: string): readonly Use[];
  /** Whether the body of a loop or a branch takes a value from outside. */
  captured(value: string): boolean;
  /** The tensor that a value always is: an initializer, or a Constant node's. */
  constant(value: string): TensorProto | undefined;
  /** Whether a value of the graph, or of a body in it, has this name. */
  taken(name: string): boolean;
  /** A name for a value that no value has: the one asked for, or with a number behind it. */
  fresh(name: string): string;
}

/** @cost linear in the graph; made anew once the graph has changed */
export function indexOf(model: OnnxModel): GraphIndex {
  const graph = graphOf(model);
  const maker = new Map<string, NodeProto>();
  const uses = new Map<string, Use[]>();
  const inside = new Map<string, Use[]>();
  const captured = new Set<string>();
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const names = new Set([...graph.input, ...graph.output].map(({ name }) => name));
  for (const name of constants.keys()) names.add(name);
  for (const node of graph.node) {
    node.input.forEach((value, slot) => {
      if (value === "") return; // an optional input that is left out
      names.add(value);
      addTo(uses, value, { node, slot });
    });
    for (const value of node.output) {
      names.add(value);
      maker.set(value, node);
    }
    for (const body of bodies(node)) {
      for (const value of freeValues(body)) captured.add(value);
      look(body, names, inside);
    }
    const constant = node.opType === "Constant" ? constantOf(node) : undefined;
    if (constant) constants.set(node.output[0] ?? "", constant);
  }
  return {
    graph,
    maker,
    uses: (value) => uses.get(value) ?? [],
    usesInside: (value) => inside.get(value) ?? [],
    captured: (value) => captured.has(value),
    constant: (value) => constants.get(value),
    taken: (name) => names.has(name),
    fresh(name) {
      let free = name;
      for (let i = 1; names.has(free); i++) free = `${name}_${i}`;
      names.add(free);
      return free;
    },
  };
}

function addTo<T>(map: Map<string, T[]>, key: string, one: T): void {
  const list = map.get(key);
  if (list) list.push(one);
  else map.set(key, [one]);
}

/** Gathers the names in a body, and who takes what there; names are unique over a graph and its bodies. */
function look(body: GraphProto, names: Set<string>, inside: Map<string, Use[]>): void {
  for (const { name } of [...body.initializer, ...body.input]) names.add(name);
  for (const node of body.node) {
    node.input.forEach((value, slot) => {
      if (value !== "") addTo(inside, value, { node, slot });
    });
    for (const value of node.output) names.add(value);
    for (const inner of bodies(node)) look(inner, names, inside);
  }
}

/** The graphs inside a node: branches and bodies of loops. */
export function bodies(node: NodeProto): GraphProto[] {
  return node.attribute.flatMap((attribute) => [...(attribute.g ? [attribute.g] : []), ...attribute.graphs]);
}

function constantOf(node: NodeProto): TensorProto | undefined {
  const [attribute] = node.attribute;
  if (attribute?.name === "value") return attribute.t;
  const name = node.output[0] ?? "";
  if (attribute?.name === "value_floats")
    return floatTensor(name, [attribute.floats.length], Float32Array.from(attribute.floats));
  return attribute?.name === "value_float" ? floatTensor(name, [], Float32Array.of(attribute.f)) : undefined;
}

/** Values that a graph inside a node takes from outside. */
export function freeValues(body: GraphProto): Set<string> {
  const own = new Set<string>([
    ...body.initializer.map(({ name }) => name),
    ...body.input.map(({ name }) => name),
    ...body.node.flatMap(({ output }) => output),
  ]);
  const taken = [
    ...body.node.flatMap((node) => [
      ...node.input,
      ...bodies(node).flatMap((inner) => [...freeValues(inner)]),
    ]),
    ...body.output.map(({ name }) => name),
  ];
  return new Set(taken.filter((value) => value !== "" && !own.has(value)));
}

/**
 * Has all takers of a value take another one, bodies of loops and branches among them.
 *
 * @param except  nodes that go on taking the first
 */
export function redirect(
  graph: GraphProto,
  from: string,
  to: string,
  except: ReadonlySet<NodeProto> = new Set(),
): void {
  for (const node of graph.node) {
    if (except.has(node)) continue;
    node.input.forEach((value, slot) => {
      if (value === from) node.input[slot] = to;
    });
    if (bodies(node).some((body) => freeValues(body).has(from)))
      node.attribute = node.attribute.map((attribute) => redirectInside(attribute, from, to));
  }
}

/** A copy of an attribute whose graphs take another value: attributes are shared between models. */
function redirectInside(attribute: AttributeProto, from: string, to: string): AttributeProto {
  const inside = (body: GraphProto): GraphProto => {
    if (!freeValues(body).has(from)) return body;
    const copy = copyGraph(body);
    copy.output = body.output.map((value) => (value.name === from ? copyOf(value, { name: to }) : value));
    redirect(copy, from, to);
    return copy;
  };
  return copyOf(attribute, {
    ...(attribute.g && { g: inside(attribute.g) }),
    graphs: attribute.graphs.map(inside),
  });
}

/** Takes tensors out of the graph, initializers and Constant nodes alike, and what is said of them as inputs. */
export function removeConstants(graph: GraphProto, names: ReadonlySet<string>): void {
  graph.initializer = graph.initializer.filter(({ name }) => !names.has(name));
  graph.input = graph.input.filter(({ name }) => !names.has(name)); // old models list initializers as inputs too
  graph.node = graph.node.filter((node) => node.opType !== "Constant" || !names.has(node.output[0] ?? ""));
}

/** Puts an input behind those that are there. */
export function addInput(graph: GraphProto, value: ValueInfoProto): void {
  graph.input.push(value);
}

/**
 * Brings nodes into an order in which each comes after what it takes; those that are in order keep theirs.
 *
 * @cost linear in the nodes and their inputs
 */
export function sortNodes(graph: GraphProto): void {
  const maker = new Map(graph.node.flatMap((node) => node.output.map((value) => [value, node] as const)));
  const done = new Set<NodeProto>();
  const sorted: NodeProto[] = [];
  for (const first of graph.node) {
    const stack = [first];
    while (stack.length > 0) {
      const node = stack.at(-1)!;
      if (done.has(node)) {
        stack.pop();
        continue;
      }
      const taken = [...node.input, ...bodies(node).flatMap((body) => [...freeValues(body)])];
      const before = taken.map((value) => maker.get(value)).find((one) => one && !done.has(one));
      if (before && !stack.includes(before)) stack.push(before);
      else {
        done.add(node);
        sorted.push(node);
        stack.pop();
      }
    }
  }
  graph.node = sorted;
}
