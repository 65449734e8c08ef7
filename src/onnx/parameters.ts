/** The weights of a model: what could be trained, by the names that people know them by. */
import type { GraphProto, NodeProto, TensorProto } from "onnx-buf";
import { bodies, freeValues, type GraphIndex, indexOf, type Use } from "./graph.ts";
import { copyOf, type OnnxModel } from "./model.ts";
import { isMadeUp, modulePath } from "./names.ts";
import { countOf, isFloat, shapeOf, typeName } from "./tensor.ts";

/** A weight of a model. */
export interface ParameterInfo {
  /** Its name: the file's own, or the module's path and "weight" or "bias" where the exporter made one up. */
  readonly name: string;
  /** Its name in the file. */
  readonly initializer: string;
  readonly shape: readonly number[];
  /** "float32", "float16", "int8" and so on. */
  readonly type: string;
  /** Numbers in it. */
  readonly count: number;
  /** Operators that take it: "MatMul", "Gather". */
  readonly operators: readonly string[];
  readonly trainable: boolean;
  /** Why it is not trainable; "" where it is. */
  readonly why: string;
}

/** Operators whose float constants are weights wherever they meet what the model has computed. */
const TAKES = new Set([
  ...[
    "MatMul",
    "Gemm",
    "Conv",
    "ConvTranspose",
    "Add",
    "Sub",
    "Mul",
    "Div",
    "PRelu",
    "LayerNormalization",
    "RMSNormalization",
  ],
  ...[
    "BatchNormalization",
    "InstanceNormalization",
    "GroupNormalization",
    "LSTM",
    "GRU",
    "RNN",
    "Attention",
    "MultiHeadAttention",
  ],
  ...[
    "SimplifiedLayerNormalization",
    "SkipLayerNormalization",
    "SkipSimplifiedLayerNormalization",
    "EmbedLayerNormalization",
  ],
  ...["FusedMatMul", "FusedGemm", "FusedConv", "BiasGelu", "FastGelu", "GroupQueryAttention"],
]);

/** Operators that hand a constant on in another form. */
const PASSES = new Set([
  ...[
    "Transpose",
    "Reshape",
    "Cast",
    "Identity",
    "Unsqueeze",
    "Squeeze",
    "Expand",
    "Flatten",
    "Slice",
    "Concat",
    "Split",
    "Tile",
  ],
]);

/** Operators over whole numbers that stand for floats. */
const QUANTIZED =
  /^(?:QLinear|DequantizeLinear$|MatMulInteger|ConvInteger|MatMulNBits|MatMulBnb4|GatherBlockQuantized|DynamicQuantize|QGemm)/;

/**
 * Every weight of a model, in the file's order. A float constant is a weight when it meets what the model computes from its
 * inputs: embeddings, matrices, kernels, biases, scales. One that only makes positions, masks or shapes is none and is not
 * listed; statistics and quantized weights are listed as not trainable.
 */
export function parameters(model: OnnxModel): ParameterInfo[] {
  const index = indexOf(model);
  const computed = computedValues(index);
  const found = constantsOf(index).flatMap((tensor) => {
    const users = usersOf(index, tensor.name);
    const why = whyNot(tensor, users);
    const weight = users.some((use) => isWeightAt(computed, tensor, use));
    return weight || (why !== "" && users.length > 0 && countOf(tensor) > 1) ? [{ tensor, users, why }] : [];
  });
  const taken = new Set<string>();
  return found.map(({ tensor, users, why }) => ({
    name: nameOf(tensor, users, (name) => index.taken(name) || taken.has(name), taken),
    initializer: tensor.name,
    shape: shapeOf(tensor),
    type: typeName(tensor.dataType),
    count: countOf(tensor),
    operators: [...new Set(users.map(({ node }) => node.opType))],
    trainable: why === "",
    why,
  }));
}

/** The constants of the graph itself, initializers first. A Constant node's tensor is called by its value. */
function constantsOf({ graph, constant }: GraphIndex): TensorProto[] {
  const nodes = graph.node.filter(({ opType }) => opType === "Constant");
  const made = nodes.flatMap(({ output }) => {
    const tensor = constant(output[0] ?? "");
    return tensor && output[0] ? [copyOf(tensor, { name: output[0] })] : [];
  });
  return [...graph.initializer, ...made];
}

/** Who takes a constant in the end, past those that only hand it on, in bodies of loops and branches as well. */
function usersOf(index: GraphIndex, value: string, seen: Set<string> = new Set()): Use[] {
  if (seen.has(value)) return [];
  seen.add(value);
  return [...index.uses(value), ...index.usesInside(value)].flatMap((use) => {
    const passes = PASSES.has(use.node.opType) && (use.slot === 0 || use.node.opType === "Concat");
    const further = passes ? use.node.output.flatMap((output) => usersOf(index, output, seen)) : [];
    return further.length > 0 ? further : [use];
  });
}

function isWeightAt(computed: ReadonlySet<string>, tensor: TensorProto, { node, slot }: Use): boolean {
  if (countOf(tensor) < 2) return false;
  if (QUANTIZED.test(node.opType)) return true;
  if (!isFloat(tensor)) return false;
  if (node.opType === "Gather") return slot === 0 && shapeOf(tensor).length >= 2;
  return TAKES.has(node.opType) && node.input.some((value, at) => at !== slot && computed.has(value));
}

function whyNot(tensor: TensorProto, users: readonly Use[]): string {
  const quantized = users.find(({ node }) => QUANTIZED.test(node.opType));
  if (quantized)
    return `quantized (${typeName(tensor.dataType)}, taken by ${quantized.node.opType}): numbers on so coarse a grid cannot be perturbed`;
  const statistics = users.every(({ node, slot }) => node.opType === "BatchNormalization" && slot >= 3);
  if (users.length > 0 && statistics) return "running statistics of a batch normalization";
  return "";
}

/** Values computed from the model's float inputs or from rows that it looks up. */
function computedValues({ graph, constant }: GraphIndex): Set<string> {
  const computed = new Set<string>();
  for (const input of graph.input) {
    const type = input.type?.value;
    if (type?.case === "tensorType" && isFloatType(type.value.elemType) && !constant(input.name))
      computed.add(input.name);
  }
  walk(graph, computed, constant);
  return computed;
}

function walk(graph: GraphProto, computed: Set<string>, constant: GraphIndex["constant"]): void {
  for (const node of graph.node) {
    const inner = bodies(node);
    const taken = [...node.input, ...inner.flatMap((body) => [...freeValues(body)])];
    const meets = taken.some((value) => computed.has(value));
    for (const body of inner) {
      if (meets) for (const { name } of body.input) computed.add(name);
      walk(body, computed, constant);
    }
    if (meets || looksUp(node, constant)) for (const output of node.output) computed.add(output);
  }
}

/** Whether a node takes rows of a table. */
function looksUp(node: NodeProto, constant: (value: string) => TensorProto | undefined): boolean {
  if (/Embed|GatherBlockQuantized/.test(node.opType)) return true;
  const table = node.opType === "Gather" ? constant(node.input[0] ?? "") : undefined;
  return table !== undefined && isFloat(table) && table.dims.length >= 2;
}

function isFloatType(type: number | undefined): boolean {
  return /^(?:float|bfloat)/.test(typeName(type));
}

function nameOf(
  tensor: TensorProto,
  users: readonly Use[],
  isTaken: (name: string) => boolean,
  taken: Set<string>,
): string {
  if (!isMadeUp(tensor.name)) return tensor.name;
  const paths = users.map(({ node }) => modulePath(node)).filter((path) => path !== "");
  const kind = users.some(({ node, slot }) => isBias(node, slot, tensor)) ? "bias" : "weight";
  const wanted = paths[0] === undefined ? tensor.name : `${paths[0]}.${kind}`;
  const name = isTaken(wanted) ? tensor.name : wanted;
  taken.add(name);
  return name;
}

function isBias(node: NodeProto, slot: number, tensor: TensorProto): boolean {
  if (node.opType === "Add") return tensor.dims.length <= 1;
  return slot === 2 && /Gemm|Conv|Norm/.test(node.opType);
}
