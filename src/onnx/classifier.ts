/** A classification head on a model that has none: classes from hidden states by one matrix. */
import { TensorProto_DataType } from "onnx-buf";
import { RelizoError } from "../error.ts";
import { has, need, oneOf, whole } from "../option.ts";
import { Parameters } from "../parameters/parameters.ts";
import { noneError } from "../parameters/select.ts";
import { seedRule } from "../sample/stream.ts";
import { type Baking, take } from "./baking.ts";
import { addNote, type Cut, type CutNote } from "./cut.ts";
import { freeze, needNew } from "./freeze.ts";
import type { GraphIndex } from "./graph.ts";
import { headOf } from "./head.ts";
import { copyModel, graphOf, type OnnxModel, opsetOf } from "./model.ts";
import { statedShape, valueInfo } from "./node.ts";
import { needOpset, Patch } from "./patch.ts";
import { normals } from "./start.ts";
import { shapeOf } from "./tensor.ts";
import { typeOf } from "./trace.ts";

/** Which hidden state speaks for a text: the first token's, the last's that is no padding, or the mean of those. */
export type Pool = "cls" | "last" | "mean";

export interface HeadOptions {
  /** At least 2. */
  readonly classes: number;
  /** Default: "cls" in a model with token_type_ids, else "last". */
  readonly pool?: Pool;
  /** A value [batch, sequence, hidden]. Default: the output "last_hidden_state", else what the last matrix before "logits" takes. */
  readonly from?: string;
  /** Of the weights, normal numbers of standard deviation 0.02; biases start at 0. Default 0. */
  readonly seed?: number;
}

export const WEIGHT = "classifier.weight";
export const BIAS = "classifier.bias";
export const CLASSES = "class_logits";

/** As BERT's heads start: `initializer_range` of its configurations. */
const DEVIATION = 0.02;

/**
 * Adds an output `class_logits` [batch, classes] and its weights as inputs, `classifier.weight` [classes, hidden] and
 * `classifier.bias` [classes]. Padding is what `attention_mask` says, on either side. All other outputs stay as they are;
 * `keepOutputs` drops those that training does not need.
 *
 * @throws RelizoError OPTION for a wrong option, or a value that is not there; DATA where there are no hidden states
 */
export function addHead(model: OnnxModel, options: HeadOptions): Cut {
  const where = "addHead";
  need(has(options, "classes"), "OPTION", `${where}: options must be an object with classes`, options);
  const { classes, seed = 0 } = options;
  const counts = whole(2, 2);
  need(counts.accepts(classes), "OPTION", `${where}: classes must be ${counts.range}`, classes);
  need(seedRule.accepts(seed), "OPTION", `${where}: seed must be ${seedRule.range}`, seed);
  const pools = oneOf<Pool>("last", ["cls", "last", "mean"]);
  const hasTypes = graphOf(model).input.some(({ name }) => name === "token_type_ids");
  const pool = options.pool ?? (hasTypes ? "cls" : "last");
  need(pools.accepts(pool), "OPTION", `${where}: pool must be ${pools.range}`, pool);
  needOpset(where, model);
  const copy = copyModel(model);
  const patch = new Patch(copy);
  for (const name of [WEIGHT, BIAS, CLASSES]) needNew(where, patch.index, name);
  const states = hiddenStates(where, copy, patch.index, options.from);
  const size = sizeOf(patch.index, states);
  if (size === undefined)
    throw new RelizoError(
      "DATA",
      `${where}: the graph does not tell how many numbers a row of "${states}" has; name a value that a matrix takes, or an output with its shape.`,
    );
  const hidden =
    typeOf(patch.index, states) === TensorProto_DataType.FLOAT
      ? states
      : patch.add("Cast", [states], "classifier/hidden", { to: TensorProto_DataType.FLOAT });
  patch.input(valueInfo(WEIGHT, [classes, size]));
  patch.input(valueInfo(BIAS, [classes]));
  const pooled = pooling(patch, hidden, pool, opsetOf(model));
  patch.make("Gemm", [pooled, WEIGHT, BIAS], CLASSES, { transB: 1 });
  graphOf(copy).output.push(valueInfo(CLASSES, ["batch", classes]));
  patch.done();
  addNote<CutNote>(copy, { cut: "head", parameters: { [WEIGHT]: [classes, size], [BIAS]: [classes] } });
  const parameters = Parameters.from({
    [WEIGHT]: { shape: [classes, size], data: normals(seed, 0, classes * size, DEVIATION) },
    [BIAS]: new Float32Array(classes),
  });
  return { model: copy, parameters };
}

function hiddenStates(where: string, model: OnnxModel, index: GraphIndex, from: string | undefined): string {
  const outputs = graphOf(model).output.map(({ name }) => name);
  if (from !== undefined) {
    if (index.maker.has(from)) return from;
    throw noneError(where, [...outputs, ...index.maker.keys()], from);
  }
  const own = outputs.find((name) => name === "last_hidden_state");
  const texts = graphOf(model).output.filter((output) => statedShape(output)?.length === 3);
  const found = own ?? texts.map(({ name }) => headOf(model, name)?.hidden).find((one) => one !== undefined);
  if (found !== undefined) return found;
  throw new RelizoError(
    "DATA",
    `${where}: found no hidden states [batch, sequence, hidden] in a graph with outputs ${outputs.slice(0, 4).join(", ")}: neither an output last_hidden_state nor a last matrix before logits; name a value with "from".`,
  );
}

/** Numbers in a row of a value: as stated, as the matrix has it that takes it, or the scale or bias that made it. */
function sizeOf(index: GraphIndex, value: string): number | undefined {
  const stated = [...index.graph.output, ...index.graph.valueInfo].find(({ name }) => name === value);
  const last = (stated && statedShape(stated))?.at(-1);
  if (typeof last === "number") return last;
  for (const { node, slot } of index.uses(value)) {
    const shape =
      slot === 0 && /^(?:MatMul|Gemm)$/.test(node.opType) ? sizes(index, node.input[1] ?? "") : [];
    const turned = node.attribute.some(({ name, i }) => name === "transB" && Number(i) === 1);
    const inner = shape[turned ? 1 : 0];
    if (typeof inner === "number") return inner;
  }
  const vector = index.maker.get(value)?.input.map((input) => sizes(index, input));
  const size = vector?.find((shape) => shape.length === 1)?.[0];
  return typeof size === "number" ? size : undefined;
}

function sizes(index: GraphIndex, value: string): readonly (number | string)[] {
  const constant = index.constant(value);
  const input = index.graph.input.find(({ name }) => name === value);
  return constant ? shapeOf(constant) : ((input && statedShape(input)) ?? []);
}

/** [batch, sequence, hidden] -> [batch, hidden] */
function pooling(patch: Patch, hidden: string, pool: Pool, opset: number): string {
  if (pool === "cls")
    return patch.add("Gather", [hidden, patch.ints("classifier/first", [0], [])], "classifier/pooled", {
      axis: 1,
    });
  const mask = tokens(patch, hidden);
  if (pool === "last") {
    const place = patch.add("CumSum", [mask, patch.ints("classifier/along", [1], [])], "classifier/count");
    // The count grows up to the last token that is none of padding; ArgMax takes the first place of the largest.
    const last = patch.add("ArgMax", [place], "classifier/last", { axis: 1, keepdims: 1 });
    return patch.add("GatherND", [hidden, last], "classifier/pooled", { batch_dims: 1 });
  }
  const sum = (value: string, name: string): string =>
    opset >= 13
      ? patch.add("ReduceSum", [value, patch.ints("classifier/axis", [1])], name, { keepdims: 0 })
      : patch.add("ReduceSum", [value], name, { axes: [1], keepdims: 0 });
  const column = patch.unsqueeze(mask, 2, "classifier/column");
  const total = sum(patch.add("Mul", [hidden, column], "classifier/masked"), "classifier/total");
  return patch.add("Div", [total, sum(column, "classifier/tokens")], "classifier/pooled");
}

/** 1 for each position of the sequence that is no padding, [batch, sequence] as float32: the mask's last ones, behind a past. */
function tokens(patch: Patch, hidden: string): string {
  const to = TensorProto_DataType.FLOAT;
  const shape = patch.add("Shape", [hidden], "classifier/shape");
  const some = (at: readonly number[], name: string): string =>
    patch.add("Gather", [shape, patch.ints("classifier/at", at)], name, { axis: 0 });
  const mask = patch.index.graph.input.find(({ name }) => name === "attention_mask");
  if (!mask || statedShape(mask)?.length !== 2) {
    const one = patch.add("Cast", [patch.ints("classifier/one", [1])], "classifier/unit", { to });
    return patch.add("Expand", [one, some([0, 1], "classifier/sizes")], "classifier/mask");
  }
  const start = patch.add("Neg", [some([1], "classifier/length")], "classifier/start");
  const end = patch.ints("classifier/end", [Number.MAX_SAFE_INTEGER]);
  const own = patch.add(
    "Slice",
    [mask.name, start, end, patch.ints("classifier/axis", [1])],
    "classifier/own",
  );
  return patch.add("Cast", [own], "classifier/mask", { to });
}

/** The head stays, with its weights as constants. */
export const bakeHead: Baking = (model, _, values) => {
  for (const name of [WEIGHT, BIAS]) freeze(model, name, name, take(values, name));
};
