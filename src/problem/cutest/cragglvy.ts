import { atLeast, numbered } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** Exponential, tangent and high powers in overlapping groups of four. */
export const cragglvy: Problem = {
  name: "CRAGGLVY",
  source:
    "CUTEst SIF (CRAGGLVY); Cragg, Levy; Toint 1983, problem 32; with n = 2m + 2, u = x_{2i+1} - x_{2i+2}: sum_{i<=m} " +
    "(exp(x_{2i-1}) - x_{2i})^4 + 100 (x_{2i} - x_{2i+1})^6 + (tan u + u)^4 + x_{2i-1}^8 + (x_{2i+2} - 1)^2",
  dimensions: [50, 1000],
  refuses: atLeast(4, 2),
  start: numbered((i) => (i === 1 ? 1 : 2)),
  value(x) {
    let sum = 0;
    for (let i = 0; i + 3 < x.length; i += 2) {
      const a = Math.exp(x[i]!) - x[i + 1]!;
      const b = x[i + 1]! - x[i + 2]!;
      const u = x[i + 2]! - x[i + 3]!;
      const c = Math.tan(u) + u;
      const a2 = a * a;
      const b2 = b * b;
      const c2 = c * c;
      const p2 = x[i]! * x[i]!;
      const p4 = p2 * p2;
      const e = x[i + 3]! - 1;
      sum += a2 * a2 + 100 * b2 * b2 * b2 + c2 * c2 + p4 * p4 + e * e;
    }
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    for (let i = 0; i + 3 < x.length; i += 2) {
      const exp = Math.exp(x[i]!);
      const a = 4 * (exp - x[i + 1]!) ** 3;
      const b = 600 * (x[i + 1]! - x[i + 2]!) ** 5;
      const u = x[i + 2]! - x[i + 3]!;
      const tan = Math.tan(u);
      const c = 4 * (tan + u) ** 3 * (2 + tan * tan);
      g[i]! += a * exp + 8 * x[i]! ** 7;
      g[i + 1]! += b - a;
      g[i + 2]! += c - b;
      g[i + 3]! += 2 * (x[i + 3]! - 1) - c;
    }
    return g;
  },
};
