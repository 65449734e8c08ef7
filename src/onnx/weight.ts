/** Where an operand of a node comes from: a constant or an exposed weight, behind nodes that only hand it on. */
import { type NodeProto, type TensorProto, TensorProto_DataType } from "onnx-buf";
import { notesOf, trainableInputs } from "./cut.ts";
import type { GraphIndex } from "./graph.ts";
import type { OnnxModel } from "./model.ts";
import { intAttribute, intsAttribute } from "./node.ts";
import { shapeOf } from "./tensor.ts";

/** An operand that is the same in every run, or fed as a weight. */
export interface Weight {
  /** The constant's name, or the input's. */
  readonly root: string;
  /** The constant; undefined where it is an input by now. */
  readonly tensor: TensorProto | undefined;
  /** Transpose, Cast, Identity and DequantizeLinear between the root and the operand, from the root on. */
  readonly chain: readonly NodeProto[];
  /** Of the operand, behind the chain. */
  readonly shape: readonly number[];
  /** The operand's TensorProto_DataType. */
  readonly type: number;
  readonly quantized: boolean;
}

/** Weights that are inputs by now, with their shapes. */
export function exposedShapes(model: OnnxModel): ReadonlyMap<string, readonly number[]> {
  if (notesOf(model).length === 0) return new Map();
  const exposed = trainableInputs(model).filter(({ cut }) => cut === "expose");
  return new Map(exposed.map(({ name, shape }) => [name, shape]));
}

/** The weight that a value is, if it is one. */
export function weightOf(
  index: GraphIndex,
  exposed: ReadonlyMap<string, readonly number[]>,
  value: string,
  depth: number = 0,
): Weight | undefined {
  const tensor = index.constant(value);
  if (tensor) return root(value, tensor, shapeOf(tensor), tensor.dataType);
  const shape = exposed.get(value);
  if (shape) return root(value, undefined, shape, TensorProto_DataType.FLOAT);
  const maker = index.maker.get(value);
  if (!maker || depth > 8) return undefined;
  const before = handsOn(maker) ? weightOf(index, exposed, maker.input[0] ?? "", depth + 1) : undefined;
  return before && behind(index, maker, before);
}

/** Whether a node only hands on what it takes first, in another order or type. */
export function handsOn({ opType }: NodeProto): boolean {
  return ["Transpose", "Cast", "Identity", "DequantizeLinear"].includes(opType);
}

function root(name: string, tensor: TensorProto | undefined, shape: readonly number[], type: number): Weight {
  return { root: name, tensor, chain: [], shape, type, quantized: false };
}

function behind(index: GraphIndex, node: NodeProto, before: Weight): Weight {
  const chain = [...before.chain, node];
  if (node.opType === "Transpose") {
    const shape = permutation(node, before.shape.length).map((from) => before.shape[from] ?? 0);
    return { ...before, chain, shape };
  }
  if (node.opType === "Cast") return { ...before, chain, type: intAttribute(node, "to") ?? before.type };
  if (node.opType === "Identity") return { ...before, chain };
  const scale = index.constant(node.input[1] ?? "");
  return { ...before, chain, type: scale?.dataType ?? TensorProto_DataType.FLOAT, quantized: true };
}

/** Which axis of its input each axis of a Transpose's output is. */
export function permutation(node: NodeProto, rank: number): number[] {
  const stated = intsAttribute(node, "perm");
  return stated && stated.length === rank ? stated : Array.from({ length: rank }, (_, i) => rank - 1 - i);
}
