import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** The SIF file's product has ten factors at every n, unlike the literature's, which has n. */
const FACTORS = 10;

function product(x: Float64Array, without = -1): number {
  let p = 1;
  for (let j = 0; j < FACTORS; j++) if (j !== without) p *= x[j]!;
  return p;
}

/** sum_j x_j - (n + 1) */
function excess(x: Float64Array): number {
  let sum = -(x.length + 1);
  for (let j = 0; j < x.length; j++) sum += x[j]!;
  return sum;
}

export const brownal: Problem = {
  name: "BROWNAL",
  source:
    "CUTEst SIF (BROWNAL); Brown 1969; Moré, Garbow, Hillstrom 1981, problem 27; " +
    "sum_{i<n} (x_i + sum_j x_j - (n + 1))^2 + (prod_{j<=10} x_j - 1)^2, ten factors at every n as in the SIF file",
  dimensions: [10, 200],
  refuses: atLeast(FACTORS),
  start: repeated(0.5),
  value(x) {
    const shared = excess(x);
    const last = product(x) - 1;
    let sum = last * last;
    for (let i = 0; i + 1 < x.length; i++) sum += (x[i]! + shared) * (x[i]! + shared);
    return sum;
  },
  gradient(x) {
    const n = x.length;
    const shared = excess(x);
    let all = 0;
    for (let i = 0; i + 1 < n; i++) all += 2 * (x[i]! + shared);
    const last = 2 * (product(x) - 1);
    return x.map((xj, j) => {
      const own = j + 1 < n ? 2 * (xj + shared) : 0;
      return all + own + (j < FACTORS ? last * product(x, j) : 0);
    });
  },
};
