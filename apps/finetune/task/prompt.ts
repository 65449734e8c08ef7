/** Classification by asking: a template makes a text of an example, and words for the classes compete to go on with it. */
import { need } from "../check.ts";
import type { Example } from "../data/examples.ts";
import type { ClassLossName } from "../loss/index.ts";
import { logSumExp } from "../loss/log-sum-exp.ts";
import type { ClassLoss } from "../loss/scores.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { type ClassPrediction, classTask, labelsOf } from "./class-task.ts";
import { type InputOptions, layout } from "./inputs.ts";
import { rowWidth } from "./rows.ts";
import type { Batch, Task } from "./task.ts";
import { fill, fit, parseTemplate, type Template, tail } from "./template.ts";
import { causalPlan, maskedPlan, type Plan, refuseEqualWords, wordIds, wordsOf } from "./words.ts";

export interface PromptOptions {
  /**
   * Text with columns in braces: `{sentence} It was`, `{sentence1} ? {mask} , {sentence2}`. With `{mask}` it is for masked models,
   * and the word stands in its place; without, the word follows at the end.
   */
  readonly template: string;
  /** Names of the classes, in the order of labels. */
  readonly classes: readonly string[];
  /** The label word of each class, by its name or in order: `{ "0": "terrible", "1": "great" }`. One token or more. */
  readonly words: readonly string[] | Readonly<Record<string, string>>;
  /** What stands between template and word. Default one blank. */
  readonly joint?: string;
  /**
   * A loss over the scores of all words, or `vocabulary`: minus the score of the right word, its cross-entropy over the whole
   * vocabulary. Default `cross-entropy`.
   */
  readonly loss?: ClassLossName | "vocabulary" | ClassLoss;
}

/**
 * The score of a class is the mean log-likelihood of its word's tokens given the prompt.
 *
 * Sequences are the tokenizer's own opening ([CLS], <s>), the prompt, and, for words of several tokens, all of these but the
 * last; for masked models the closing ([SEP], </s>) too. What is too long loses text, never template or word.
 *
 * @throws RelizoError OPTION for templates, words or lengths that cannot be
 * @cost  a loss over classes whose words are single tokens reads one logit a class; all others one exponential a logit
 * @source Malladi et al., "Fine-Tuning Language Models with Just Forward Passes", NeurIPS 2023, appendix E; its released code
 *   for prediction by mean log-likelihood and training as classification
 * @differs  MeZO's code runs one sequence a word and cuts prompts at their beginning
 */
export function promptTask(
  tokenizer: Tokenizer,
  inputs: InputOptions,
  { template: text, classes, words: given, joint = " ", loss = "cross-entropy" }: PromptOptions,
): Task<Example, ClassPrediction> {
  const where = "promptTask";
  const template = parseTemplate(where, text);
  const words = wordsOf(where, classes, given);
  const before = stem(template, joint);
  const ids = words.map((word) => wordIds(where, tokenizer, before, word));
  refuseEqualWords(where, words, ids);
  const plan = template.right === undefined ? causalPlan(ids) : maskedPlan(ids, maskId(where, tokenizer));
  const { room, front, feeds } = layout(where, tokenizer, inputs);
  const largest = ids.flat().reduce((so, id) => Math.max(so, id), 0);
  const encode = encoder(where, tokenizer, template, plan, room);
  const known = new WeakMap<Example, Encoded>();
  const encoded = (example: Example): Encoded => {
    const found = known.get(example) ?? encode(example);
    known.set(example, found);
    return found;
  };
  return classTask<Example>({
    name: where,
    classes,
    loss: loss === "vocabulary" ? unlikelihood : loss,
    encode(examples) {
      const all = examples.map(encoded);
      return {
        size: examples.length,
        feeds: feeds(all.flatMap(({ sequences }) => sequences)),
        rows: rowsOf(all, plan, front),
        rowCounts: new Int32Array(examples.length).fill(plan.rows.length),
        targets: labelsOf(examples),
        tokens: all.reduce((sum, one) => sum + one.sequences.reduce((own, { length }) => own + length, 0), 0),
        front,
      };
    },
    scores: (batch, logits, exact) => wordScores(batch, logits, plan, largest, exact),
  });
}

/** One example as token sequences, one for each branch of the plan, and where its prompt ends or its masks begin. */
interface Encoded {
  readonly sequences: readonly (readonly number[])[];
  /** Position of offset 0 within a sequence, placeholders not counted. */
  readonly origin: number;
}

function encoder(
  where: string,
  tokenizer: Tokenizer,
  template: Template,
  { branches }: Plan,
  room: number,
): (example: Example) => Encoded {
  const { before, after } = tokenizer.frame;
  const masked = template.right !== undefined;
  const encode = (fields: Readonly<Record<string, string>>): Encoded => {
    const left = [...before, ...tokenizer.encode(fill(template.left, fields).trimEnd())];
    const right =
      template.right === undefined ? [] : [...tokenizer.encode(fill(template.right, fields)), ...after];
    const sequences = branches.map((branch) => [...left, ...branch, ...right]);
    return { sequences, origin: masked ? left.length : left.length - 1 };
  };
  const fits = ({ sequences }: Encoded): boolean => sequences.every(({ length }) => length <= room);
  return (example) => {
    const found = fit(where, template, example, encode, fits);
    need(
      found.origin >= 0,
      "DATA",
      `${where}: a prompt must have at least one token`,
      fill(template.left, example.fields),
    );
    return found;
  };
}

/** What a label word follows, blank included. */
function stem({ left, right }: Template, joint: string): string {
  const literal = tail(left).trimEnd();
  if (right !== undefined && left.length === 0) return "";
  return `${literal.trim() === "" ? "a" : literal}${joint}`; // any letter shows how a word begins behind a field
}

function maskId(where: string, tokenizer: Tokenizer): number {
  const { mask } = tokenizer.special;
  need(
    mask !== undefined,
    "OPTION",
    `${where}: {mask} needs a tokenizer with a mask token; leave it out for models that read on`,
    mask,
  );
  return mask;
}

function rowsOf(all: readonly Encoded[], { branches, rows }: Plan, front: number): BigInt64Array {
  const out = new BigInt64Array(all.length * rows.length * 2);
  let at = 0;
  all.forEach(({ origin }, i) => {
    for (const { branch, offset } of rows) {
      out[at++] = BigInt(i * branches.length + branch);
      out[at++] = BigInt(front + origin + offset);
    }
  });
  return out;
}

function wordScores(
  batch: Batch,
  logits: Float32Array,
  plan: Plan,
  largest: number,
  exact: boolean,
): Float64Array {
  const { rows, readings } = plan;
  const width = rowWidth("promptTask", logits, batch.size * rows.length, largest);
  const normal = exact || rows.length > 1; // one row for all words: its normalizer is a constant that cancels
  const norms = new Float64Array(rows.length);
  const out = new Float64Array(batch.size * readings.length);
  for (let i = 0; i < batch.size; i++) {
    const begin = i * rows.length * width;
    if (normal) for (let r = 0; r < rows.length; r++) norms[r] = logSumExp(logits, begin + r * width, width);
    readings.forEach((reading, c) => {
      let sum = 0;
      for (const { row, token } of reading) sum += logits[begin + row * width + token]! - norms[row]!;
      out[i * readings.length + c] = sum / reading.length;
    });
  }
  return out;
}

/** Minus the mean score of the right words. */
const unlikelihood: ClassLoss = (scores, labels, classes) => {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum -= scores[i * classes + labels[i]!]!;
  return sum / labels.length;
};
