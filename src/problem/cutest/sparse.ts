/** Two functions whose terms gather six scattered variables each. */
import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

const STRIDES = [1, 2, 3, 5, 7, 11];

/** The variable term i takes at stride k, both counted from 0: mod(k i - 1, n) + 1 where the literature counts from 1. */
const partner = (i: number, k: number, n: number): number => (k * (i + 1) - 1) % n;

function gather(x: Float64Array, i: number, bend: (t: number) => number): number {
  let sum = 0;
  for (let s = 0; s < STRIDES.length; s++) sum += bend(x[partner(i, STRIDES[s]!, x.length)]!);
  return sum;
}

/** scale sum_i i (sum_k bend(x_p))^2 */
function sparse(
  name: string,
  scale: number,
  words: string,
  bend: (t: number) => number,
  slope: (t: number) => number,
): Problem {
  return {
    name,
    source: `CUTEst SIF (${name}); ${words}, p = mod(k i - 1, n) + 1, k in {1, 2, 3, 5, 7, 11}`,
    dimensions: [50, 1000],
    refuses: atLeast(1),
    start: repeated(0.5),
    value(x) {
      let sum = 0;
      for (let i = 0; i < x.length; i++) {
        const s = gather(x, i, bend);
        sum += (i + 1) * s * s;
      }
      return scale * sum;
    },
    gradient(x) {
      const n = x.length;
      const g = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        const c = 2 * scale * (i + 1) * gather(x, i, bend);
        for (const k of STRIDES) g[partner(i, k, n)]! += c * slope(x[partner(i, k, n)]!);
      }
      return g;
    },
  };
}

export const sparsine: Problem = sparse(
  "SPARSINE",
  0.5,
  "(1/2) sum_i i (sum_k sin x_p)^2",
  Math.sin,
  Math.cos,
);

export const sparsqur: Problem = sparse(
  "SPARSQUR",
  0.125,
  "(1/8) sum_i i (sum_k x_p^2)^2",
  (t) => t * t,
  (t) => 2 * t,
);
