/** Gould's banded quartics: valleys that curl. */
import { atLeast, numbered } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** x_i + ... + x_{i+k}, cut off at the end. */
function window(x: Float64Array, i: number, k: number): number {
  const end = Math.min(i + k, x.length - 1);
  let q = 0;
  for (let j = i; j <= end; j++) q += x[j]!;
  return q;
}

function curly(k: number): Problem {
  return {
    name: `CURLY${k}`,
    source:
      `CUTEst SIF (CURLY${k}); Gould 1997; sum_i q_i (q_i (q_i^2 - 20) - 0.1), ` +
      `q_i = sum of x_j for j = i..min(i + ${k}, n); start 1e-4 i/(n + 1)`,
    dimensions: [100, 1000],
    refuses: atLeast(1),
    start: numbered((i, d) => (1e-4 * i) / (d + 1)),
    value(x) {
      let sum = 0;
      for (let i = 0; i < x.length; i++) {
        const q = window(x, i, k);
        sum += q * (q * (q * q - 20) - 0.1);
      }
      return sum;
    },
    gradient(x) {
      const g = new Float64Array(x.length);
      for (let i = 0; i < x.length; i++) {
        const q = window(x, i, k);
        const slope = q * (4 * q * q - 40) - 0.1;
        for (let j = i; j <= Math.min(i + k, x.length - 1); j++) g[j]! += slope;
      }
      return g;
    },
  };
}

export const curly10: Problem = curly(10);
export const curly20: Problem = curly(20);
