/** Where a model looks up its tokens: the Gather of a table by the ids that come in. */
import { type NodeProto, type TensorProto, TensorProto_DataType } from "onnx-buf";
import { RelizoError } from "../error.ts";
import { bodies, type GraphIndex } from "./graph.ts";
import { intAttribute, statedShape, statedType } from "./node.ts";
import { isFloat, shapeOf, typeName } from "./tensor.ts";
import { typeOf } from "./trace.ts";

/** A Gather of token embeddings, and how the ids come to it. */
export interface Lookup {
  readonly node: NodeProto;
  /** Nodes between the input and the Gather, from the input on: casts, reshapes, bounds. */
  readonly path: readonly NodeProto[];
}

export interface TokenEmbedding {
  /** The input with the ids. */
  readonly ids: string;
  readonly lookups: readonly Lookup[];
  /** The table as the Gathers take it. */
  readonly table: string;
  /** The stored table, where it is one; none where it was exposed. */
  readonly tensor: TensorProto | undefined;
  /** Rows of the table. */
  readonly vocabulary: number;
  /** Numbers in a row. */
  readonly hidden: number;
  /** The type of the rows that come out. */
  readonly type: TensorProto_DataType;
}

const BOUNDS = new Set(["Clip", "Min", "Max"]);
const ON_THE_WAY = new Set(["Cast", "Identity", "Reshape", "Unsqueeze", "Squeeze", "Flatten", ...BOUNDS]);

export function isBound({ opType }: NodeProto): boolean {
  return BOUNDS.has(opType);
}

/**
 * The token embeddings of a text model.
 *
 * @throws RelizoError DATA where there are none of this form; the message says what there is
 */
export function tokenEmbedding(where: string, index: GraphIndex): TokenEmbedding {
  const all = index.graph.node.flatMap((node) => lookup(index, node) ?? []);
  const named = all.filter(({ ids }) => ids === "input_ids");
  const found = named.length > 0 ? named : all.filter(({ ids }) => !/type|segment|position|mask/.test(ids));
  const [first] = found;
  if (!first) throw noneError(where, index);
  const others = new Set(
    found.map(({ node }) => node.input[0] ?? "").filter((table) => table !== first.table),
  );
  if (others.size > 0)
    throw new RelizoError(
      "DATA",
      `${where}: the ids of "${first.ids}" look up rows in several tables, "${[first.table, ...others].join('", "')}"; models with one table of token embeddings can be cut.`,
    );
  const { table, ids } = first;
  const tensor = storedTable(index, table);
  const shape = tensor ? shapeOf(tensor) : exposedShape(index, table);
  const type = typeOf(index, table);
  if (tensor && !isFloat(tensor))
    throw new RelizoError(
      "DATA",
      `${where}: the token embeddings "${tensor.name}" are quantized (${typeName(tensor.dataType)}), so learned rows cannot stand beside them; export the model with float weights, or use addLora.`,
    );
  const [vocabulary, hidden] = shape ?? [];
  if (typeof vocabulary !== "number" || typeof hidden !== "number" || shape?.length !== 2 || !type)
    throw noneError(where, index);
  return {
    ids,
    table,
    tensor,
    vocabulary,
    hidden,
    type,
    lookups: found.map(({ node, path }) => ({ node, path })),
  };
}

function lookup(
  index: GraphIndex,
  node: NodeProto,
): (Lookup & { readonly ids: string; readonly table: string }) | undefined {
  if (node.opType !== "Gather" || (intAttribute(node, "axis") ?? 0) !== 0) return undefined;
  const table = node.input[0] ?? "";
  const tensor = storedTable(index, table);
  if ((tensor ? shapeOf(tensor) : exposedShape(index, table))?.length !== 2) return undefined;
  const path: NodeProto[] = [];
  let value = node.input[1] ?? "";
  for (;;) {
    const maker = index.maker.get(value);
    if (!maker) break;
    if (!ON_THE_WAY.has(maker.opType)) return undefined;
    path.unshift(maker);
    value = maker.input.find((input) => input !== "" && !index.constant(input)) ?? "";
  }
  const input = index.graph.input.find(({ name }) => name === value);
  const type = input && statedType(input);
  if (type !== TensorProto_DataType.INT64 && type !== TensorProto_DataType.INT32) return undefined;
  return { node, path, ids: value, table };
}

/** The tensor behind a table: itself, or what a Cast makes it from. */
export function storedTable(index: GraphIndex, table: string): TensorProto | undefined {
  const constant = index.constant(table);
  if (constant) return constant;
  const maker = index.maker.get(table);
  return maker?.opType === "Cast" || maker?.opType === "Identity"
    ? storedTable(index, maker.input[0] ?? "")
    : undefined;
}

function exposedShape(index: GraphIndex, table: string): (number | string)[] | undefined {
  const maker = index.maker.get(table);
  if (maker?.opType === "Cast" || maker?.opType === "Identity")
    return exposedShape(index, maker.input[0] ?? "");
  const input = index.graph.input.find(({ name }) => name === table);
  return input && statedShape(input);
}

function noneError(where: string, index: GraphIndex): RelizoError {
  const inputs = index.graph.input.map(({ name }) => name).slice(0, 4);
  const fused = index.graph.node.find(({ opType }) => /EmbedLayerNorm|GatherBlockQuantized/.test(opType));
  const inside = index.graph.node.find((node) =>
    bodies(node).some((body) => body.node.some(({ opType }) => opType === "Gather")),
  );
  const why = fused
    ? `they are within the fused operator ${fused.opType}; export the model without optimization`
    : inside
      ? `the graph looks them up within a branch (${inside.opType}); export the model without merging its two forms`
      : "a Gather of a float table [vocabulary, hidden] by the ids of an input is needed, as exports of text models have it";
  return new RelizoError(
    "DATA",
    `${where}: found no token embeddings in a graph with inputs ${inputs.join(", ")}: ${why}.`,
  );
}
