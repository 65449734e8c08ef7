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
 * @returns the examples of minibatch 0, 1, 2, ...: `size` different numbers below `total`
 */
export function minibatches(total: number, size: number, seed: number): (batch: number) => readonly number[] {
  const each = Math.floor(total / size);
  let pass = -1;
  let order: readonly number[] = [];
  return (batch) => {
    const wanted = Math.floor(batch / each);
    if (wanted !== pass) {
      pass = wanted;
      order = shuffled(total, seed, pass);
    }
    const begin = (batch % each) * size;
    return order.slice(begin, begin + size);
  };
}

function shuffled(total: number, seed: number, pass: number): readonly number[] {
  const keys = uniforms({ seed, step: pass }, ROW, total);
  return [...keys.keys()].sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
}
