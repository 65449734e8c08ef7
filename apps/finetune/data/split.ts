/** Parts of a dataset, drawn by a counted stream: seed and sizes say which, on every machine. */
import { RelizoError, uniforms } from "../../../src/index.ts";
import { spread } from "../../data/minibatch.ts";
import { need, needWhole, show } from "../check.ts";
import { countClasses, type Dataset, type Labelled, refuseEmptyClass } from "./examples.ts";

/** Row of the random streams for drawing examples; no method draws directions from it, and no minibatch its order. */
const ROW = 2 ** 32 - 2;

export interface SplitOptions {
  /** Names the draw. Default 0. */
  readonly seed?: number;
  /** Every part keeps the proportions of the classes, but for an example or two of each. Default false. */
  readonly stratified?: boolean;
}

/**
 * Disjoint parts of these sizes in random order. A part stays the same when those after it change.
 *
 * @param sizes  examples in each part; together at most all there are
 * @throws RelizoError DATA when there are too few examples; OPTION for sizes that are no whole numbers from 1
 */
export function split<E extends Labelled>(
  dataset: Dataset<E>,
  sizes: readonly number[],
  options: SplitOptions = {},
): Dataset<E>[] {
  sizes.forEach((size, i) => {
    needWhole(`split: size ${i}`, size, 1);
  });
  const wanted = sizes.reduce((sum, size) => sum + size, 0);
  const { examples, name } = dataset;
  need(
    wanted <= examples.length,
    "DATA",
    `${name} has ${examples.length} examples; a split needs at most that`,
    wanted,
  );
  const { seed = 0, stratified = false } = options;
  const order = shuffled(examples.length, seed);
  const indices = stratified ? interleaved(dataset, order) : order;
  let begin = 0;
  return sizes.map((size) => {
    const part = indices.slice(begin, begin + size);
    begin += size;
    return pick(dataset, part);
  });
}

/** One part of `count` examples. */
export function subset<E extends Labelled>(
  dataset: Dataset<E>,
  count: number,
  options: SplitOptions = {},
): Dataset<E> {
  return split(dataset, [count], options)[0]!;
}

/**
 * k examples of every class, class after class, as few-shot studies draw them.
 *
 * @throws RelizoError DATA that names a class with fewer
 */
export function perClass<E extends Labelled>(dataset: Dataset<E>, k: number, seed: number = 0): Dataset<E> {
  needWhole("perClass: k", k, 1);
  need(
    dataset.classes.length > 0,
    "DATA",
    `${dataset.name}: k of every class needs labels; give the label column`,
    "none",
  );
  refuseEmptyClass(dataset);
  const order = shuffled(dataset.examples.length, seed);
  const counts = countClasses(dataset);
  const chosen = dataset.classes.flatMap((name, label) => {
    if (counts[label]! < k)
      throw new RelizoError(
        "DATA",
        `${dataset.name}: the class ${show(name)} has ${counts[label]} examples; ${k} of every class are needed.`,
      );
    return order.filter((i) => dataset.examples[i]!.label === label).slice(0, k);
  });
  return pick(dataset, chosen);
}

function pick<E extends Labelled>(dataset: Dataset<E>, indices: readonly number[]): Dataset<E> {
  return { ...dataset, examples: indices.map((i) => dataset.examples[i]!) };
}

function shuffled(total: number, seed: number): number[] {
  const keys = uniforms({ seed, step: 0 }, ROW, total);
  return [...keys.keys()].sort((a, b) => keys[a]! - keys[b]! || a - b);
}

/** The same order with the classes spread evenly. */
function interleaved(dataset: Dataset<Labelled>, order: readonly number[]): readonly number[] {
  need(
    dataset.classes.length > 0,
    "DATA",
    `${dataset.name}: a stratified split needs labels; give the label column`,
    "none",
  );
  return spread(
    order,
    dataset.examples.map(({ label }) => label!),
  );
}
