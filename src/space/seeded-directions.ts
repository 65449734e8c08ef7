/** What seeds stand for: how sums of directions are written into vectors, and what the directions' products are. */
import { jsKernels } from "../kernel/js/index.ts";
import type { Term } from "../kernel/kernels.ts";
import type { Seed, SeedKernels, SeedKind } from "../kernel/seeds.ts";
import type { Products } from "./seeded.ts";

export interface SeededDirections extends Products<Float32Array> {
  readonly kernels: SeedKernels;
  /** No entry of a direction is larger. */
  readonly largest: number;
  gram(rows: readonly Seed[], others: readonly Seed[]): Float64Array;
  along(seeds: readonly Seed[], v: Float32Array): Float64Array;
  /** sum of c z, to be written part by part: cheapest in order, since what parts share is drawn when the first asks for it. */
  sum(terms: readonly Term<Seed>[]): SeededSum;
}

export interface SeededSum {
  /** out <- x + e s + sum of c z for the elements from `begin` on, where e and s are stored; `out` may be `x`. */
  add(out: Float32Array, x: Float32Array, begin: number, stored?: Term<Float32Array>): void;
  /** out <- x - sum of c z, the last thing that `add` adds first. */
  subtract(out: Float32Array, x: Float32Array, begin: number): void;
}

/** Entries that are drawn each by itself. */
export function elementwise(kind: SeedKind, dimension: number, kernels: SeedKernels): SeededDirections {
  return {
    dimension,
    kernels,
    largest: LARGEST,
    gram: (rows, others) => kernels.gram(kind, dimension, rows, others),
    along: (seeds, v) => kernels.along(kind, seeds, v, 0),
    dot: jsKernels.dot,
    sum(terms) {
      const backwards = terms.map(([c, z]): Term<Seed> => [-c, z]).reverse();
      return {
        add: (out, x, begin, stored) => kernels.perturb(kind, out, x, begin, terms, stored),
        subtract: (out, x, begin) => kernels.perturb(kind, out, x, begin, backwards),
      };
    },
  };
}

/** Above all of the normal table. */
export const LARGEST = 4.4;
