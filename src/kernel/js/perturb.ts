/** Linear combinations of long vectors, four terms a pass. */
import type { Reals, Term } from "../kernels.ts";
import { eachBlock } from "./blocks.ts";

/** out <- x + sum of c v, block by block: see `Kernels.perturb`. */
export function perturb(out: Reals, x: Reals, terms: readonly Term<Reals>[]): void {
  if (terms.length === 0) {
    if (out !== x) out.set(x);
    return;
  }
  eachBlock(out.length, (begin, end) => {
    let from = x;
    for (let k = 0; k < terms.length; k += 4) {
      add(out, from, terms, k, begin, end);
      from = out;
    }
  });
}

/** out <- sum of c v: see `Kernels.combine`. */
export function combine(out: Reals, terms: readonly Term<Reals>[]): void {
  const aliased = terms.findIndex(([, v]) => v === out);
  const [c, v] = terms[Math.max(aliased, 0)] ?? [0, out];
  const rest = terms.filter((_, k) => k !== Math.max(aliased, 0));
  eachBlock(out.length, (begin, end) => {
    scale(out, c, v, begin, end);
    for (let k = 0; k < rest.length; k += 4) add(out, out, rest, k, begin, end);
  });
}

function scale(out: Reals, c: number, v: Reals, begin: number, end: number): void {
  for (let i = begin; i < end; i++) out[i] = c * v[i]!;
}

/** out <- x + terms k to k + 3 (those that exist) on [begin, end). */
function add(
  out: Reals,
  x: Reals,
  terms: readonly Term<Reals>[],
  k: number,
  begin: number,
  end: number,
): void {
  const [a, u] = terms[k]!;
  if (terms.length >= k + 4) {
    const [b, v] = terms[k + 1]!;
    const [c, w] = terms[k + 2]!;
    const [e, z] = terms[k + 3]!;
    for (let i = begin; i < end; i++) out[i] = x[i]! + a * u[i]! + b * v[i]! + (c * w[i]! + e * z[i]!);
    return;
  }
  for (let i = begin; i < end; i++) out[i] = x[i]! + a * u[i]!;
  for (let j = k + 1; j < terms.length; j++) {
    const [b, v] = terms[j]!;
    for (let i = begin; i < end; i++) out[i] = out[i]! + b * v[i]!;
  }
}
