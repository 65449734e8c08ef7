import { exactly, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";
import { eta1, eta2, thickness } from "./coating-data.ts";

/** How many places were measured; each gives two thicknesses and has two corrections to its position. */
const PLACES = 63;
const SCALE1 = 4.08;
const SCALE2 = 0.417;

/** Fits two bilinear surfaces to measured coating thicknesses, the positions being uncertain as well. */
export const coating: Problem = {
  name: "COATING",
  source:
    "CUTEst SIF (COATING); MINPACK-2 coating thickness standardization, Averick, Carter, Moré, Xue 1992; counted from 0, " +
    "with a_i = eta1_i + x_{8+i}, b_i = eta2_i + x_{71+i}: sum_{i=0..62} (x0 + x1 a + x2 b + x3 a b - y_i)^2 " +
    "+ (x4 + x5 a + x6 b + x7 a b - y_{63+i})^2 + (4.08 x_{8+i})^2 + (0.417 x_{71+i})^2",
  dimensions: [134],
  refuses: exactly(134),
  start: repeated(1),
  value(x) {
    let sum = 0;
    for (let i = 0; i < PLACES; i++) {
      const a = eta1[i]! + x[8 + i]!;
      const b = eta2[i]! + x[71 + i]!;
      const r = x[0]! + x[1]! * a + x[2]! * b + x[3]! * a * b - thickness[i]!;
      const s = x[4]! + x[5]! * a + x[6]! * b + x[7]! * a * b - thickness[PLACES + i]!;
      const da = SCALE1 * x[8 + i]!;
      const db = SCALE2 * x[71 + i]!;
      sum += r * r + s * s + da * da + db * db;
    }
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    for (let i = 0; i < PLACES; i++) {
      const a = eta1[i]! + x[8 + i]!;
      const b = eta2[i]! + x[71 + i]!;
      g[8 + i] = 2 * SCALE1 * SCALE1 * x[8 + i]!;
      g[71 + i] = 2 * SCALE2 * SCALE2 * x[71 + i]!;
      for (const k of [0, 4]) {
        const y = thickness[k === 0 ? i : PLACES + i]!;
        const r = 2 * (x[k]! + x[k + 1]! * a + x[k + 2]! * b + x[k + 3]! * a * b - y);
        g[k]! += r;
        g[k + 1]! += r * a;
        g[k + 2]! += r * b;
        g[k + 3]! += r * a * b;
        g[8 + i]! += r * (x[k + 1]! + x[k + 3]! * b);
        g[71 + i]! += r * (x[k + 2]! + x[k + 3]! * a);
      }
    }
    return g;
  },
};
