/** The nodes of low-rank adapters, beside the products that they add to. */
import { type NodeProto, TensorProto_DataType } from "onnx-buf";
import { RelizoError } from "../error.ts";
import { addInput, type GraphIndex, indexOf } from "./graph.ts";
import { isPointwise, type Linear } from "./linear.ts";
import { type OnnxModel, opsetOf } from "./model.ts";
import { type Attribute, node, valueInfo } from "./node.ts";
import { floatTensor, intTensor } from "./tensor.ts";
import { exposedShapes } from "./weight.ts";

/** One product that an adapter was put beside. */
export interface LoraSite {
  /** What the product's node puts out once the adapter is gone. */
  readonly product: string;
  /** The product, with its bias where that follows, before the adapter is added; and what the sum is called: as this was before. */
  readonly base: string;
  readonly sum: string;
}

/** What the graph has to know of the options. */
export interface AdapterShape {
  readonly rank: number;
  readonly alpha: number;
  readonly stacked: boolean;
}

export const nameA = (module: string): string => `${module}.lora_A.weight`;
export const nameB = (module: string): string => `${module}.lora_B.weight`;

/** Shapes of A and B, as PEFT has them. */
export function shapesOf({ inputs, outputs, kernel }: Linear, rank: number): readonly [number[], number[]] {
  return [
    [rank, inputs, ...kernel],
    [outputs, rank, ...kernel.map(() => 1)],
  ];
}

const FLOAT = TensorProto_DataType.FLOAT;

/** Gathers the nodes of all adapters and puts them in their places at the end. */
export class Adapters {
  /** First outputs of the nodes, but for the sums, whose names are old. */
  readonly added: string[] = [];
  /** Names of the constants that they take. */
  readonly constants: string[] = [];
  readonly #index: GraphIndex;
  readonly #exposed: ReadonlyMap<string, readonly number[]>;
  readonly #options: AdapterShape;
  /** Whether a value can be brought to the type of another, whatever that is; before, what stands for a packed weight is taken for float32. */
  readonly #castsLike: boolean;
  readonly #front: NodeProto[] = [];
  readonly #behind = new Map<NodeProto, NodeProto[]>();
  /** Values made once and taken by several adapters, by what they are. */
  readonly #shared = new Map<string, string>();

  constructor(model: OnnxModel, options: AdapterShape) {
    this.#index = indexOf(model);
    this.#exposed = exposedShapes(model);
    this.#options = options;
    this.#castsLike = opsetOf(model) >= 15;
  }

  /** @param found  all products of one module, which share its A and B */
  add(module: string, found: readonly Linear[]): LoraSite[] {
    const { graph, taken } = this.#index;
    const [a, b] = [nameA(module), nameB(module)];
    if (taken(a) || taken(b))
      throw new RelizoError(
        "OPTION",
        `addLora: "${module}" has an adapter already; bake that one first, or leave the module out of the targets.`,
      );
    const { rank, stacked } = this.#options;
    const [shapeA, shapeB] = shapesOf(found[0]!, rank);
    const stack = stacked ? ["candidates"] : [];
    addInput(graph, valueInfo(a, [...stack, ...shapeA]));
    addInput(graph, valueInfo(b, [...stack, ...shapeB]));
    return found.map((linear) => this.#beside(linear, a, b));
  }

  close(): void {
    const { graph } = this.#index;
    graph.node = [...this.#front, ...graph.node.flatMap((one) => [one, ...(this.#behind.get(one) ?? [])])];
  }

  #beside(linear: Linear, a: string, b: string): LoraSite {
    const before = linear.node.output[0]!;
    const tail = this.#tail(linear.node);
    const sum = tail.output[0]!;
    const base = this.#index.fresh(`${sum}.base`);
    tail.output[0] = base;
    const nodes = this.#behind.get(tail) ?? [];
    this.#behind.set(tail, nodes);
    const delta = this.#delta(nodes, linear, a, b, base);
    nodes.push(node("Add", [base, delta], sum));
    return { product: before, base, sum };
  }

  /** The product's node, or the Add of its bias: runtimes that make one operation of these two can go on doing so. */
  #tail(linear: NodeProto): NodeProto {
    const { graph, uses, captured, constant } = this.#index;
    const product = linear.output[0]!;
    const [use, ...others] = uses(product);
    const isOutput = graph.output.some(({ name }) => name === product);
    if (use?.node.opType !== "Add" || others.length > 0 || isOutput || captured(product)) return linear;
    const bias = use.node.input[1 - use.slot] ?? "";
    const axes = constant(bias)?.dims.length ?? this.#exposed.get(bias)?.length ?? 9;
    return axes <= 1 ? use.node : linear;
  }

  #delta(nodes: NodeProto[], linear: Linear, a: string, b: string, base: string): string {
    const { alpha, rank, stacked } = this.#options;
    const type = linear.weight?.type;
    const name = base.replace(/\.base$/, ".lora");
    const x = this.#input(nodes, linear);
    const scaled = (value: string): string =>
      alpha === rank ? value : this.#make(nodes, "Mul", [value, this.#scale()], `${name}.scaled`);
    const form = !stacked ? "plain" : linear.kernel.length > 0 ? "pixels" : "rows";
    const delta = this[form](nodes, linear, { x, a, b, base, name, scaled });
    if (type === undefined && this.#castsLike)
      return this.#make(nodes, "CastLike", [delta, base], `${name}.back`);
    return type === FLOAT || type === undefined
      ? delta
      : this.#make(nodes, "Cast", [delta], `${name}.back`, { to: type });
  }

  /** One candidate: x A^T B^T, or two convolutions, the second one of single pixels. */
  private plain(nodes: NodeProto[], { node: of, kernel }: Linear, { x, a, b, name, scaled }: Parts): string {
    if (kernel.length > 0) {
      const hidden = this.#make(nodes, "Conv", [x, a], `${name}.hidden`);
      nodes.at(-1)!.attribute = of.attribute;
      return this.#make(nodes, "Conv", [scaled(hidden), b], name);
    }
    const hidden = this.#make(nodes, "MatMul", [x, this.#turned(a, [1, 0])], `${name}.hidden`);
    return this.#make(nodes, "MatMul", [scaled(hidden), this.#turned(b, [1, 0])], name);
  }

  /** Several candidates: [K n, inputs] as [K, n, inputs], times [K, inputs, rank] and [K, rank, outputs]. */
  private rows(nodes: NodeProto[], { inputs }: Linear, { x, a, b, base, name, scaled }: Parts): string {
    const shape = this.#once(`rows of ${inputs}`, () =>
      this.#make(this.#front, "Concat", [this.#candidates(a), this.#ints([-1, inputs])], "lora.rows", {
        axis: 0,
      }),
    );
    const groups = this.#make(nodes, "Reshape", [x, shape], `${name}.groups`);
    const hidden = this.#make(nodes, "MatMul", [groups, this.#turned(a, [0, 2, 1])], `${name}.hidden`);
    const delta = this.#make(nodes, "MatMul", [scaled(hidden), this.#turned(b, [0, 2, 1])], `${name}.delta`);
    return this.#shapedAs(nodes, delta, base, name);
  }

  /** Likewise for single pixels: [K n, inputs, ...] as [K, n, inputs, pixels], with [K, 1, rank, inputs] before it. */
  private pixels(nodes: NodeProto[], linear: Linear, { x, a, b, base, name, scaled }: Parts): string {
    const { inputs, outputs } = linear;
    const { rank } = this.#options;
    const flat = (value: string, rows: number, columns: number): string =>
      this.#once(`${value} flat`, () =>
        this.#make(this.#front, "Reshape", [value, this.#ints([-1, 1, rows, columns])], `${value}.flat`),
      );
    const sizes = this.#make(nodes, "Shape", [x], `${name}.sizes`);
    const extents = this.#make(
      nodes,
      "Slice",
      [sizes, this.#ints([2]), this.#ints([2 ** 31 - 1])],
      `${name}.extents`,
    );
    const pixels = this.#make(nodes, "ReduceProd", [extents], `${name}.pixels`, { keepdims: 1 });
    const shape = this.#make(
      nodes,
      "Concat",
      [this.#candidates(a), this.#ints([-1, inputs]), pixels],
      `${name}.shape`,
      { axis: 0 },
    );
    const groups = this.#make(nodes, "Reshape", [x, shape], `${name}.groups`);
    const hidden = this.#make(nodes, "MatMul", [flat(a, rank, inputs), groups], `${name}.hidden`);
    const delta = this.#make(nodes, "MatMul", [flat(b, outputs, rank), scaled(hidden)], `${name}.delta`);
    return this.#shapedAs(nodes, delta, base, name);
  }

  #shapedAs(nodes: NodeProto[], value: string, like: string, name: string): string {
    return this.#make(nodes, "Reshape", [value, this.#make(nodes, "Shape", [like], `${name}.like`)], name);
  }

  /** What the product takes, in float32 and the way round that it takes it. */
  #input(nodes: NodeProto[], { node: of, weight }: Linear): string {
    const x = of.input[0]!;
    const turned = of.opType === "Gemm" && of.attribute.some(({ name, i }) => name === "transA" && i === 1n);
    return this.#once(`input ${x} ${turned}`, () => {
      const wide = weight?.type === FLOAT ? x : this.#make(nodes, "Cast", [x], `${x}.float32`, { to: FLOAT });
      return turned ? this.#make(nodes, "Transpose", [wide], `${x}.turned`, { perm: [1, 0] }) : wide;
    });
  }

  #turned(value: string, perm: readonly number[]): string {
    return this.#once(`${value} turned`, () =>
      this.#make(this.#front, "Transpose", [value], `${value}.turned`, { perm }),
    );
  }

  /** How many candidates there are, [1]: the first axis of any A. */
  #candidates(a: string): string {
    return this.#once("candidates", () => {
      const shape = this.#make(this.#front, "Shape", [a], "lora.shape");
      return this.#make(this.#front, "Gather", [shape, this.#ints([0])], "lora.candidates", { axis: 0 });
    });
  }

  #scale(): string {
    return this.#once("scale", () => {
      const name = this.#index.fresh("lora.scale");
      const { alpha, rank } = this.#options;
      this.#index.graph.initializer.push(floatTensor(name, [], Float32Array.of(alpha / rank)));
      this.constants.push(name);
      return name;
    });
  }

  #ints(values: readonly number[]): string {
    return this.#once(`ints ${values}`, () => {
      const name = this.#index.fresh("lora.ints");
      this.#index.graph.initializer.push(intTensor(name, values));
      this.constants.push(name);
      return name;
    });
  }

  #once(what: string, make: () => string): string {
    const before = this.#shared.get(what);
    if (before !== undefined) return before;
    const made = make();
    this.#shared.set(what, made);
    return made;
  }

  #make(
    nodes: NodeProto[],
    operator: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const name = this.#index.fresh(output);
    nodes.push(node(operator, inputs, name, attributes));
    this.added.push(name);
    return name;
  }
}

interface Parts {
  readonly x: string;
  readonly a: string;
  readonly b: string;
  readonly base: string;
  readonly name: string;
  readonly scaled: (value: string) => string;
}

/** Why a product takes no adapter for several candidates at once; "" where it does. */
export function whyNotStacked(linear: Linear): string {
  if (linear.why !== "" || linear.kernel.length === 0 || isPointwise(linear)) return linear.why;
  return "it is a convolution of more than single pixels, which has no form for several candidates at once";
}
