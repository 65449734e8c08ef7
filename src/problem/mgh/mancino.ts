import type { LeastSquares } from "../least-squares.ts";
import { numbered } from "../parts.ts";

/** As BenDFO has it: the square root holds x_i, so each residual depends on one variable alone. */
export const mancino: LeastSquares = {
  title: "Mancino",
  source:
    "Spedicato 1975; r_i = 1400 x_i + (i - 50)^3 + sum_j v (sin(log v)^5 + cos(log v)^5), v = sqrt(x_i^2 + i/j); " +
    "start x_i = -8.710996e-4 ((i - 50)^3 + the same sum with x_i = 0)",
  start: numbered((i, n) => -8.710996e-4 * ((i - 50) ** 3 + waves(0, i, n))),
  residuals(x, r) {
    const n = x.length;
    for (let i = 1; i <= n; i++) r[i - 1] = 1400 * x[i - 1]! + (i - 50) ** 3 + waves(x[i - 1]!, i, n);
  },
  pull(x, r, g) {
    const n = x.length;
    for (let i = 1; i <= n; i++) {
      let slope = 1400;
      for (let j = 1; j <= n; j++) slope += waveSlope(x[i - 1]!, i / j);
      g[i - 1]! += slope * r[i - 1]!;
    }
  },
};

function waves(t: number, i: number, n: number): number {
  let sum = 0;
  for (let j = 1; j <= n; j++) sum += wave(t, i / j);
  return sum;
}

/** v (sin(log v)^5 + cos(log v)^5) with v = sqrt(t^2 + ratio). */
export function wave(t: number, ratio: number): number {
  const v = Math.sqrt(t * t + ratio);
  const angle = Math.log(v);
  const s = Math.sin(angle);
  const c = Math.cos(angle);
  return v * (s * s * s * s * s + c * c * c * c * c);
}

/** The derivative of `wave` by t. */
export function waveSlope(t: number, ratio: number): number {
  const v = Math.sqrt(t * t + ratio);
  const angle = Math.log(v);
  const s = Math.sin(angle);
  const c = Math.cos(angle);
  return (t / v) * (s ** 5 + c ** 5 + 5 * (s ** 4 * c - c ** 4 * s));
}
