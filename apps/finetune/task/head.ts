/** Classification by a head: a linear map from a hidden state to a logit for each class, whose weights are parameters. */
import { need } from "../check.ts";
import type { Example } from "../data/examples.ts";
import type { ClassLossName } from "../loss/index.ts";
import type { ClassLoss } from "../loss/scores.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { type ClassPrediction, classTask, labelsOf } from "./class-task.ts";
import { type InputOptions, layout } from "./inputs.ts";
import type { Batch, Task } from "./task.ts";
import { fill, fit, parseTemplate } from "./template.ts";

export interface HeadOptions {
  /** Text with columns in braces. Default: all there is of `{sentence}`. */
  readonly template?: string;
  /** Names of the classes, in the order of labels. */
  readonly classes: readonly string[];
  /**
   * The hidden state that is classified: that of the `first` token ([CLS] of masked models), of the `last` (models that read from
   * left to right), or the `mean` over all tokens.
   */
  readonly pool: "first" | "last" | "mean";
  /** Default `cross-entropy`. */
  readonly loss?: ClassLossName | ClassLoss;
}

/**
 * Logits are those of the head at `batch.rows`, [rows x classes]: one row an example, or for `mean` one for every token, whose
 * logits are averaged here. That is the head of the averaged states, as a linear head commutes with a mean.
 *
 * Sequences are opened and, unless `pool` is `last`, closed as the tokenizer does it.
 */
export function headTask(
  tokenizer: Tokenizer,
  inputs: InputOptions,
  { template: text = "{sentence}", classes, pool, loss = "cross-entropy" }: HeadOptions,
): Task<Example, ClassPrediction> {
  const where = "headTask";
  need(
    ["first", "last", "mean"].includes(pool),
    "OPTION",
    `${where}: pool must be "first", "last" or "mean"`,
    pool,
  );
  const template = parseTemplate(where, text);
  need(
    template.right === undefined,
    "OPTION",
    `${where}: a head reads no {mask}; leave it out of the template`,
    text,
  );
  const { room, front, feeds } = layout(where, tokenizer, inputs);
  const { before, after } = tokenizer.frame;
  const encode = (fields: Readonly<Record<string, string>>): number[] => [
    ...before,
    ...tokenizer.encode(fill(template.left, fields)),
    ...(pool === "last" ? [] : after),
  ];
  const known = new WeakMap<Example, number[]>();
  const encoded = (example: Example): number[] => {
    const found = known.get(example) ?? fit(where, template, example, encode, ({ length }) => length <= room);
    known.set(example, found);
    need(
      found.length > 0,
      "DATA",
      `${where}: a text must have at least one token`,
      example.fields[template.fields[0]!],
    );
    return found;
  };
  return classTask<Example>({
    name: where,
    classes,
    loss,
    encode(examples) {
      const all = examples.map(encoded);
      const spots = all.map(({ length }) =>
        pool === "mean" ? Array.from({ length }, (_, i) => i) : [pool === "first" ? 0 : length - 1],
      );
      return {
        size: examples.length,
        feeds: feeds(all),
        rows: BigInt64Array.from(
          spots.flatMap((own, i) => own.flatMap((at) => [BigInt(i), BigInt(front + at)])),
        ),
        rowCounts: Int32Array.from(spots, ({ length }) => length),
        targets: labelsOf(examples),
        tokens: all.reduce((sum, { length }) => sum + length, 0),
        front,
      };
    },
    scores: (batch, logits) => meanRows(batch, logits, classes.length),
  });
}

/** The mean of each example's rows. */
function meanRows({ size, rowCounts }: Batch, logits: Float32Array, classes: number): Float64Array {
  const rows = rowCounts.reduce((sum, count) => sum + count, 0);
  need(
    logits.length === rows * classes,
    "SHAPE",
    `headTask: logits for ${rows} rows of ${classes} classes are needed`,
    logits.length,
  );
  const out = new Float64Array(size * classes);
  let row = 0;
  for (let i = 0; i < size; i++) {
    const count = rowCounts[i]!;
    for (const end = row + count; row < end; row++)
      for (let c = 0; c < classes; c++) out[i * classes + c]! += logits[row * classes + c]! / count;
  }
  return out;
}

/**
 * A head applied outside the graph, to hidden states that a model gives out: logits = states * weight^T + bias.
 *
 * @param states  rows * hidden numbers
 * @param weight  classes * hidden numbers, class after class
 * @param bias    one number a class
 * @returns rows * classes logits
 * @throws RelizoError SHAPE where the counts disagree
 */
export function linearHead(states: Float32Array, weight: Float32Array, bias: Float32Array): Float32Array {
  const classes = bias.length;
  const hidden = weight.length / classes;
  const rows = states.length / hidden;
  need(
    Number.isInteger(hidden) && Number.isInteger(rows) && hidden > 0,
    "SHAPE",
    `linearHead: a weight of ${classes} whole rows and states of as many numbers each are needed`,
    `${weight.length} weights for ${states.length} numbers`,
  );
  const out = new Float32Array(rows * classes);
  for (let row = 0; row < rows; row++)
    for (let c = 0; c < classes; c++) {
      let sum = bias[c]!;
      for (let h = 0; h < hidden; h++) sum += states[row * hidden + h]! * weight[c * hidden + h]!;
      out[row * classes + c] = sum;
    }
  return out;
}
