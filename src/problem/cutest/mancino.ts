import { wave, waveSlope } from "../mgh/mancino.ts";
import { atLeast } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** The SIF file's constants: alpha = 5, beta = 14, gamma = 3. */
const BETA = 14;

/** sum over j other than i of v (sin(log v)^5 + cos(log v)^5), v = sqrt(x_j^2 + i/j); i counted from 1. */
function waves(x: Float64Array, i: number): number {
  let sum = 0;
  for (let j = 1; j <= x.length; j++) if (j !== i) sum += wave(x[j - 1]!, i / j);
  return sum;
}

/** Residual i, counted from 1. */
function residual(x: Float64Array, i: number): number {
  const n = x.length;
  return BETA * n * x[i - 1]! - (i - n / 2) ** 3 + waves(x, i);
}

export const mancino: Problem = {
  name: "MANCINO",
  source:
    "CUTEst SIF (MANCINO); Spedicato 1975; sum_i (14 n x_i - (i - n/2)^3 + sum_{j != i} v (sin(log v)^5 + cos(log v)^5))^2, " +
    "v = sqrt(x_j^2 + i/j); start x_i = -14 n / (196 n^2 - 36 (n - 1)^2) times ((i - n/2)^3 + the same sum at x = 0); " +
    "the cubes' signs differ, as in the SIF file",
  dimensions: [100, 10],
  refuses: atLeast(2),
  start(d) {
    const origin = new Float64Array(d);
    const scale = (-BETA * d) / (BETA * BETA * d * d - 36 * (d - 1) * (d - 1));
    return origin.map((_, i) => scale * ((i + 1 - d / 2) ** 3 + waves(origin, i + 1)));
  },
  value(x) {
    let sum = 0;
    for (let i = 1; i <= x.length; i++) {
      const r = residual(x, i);
      sum += r * r;
    }
    return sum;
  },
  gradient(x) {
    const n = x.length;
    const g = new Float64Array(n);
    for (let i = 1; i <= n; i++) {
      const r = 2 * residual(x, i);
      g[i - 1]! += BETA * n * r;
      for (let j = 1; j <= n; j++) if (j !== i) g[j - 1]! += r * waveSlope(x[j - 1]!, i / j);
    }
    return g;
  },
};
