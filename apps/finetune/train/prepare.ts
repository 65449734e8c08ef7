/** What trains, and how the graph is cut for it: all weights, low-rank adapters, learned keys and values, or learned tokens. */
import {
  addHead,
  addLora,
  addPrefix,
  addPrompt,
  type Cut,
  expose,
  type Feeds,
  type HeadCounts,
  keepOutputs,
  type OnnxModel,
  prefixActivations,
  type Session,
  selectRows,
} from "../../../src/onnx/index.ts";
import { Parameters, type Pattern } from "../../../src/parameters/index.ts";
import { need } from "../check.ts";
import type { InputOptions } from "../task/inputs.ts";
import type { ForwardOptions } from "./forward.ts";
import type { StackForm } from "./stack.ts";

export const TUNINGS = ["full", "lora", "prefix", "prompt"] as const;
export type Tuning = (typeof TUNINGS)[number];

export interface TuneOptions {
  readonly tune: Tuning;
  /** Of full: which weights, by name. Default all that can train. */
  readonly weights?: Pattern;
  /** Of lora: which modules. Default those called q_proj, v_proj, query, value, c_attn, qkv or query_key_value. */
  readonly targets?: Pattern;
  /** Of lora. Default 8. */
  readonly rank?: number;
  /** Of lora. Default 16. */
  readonly alpha?: number;
  /** Learned tokens: of prompt default 10, of prefix 5. */
  readonly tokens?: number;
  /** Of prompt and prefix: tokens whose embeddings, or keys and values, they start as. Default: drawn from the vocabulary by the seed. */
  readonly initIds?: readonly number[];
  /** Of prefix, where the graph does not tell. */
  readonly heads?: HeadCounts;
  /** Classes of a head that is added and trains as well; left out where there is none. */
  readonly classes?: number;
  /** Which hidden state speaks for a text, under such a head. */
  readonly pool?: "cls" | "last" | "mean";
  /** The output that holds the logits, where no head is added. Default "logits". */
  readonly output?: string;
  /** Default 0. */
  readonly seed?: number;
}

export interface PrepareOptions extends TuneOptions {
  /** Whether the graph is to take several candidates in one pass: of lora and prompt, without a head. Default false. */
  readonly stackable?: boolean;
}

/** A model cut for a fine-tune. */
export interface Prepared extends Cut {
  readonly forward: ForwardOptions;
  /** How a task must lay out its inputs: spread into `InputOptions`. */
  readonly inputs: Pick<InputOptions, "inputs" | "front">;
  /** The same with all its outputs, of all rows: what is merged and given away. */
  readonly adapted: OnnxModel;
  /** Positions that learned tokens take of those that the model has. */
  readonly taken: number;
  /** How the cut model takes several candidates, where that was asked for. `adapted` takes one. */
  readonly form?: StackForm;
}

/** Linear maps of queries and values, as LLaMA, BERT, GPT-2, Falcon and others call them. */
const TARGETS = /(?:^|\.)(?:q_proj|v_proj|query|value|c_attn|qkv|query_key_value|q_lin|v_lin)$/;

/**
 * Cuts a model for a fine-tune: what trains becomes inputs, rows of logits are computed only where the loss reads them, and outputs
 * that nobody asks for are dropped.
 *
 * @param open  opens a session: keys and values of real tokens, which a prefix starts from, are computed by the model itself
 * @throws RelizoError as the surgery does: OPTION for patterns and options, DATA for graphs that it cannot be done on
 */
export async function prepare(
  model: OnnxModel,
  open: (model: OnnxModel) => Promise<Session>,
  options: PrepareOptions,
): Promise<Prepared> {
  const { tune, classes, pool, seed = 0, output = "logits", stackable = false } = options;
  need(TUNINGS.includes(tune), "OPTION", `finetune: tune must be one of "${TUNINGS.join('", "')}"`, tune);
  need(
    !stackable || takesStack(options),
    "OPTION",
    "finetune: for more than one candidate in a pass (stack), tune must be lora or prompt, and no head may train",
    classes === undefined ? tune : `${tune} with a head`,
  );
  const inputs = (model.proto.graph?.input ?? []).map(({ name }) => name);
  const base = await tuned(model, open, options);
  const head =
    classes === undefined
      ? undefined
      : addHead(base.model, { classes, seed, ...(pool !== undefined && { pool }) });
  const logits = head ? "class_logits" : output;
  const adapted = head?.model ?? base.model;
  const runs = stackable ? (await tuned(model, open, options, true)).model : adapted;
  const lean = keepOutputs(runs, [logits]);
  const cut = head || !isOfSequences(lean, logits) ? { model: lean } : selectRows(lean, { output: logits });
  const rows = cut.model === lean ? {} : { rows: "row_positions" };
  return {
    model: cut.model,
    adapted,
    parameters: joined(base.parameters, head?.parameters),
    forward: { output: logits, ...rows, ...(head && { pooled: true }) },
    inputs: { inputs, ...(base.front && { front: base.front }) },
    taken: base.taken,
    ...(stackable && { form: tune === "lora" ? "axis" : "rows" }),
  };
}

/** Whether there is a graph of that kind that takes several candidates in one pass. */
export function takesStack({ tune, classes }: Pick<TuneOptions, "tune" | "classes">): boolean {
  return (tune === "lora" || tune === "prompt") && classes === undefined;
}

/**
 * How a task lays out inputs for the cut model.
 *
 * @param maxLength  positions that the model has. Default 128
 */
export function inputsOf({ inputs, taken }: Prepared, maxLength: number = 128): InputOptions {
  const apart = inputs.front ? 0 : taken; // placeholders are counted by the layout itself
  return { ...inputs, maxLength: maxLength - apart };
}

interface Base extends Cut {
  readonly front?: { readonly tokens: number; readonly first: number };
  readonly taken: number;
}

async function tuned(
  model: OnnxModel,
  open: (model: OnnxModel) => Promise<Session>,
  { tune, weights, targets, rank = 8, alpha = 16, tokens, initIds, heads, seed = 0 }: TuneOptions,
  stacked = false,
): Promise<Base> {
  if (tune === "full") return { ...(await expose(model, weights)), taken: 0 };
  if (tune === "lora") {
    const cut = await addLora(model, { targets: targets ?? TARGETS, rank, alpha, seed, stacked });
    return { ...cut, taken: 0 };
  }
  if (tune === "prompt") {
    const count = tokens ?? initIds?.length ?? 10;
    const cut = await addPrompt(model, { tokens: count, seed, stacked, ...(initIds && { init: initIds }) });
    return { ...cut, front: { tokens: count, first: cut.vocabulary }, taken: count };
  }
  const count = tokens ?? initIds?.length ?? 5;
  const init =
    initIds &&
    (await prefixActivations(
      model,
      initIds,
      (tapped, feeds, wanted) => once(open, tapped, feeds, wanted),
      heads,
    ));
  const cut = await addPrefix(model, { tokens: count, seed, ...heads, ...(init && { init }) });
  return { ...cut, taken: count };
}

async function once(
  open: (model: OnnxModel) => Promise<Session>,
  model: OnnxModel,
  feeds: Feeds,
  outputs: readonly string[],
) {
  const session = await open(model);
  try {
    return await session.run(feeds, outputs);
  } finally {
    await session.close();
  }
}

/** Whether an output has a row for each place of a sequence, so that rows of it can be chosen. */
function isOfSequences({ proto }: OnnxModel, output: string): boolean {
  const type = proto.graph?.output.find(({ name }) => name === output)?.type?.value;
  return type?.case === "tensorType" && type.value.shape?.dim.length === 3;
}

function joined(first: Parameters, second: Parameters | undefined): Parameters {
  if (!second) return first;
  const all = [...first, ...second].map(({ name, shape, data }) => [name, { shape, data }] as const);
  return Parameters.from(new Map(all));
}
