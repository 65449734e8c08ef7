/** Language modelling: every token predicts the next one. */
import { need } from "../check.ts";
import type { Example } from "../data/examples.ts";
import { type SequenceLoss, type SequenceLossName, sequenceLoss } from "../loss/index.ts";
import { logSumExp } from "../loss/log-sum-exp.ts";
import { argmax } from "../loss/scores.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { type InputOptions, layout } from "./inputs.ts";
import { rowWidth } from "./rows.ts";
import type { Batch, Tally, Task } from "./task.ts";
import { fill, fit, parseTemplate } from "./template.ts";

export interface LanguageOptions {
  /** What is learned: text with columns in braces. Default `{text}`. */
  readonly text?: string;
  /** What is given before it and not learned, a template as well. Default: nothing but the tokenizer's opening. */
  readonly prompt?: string;
  /** Whether the end of a text (the tokenizer's closing, else its end token) is learned as well. Default false. */
  readonly end?: boolean;
  /**
   * `cross-entropy`: mean over tokens, in nats. Others look at the likeliest token of every position, each given the true text
   * before it. Default `cross-entropy`.
   */
  readonly loss?: "cross-entropy" | SequenceLossName | SequenceLoss;
}

export interface TokenPrediction {
  /** The likeliest token at each learned position, given the true text before it; -1 where a logit is NaN. */
  readonly tokens: readonly number[];
  /** Sum of the log-likelihoods of the true tokens [nats]. */
  readonly logLikelihood: number;
}

/**
 * Sequences are the tokenizer's opening, the prompt and the text, whose every token but an unpreceded first is learned. What is
 * too long loses words at the end of its columns.
 *
 * @throws RelizoError DATA for an example of which no token can be learned
 * @cost  one row of logits for every learned token, one exponential for each logit
 */
export function languageTask(
  tokenizer: Tokenizer,
  inputs: InputOptions,
  { text = "{text}", prompt, end = false, loss = "cross-entropy" }: LanguageOptions = {},
): Task<Example, TokenPrediction> {
  const where = "languageTask";
  const [body, lead] = [text, prompt ?? ""].map((one) =>
    one === "" ? undefined : parseTemplate(where, one),
  );
  need(
    body !== undefined && body.right === undefined && lead?.right === undefined,
    "OPTION",
    `${where}: templates without {mask} are needed`,
    [text, prompt],
  );
  const merged = {
    left: body.left,
    right: undefined,
    fields: [...new Set([...body.fields, ...(lead?.fields ?? [])])],
  };
  const { room, front, feeds } = layout(where, tokenizer, inputs);
  const closing = end ? endOf(where, tokenizer) : [];
  const encode = (fields: Readonly<Record<string, string>>): Encoded => {
    const given = lead === undefined ? "" : fill(lead.left, fields);
    const whole = tokenizer.encode(given + fill(body.left, fields));
    const alone = tokenizer.encode(given);
    const parted = alone.findIndex((id, i) => id !== whole[i]); // a blank at the end may melt into the text
    const known = parted < 0 ? alone.length : parted;
    const ids = [...tokenizer.frame.before, ...whole, ...closing];
    return { ids, learned: Math.max(1, tokenizer.frame.before.length + known) };
  };
  const known = new WeakMap<Example, Encoded>();
  const encoded = (example: Example): Encoded => {
    const before = known.get(example);
    if (before !== undefined) return before;
    const found = fit(where, merged, example, encode, ({ ids }) => ids.length <= room);
    const text = fill(body.left, example.fields);
    need(
      found.learned < found.ids.length,
      "DATA",
      `${where}: a text must leave at least one token to learn`,
      text,
    );
    known.set(example, found);
    return found;
  };
  const sequences = loss === "cross-entropy" ? undefined : sequenceLoss(loss);
  const predict = (batch: Batch, logits: Float32Array): TokenPrediction[] => predictions(batch, logits);
  return {
    name: where,
    classes: [],
    goal: { metric: "loss", largest: false },
    encode(examples) {
      const all = examples.map(encoded);
      const spots = all.map(({ ids, learned }) =>
        Array.from({ length: ids.length - learned }, (_, i) => learned + i),
      );
      return {
        size: examples.length,
        feeds: feeds(all.map(({ ids }) => ids)),
        rows: BigInt64Array.from(
          spots.flatMap((own, i) => own.flatMap((at) => [BigInt(i), BigInt(front + at - 1)])),
        ),
        rowCounts: Int32Array.from(spots, ({ length }) => length),
        targets: Int32Array.from(all.flatMap(({ ids, learned }) => ids.slice(learned))),
        tokens: all.reduce((sum, { ids }) => sum + ids.length, 0),
        front,
      };
    },
    loss: (batch, logits) =>
      sequences === undefined
        ? crossEntropy(batch, logits)
        : sequenceFigure(sequences, predict(batch, logits), batch),
    predict,
    tally: () => languageTally(predict, sequences),
  };
}

interface Encoded {
  readonly ids: readonly number[];
  /** The first token that is learned; those before it are given. */
  readonly learned: number;
}

function endOf(where: string, { frame, special }: Tokenizer): readonly number[] {
  if (frame.after.length > 0) return frame.after;
  need(
    special.eos !== undefined,
    "OPTION",
    `${where}: end needs a tokenizer with an end token; leave it out`,
    special.eos,
  );
  return [special.eos];
}

function crossEntropy({ targets }: Batch, logits: Float32Array): number {
  const width = rowWidth("languageTask", logits, targets.length, largest(targets));
  let sum = 0;
  for (let row = 0; row < targets.length; row++)
    sum += logSumExp(logits, row * width, width) - logits[row * width + targets[row]!]!;
  return sum / targets.length;
}

function predictions({ targets, rowCounts }: Batch, logits: Float32Array): TokenPrediction[] {
  const width = rowWidth("languageTask", logits, targets.length, largest(targets));
  let row = 0;
  return Array.from(rowCounts, (count) => {
    const tokens: number[] = [];
    let logLikelihood = 0;
    for (const end = row + count; row < end; row++) {
      tokens.push(argmax(logits, row * width, width));
      logLikelihood += logits[row * width + targets[row]!]! - logSumExp(logits, row * width, width);
    }
    return { tokens, logLikelihood };
  });
}

function largest(tokens: Int32Array): number {
  return tokens.reduce((so, token) => Math.max(so, token), 0);
}

/** The true tokens, one sequence an example. */
function wanted({ targets, rowCounts }: Batch): Int32Array[] {
  let begin = 0;
  return Array.from(rowCounts, (count) => {
    begin += count;
    return targets.slice(begin - count, begin);
  });
}

function sequenceFigure(loss: SequenceLoss, found: readonly TokenPrediction[], batch: Batch): number {
  const tokens = found.map((one) => one.tokens);
  return tokens.some((one) => one.includes(-1)) ? Number.NaN : loss(tokens, wanted(batch));
}

/** Figures weighted by tokens; losses over sequences are taken over all of them at once. */
function languageTally(
  predict: (batch: Batch, logits: Float32Array) => TokenPrediction[],
  loss: SequenceLoss | undefined,
): Tally {
  const found: (readonly number[])[] = [];
  const truth: Int32Array[] = [];
  let [likelihood, tokens, right] = [0, 0, 0];
  return {
    add(batch, logits) {
      wanted(batch).forEach((own) => {
        truth.push(own);
      });
      for (const one of predict(batch, logits)) {
        const own = truth[found.length]!;
        found.push(one.tokens);
        likelihood += one.logLikelihood;
        tokens += own.length;
        right += one.tokens.filter((token, i) => token === own[i]).length;
      }
    },
    result() {
      need(tokens > 0, "COUNT", "languageTask: figures need at least one example", "none");
      const entropy = -likelihood / tokens;
      return {
        classes: [],
        figures: {
          examples: found.length,
          tokens,
          loss: loss === undefined ? entropy : loss(found, truth),
          crossEntropy: entropy,
          perplexity: Math.exp(entropy),
          accuracy: right / tokens,
        },
      };
    },
  };
}
