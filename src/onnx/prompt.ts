/** Prompt tuning: tokens beyond the vocabulary whose embeddings are learned. */
import { create } from "@bufbuild/protobuf";
import {
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
} from "onnx-buf";
import { RelizoError } from "../error.ts";
import { flag, has, need, whole } from "../option.ts";
import { Parameters } from "../parameters/parameters.ts";
import { seedRule } from "../sample/stream.ts";
import { type Baking, take } from "./baking.ts";
import { addNote, type Cut, type CutNote } from "./cut.ts";
import { isBound, type Lookup, storedTable, type TokenEmbedding, tokenEmbedding } from "./embedding.ts";
import { freeze, needNew } from "./freeze.ts";
import { indexOf, removeConstants } from "./graph.ts";
import { copyModel, copyOf, type OnnxModel } from "./model.ts";
import { valueInfo } from "./node.ts";
import { needOpset, Patch, type PatchNote, undo } from "./patch.ts";
import { wholes } from "./start.ts";
import {
  countOf,
  externalPlace,
  fillFloats,
  type Numbers,
  packFloats,
  rawBytes,
  readFloats,
  shapeOf,
} from "./tensor.ts";
import { typeOf } from "./trace.ts";

export interface PromptOptions {
  /** Learned tokens, at least 1. */
  readonly tokens: number;
  /** Where the rows start: as the embeddings of these tokens, as many as there are learned ones; or numbers, [tokens, hidden]. Default: tokens drawn by `seed`. */
  readonly init?: readonly number[] | Float32Array;
  /** Default 0. */
  readonly seed?: number;
  /** Whether several candidates may come in one run, as rows of one input [candidates * tokens, hidden]. Default false. */
  readonly stacked?: boolean;
}

/** A prompt-cut model, and the ids that stand for its learned tokens. */
export interface PromptCut extends Cut {
  /** Rows of the model's own table: token p of the prompt has id `vocabulary + p`, of candidate k `vocabulary + k * tokens + p`. */
  readonly vocabulary: number;
}

export interface PromptNote extends CutNote {
  readonly cut: "prompt";
  readonly patch: PatchNote;
  readonly table: string;
  /** What the Gathers give. */
  readonly gathers: readonly string[];
  readonly bounded: boolean;
}

export const PROMPT = "prompt_embeddings";

/**
 * Has ids from the vocabulary's size on stand for learned embeddings, fed as `prompt_embeddings` [tokens, hidden]. They may stand
 * anywhere in the sequence, so masks, positions and shapes stay as exported; that there are positions for them is the caller's
 * business. Rows without such an id come out bit for bit as before; an id beyond the learned ones is an error of the run.
 *
 * @throws RelizoError OPTION for a wrong option; DATA for a model without token embeddings of its own, or with quantized ones
 * @cost  a run copies the embeddings of its tokens once more
 * @source  Lester, Al-Rfou, Constant, "The Power of Scale for Parameter-Efficient Prompt Tuning", EMNLP 2021; start from the vocabulary: section 3.2
 */
export async function addPrompt(model: OnnxModel, options: PromptOptions): Promise<PromptCut> {
  const where = "addPrompt";
  const { tokens, seed = 0, stacked = false } = checked(where, options);
  needOpset(where, model);
  const copy = copyModel(model);
  const patch = new Patch(copy);
  needNew(where, patch.index, PROMPT);
  const found = tokenEmbedding(where, patch.index);
  const { vocabulary, hidden } = found;
  const start = await startRows(where, model, found, { ...options, tokens, seed });
  patch.input(valueInfo(PROMPT, [stacked ? "prompt_rows" : tokens, hidden]));
  const rows =
    found.type === TensorProto_DataType.FLOAT
      ? PROMPT
      : patch.add("Cast", [PROMPT], "prompt/rows", { to: found.type });
  const gathers = found.lookups.map(({ node }) => node.output[0] ?? "");
  for (const lookup of found.lookups) insert(patch, found, lookup, rows);
  const parameters = Parameters.from({ [PROMPT]: { shape: [tokens, hidden], data: start } });
  addNote<PromptNote>(copy, {
    cut: "prompt",
    parameters: { [PROMPT]: [tokens, hidden] },
    patch: patch.done(),
    table: found.table,
    gathers,
    bounded: found.lookups.some(({ path }) => path.some(isBound)),
  });
  return { model: copy, parameters, vocabulary };
}

function checked(where: string, options: PromptOptions): PromptOptions {
  need(has(options, "tokens"), "OPTION", `${where}: options must be an object with tokens`, options);
  const { tokens, seed, stacked } = options;
  const rule = whole(1, 1);
  need(rule.accepts(tokens), "OPTION", `${where}: tokens must be ${rule.range}`, tokens);
  need(
    seed === undefined || seedRule.accepts(seed),
    "OPTION",
    `${where}: seed must be ${seedRule.range}`,
    seed,
  );
  need(
    stacked === undefined || flag(false).accepts(stacked),
    "OPTION",
    `${where}: stacked must be true or false`,
    stacked,
  );
  return options;
}

async function startRows(
  where: string,
  model: OnnxModel,
  { tensor, vocabulary, hidden, table }: TokenEmbedding,
  { tokens, seed, init }: PromptOptions & { readonly seed: number },
): Promise<Float32Array> {
  if (init instanceof Float32Array) {
    const shape = `a Float32Array of ${tokens} x ${hidden} numbers`;
    need(init.length === tokens * hidden, "SHAPE", `${where}: init must be ${shape}`, init);
    return init.slice();
  }
  const ids = init ?? wholes(seed, 0, tokens, vocabulary);
  const fine = ids.length === tokens && ids.every((id) => Number.isInteger(id) && id >= 0 && id < vocabulary);
  need(fine, "OPTION", `${where}: init must be ${tokens} ids below ${vocabulary}`, init);
  if (!tensor)
    throw new RelizoError(
      "DATA",
      `${where}: the token embeddings "${table}" have become an input, so there are no rows to start from; add the prompt before expose, or give init as numbers.`,
    );
  return await rowsOf(model, tensor, ids);
}

/** Rows of a table [rows, width], those alone that are asked for. */
async function rowsOf(model: OnnxModel, tensor: TensorProto, ids: readonly number[]): Promise<Float32Array> {
  const width = shapeOf(tensor)[1] ?? 0;
  const out = new Float32Array(ids.length * width);
  for (const [i, id] of ids.entries()) {
    const row = out.subarray(i * width, (i + 1) * width);
    const piece = pieceOf(tensor, id, width);
    if (piece) await fillFloats(row, piece, model.external);
    else row.set((await readFloats(tensor)).subarray(id * width, (id + 1) * width));
  }
  return out;
}

/** Bytes of a number; 2 for all others that train. */
const WIDTH = new Map([
  [TensorProto_DataType.FLOAT, 4],
  [TensorProto_DataType.DOUBLE, 8],
]);

/** One row of a table as a tensor of its own, without its other rows' bytes; undefined for the older form without bytes. */
function pieceOf(tensor: TensorProto, id: number, width: number): TensorProto | undefined {
  const bytes = (WIDTH.get(tensor.dataType ?? TensorProto_DataType.UNDEFINED) ?? 2) * width;
  const dims = [BigInt(width)];
  if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    const { location, offset } = externalPlace(tensor);
    const entries = { location, offset: String(offset + id * bytes), length: String(bytes) };
    const externalData = Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    );
    return copyOf(tensor, { dims, externalData });
  }
  if (!tensor.rawData?.length) return undefined;
  return copyOf(tensor, { dims, rawData: tensor.rawData.subarray(id * bytes, (id + 1) * bytes) });
}

/** Where(id >= vocabulary, prompt[id - vocabulary], table[id]), with ids that are safe to look up in either. */
function insert(patch: Patch, found: TokenEmbedding, { node, path }: Lookup, rows: string): void {
  const value = node.output[0] ?? "";
  const ids = wide(patch, unbounded(patch, path, node.input[1] ?? ""));
  const vocabulary = patch.ints("prompt/vocabulary", [found.vocabulary], []);
  const zero = patch.ints("prompt/zero", [0], []);
  const own = patch.add("Less", [ids, vocabulary], "prompt/own");
  const place = patch.add(
    "Where",
    [own, zero, patch.add("Sub", [ids, vocabulary], "prompt/behind")],
    "prompt/place",
  );
  const learned = patch.add("Gather", [rows, place], "prompt/learned", { axis: 0 });
  const mask = patch.unsqueeze(own, -1, "prompt/mask");
  const known = patch.rename(value, `${value}/known`);
  patch.set(node, 1, patch.add("Where", [own, wide(patch, node.input[1] ?? ""), zero], "prompt/known"));
  patch.make("Where", [mask, known, learned], value);
}

/** The ids as they came, without the bounds that were set to them on the way. */
function unbounded(patch: Patch, path: Lookup["path"], value: string): string {
  if (!path.some(isBound)) return value;
  let at = "";
  for (const node of path) {
    const taken = node.input.findIndex((input) => input !== "" && !patch.index.constant(input));
    at ||= node.input[taken] ?? "";
    if (isBound(node)) continue;
    const input = node.input.with(taken, at);
    at = patch.copy(node, input, "prompt/ids");
  }
  return at;
}

function wide(patch: Patch, ids: string): string {
  if (typeOf(patch.index, ids) === TensorProto_DataType.INT64) return ids;
  return patch.add("Cast", [ids], "prompt/wide", { to: TensorProto_DataType.INT64 });
}

/**
 * The table grown by the prompt's rows, in its own type: the plain model then takes ids beyond the vocabulary, while its head goes
 * on scoring the vocabulary alone. Where the table is an input, or ids are bounded on their way to it, the rows stay apart as a constant.
 */
export const bakePrompt: Baking = async (model, given, values) => {
  const note = given as PromptNote;
  const rows = take(values, PROMPT);
  const tensor = storedTable(indexOf(model), note.table);
  if (!tensor || note.bounded) return freeze(model, PROMPT, "prompt.weight", rows);
  undo(model, note.patch);
  const { graph, uses, captured, maker, fresh } = indexOf(model);
  const gathers = note.gathers.flatMap((value) => maker.get(value) ?? []);
  const stays =
    tensor.name === "" || // a Constant node's
    captured(tensor.name) ||
    note.table !== tensor.name ||
    uses(note.table).some(({ node }) => !gathers.includes(node));
  const name = stays ? fresh(`${note.table}.prompt`) : tensor.name;
  const grown = await grow(model, tensor, rows, name);
  if (!stays) removeConstants(graph, new Set([name]));
  graph.initializer.push(grown);
  const cast = maker.get(note.table);
  const table = cast && cast.opType !== "Constant" ? fresh(`${name}/table`) : name;
  if (table !== name) graph.node.unshift(copyOf(cast!, { name: table, input: [name], output: [table] }));
  for (const gather of gathers) gather.input[0] = table;
};

async function grow(
  model: OnnxModel,
  tensor: TensorProto,
  rows: Numbers,
  name: string,
): Promise<TensorProto> {
  const type = tensor.dataType ?? TensorProto_DataType.FLOAT;
  const behind = packFloats(name, rows, type).rawData ?? new Uint8Array(0);
  const width = behind.length / rows.data.length;
  const shape = shapeOf(tensor);
  const fields = tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL && !tensor.rawData?.length;
  const before = fields
    ? (packFloats(name, { shape, data: await readFloats(tensor) }, type).rawData ?? new Uint8Array(0))
    : await rawBytes(tensor, countOf(tensor) * width, model.external);
  const rawData = new Uint8Array(before.length + behind.length);
  rawData.set(before);
  rawData.set(behind, before.length);
  const dims = [(shape[0] ?? 0) + (rows.shape[0] ?? 0), shape[1] ?? 0].map(BigInt);
  return create(TensorProtoSchema, { name, dims, dataType: type, rawData });
}
