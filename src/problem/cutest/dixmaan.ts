/** The functions of Dixon and Maany: one form, four weights, four exponents. */
import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** Weights a, b, c, d of the four sums, and the exponents of i/n in them. */
function dixmaan(letter: string, [a, b, c, d]: Four, [ka, kb, kc, kd]: Four): Problem {
  const name = `DIXMAAN${letter}`;
  return {
    name,
    source:
      `CUTEst SIF (${name}); Dixon, Maany 1988; with n = 3m: 1 + sum_i a (i/n)^${ka} x_i^2 ` +
      `+ sum_{i<n} b (i/n)^${kb} x_i^2 (x_{i+1} + x_{i+1}^2)^2 + sum_{i<=2m} c (i/n)^${kc} x_i^2 x_{i+m}^4 ` +
      `+ sum_{i<=m} d (i/n)^${kd} x_i x_{i+2m}; a = ${a}, b = ${b}, c = ${c}, d = ${d}`,
    dimensions: [90, 1500],
    refuses: atLeast(3, 3),
    start: repeated(2),
    value(x) {
      const n = x.length;
      const m = n / 3;
      let sum = 1;
      for (let i = 0; i < n; i++) {
        const t = (i + 1) / n;
        const square = x[i]! * x[i]!;
        sum += a * power(t, ka) * square;
        if (b !== 0 && i + 1 < n) {
          const next = x[i + 1]! + x[i + 1]! * x[i + 1]!;
          sum += b * power(t, kb) * square * next * next;
        }
        if (i < 2 * m) {
          const far = x[i + m]! * x[i + m]!;
          sum += c * power(t, kc) * square * far * far;
        }
        if (i < m) sum += d * power(t, kd) * x[i]! * x[i + 2 * m]!;
      }
      return sum;
    },
    gradient(x) {
      const n = x.length;
      const m = n / 3;
      const g = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        const t = (i + 1) / n;
        const xi = x[i]!;
        g[i]! += 2 * a * power(t, ka) * xi;
        if (i + 1 < n) {
          const next = x[i + 1]! + x[i + 1]! * x[i + 1]!;
          const w = 2 * b * power(t, kb) * xi * next;
          g[i]! += w * next;
          g[i + 1]! += w * xi * (1 + 2 * x[i + 1]!);
        }
        if (i < 2 * m) {
          const w = 2 * c * power(t, kc) * xi * x[i + m]! ** 3;
          g[i]! += w * x[i + m]!;
          g[i + m]! += 2 * w * xi;
        }
        if (i < m) {
          g[i]! += d * power(t, kd) * x[i + 2 * m]!;
          g[i + 2 * m]! += d * power(t, kd) * xi;
        }
      }
      return g;
    },
  };
}

type Four = readonly [number, number, number, number];

/** t to the power 0, 1 or 2. */
function power(t: number, k: number): number {
  return k === 0 ? 1 : k === 1 ? t : t * t;
}

export const dixmaana1: Problem = dixmaan("A1", [1, 0, 0.125, 0.125], [0, 0, 0, 0]);
export const dixmaanb: Problem = dixmaan("B", [1, 0.0625, 0.0625, 0.0625], [0, 0, 0, 0]);
export const dixmaanc: Problem = dixmaan("C", [1, 0.125, 0.125, 0.125], [0, 0, 0, 0]);
export const dixmaane1: Problem = dixmaan("E1", [1, 0, 0.125, 0.125], [1, 0, 0, 1]);
export const dixmaani1: Problem = dixmaan("I1", [1, 0, 0.125, 0.125], [2, 0, 0, 2]);
