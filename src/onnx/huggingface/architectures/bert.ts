/** BERT, Devlin and others, arXiv:1810.04805; names as in Hugging Face's modeling_bert. */
import type { Architecture } from "../architecture.ts";
import type { Config } from "../config.ts";
import type { Draft, Value } from "../draft.ts";
import { labelsOf } from "../layers/decoder.ts";
import { type EncoderSizes, embed, encode, encoderSizes, first } from "../layers/encoder.ts";
import { linear, timesRows } from "../layers/linear.ts";
import { paddingBias } from "../layers/masks.ts";
import { layerNorm } from "../layers/norms.ts";
import { inOrder } from "../layers/positions.ts";

export const bert: Architecture = {
  base: "bert",
  tasks: ["fill-mask", "text-classification", "feature-extraction"],
  write(draft, config, task) {
    const sizes = encoderSizes(config);
    const at = draft.root.in("bert");
    const ids = draft.input("input_ids", ["batch", "sequence"]);
    const mask = draft.input("attention_mask", ["batch", "sequence"]);
    const types = draft.input("token_type_ids", ["batch", "sequence"]);
    const embeddings = at.in("embeddings");
    const rows = { ids, types, positions: inOrder(embeddings, ids) };
    const x = embed(embeddings, config, sizes, rows);
    const hidden = encode(at.in("encoder"), x, sizes, paddingBias(at, mask));
    if (task === "fill-mask") {
      const vocabulary = config.whole("vocab_size");
      draft.output("logits", guesses(draft, config, hidden, sizes), ["batch", "sequence", vocabulary]);
    } else if (task === "text-classification") {
      const pooler = at.in("pooler");
      const dense = linear(pooler.in("dense"), first(pooler, hidden), sizes.hidden, sizes.hidden, true);
      const labels = labelsOf(draft, config, "classifier.weight");
      const pooled = pooler.op("Tanh", [dense]);
      const logits = linear(draft.root.in("classifier"), pooled, sizes.hidden, labels, true);
      draft.output("logits", logits, ["batch", labels]);
    }
    draft.output("last_hidden_state", hidden, ["batch", "sequence", sizes.hidden]);
  },
};

function guesses(draft: Draft, config: Config, x: Value, { hidden, epsilon, act }: EncoderSizes): Value {
  const at = draft.root.in("cls").in("predictions");
  const transform = at.in("transform");
  const dense = act(transform, linear(transform.in("dense"), x, hidden, hidden, true));
  const normed = layerNorm(transform.in("LayerNorm"), dense, hidden, epsilon);
  const tied = config.flag("tie_word_embeddings", true);
  const weight = tied ? "bert.embeddings.word_embeddings.weight" : "cls.predictions.decoder.weight";
  const vocabulary = config.whole("vocab_size");
  const scores = timesRows(at.in("decoder"), normed, weight, hidden, vocabulary);
  return at.op("Add", [scores, at.weight("bias", [vocabulary])]);
}
