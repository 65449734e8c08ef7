/** Adapters merged into the weights that they lie beside. */
import type { GraphProto, NodeProto } from "onnx-buf";
import { type Baking, take, type Values } from "./baking.ts";
import { type GraphIndex, indexOf, removeConstants } from "./graph.ts";
import { linearAt, type Product } from "./linear.ts";
import type { LoraNote } from "./lora.ts";
import { type LoraSite, nameA, nameB } from "./lora-graph.ts";
import { graphOf, type OnnxModel } from "./model.ts";
import { floatTensor, type Numbers, packFloats, readFloats, shapeOf } from "./tensor.ts";
import { exposedShapes, handsOn, permutation, type Weight } from "./weight.ts";

/**
 * W + (alpha / rank) B A, computed in float64 and rounded to the weight's type. A weight that others take as well, such as an
 * embedding that is the head too, stays, and the product gets one of its own. Beside quantized weights adapters stay, their
 * numbers as constants.
 */
export const bakeLora: Baking = async (model, given, values) => {
  const note = given as LoraNote;
  const graph = graphOf(model);
  const kept: string[] = [];
  for (const [module, sites] of Object.entries(note.modules)) {
    const index = indexOf(model);
    const exposed = exposedShapes(model);
    const nodes = sites.map((site) => nodeOf(index, site));
    const [product] = nodes.map((node) => linearAt(index, exposed, node));
    const factors = [nameA(module), nameB(module)];
    graph.input = graph.input.filter(({ name }) => !factors.includes(name));
    if (!product?.weight || !canMerge(product, product.weight)) {
      for (const name of factors) graph.initializer.push(asConstant(name, take(values, name), note.stacked));
      kept.push(nameA(module));
      continue;
    }
    const delta = {
      a: take(values, factors[0]!),
      b: take(values, factors[1]!),
      scale: note.alpha / note.rank,
    };
    await merge(model, index, nodes, product, product.weight, delta, values);
    for (const site of sites) restore(graph, index, site);
  }
  sweep(graph, new Set(note.added), new Set(note.constants));
  const [counted] = kept;
  const gone = new Set(
    Object.keys(note.modules)
      .map(nameA)
      .filter((name) => !kept.includes(name)),
  );
  // How many candidates there are is read off one A, which may be among those that went.
  for (const { input } of graph.node)
    if (counted !== undefined && gone.has(input[0] ?? "")) input[0] = counted;
};

function nodeOf(index: GraphIndex, { product, base, sum }: LoraSite): NodeProto {
  return index.maker.get(product === sum ? base : product)!;
}

function asConstant(name: string, { shape, data }: Numbers, stacked: boolean) {
  return floatTensor(name, stacked ? [1, ...shape] : shape, data);
}

/** The sum's name goes back to the node that had it. */
function restore(graph: GraphProto, { maker }: GraphIndex, { base, sum }: LoraSite): void {
  const [tail, add] = [maker.get(base)!, maker.get(sum)!];
  graph.node = graph.node.filter((node) => node !== add);
  tail.output[0] = sum;
}

function canMerge({ kernel }: Product, { chain, quantized }: Weight): boolean {
  const turned = chain.some(({ opType }) => opType === "Transpose");
  return !quantized && !(turned && kernel.length > 0);
}

interface Delta {
  readonly a: Numbers;
  readonly b: Numbers;
  readonly scale: number;
}

async function merge(
  model: OnnxModel,
  index: GraphIndex,
  nodes: readonly NodeProto[],
  product: Product,
  weight: Weight,
  delta: Delta,
  values: Values,
): Promise<void> {
  const { graph } = index;
  const { root, tensor } = weight;
  const before = tensor
    ? { shape: shapeOf(tensor), data: await readFloats(tensor, model.external) }
    : take(values, root);
  const from = strides(product, weight, before.shape);
  const alone = takers(index, root)?.every((node) => nodes.includes(node)) ?? false;
  if (alone) {
    const merged = { shape: before.shape, data: before.data.slice() };
    addDelta(merged.data, from, before.data, from, product, delta);
    if (!tensor) values.set(root, merged);
    else {
      removeConstants(graph, new Set([root]));
      graph.initializer.push(packFloats(root, merged, tensor.dataType));
    }
    return;
  }
  const merged = { shape: weight.shape, data: new Float32Array(before.data.length) };
  addDelta(
    merged.data,
    strides(product, { ...weight, chain: [] }, weight.shape),
    before.data,
    from,
    product,
    delta,
  );
  const name = index.fresh(`${root}.merged`);
  graph.initializer.push(packFloats(name, merged, weight.type));
  for (const node of nodes) node.input[1] = name;
}

/** How far apart in a root's memory neighbours are in the outputs, and in the inputs; a kernel's elements lie together. */
interface Strides {
  readonly output: number;
  readonly input: number;
}

function strides({ rowsAreOutputs, kernel }: Product, { chain }: Weight, shape: readonly number[]): Strides {
  let axes = shape.map((_, axis) => axis);
  for (const node of chain)
    if (node.opType === "Transpose") axes = permutation(node, axes.length).map((from) => axes[from]!);
  const steps = axes.map((axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const [first = 0, second = 0] = steps;
  const size = kernel.reduce((product, n) => product * n, 1);
  return rowsAreOutputs
    ? { output: first, input: second }
    : { output: second, input: kernel.length > 0 ? size : first };
}

/** out <- before + scale B A over the factor of the product, summed in float64; either may lie either way round. */
function addDelta(
  out: Float32Array,
  to: Strides,
  before: Float32Array,
  from: Strides,
  { outputs, inputs, kernel, factor }: Product,
  { a, b, scale }: Delta,
): void {
  const size = kernel.reduce((product, n) => product * n, 1);
  const columns = inputs * size;
  const rank = b.data.length / outputs;
  const row = new Float64Array(columns);
  for (let o = 0; o < outputs; o++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const weight = b.data[o * rank + r]! * (scale / factor);
      for (let i = 0, at = r * columns; i < columns; i++) row[i]! += weight * a.data[at + i]!;
    }
    for (let i = 0; i < inputs; i++)
      for (let k = 0; k < size; k++)
        out[o * to.output + i * to.input + k] =
          before[o * from.output + i * from.input + k]! + row[i * size + k]!;
  }
}

/** All nodes that take a root, past those that hand it on; undefined where bodies of loops take it, or it is put out. */
function takers(index: GraphIndex, value: string): NodeProto[] | undefined {
  if (index.captured(value) || index.graph.output.some(({ name }) => name === value)) return undefined;
  const found: NodeProto[] = [];
  for (const { node, slot } of index.uses(value)) {
    const further = handsOn(node) && slot === 0 ? takers(index, node.output[0]!) : [node];
    if (!further) return undefined;
    found.push(...further);
  }
  return found;
}

/** Takes out the nodes and constants of adapters that nobody takes any longer. */
function sweep(graph: GraphProto, added: ReadonlySet<string>, constants: ReadonlySet<string>): void {
  const taken = new Map<string, number>();
  const count = (value: string, by: number): void => void taken.set(value, (taken.get(value) ?? 0) + by);
  for (const { input } of graph.node) for (const value of input) count(value, 1);
  graph.node = graph.node
    .toReversed()
    .filter((node) => {
      const [output = ""] = node.output;
      const needed = !added.has(output) || (taken.get(output) ?? 0) > 0 || isOutput(graph, output);
      if (!needed) for (const value of node.input) count(value, -1);
      return needed;
    })
    .toReversed();
  graph.initializer = graph.initializer.filter(
    ({ name }) => !constants.has(name) || (taken.get(name) ?? 0) > 0,
  );
}

function isOutput(graph: GraphProto, value: string): boolean {
  return graph.output.some(({ name }) => name === value);
}
