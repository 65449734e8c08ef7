/**
 * RoBERTa, Liu and others, arXiv:1907.11692, and XLM-RoBERTa: BERT whose positions are counted from the padding's number on,
 * over tokens that are no padding, and whose texts are all of the first type. Names as in Hugging Face's modeling_roberta.
 */
import type { Architecture } from "../architecture.ts";
import type { Config } from "../config.ts";
import type { Draft, Scope, Value } from "../draft.ts";
import { gelu } from "../layers/activation.ts";
import { labelsOf } from "../layers/decoder.ts";
import { type EncoderSizes, embed, encode, encoderSizes, first } from "../layers/encoder.ts";
import { linear, timesRows } from "../layers/linear.ts";
import { paddingBias } from "../layers/masks.ts";
import { layerNorm } from "../layers/norms.ts";
import { counted, isToken } from "../layers/positions.ts";

export const roberta: Architecture = {
  base: "roberta",
  tasks: ["fill-mask", "text-classification", "feature-extraction"],
  write(draft, config, task) {
    const sizes = encoderSizes(config);
    const at = draft.root.in("roberta");
    const ids = draft.input("input_ids", ["batch", "sequence"]);
    const mask = draft.input("attention_mask", ["batch", "sequence"]);
    const embeddings = at.in("embeddings");
    const rows = { ids, types: embeddings.ints(0), positions: places(embeddings, config, ids) };
    const x = embed(embeddings, config, sizes, rows);
    const hidden = encode(at.in("encoder"), x, sizes, paddingBias(at, mask));
    if (task === "fill-mask") {
      const vocabulary = config.whole("vocab_size");
      draft.output("logits", guesses(draft, config, hidden, sizes), ["batch", "sequence", vocabulary]);
    } else if (task === "text-classification") {
      const labels = labelsOf(draft, config, "classifier.out_proj.weight");
      draft.output("logits", classes(draft.root.in("classifier"), hidden, sizes.hidden, labels), [
        "batch",
        labels,
      ]);
    }
    draft.output("last_hidden_state", hidden, ["batch", "sequence", sizes.hidden]);
  },
};

/** Padding stands at its own number, the first token right after it. */
function places(at: Scope, config: Config, ids: Value): Value {
  const padding = config.whole("pad_token_id", 1, 0);
  return at.op("Add", [counted(at, isToken(at, ids, padding)), at.int(padding)]);
}

function guesses(draft: Draft, config: Config, x: Value, { hidden, epsilon }: EncoderSizes): Value {
  const at = draft.root.in("lm_head");
  const dense = gelu(at, linear(at.in("dense"), x, hidden, hidden, true)); // whatever hidden_act is
  const normed = layerNorm(at.in("layer_norm"), dense, hidden, epsilon);
  const tied = config.flag("tie_word_embeddings", true);
  const weight = tied ? "roberta.embeddings.word_embeddings.weight" : "lm_head.decoder.weight";
  const vocabulary = config.whole("vocab_size");
  const scores = timesRows(at.in("decoder"), normed, weight, hidden, vocabulary);
  return at.op("Add", [scores, at.weight("bias", [vocabulary])]);
}

function classes(at: Scope, hidden: Value, size: number, labels: number): Value {
  const dense = linear(at.in("dense"), first(at, hidden), size, size, true);
  return linear(at.in("out_proj"), at.op("Tanh", [dense]), size, labels, true);
}
