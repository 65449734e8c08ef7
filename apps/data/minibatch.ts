/** Which examples a minibatch holds: counted, so that any step of any run can be asked again. */
import { uniforms } from "../../src/index.ts";

/** Row of the random streams that no method draws directions from. */
const ROW = 2 ** 32 - 1;

/**
 * Minibatches that pass over all examples in a fresh order each time; what does not fill a minibatch is left out of
 * that pass.
 *
 * @param total  examples there are
 * @param size   examples in a minibatch, at most `total`
 * @param classes  the class of each example: every stretch of a pass then holds its share of every class, but for one or two of
 *   each, so that the loss of a minibatch does not jump with the classes that it happens to have. Left out: any order
 * @returns the examples of minibatch 0, 1, 2, ...: `size` different numbers below `total`
 */
export function minibatches(
  total: number,
  size: number,
  seed: number,
  classes?: readonly number[],
): (batch: number) => readonly number[] {
  const each = Math.floor(total / size);
  let pass = -1;
  let order: readonly number[] = [];
  return (batch) => {
    const wanted = Math.floor(batch / each);
    if (wanted !== pass) {
      pass = wanted;
      order = spread(shuffled(total, seed, pass), classes);
    }
    const begin = (batch % each) * size;
    return order.slice(begin, begin + size);
  };
}

function shuffled(total: number, seed: number, pass: number): readonly number[] {
  const keys = uniforms({ seed, step: pass }, ROW, total);
  return [...keys.keys()].sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
}

/**
 * The same order with the classes spread evenly: example j of the n of its class stands at place (j + 1/2) / n of the whole.
 *
 * @param classes  of each example; left out, the order stays
 */
export function spread(order: readonly number[], classes: readonly number[] | undefined): readonly number[] {
  if (!classes) return order;
  const counts = new Map<number, number>();
  for (const index of order) counts.set(classes[index]!, (counts.get(classes[index]!) ?? 0) + 1);
  const seen = new Map<number, number>();
  const places = order.map((index, i) => {
    const own = classes[index]!;
    const before = seen.get(own) ?? 0;
    seen.set(own, before + 1);
    return { index, place: (before + 0.5) / counts.get(own)!, i };
  });
  return places.sort((a, b) => a.place - b.place || a.i - b.i).map(({ index }) => index);
}
