/**
 * A graph while it is written. Nodes are named by the path of their module, as torch.onnx names them
 * ("/model/layers.0/self_attn/q_proj/MatMul"), weights as in their file.
 */
import { create } from "@bufbuild/protobuf";
import type { GraphProto } from "onnx-buf";
import {
  GraphProtoSchema,
  type NodeProto,
  type TensorProto,
  TensorProto_DataType,
  type ValueInfoProto,
} from "onnx-buf";
import { type Attribute, node, valueInfo } from "../node.ts";
import { floatTensor, intTensor } from "../tensor.ts";
import type { Weights } from "./weights.ts";

/** A value of the graph: its name. */
export type Value = string;

export class Draft {
  readonly weights: Weights;
  /** Whether weights are widened where they lie; else by a Cast. */
  readonly widened: boolean;
  /** The module that all others are in. */
  readonly root: Scope;
  readonly #nodes: NodeProto[] = [];
  readonly #names = new Map<string, number>();
  readonly #constants = new Map<string, TensorProto>();
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];

  constructor(weights: Weights, widened: boolean) {
    this.weights = weights;
    this.widened = widened;
    this.root = new Scope(this, "");
  }

  input(
    name: string,
    shape: readonly (number | string)[],
    type: TensorProto_DataType = TensorProto_DataType.INT64,
  ): Value {
    this.#inputs.push(valueInfo(name, shape, type));
    return name;
  }

  /** Has a value leave the graph under this name. */
  output(name: string, value: Value, shape: readonly (number | string)[]): void {
    for (const one of this.#nodes)
      for (const list of [one.input, one.output])
        list.forEach((old, slot) => {
          if (old === value) list[slot] = name;
        });
    this.#outputs.push(valueInfo(name, shape));
  }

  /** @param constant  by its name: equal ones are kept once */
  keep(constant: TensorProto): Value {
    this.#constants.set(constant.name, constant);
    return constant.name;
  }

  add(
    path: string,
    opType: string,
    inputs: readonly Value[],
    outputs: number,
    attributes: Attributes,
  ): Value[] {
    const base = `${path}/${opType}`;
    const nth = this.#names.get(base) ?? 0;
    this.#names.set(base, nth + 1);
    const name = nth === 0 ? base : `${base}_${nth}`;
    const values = Array.from({ length: outputs }, (_, i) => `${name}_output_${i}`);
    this.#nodes.push(node(opType, inputs, values, attributes, name));
    return values;
  }

  /** @param initializers  the numbers of the weights that were taken */
  graph(name: string, initializers: readonly TensorProto[]): GraphProto {
    return create(GraphProtoSchema, {
      name,
      node: this.#nodes,
      initializer: [...initializers, ...this.#constants.values()],
      input: this.#inputs,
      output: this.#outputs,
    });
  }
}

type Attributes = Readonly<Record<string, Attribute>>;

/** A module of the model: what is written in it carries its path. */
export class Scope {
  readonly draft: Draft;
  readonly #path: string;

  constructor(draft: Draft, path: string) {
    this.draft = draft;
    this.#path = path;
  }

  /** A module in this one; dots are part of its name: "layers.0". */
  in(module: string): Scope {
    return new Scope(this.draft, `${this.#path}/${module}`);
  }

  /** A node with one output. */
  op(opType: string, inputs: readonly Value[], attributes: Attributes = {}): Value {
    return this.ops(opType, inputs, 1, attributes)[0] ?? "";
  }

  ops(opType: string, inputs: readonly Value[], outputs: number, attributes: Attributes = {}): Value[] {
    return this.draft.add(this.#path, opType, inputs, outputs, attributes);
  }

  /** The full name of a tensor of this module. */
  named(tensor: string): string {
    return `${this.#path.slice(1).replaceAll("/", ".")}.${tensor}`;
  }

  /** A weight of this module as float32 numbers. */
  weight(tensor: string, shape: readonly number[]): Value {
    return this.weightOf(this.named(tensor), shape);
  }

  /** The same, of whichever module. */
  weightOf(name: string, shape: readonly number[]): Value {
    const { name: stored, type } = this.draft.weights.take(name, shape);
    return this.#float(stored, type === "F32" || this.draft.widened);
  }

  /** Rows of a table of this module, looked up before they are widened. */
  lookUp(tensor: string, shape: readonly number[], rows: Value): Value {
    const { name, type } = this.draft.weights.take(this.named(tensor), shape);
    return this.#float(this.op("Gather", [name, rows]), type === "F32" || this.draft.widened);
  }

  #float(value: Value, already: boolean): Value {
    return already ? value : this.cast(value, TensorProto_DataType.FLOAT);
  }

  cast(value: Value, to: TensorProto_DataType): Value {
    return this.op("Cast", [value], { to });
  }

  /** A vector of whole numbers. */
  ints(...values: readonly number[]): Value {
    return this.draft.keep(intTensor(`/int64[${values.join(",")}]`, values));
  }

  int(value: number): Value {
    return this.draft.keep(intTensor(`/int64(${value})`, [value], []));
  }

  float(value: number): Value {
    return this.draft.keep(floatTensor(`/float32(${value})`, [], Float32Array.of(value)));
  }
}
