import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** Not quite pi: the SIF file's constant. */
// biome-ignore lint/suspicious/noApproximativeNumericConstant: the definition has these nine digits
const PI = 3.14159265;

export const schmvett: Problem = {
  name: "SCHMVETT",
  source:
    "CUTEst SIF (SCHMVETT); Schmidt, Vetters 1970; Toint 1983, problem 35; sum_{i<=n-2} -1/(1 + (x_i - x_{i+1})^2) " +
    "- sin((3.14159265 x_{i+1} + x_{i+2})/2) - exp(-((x_i + x_{i+2})/x_{i+1} - 2)^2)",
  dimensions: [100, 1000],
  refuses: atLeast(3),
  start: repeated(0.5),
  value(x) {
    let sum = 0;
    for (let i = 0; i + 2 < x.length; i++) {
      const [a, b, c] = [x[i]!, x[i + 1]!, x[i + 2]!];
      const e = (a + c) / b - 2;
      sum -= 1 / (1 + (a - b) * (a - b)) + Math.sin(0.5 * (PI * b + c)) + Math.exp(-e * e);
    }
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    for (let i = 0; i + 2 < x.length; i++) {
      const [a, b, c] = [x[i]!, x[i + 1]!, x[i + 2]!];
      const flat = (2 * (a - b)) / (1 + (a - b) ** 2) ** 2;
      const wave = 0.5 * Math.cos(0.5 * (PI * b + c));
      const e = (a + c) / b - 2;
      const bell = (2 * e * Math.exp(-e * e)) / b;
      g[i]! += flat + bell;
      g[i + 1]! -= flat + PI * wave + (bell * (a + c)) / b;
      g[i + 2]! += bell - wave;
    }
    return g;
  },
};
