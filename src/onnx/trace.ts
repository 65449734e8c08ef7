/** What can be told of a value from how it is made: its type, its number of dimensions, whether data flows into it. */
import { type NodeProto, TensorProto_DataType } from "onnx-buf";
import type { GraphIndex } from "./graph.ts";
import { intAttribute, intsAttribute, statedShape, statedType } from "./node.ts";
import { countOf, shapeOf } from "./tensor.ts";

const TYPE = TensorProto_DataType;

/** The type of a value's numbers; undefined where it cannot be told. */
export function typeOf(index: GraphIndex, value: string): TensorProto_DataType | undefined {
  const seen = new Set<string>();
  for (let at = value; !seen.has(at); ) {
    seen.add(at);
    const constant = index.constant(at);
    if (constant) return constant.dataType;
    const input = index.graph.input.find(({ name }) => name === at);
    if (input) return statedType(input);
    const maker = index.maker.get(at);
    if (!maker) return undefined;
    if (maker.opType === "Cast") return intAttribute(maker, "to");
    if (maker.opType === "Shape" || maker.opType === "Size") return TYPE.INT64;
    at = maker.input[maker.opType === "Where" ? 1 : 0] ?? "";
  }
  return undefined;
}

const SAME =
  /^(?:Cast|CastLike|Identity|Softmax|LogSoftmax|Dropout|Slice|Split|Concat|Add|Sub|Mul|Div|Max|Min|Clip|Tanh|Neg|Sqrt|Pow|Reciprocal|Exp|Where|Relu|Erf|Sigmoid|LayerNormalization|CumSum|Expand)$/;

/** How many dimensions a value has; undefined where it cannot be told. */
export function rankOf(index: GraphIndex, value: string): number | undefined {
  const { graph } = index;
  const stated = new Map(
    [...graph.input, ...graph.output, ...graph.valueInfo].map((info) => [
      info.name,
      statedShape(info)?.length,
    ]),
  );
  const known = new Map<string, number | undefined>();
  const rank = (of: string, depth: number): number | undefined => {
    const told = index.constant(of)?.dims.length ?? stated.get(of) ?? known.get(of);
    if (told !== undefined || known.has(of) || depth === 0) return told;
    known.set(of, undefined);
    const maker = index.maker.get(of);
    const found = maker && rankMade(index, maker, (slot) => rank(maker.input[slot] ?? "", depth - 1));
    known.set(of, found);
    return found;
  };
  return rank(value, DEPTH);
}

/** Nodes behind one another that are looked at. */
const DEPTH = 64;

function rankMade(
  index: GraphIndex,
  maker: NodeProto,
  rank: (slot: number) => number | undefined,
): number | undefined {
  switch (maker.opType) {
    case "Reshape":
      return shapeElements(index, maker.input[1] ?? "")?.length;
    case "Transpose":
      return intsAttribute(maker, "perm")?.length ?? rank(0);
    case "Shape":
    case "Range":
      return 1;
    case "Size":
      return 0;
    case "Gemm":
      return 2;
    case "Gather": {
      const [table, picked] = [rank(0), rank(1)];
      return table === undefined || picked === undefined ? undefined : table - 1 + picked;
    }
    case "Squeeze":
    case "Unsqueeze": {
      const [rest, axes] = [
        rank(0),
        intsAttribute(maker, "axes") ?? wholeNumbers(index, maker.input[1] ?? ""),
      ];
      if (rest === undefined || !axes) return undefined;
      return maker.opType === "Squeeze" ? rest - axes.length : rest + axes.length;
    }
    case "MatMul":
      return most([rank(0), rank(1)]);
    default:
      return SAME.test(maker.opType)
        ? most(maker.input.flatMap((input, slot) => (input === "" ? [] : [rank(slot)])))
        : undefined;
  }
}

/** The largest: what is broadcast has no more dimensions than what it meets. One that is not known is no more than a matrix per head. */
function most(ranks: readonly (number | undefined)[]): number | undefined {
  const known = ranks.filter((rank) => rank !== undefined);
  const largest = Math.max(0, ...known);
  return known.length === ranks.length || largest >= 4 ? largest : undefined;
}

/** The numbers of a shape that the graph computes, as far as they are fixed: [undefined, undefined, 4, 64]. */
export function shapeElements(index: GraphIndex, value: string): (number | undefined)[] | undefined {
  const constant = index.constant(value);
  if (constant) return wholeNumbers(index, value);
  const maker = index.maker.get(value);
  if (maker?.opType === "Concat")
    return maker.input.flatMap((piece) =>
      index.constant(piece) ? (wholeNumbers(index, piece) ?? []) : [undefined],
    );
  if (maker?.opType === "Cast" || maker?.opType === "Identity")
    return shapeElements(index, maker.input[0] ?? "");
  return undefined;
}

/** A constant's whole numbers. */
export function wholeNumbers(index: GraphIndex, value: string): number[] | undefined {
  const tensor = index.constant(value);
  if (tensor?.dataType === TYPE.INT64) {
    if (tensor.int64Data.length > 0) return tensor.int64Data.map(Number);
    return [...new BigInt64Array(Uint8Array.from(tensor.rawData ?? []).buffer)].map(Number);
  }
  if (tensor?.dataType === TYPE.INT32) {
    if (tensor.int32Data.length > 0) return [...tensor.int32Data];
    return [...new Int32Array(Uint8Array.from(tensor.rawData ?? []).buffer)];
  }
  return undefined;
}

/** Whether a value is the same for every input of the same shape, and the same in every place: a scale. */
export function isScale(index: GraphIndex, value: string): boolean {
  const constant = index.constant(value);
  if (constant) return countOf(constant) === 1 || shapeOf(constant).at(-1) === 1;
  const rank = rankOf(index, value);
  return rank !== undefined && rank <= 1 && !carries(index, value, () => false);
}

/**
 * Whether data flows into a value: from an input that is none of those, rather than from weights and shapes alone.
 *
 * @param isWeight  inputs that train
 */
export function carries(
  index: GraphIndex,
  value: string,
  isWeight: (input: string) => boolean,
  seen: Map<string, boolean> = new Map(),
): boolean {
  const known = seen.get(value);
  if (known !== undefined) return known;
  const maker = index.maker.get(value);
  if (!maker) return value !== "" && !index.constant(value) && !isWeight(value);
  if (maker.opType === "Shape" || maker.opType === "Size") return false;
  seen.set(value, false);
  const found = maker.input.some((input) => carries(index, input, isWeight, seen));
  seen.set(value, found);
  return found;
}
