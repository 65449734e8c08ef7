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

/** out <- sum of c v: see `Kernels.combine`. Up to eight terms, the default number of samples, take one pass. */
export function combine(out: Reals, terms: readonly Term<Reals>[]): void {
  const [first] = terms;
  if (first === undefined) out.fill(0);
  else if (terms.length === 1) scale(out, first[0], first[1]);
  else if (terms.length <= 4) four(out, padded(terms, 4));
  else if (terms.length <= 8) eight(out, padded(terms, 8));
  else inBlocks(out, terms);
}

/** out <- x + c v. Four sums at a time: the loop around them costs as much as one. */
function plus(out: Reals, x: Reals, c: number, v: Reals): void {
  const length = out.length;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    const p = x[i]! + c * v[i]!;
    const q = x[i + 1]! + c * v[i + 1]!;
    const r = x[i + 2]! + c * v[i + 2]!;
    const s = x[i + 3]! + c * v[i + 3]!;
    out[i] = p;
    out[i + 1] = q;
    out[i + 2] = r;
    out[i + 3] = s;
  }
  for (; i < length; i++) out[i] = x[i]! + c * v[i]!;
}

function scale(out: Reals, c: number, v: Reals): void {
  const length = out.length;
  for (let i = 0; i < length; i++) out[i] = c * v[i]!;
}

/** The terms, and as many as are missing with coefficient 0. */
function padded(terms: readonly Term<Reals>[], length: number): readonly Term<Reals>[] {
  if (terms.length === length) return terms;
  const none: Term<Reals> = [0, terms[0]![1]];
  return [...terms, ...new Array<Term<Reals>>(length - terms.length).fill(none)];
}

function four(out: Reals, terms: readonly Term<Reals>[]): void {
  const [a, u] = terms[0]!;
  const [b, v] = terms[1]!;
  const [c, w] = terms[2]!;
  const [d, x] = terms[3]!;
  const length = out.length;
  for (let i = 0; i < length; i++) out[i] = a * u[i]! + b * v[i]! + (c * w[i]! + d * x[i]!);
}

function eight(out: Reals, terms: readonly Term<Reals>[]): void {
  const [a, s] = terms[0]!;
  const [b, t] = terms[1]!;
  const [c, u] = terms[2]!;
  const [d, v] = terms[3]!;
  const [e, w] = terms[4]!;
  const [f, x] = terms[5]!;
  const [g, y] = terms[6]!;
  const [h, z] = terms[7]!;
  const length = out.length;
  for (let i = 0; i < length; i++) {
    const early = a * s[i]! + b * t[i]! + (c * u[i]! + d * v[i]!);
    const late = e * w[i]! + f * x[i]! + (g * y[i]! + h * z[i]!);
    out[i] = early + late;
  }
}

/** More than eight terms: four a pass over a block of float64 sums. */
function inBlocks(out: Reals, terms: readonly Term<Reals>[]): void {
  const sums = new Float64Array(Math.min(BLOCK, out.length));
  for (let begin = 0; begin < out.length; begin += BLOCK) {
    const count = Math.min(BLOCK, out.length - begin);
    sums.fill(0);
    let k = 0;
    for (; k + 3 < terms.length; k += 4) addFour(sums, terms, k, begin, count);
    for (; k < terms.length; k++) addOne(sums, terms[k]!, begin, count);
    for (let i = 0; i < count; i++) out[begin + i] = sums[i]!;
  }
}

function addFour(
  sums: Float64Array,
  terms: readonly Term<Reals>[],
  k: number,
  begin: number,
  count: number,
): void {
  const [a, u] = terms[k]!;
  const [b, v] = terms[k + 1]!;
  const [c, w] = terms[k + 2]!;
  const [d, x] = terms[k + 3]!;
  for (let i = 0, at = begin; i < count; i++, at++)
    sums[i] = sums[i]! + (a * u[at]! + b * v[at]! + (c * w[at]! + d * x[at]!));
}

function addOne(sums: Float64Array, [c, v]: Term<Reals>, begin: number, count: number): void {
  for (let i = 0, at = begin; i < count; i++, at++) sums[i] = sums[i]! + c * v[at]!;
}
