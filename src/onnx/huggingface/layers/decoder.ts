/** What all models that read from left to right have: their inputs, and their heads. */
import type { Config } from "../config.ts";
import type { Draft, Scope, Value } from "../draft.ts";
import type { Task } from "../task.ts";
import { linear, timesRows } from "./linear.ts";
import { atLast, inOrder, isToken } from "./positions.ts";

export const DECODER_TASKS: readonly Task[] = [
  "text-generation",
  "text-classification",
  "feature-extraction",
];

export interface Tokens {
  /** [batch, sequence] */
  readonly ids: Value;
  /** [batch, past + sequence]; where sequences are classified there is no past. */
  readonly mask: Value;
}

export function tokens(draft: Draft, task: Task): Tokens {
  const total = task === "text-classification" ? "sequence" : "total";
  return {
    ids: draft.input("input_ids", ["batch", "sequence"]),
    mask: draft.input("attention_mask", ["batch", total]),
  };
}

/** The input `position_ids`; where sequences are classified, 0, 1, ... as in Hugging Face's exports. */
export function positionIds(at: Scope, task: Task, ids: Value): Value {
  if (task === "text-classification") return inOrder(at, ids);
  return at.draft.input("position_ids", ["batch", "sequence"]);
}

/**
 * The output of the task.
 *
 * @param hidden  [batch, sequence, size]
 * @param table   the full name of the tokens' embedding; it serves as the output matrix too where the configuration ties them
 * @param tied    what a configuration that says nothing means
 */
export function decoderHead(
  draft: Draft,
  config: Config,
  task: Task,
  { ids, mask }: Tokens,
  hidden: Value,
  { size, table, tied }: { readonly size: number; readonly table: string; readonly tied: boolean },
): void {
  if (task === "feature-extraction") draft.output("last_hidden_state", hidden, ["batch", "sequence", size]);
  else if (task === "text-generation") {
    const vocabulary = config.whole("vocab_size");
    const weight = config.flag("tie_word_embeddings", tied) ? table : "lm_head.weight";
    const logits = timesRows(draft.root.in("lm_head"), hidden, weight, size, vocabulary);
    draft.output("logits", logits, ["batch", "sequence", vocabulary]);
  } else {
    const score = draft.root.in("score");
    const kept = config.has("pad_token_id") ? isToken(score, ids, config.whole("pad_token_id", 0, 0)) : mask;
    const labels = labelsOf(draft, config, "score.weight");
    const logits = linear(score, atLast(score, hidden, kept), size, labels, false);
    draft.output("logits", logits, ["batch", labels]);
  }
}

/** How many classes there are: as many as the configuration names, or else the head has rows. */
export function labelsOf(draft: Draft, config: Config, weight: string): number {
  return config.count("id2label") ?? config.whole("num_labels", draft.weights.rows(weight) ?? 2);
}
