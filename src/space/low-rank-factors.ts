/** Directions of low rank by their factors alone: short columns, from which all their products come, whatever the entries. */
import { jsKernels } from "../kernel/js/index.ts";
import type { Seed, SeedKernels } from "../kernel/seeds.ts";
import { type LowRankOptions, type Matrix, periodsOf } from "./low-rank-layout.ts";
import { LARGEST } from "./seeded-directions.ts";

export interface LowRankFactors {
  /** No entry of a direction is larger. */
  readonly largest: number;
  /** `rank` vectors of this length, one behind the other in a stream. */
  columns(key: Seed, begin: number, length: number): readonly Float32Array[];
  /** Adds to all products, row-major, what they are in the matrices. */
  addProducts(out: Float64Array, rows: readonly Seed[], others: readonly Seed[]): void;
}

/** @param kernels  where columns are drawn: any, since all draw the same */
export function lowRankFactors(
  matrices: readonly Matrix[],
  { rank, lazy }: LowRankOptions,
  kernels: SeedKernels,
): LowRankFactors {
  function columns(key: Seed, begin: number, length: number): Columns {
    const all = new Float32Array(rank * length);
    kernels.perturb("gaussian", all, all, begin, [[1, key]]);
    return Array.from({ length: rank }, (_, k) => all.subarray(k * length, (k + 1) * length));
  }

  /** <U V^T, P Q^T> = sum over k and l of <u_k, p_l> <v_k, q_l>. */
  function addProducts(
    out: Float64Array,
    matrix: Matrix,
    rows: readonly Seed[],
    others: readonly Seed[],
  ): void {
    const symmetric = rows === others;
    const seeds = symmetric ? rows : [...rows, ...others];
    const periods = periodsOf(seeds, lazy);
    const u = seeds.map((seed) => columns(seed, matrix.u, matrix.rows));
    const v = periods.map(({ key }) => columns(key, matrix.v, matrix.columns));
    const vv = v.map((a) => v.map((b) => productsOf(a, b)));
    const at = seeds.map((_, i) => periods.findIndex(({ members }) => members.includes(i)));
    const width = others.length;
    const first = symmetric ? 0 : rows.length;
    for (let i = 0; i < rows.length; i++)
      for (let j = symmetric ? i : 0; j < width; j++) {
        const uu = productsOf(u[i]!, u[first + j]!);
        const product = sumOfProducts(uu, vv[at[i]!]![at[first + j]!]!, rank) / rank;
        out[i * width + j]! += product;
        if (symmetric && j > i) out[j * width + i]! += product;
      }
  }

  return {
    largest: Math.max(LARGEST, LARGEST ** 2 * Math.sqrt(rank)),
    columns,
    addProducts(out, rows, others) {
      for (const matrix of matrices) addProducts(out, matrix, rows, others);
    },
  };
}

type Columns = readonly Float32Array[];

/** All products of two factors' columns, row-major. */
function productsOf(a: Columns, b: Columns): Float64Array {
  return Float64Array.from(a.flatMap((left) => b.map((right) => jsKernels.dot(left, right))));
}

/** sum of a_kl b_kl, the same bits for both transposed. */
function sumOfProducts(a: Float64Array, b: Float64Array, size: number): number {
  let sum = 0;
  for (let k = 0; k < size; k++) {
    for (let l = 0; l < k; l++)
      sum += a[k * size + l]! * b[k * size + l]! + a[l * size + k]! * b[l * size + k]!;
    sum += a[k * size + k]! * b[k * size + k]!;
  }
  return sum;
}
