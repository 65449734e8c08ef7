/** Prefix tuning: keys and values that every layer attends to, learned, as if tokens had come before. */
import { has, need, whole } from "../../option.ts";
import { Parameters } from "../../parameters/parameters.ts";
import { seedRule } from "../../sample/stream.ts";
import { type Baking, take } from "../baking.ts";
import { addNote, type Cut, type CutNote } from "../cut.ts";
import { freeze, needNew } from "../freeze.ts";
import { copyModel, type OnnxModel } from "../model.ts";
import { valueInfo } from "../node.ts";
import { needOpset, Patch } from "../patch.ts";
import { normals } from "../start.ts";
import { attentionForm, throughAttention } from "./attention.ts";
import type { Heads } from "./heads.ts";
import { PREFIX, type PrefixShape, tokensOf, widthOf } from "./layout.ts";
import { movePositions, pastForm, throughPast } from "./past.ts";

/** What the graph of an export without a past may not tell. */
export interface HeadCounts {
  /** Heads of queries: configurations call it num_attention_heads. */
  readonly heads?: number;
  /** Heads of keys and values: num_key_value_heads. Default: as the graph tells, else `heads`. */
  readonly keyHeads?: number;
  /** Numbers in a head: hidden size over heads, in most models. */
  readonly headSize?: number;
}

export interface PrefixOptions extends HeadCounts {
  /** Learned tokens, at least 1. */
  readonly tokens: number;
  /** Start values, [tokens, layers * 2 * heads * headSize]: `prefixActivations` computes those of real tokens. Default: small normal numbers. */
  readonly init?: Float32Array;
  /** Of the normal numbers. Default 0. */
  readonly seed?: number;
}

export interface PrefixCut extends Cut {
  /** How the rows of `prompt_embeddings` are parted. */
  readonly shape: PrefixShape;
  /** Whether the prefix comes before the caller's past, or beside the keys and values of each attention. */
  readonly through: "past" | "attention";
}

/** Standard deviation of a start without activations: scores near 0, as nothing was learned. */
const DEVIATION = 0.02;

/**
 * Gives every layer learned keys and values, fed as `prompt_embeddings` [tokens, layers * 2 * heads * headSize], laid out as PEFT
 * saves them. The model answers as if that many tokens had come before, whose keys and values these are; what the caller feeds stays as it was.
 *
 * Where the export has inputs `past_key_values.N.key` and `.value`, the prefix comes before the caller's past: `attention_mask` is
 * lengthened by ones, `position_ids` move on by the prefix's length, `present.*` come out without the prefix, so that fed back
 * they generate. Where not, it is concatenated beside each attention's own keys and values, behind its mask; then positions that the graph
 * counts by itself begin at 0 all the same, unlike with PEFT on an encoder with a past. All attentions of the graph get one, in its order.
 *
 * There are no start values that leave the outputs alone, since each query attends to the prefix; those of real tokens make the
 * model answer as behind these tokens. Fed with [0, ...] tokens, the outputs are bit for bit the exported ones.
 *
 * @throws RelizoError OPTION for a wrong option; SHAPE for start values of another length; DATA where the export has neither a past
 *   nor attention of a form that takes a prefix: the message says what was found, and what would work
 * @source  Li, Liang, "Prefix-Tuning: Optimizing Continuous Prompts for Generation", ACL 2021; start from real activations as in
 *   Malladi et al., "Fine-Tuning Language Models with Just Forward Passes", NeurIPS 2023, appendix E.5
 */
export async function addPrefix(model: OnnxModel, options: PrefixOptions): Promise<PrefixCut> {
  const where = "addPrefix";
  const { tokens, seed, init } = checked(where, options);
  needOpset(where, model);
  const copy = copyModel(model);
  const patch = new Patch(copy);
  needNew(where, patch.index, PREFIX);
  const past = pastForm(where, patch.index);
  const form = past ? undefined : attentionForm(where, patch.index, statedHeads(options));
  const shape = (past ?? form!).shape;
  const width = widthOf(shape);
  need(
    init === undefined || init.length === tokens * width,
    "SHAPE",
    `${where}: init must be a Float32Array of ${tokens} x ${width} numbers`,
    init,
  );
  patch.input(valueInfo(PREFIX, ["prefix_tokens", width]));
  if (past) throughPast(patch, past, where);
  else {
    throughAttention(patch, form!);
    movePositions(patch, tokensOf(patch));
  }
  patch.done();
  const data = init?.slice() ?? normals(seed, 0, tokens * width, DEVIATION);
  addNote<CutNote>(copy, { cut: "prefix", parameters: { [PREFIX]: [tokens, width] } });
  return {
    model: copy,
    parameters: Parameters.from({ [PREFIX]: { shape: [tokens, width], data } }),
    shape,
    through: past ? "past" : "attention",
  };
}

function checked(
  where: string,
  options: PrefixOptions,
): {
  readonly tokens: number;
  readonly seed: number;
  readonly init: Float32Array | undefined;
} {
  need(has(options, "tokens"), "OPTION", `${where}: options must be an object with tokens`, options);
  const { tokens, seed = 0, init, heads, keyHeads, headSize } = options;
  const rule = whole(1, 1);
  for (const [name, value] of Object.entries({ tokens, heads, keyHeads, headSize }))
    need(
      (value === undefined && name !== "tokens") || rule.accepts(value),
      "OPTION",
      `${where}: ${name} must be ${rule.range}`,
      value,
    );
  need(seedRule.accepts(seed), "OPTION", `${where}: seed must be ${seedRule.range}`, seed);
  need(
    init === undefined || init instanceof Float32Array,
    "OPTION",
    `${where}: init must be a Float32Array`,
    init,
  );
  return { tokens, seed, init };
}

export function statedHeads({ heads, keyHeads, headSize }: HeadCounts): Partial<Heads> {
  return {
    ...(heads !== undefined && { heads }),
    ...(keyHeads !== undefined && { keyHeads }),
    ...(headSize !== undefined && { size: headSize }),
  };
}

/** The prefix stays in the graph, as a constant. */
export const bakePrefix: Baking = (model, _, values) => {
  freeze(model, PREFIX, "prefix.weight", take(values, PREFIX));
};
