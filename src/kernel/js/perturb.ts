/** Linear combinations of long vectors: each sum is formed in float64 and rounded once, when it is stored. */
import type { Reals, Term } from "../kernels.ts";
import { BLOCK } from "./blocks.ts";

/** out <- x + sum of c v: see `Kernels.perturb`. */
export function perturb(out: Reals, x: Reals, terms: readonly Term<Reals>[]): void {
  const [first] = terms;
  if (first === undefined) {
    if (out !== x) out.set(x);
  } else if (terms.length === 1) plus(out, x, first[0], first[1]);
  else combine(out, [[1, x], ...terms]);
}

/** out <- sum of c v: see `Kernels.combine`. */
export function combine(out: Reals, terms: readonly Term<Reals>[]): void {
  if (terms.length === 1) for (const [c, v] of terms) scale(out, c, v);
  else inBlocks(out, terms);
}

/** out <- x + c v. */
function plus(out: Reals, x: Reals, c: number, v: Reals): void {
  const length = out.length;
  for (let i = 0; i < length; i++) out[i] = x[i]! + c * v[i]!;
}

/** out <- c v. */
function scale(out: Reals, c: number, v: Reals): void {
  const length = out.length;
  for (let i = 0; i < length; i++) out[i] = c * v[i]!;
}

/** Scratch of `inBlocks`. */
const sums = new Float64Array(BLOCK);

/** Any number of terms, four a pass over a block of float64 sums. */
function inBlocks(out: Reals, terms: readonly Term<Reals>[]): void {
  for (let begin = 0; begin < out.length; begin += BLOCK) {
    const end = Math.min(begin + BLOCK, out.length);
    sums.fill(0);
    for (let k = 0; k < terms.length; k += 4) addFour(terms.slice(k, k + 4), begin, end);
    out.set(sums.subarray(0, end - begin), begin);
  }
}

/** sums += the terms, up to four of them, on [begin, end). */
function addFour(terms: readonly Term<Reals>[], begin: number, end: number): void {
  const [[a, u] = [0, sums], [b, v] = [0, u], [c, w] = [0, u], [d, x] = [0, u]] = terms;
  for (let at = begin, i = 0; at < end; at++, i++)
    sums[i] = sums[i]! + (a * u[at]! + b * v[at]! + (c * w[at]! + d * x[at]!));
}
