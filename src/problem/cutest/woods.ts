import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** Wood's function in separate quadruples. */
export const woods: Problem = {
  name: "WOODS",
  source:
    "CUTEst SIF (WOODS); Colville 1968; Moré, Garbow, Hillstrom 1981, problem 14; sum over quadruples (a, b, c, d) of " +
    "100 (b - a^2)^2 + (1 - a)^2 + 90 (d - c^2)^2 + (1 - c)^2 + 10 (b + d - 2)^2 + 0.1 (b - d)^2",
  dimensions: [100, 1000],
  refuses: atLeast(4, 4),
  start: repeated(-3, -1),
  value(x) {
    let sum = 0;
    for (let i = 0; i + 3 < x.length; i += 4) {
      const [a, b, c, d] = [x[i]!, x[i + 1]!, x[i + 2]!, x[i + 3]!];
      const p = b - a * a;
      const q = d - c * c;
      sum += 100 * p * p + (1 - a) * (1 - a) + 90 * q * q + (1 - c) * (1 - c);
      sum += 10 * (b + d - 2) * (b + d - 2) + 0.1 * (b - d) * (b - d);
    }
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    for (let i = 0; i + 3 < x.length; i += 4) {
      const [a, b, c, d] = [x[i]!, x[i + 1]!, x[i + 2]!, x[i + 3]!];
      const p = 200 * (b - a * a);
      const q = 180 * (d - c * c);
      const together = 20 * (b + d - 2);
      const apart = 0.2 * (b - d);
      g[i] = -2 * a * p - 2 * (1 - a);
      g[i + 1] = p + together + apart;
      g[i + 2] = -2 * c * q - 2 * (1 - c);
      g[i + 3] = q + together - apart;
    }
    return g;
  },
};
