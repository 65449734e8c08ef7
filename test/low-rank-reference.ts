/** Directions of low rank as on the blackboard: every entry from its sum, in float64. */
import { jsSeeds } from "../src/kernel/js/seeds.ts";
import type { Seed } from "../src/kernel/seeds.ts";
import type { LowRankOptions } from "../src/space/low-rank-layout.ts";

type Shape = readonly number[];

/** The direction of a seed over tensors of these shapes, one behind the other. */
export function lowRankDirection(
  shapes: readonly Shape[],
  { rank, lazy }: LowRankOptions,
  seed: Seed,
): Float64Array {
  const [low, high, step] = seed;
  const own = numbersOf(seed);
  const shared = numbersOf([low, high + 2 ** 31, Math.floor(step / lazy), 0]);
  const sides = shapes.map((shape) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const m = shape.length < 2 ? 1 : shape[0]!;
    return { size, m, n: size / m, isMatrix: Math.min(m, size / m) > rank };
  });
  const plain = sides
    .filter(({ isMatrix }) => !isMatrix)
    .map(({ size }) => Array.from({ length: size }, () => own()));
  return Float64Array.from(
    sides.flatMap(({ m, n, isMatrix }) => {
      if (!isMatrix) return plain.shift()!;
      const U = Array.from({ length: rank }, () => Array.from({ length: m }, () => own()));
      const V = Array.from({ length: rank }, () => Array.from({ length: n }, () => shared()));
      return Array.from({ length: m * n }, (_, e) => {
        const [i, j] = [Math.floor(e / n), e % n];
        return U.reduce((sum, column, k) => sum + column[i]! * V[k]![j]!, 0) / Math.sqrt(rank);
      });
    }),
  );
}

/** Normal numbers under this key, one after the other. */
function numbersOf(key: Seed): () => number {
  let next = 0;
  const page = new Float32Array(1024);
  return () => {
    if (next % page.length === 0) jsSeeds.perturb("gaussian", page, page.fill(0), next, [[1, key]]);
    return page[next++ % page.length]!;
  };
}
