/** A model's last matrix: where the hidden states of a text model become scores of its vocabulary. */
import type { NodeProto } from "onnx-buf";
import { trainableInputs } from "./cut.ts";
import { type GraphIndex, indexOf } from "./graph.ts";
import type { OnnxModel } from "./model.ts";
import { intAttribute } from "./node.ts";
import { carries, rankOf } from "./trace.ts";

/** All that lies between hidden states and an output, each row for itself. */
export interface Head {
  /** The hidden states, [batch, sequence, hidden]. */
  readonly hidden: string;
  /** The nodes that take them. */
  readonly takers: readonly NodeProto[];
  /** Nodes that make rows of a batch of sequences, or sequences of rows: [batch, sequence, n] to [batch * sequence, n] and back. */
  readonly reshapes: readonly NodeProto[];
}

/** Operators that treat each number, or each row, for itself. */
const EACH = /^(?:Cast|Identity|Tanh|Neg|Relu|Sigmoid|Erf|Sqrt|Clip|Softmax|LogSoftmax|Dropout)$/;
const PAIRS = new Set(["Add", "Sub", "Mul", "Div", "Max", "Min"]);

/**
 * The head before an output; undefined where the graph has none of this form: a matrix times hidden states, with biases, scales,
 * adapters beside it, and nothing else that takes what is between.
 */
export function headOf(model: OnnxModel, output: string): Head | undefined {
  const index = indexOf(model);
  const trained = new Set(trainableInputs(model).map(({ name }) => name));
  const flows = new Map<string, boolean>();
  const isData = (value: string): boolean => carries(index, value, (input) => trained.has(input), flows);
  for (const product of products(index, output, isData)) {
    const hidden = unflattened(index, product.input[0] ?? "");
    if (rankOf(index, hidden) === 2) continue;
    const head = reach(index, output, hidden, isData);
    if (head) return { hidden, ...head };
  }
  return undefined;
}

/** Products with weights on the way back from an output, the last ones first; the head is among these, or there is none. */
const TRIED = 8;

function products(index: GraphIndex, output: string, isData: (value: string) => boolean): NodeProto[] {
  const found: NodeProto[] = [];
  const seen = new Set<NodeProto>();
  const walk = (value: string): void => {
    const node = index.maker.get(value);
    if (!node || seen.has(node) || found.length === TRIED || !isData(value)) return;
    seen.add(node);
    const inputs = PAIRS.has(node.opType) ? node.input : [node.input[0] ?? ""];
    if (node.opType === "MatMul" || node.opType === "Gemm") {
      if (isData(node.input[1] ?? "")) return;
      found.push(node);
    } else if (!PAIRS.has(node.opType) && !EACH.test(node.opType) && node.opType !== "Reshape") return;
    for (const input of inputs) walk(input);
  };
  walk(output);
  return found;
}

/** What a Reshape makes rows of. */
function unflattened(index: GraphIndex, value: string): string {
  const node = index.maker.get(value);
  return node?.opType === "Reshape" ? (node.input[0] ?? "") : value;
}

/** Follows an output back to the hidden states by ways that treat rows alone; undefined where one leads elsewhere. */
function reach(
  index: GraphIndex,
  output: string,
  hidden: string,
  isData: (value: string) => boolean,
): Omit<Head, "hidden"> | undefined {
  const nodes = new Set<NodeProto>();
  const outputs = new Set(index.graph.output.map(({ name }) => name));
  const walk = (value: string): boolean => {
    if (value === hidden) return true;
    const node = index.maker.get(value);
    if (!node || (value !== output && (outputs.has(value) || index.captured(value)))) return false;
    if (nodes.has(node)) return true;
    nodes.add(node);
    return through(node, (slot) => {
      const input = node.input[slot] ?? "";
      return isData(input) ? walk(input) : node.opType === "MatMul" || flat(index, input);
    });
  };
  if (!walk(output)) return undefined;
  const closed = [...nodes].every(
    (node) =>
      node.output[0] === output || index.uses(node.output[0] ?? "").every((use) => nodes.has(use.node)),
  );
  if (!closed) return undefined;
  return {
    takers: [...nodes].filter(({ input }) => input.includes(hidden)),
    reshapes: [...nodes].filter(({ opType }) => opType === "Reshape"),
  };
}

/** Whether a node treats rows alone, its inputs being fine. */
function through(node: NodeProto, fine: (slot: number) => boolean): boolean {
  if (EACH.test(node.opType)) return fine(0) && !runsOverRows(node);
  if (PAIRS.has(node.opType)) return fine(0) && fine(1);
  if (node.opType === "MatMul") return fine(0);
  if (node.opType === "Gemm") return fine(0) && (intAttribute(node, "transA") ?? 0) === 0;
  return node.opType === "Reshape" && (intAttribute(node, "allowzero") ?? 0) === 0 && fine(0);
}

function runsOverRows({ opType, attribute }: NodeProto): boolean {
  if (!/Softmax/.test(opType)) return false;
  const axis = attribute.find(({ name }) => name === "axis");
  return axis === undefined || Number(axis.i) !== -1;
}

/** Whether what meets rows has no dimensions but their own. */
function flat(index: GraphIndex, value: string): boolean {
  const rank = rankOf(index, value);
  return rank !== undefined && rank <= 1;
}
