/** The linear maps of a graph: every node that multiplies by a weight, under the path of its module. */
import type { NodeProto } from "onnx-buf";
import { type GraphIndex, indexOf } from "./graph.ts";
import type { OnnxModel } from "./model.ts";
import { moduleOf, modulePath } from "./names.ts";
import { floatAttribute, intAttribute, intsAttribute } from "./node.ts";
import { parameters } from "./parameters.ts";
import { exposedShapes, type Weight, weightOf } from "./weight.ts";

/** y = x W, however it is written: W maps `inputs` numbers to `outputs`. */
export interface Linear {
  /** The path of its module, as PEFT names targets: "layers.0.q_proj". */
  readonly module: string;
  readonly node: NodeProto;
  readonly weight: Weight | undefined;
  readonly inputs: number;
  readonly outputs: number;
  /** Whether the operand has a row for each output, as [outputs, inputs]. */
  readonly rowsAreOutputs: boolean;
  /** What the product is multiplied by: Gemm's alpha. */
  readonly factor: number;
  /** Of a convolution; [] else. */
  readonly kernel: readonly number[];
  /** Why low rank cannot be added; "" where it can. */
  readonly why: string;
}

/** In the graph's order; products inside bodies of loops and branches are not among them. */
export function linears(model: OnnxModel): Linear[] {
  const index = indexOf(model);
  const exposed = exposedShapes(model);
  const names = new Map(parameters(model).map(({ initializer, name }) => [initializer, name]));
  const owner = new Map<string, string>();
  return index.graph.node.flatMap((node) => {
    const found = linearAt(index, exposed, node);
    if (!found) return [];
    const root = found.weight?.root ?? node.input[1] ?? "";
    const path = pathOf(names.get(root) ?? root, node);
    // One path for one weight, wherever it is taken; two weights of one module get two.
    const free = (owner.get(path) ?? root) === root;
    const module = free ? path : root;
    owner.set(module, root);
    return [{ ...found, node, module }];
  });
}

function pathOf(name: string, node: NodeProto): string {
  return (/\.(?:weight|kernel)\w*$/.test(name) && moduleOf(name)) || modulePath(node) || name;
}

export type Product = Omit<Linear, "module" | "node">;

const PLAIN = { rowsAreOutputs: false, factor: 1, kernel: [], why: "" };

/** What a node multiplies by, if it is a linear map. */
export function linearAt(
  index: GraphIndex,
  exposed: ReadonlyMap<string, readonly number[]>,
  node: NodeProto,
): Product | undefined {
  if (node.opType === "MatMulNBits" || node.opType === "MatMulBnb4") return packed(node);
  const quantized = /^(?:MatMulInteger|ConvInteger|QLinear(?:MatMul|Conv)|DynamicQuantizeMatMul)/.test(
    node.opType,
  );
  if (!quantized && !/^(?:MatMul|Gemm|Conv)$/.test(node.opType)) return undefined;
  const weight = weightOf(index, exposed, node.input[/^QLinear/.test(node.opType) ? 3 : 1] ?? "");
  if (!weight) return undefined;
  const made = node.opType === "Conv" ? convolution(node, weight) : product(node, weight);
  const why = `${node.opType} works on whole numbers`;
  return quantized ? { ...made, why } : made;
}

function product(node: NodeProto, weight: Weight): Product {
  const [first = 0, second = 0] = weight.shape;
  const rowsAreOutputs = intAttribute(node, "transB") === 1;
  const factor = node.opType === "Gemm" ? (floatAttribute(node, "alpha") ?? 1) : 1;
  const flat = weight.shape.length === 2;
  const rank = `its weight has shape [${weight.shape.join(", ")}], where two axes are needed`;
  return {
    ...PLAIN,
    weight,
    rowsAreOutputs,
    factor,
    inputs: rowsAreOutputs ? second : first,
    outputs: rowsAreOutputs ? first : second,
    why: !flat ? rank : factor === 0 ? "its alpha is 0" : "",
  };
}

function convolution(node: NodeProto, weight: Weight): Product {
  const [outputs = 0, inputs = 0, ...kernel] = weight.shape;
  const group = intAttribute(node, "group") ?? 1;
  return {
    ...PLAIN,
    weight,
    rowsAreOutputs: true,
    inputs,
    outputs,
    kernel,
    why: group === 1 ? "" : `it is a convolution in ${group} groups`,
  };
}

/** Four bits and less: the shape stands in the attributes. */
function packed(node: NodeProto): Product {
  const [inputs, outputs] = [intAttribute(node, "K") ?? 0, intAttribute(node, "N") ?? 0];
  return { ...PLAIN, weight: undefined, inputs, outputs };
}

/** Whether a product is a convolution of one pixel, step and image: a linear map of the channels. */
export function isPointwise({ node, kernel }: Linear): boolean {
  const ones = (name: string): boolean => (intsAttribute(node, name) ?? []).every((n) => n === 1);
  const pads = intsAttribute(node, "pads") ?? [];
  return kernel.every((n) => n === 1) && ones("strides") && pads.every((n) => n === 0);
}
