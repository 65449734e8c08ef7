/**
 * Directions of low rank: in every matrix z = U V^T / sqrt(r), U m x r and V n x r of standard normal entries, so that the
 * entries of z are uncorrelated and of mean square 1. Only factors are drawn, wherever they are needed, and none is kept.
 *
 * @source Chen, Zhang, Cao, Yuan, Wen, "Enhancing Zeroth-Order Fine-Tuning for Language Models with Low-Rank Structures", ICLR
 *   2025, section 4 (LOZO): U is fresh in every direction, V the same for some steps
 * @differs their displacement is eps U V^T and their estimate c U V^T / r: what z gives with a radius of eps sqrt(r). Tensors of
 *   more than two dimensions are matrices too, of their first by all others
 */
import { jsKernels } from "../kernel/js/index.ts";
import type { Term } from "../kernel/kernels.ts";
import type { Seed, SeedKernels } from "../kernel/seeds.ts";
import { lowRankFactors } from "./low-rank-factors.ts";
import {
  isMatrix,
  isVector,
  type LowRankOptions,
  layOut,
  type Matrix,
  periodsOf,
  type Shaped,
} from "./low-rank-layout.ts";
import type { SeededDirections, SeededSum } from "./seeded-directions.ts";

/**
 * Tensors with no shape, of one dimension, or with a side not longer than r have normal entries, each drawn by itself.
 *
 * @param parts  all arrays of the parameters, in the order of their elements
 * @cost  to write a sum: r operations an element for each V that its terms have, however many terms there are. A product:
 *   r^2 (m + n) multiply-adds; <z, v>: r m n for each V, and r m. Scratch: for one matrix at a time r (m + n) numbers for each V
 *   of a sum, or r m for each direction of a product
 */
export function lowRank(
  parts: readonly Shaped[],
  { rank, lazy }: LowRankOptions,
  kernels: SeedKernels,
): SeededDirections {
  const { dimension, tensors, plain } = layOut(parts, rank);
  const [vectors, matrices] = [tensors.filter(isVector), tensors.filter(isMatrix)];
  const factors = lowRankFactors(matrices, { rank, lazy }, kernels);

  function gram(rows: readonly Seed[], others: readonly Seed[]): Float64Array {
    const out = kernels.gram("gaussian", plain, rows, others);
    factors.addProducts(out, rows, others);
    return out;
  }

  function along(seeds: readonly Seed[], v: Float32Array): Float64Array {
    const out = new Float64Array(seeds.length);
    for (const { begin, end, at } of vectors)
      kernels.along("gaussian", seeds, v.subarray(begin, end), at).forEach((product, i) => {
        out[i]! += product;
      });
    for (const matrix of matrices)
      for (const { key, members } of periodsOf(seeds, lazy)) {
        const right = factors.columns(key, matrix.v, matrix.columns);
        const sides = right.map((column) => timesColumn(v, matrix, column));
        for (const i of members)
          factors.columns(seeds[i]!, matrix.u, matrix.rows).forEach((column, k) => {
            out[i]! += dotWide(sides[k]!, column) / Math.sqrt(rank);
          });
      }
    return out;
  }

  function sum(terms: readonly Term<Seed>[]): SeededSum {
    const periods = periodsOf(
      terms.map(([, seed]) => seed),
      lazy,
    );
    const scaled = terms.map(([c, seed]): Term<Seed> => [c / Math.sqrt(rank), seed]);
    const backwards = terms.map(([c, seed]): Term<Seed> => [-c, seed]).reverse();
    const count = rank * periods.length;
    const forth = latest(({ rows, columns, u, v }: Matrix): Stacked => {
      const [a, b] = [new Float32Array(count * rows), new Float32Array(count * columns)];
      periods.forEach(({ key, members }, p) => {
        const left = a.subarray(p * rank * rows, (p + 1) * rank * rows);
        const right = b.subarray(p * rank * columns, (p + 1) * rank * columns);
        kernels.perturb("gaussian", left, left, u, members.map((i) => scaled[i]!)); // biome-ignore format: as the next
        kernels.perturb("gaussian", right, right, v, [[1, key]]);
      });
      return { a, b };
    });
    const back = latest((matrix: Matrix): Stacked => {
      const { a, b } = forth(matrix);
      return { a: lastFirst(a, count).map((c) => -c), b: lastFirst(b, count) };
    });
    const write = (
      stacked: (matrix: Matrix) => Stacked,
      own: readonly Term<Seed>[],
      out: Float32Array,
      x: Float32Array,
      begin: number,
      stored?: Term<Float32Array>,
    ): void => {
      for (const tensor of tensors) {
        const [from, to] = [Math.max(begin, tensor.begin), Math.min(begin + x.length, tensor.end)];
        if (from >= to) continue;
        const part = (v: Float32Array): Float32Array => v.subarray(from - begin, to - begin);
        const first = from - tensor.begin;
        const [o, s] = [part(out), part(x)];
        const kept = stored && ([stored[0], part(stored[1])] as const);
        if (!isMatrix(tensor)) kernels.perturb("gaussian", o, s, tensor.at + first, own, kept);
        else {
          if (kept || count === 0) kernels.perturb("gaussian", o, s, 0, [], kept);
          if (count === 0) continue;
          const { a, b } = stacked(tensor);
          kernels.outer(o, kept ? o : s, first, count, a, b);
        }
      }
    };
    return {
      add: (out, x, begin, stored) => write(forth, terms, out, x, begin, stored),
      subtract: (out, x, begin) => write(back, backwards, out, x, begin),
    };
  }

  return {
    dimension,
    kernels,
    largest: factors.largest,
    gram,
    along,
    dot: jsKernels.dot,
    sum,
  };
}

/** The columns of several factors, one behind the other: as many a as b. */
interface Stacked {
  readonly a: Float32Array;
  readonly b: Float32Array;
}

/** W b for the part W of a vector that is this matrix. */
function timesColumn(v: Float32Array, { begin, rows, columns }: Matrix, b: Float32Array): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) =>
    jsKernels.dot(v.subarray(begin + i * columns, begin + (i + 1) * columns), b),
  );
}

function dotWide(a: Float64Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** So many vectors, one behind the other, in reverse order. */
function lastFirst(all: Float32Array, count: number): Float32Array {
  const length = all.length / count;
  const out = new Float32Array(all.length);
  for (let k = 0; k < count; k++)
    out.set(all.subarray(k * length, (k + 1) * length), (count - 1 - k) * length);
  return out;
}

/** Remembers what it made for the latest argument. */
function latest<A, B>(make: (argument: A) => B): (argument: A) => B {
  let last: { readonly argument: A; readonly made: B } | undefined;
  return (argument) => {
    if (last?.argument !== argument) last = { argument, made: make(argument) };
    return last.made;
  };
}
