/** A small sum of squares beside a large penalty for leaving a sphere or an ellipsoid. */
import { atLeast, numbered, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

export const penalty1: Problem = {
  name: "PENALTY1",
  source:
    "CUTEst SIF (PENALTY1); Gill, Murray, Pitfield 1972; Moré, Garbow, Hillstrom 1981, problem 23; " +
    "1e-5 sum_i (x_i - 1)^2 + (sum_i x_i^2 - 1/4)^2; start x_i = i",
  dimensions: [50, 1000],
  refuses: atLeast(1),
  start: numbered((i) => i),
  value(x) {
    let near = 0;
    let outside = -0.25;
    for (let i = 0; i < x.length; i++) {
      near += (x[i]! - 1) * (x[i]! - 1);
      outside += x[i]! * x[i]!;
    }
    return 1e-5 * near + outside * outside;
  },
  gradient(x) {
    const outside = x.reduce((sum, xi) => sum + xi * xi, -0.25);
    return x.map((xi) => 2e-5 * (xi - 1) + 4 * outside * xi);
  },
};

export const penalty2: Problem = {
  name: "PENALTY2",
  source:
    "CUTEst SIF (PENALTY2); Gill, Murray, Pitfield 1972; Moré, Garbow, Hillstrom 1981, problem 24; with e_i = exp(x_i/10): " +
    "(x1 - 0.2)^2 + 1e-5 sum_{i>=2} (e_i + e_{i-1} - exp(i/10) - exp((i-1)/10))^2 + (e_i - exp(-1/10))^2 " +
    "+ (sum_j (n - j + 1) x_j^2 - 1)^2",
  dimensions: [50, 200],
  refuses: atLeast(2),
  start: repeated(0.5),
  value(x) {
    const n = x.length;
    let near = 0;
    let outside = n * x[0]! * x[0]! - 1;
    let before = Math.exp(0.1 * x[0]!);
    for (let i = 1; i < n; i++) {
      const e = Math.exp(0.1 * x[i]!);
      const a = e + before - (Math.exp(0.1 * (i + 1)) + Math.exp(0.1 * i));
      const b = e - Math.exp(-0.1);
      near += a * a + b * b;
      outside += (n - i) * x[i]! * x[i]!;
      before = e;
    }
    return (x[0]! - 0.2) * (x[0]! - 0.2) + 1e-5 * near + outside * outside;
  },
  gradient(x) {
    const n = x.length;
    const g = new Float64Array(n);
    const outside = x.reduce((sum, xi, i) => sum + (n - i) * xi * xi, -1);
    g[0] = 2 * (x[0]! - 0.2) + 4 * outside * n * x[0]!;
    for (let i = 1; i < n; i++) {
      const e = Math.exp(0.1 * x[i]!);
      const before = Math.exp(0.1 * x[i - 1]!);
      const a = 2e-6 * (e + before - (Math.exp(0.1 * (i + 1)) + Math.exp(0.1 * i)));
      g[i]! += e * (a + 2e-6 * (e - Math.exp(-0.1))) + 4 * outside * (n - i) * x[i]!;
      g[i - 1]! += before * a;
    }
    return g;
  },
};
