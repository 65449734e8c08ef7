/** Changes to a graph that remember how to take themselves back: who adds nodes on the side, lets baking undo it. */
import type { NodeProto, TensorProto, ValueInfoProto } from "onnx-buf";
import { RelizoError } from "../error.ts";
import { addInput, type GraphIndex, indexOf, redirect, removeConstants, sortNodes } from "./graph.ts";
import { copyOf, graphOf, type OnnxModel, opsetOf } from "./model.ts";
import { type Attribute, node, statedShape, statedType, valueInfo } from "./node.ts";
import { intTensor } from "./tensor.ts";

/** What a patch did, as plain data. */
export interface PatchNote {
  readonly inputs: readonly string[];
  /** First outputs of nodes, and names of tensors. */
  readonly added: readonly string[];
  /** Values that a node makes under another name: [old, new]. */
  readonly renamed: readonly (readonly [string, string])[];
  /** All who took the first take the second. */
  readonly redirected: readonly (readonly [string, string])[];
  /** Inputs of nodes: [first output of the node, slot, what it took]. */
  readonly slots: readonly (readonly [string, number, string])[];
  /** Shapes that outputs had: names of open dimensions, "" where nothing was said. */
  readonly shapes: readonly (readonly [string, readonly (number | string)[]])[];
}

/** The first version of ONNX's operators with all that is added here. */
const OLDEST = 12;

/** @throws RelizoError DATA for a model of older operators */
export function needOpset(where: string, model: OnnxModel): void {
  const opset = opsetOf(model);
  if (opset >= OLDEST) return;
  throw new RelizoError(
    "DATA",
    `${where}: the model's operators are of opset ${opset}, ${OLDEST} or later is needed; export it again with opset 14 or later.`,
  );
}

export class Patch {
  readonly index: GraphIndex;
  readonly #model: OnnxModel;
  readonly #nodes = new Set<NodeProto>();
  readonly #inputs: string[] = [];
  readonly #added: string[] = [];
  readonly #renamed: (readonly [string, string])[] = [];
  readonly #redirected: (readonly [string, string])[] = [];
  readonly #slots: (readonly [string, number, string])[] = [];
  readonly #shapes: (readonly [string, readonly (number | string)[]])[] = [];

  /** @param model  one's own copy; it is changed */
  constructor(model: OnnxModel) {
    this.#model = model;
    this.index = indexOf(model);
  }

  /** Adds a node of one output. @returns the output's name: the one asked for, or with a number behind it */
  add(
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const name = this.index.fresh(output);
    this.make(opType, inputs, name, attributes);
    return name;
  }

  /** Adds a node that makes a value of exactly this name: one that `rename` made free, or a new output. */
  make(
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): void {
    const made = node(opType, inputs, output, attributes);
    this.#nodes.add(made);
    this.#added.push(output);
    graphOf(this.#model).node.push(made);
  }

  /** Adds a node like another, with other inputs. @returns its output's name */
  copy(of: NodeProto, inputs: readonly string[], output: string): string {
    const name = this.index.fresh(output);
    const made = copyOf(of, { name: `${name}/${of.opType}`, input: [...inputs], output: [name] });
    this.#nodes.add(made);
    this.#added.push(name);
    graphOf(this.#model).node.push(made);
    return name;
  }

  /** Adds a dimension of 1. */
  unsqueeze(value: string, axis: number, output: string): string {
    return opsetOf(this.#model) >= 13
      ? this.add("Unsqueeze", [value, this.ints(`${output}/axis`, [axis])], output)
      : this.add("Unsqueeze", [value], output, { axes: [axis] });
  }

  /** Adds whole numbers, a vector unless a shape is given. */
  ints(name: string, values: readonly number[], shape?: readonly number[]): string {
    return this.tensor(intTensor(this.index.fresh(name), values, shape));
  }

  tensor(tensor: TensorProto): string {
    graphOf(this.#model).initializer.push(tensor);
    this.#added.push(tensor.name);
    return tensor.name;
  }

  input(value: ValueInfoProto): void {
    addInput(graphOf(this.#model), value);
    this.#inputs.push(value.name);
  }

  /** Has all who take a value take another one, but for nodes of this patch. */
  redirect(from: string, to: string): void {
    redirect(graphOf(this.#model), from, to, this.#nodes);
    this.#redirected.push([from, to]);
  }

  /** Frees the name of a value that a node makes, so that another node may make it. @returns the value's new name */
  rename(value: string, to: string): string {
    const name = this.index.fresh(to);
    const maker = this.index.maker.get(value);
    if (maker) maker.output = maker.output.map((one) => (one === value ? name : one));
    this.#renamed.push([value, name]);
    return name;
  }

  /** Has one input of a node be another value. */
  set(of: NodeProto, slot: number, value: string): void {
    this.#slots.push([of.output[0] ?? "", slot, of.input[slot] ?? ""]);
    of.input[slot] = value;
  }

  /** Has the graph say another shape of an output. */
  restate(output: string, shape: readonly (number | string)[]): void {
    const was = restate(this.#model, output, shape);
    if (was) this.#shapes.push([output, was]);
  }

  /** Brings the nodes into order, and drops what the graph says of shapes inside of it: they may be others now. */
  done(): PatchNote {
    const graph = graphOf(this.#model);
    graph.valueInfo = [];
    sortNodes(graph);
    return {
      inputs: this.#inputs,
      added: this.#added,
      renamed: this.#renamed,
      redirected: this.#redirected,
      slots: this.#slots,
      shapes: this.#shapes,
    };
  }
}

function restate(
  model: OnnxModel,
  output: string,
  shape: readonly (number | string)[],
): (number | string)[] | undefined {
  const { output: outputs } = graphOf(model);
  const at = outputs.findIndex(({ name }) => name === output);
  const stated = outputs[at];
  if (!stated) return undefined;
  outputs[at] = valueInfo(output, shape, statedType(stated));
  return statedShape(stated) ?? shape.map(() => "");
}

/** Takes a patch back; the model is one's own, and as the patch left it. */
export function undo(model: OnnxModel, note: PatchNote): void {
  const graph = graphOf(model);
  const added = new Set(note.added);
  removeConstants(graph, added);
  graph.node = graph.node.filter(({ output }) => !added.has(output[0] ?? ""));
  graph.input = graph.input.filter(({ name }) => !note.inputs.includes(name));
  const maker = new Map(graph.node.map((one) => [one.output[0] ?? "", one]));
  for (const [output, slot, was] of note.slots) {
    const of = maker.get(output);
    if (of) of.input[slot] = was;
  }
  for (const [old, name] of note.renamed)
    for (const one of graph.node) one.output = one.output.map((value) => (value === name ? old : value));
  for (const [from, to] of note.redirected) redirect(graph, to, from);
  for (const [output, shape] of note.shapes) restate(model, output, shape);
  sortNodes(graph);
}
