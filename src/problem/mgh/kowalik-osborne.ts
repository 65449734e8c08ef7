import type { LeastSquares } from "../least-squares.ts";
import { repeated } from "../parts.ts";

const U = [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625];
const Y = [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246];

export const kowalikOsborne: LeastSquares = {
  title: "Kowalik and Osborne",
  source:
    "Kowalik, Osborne 1968; Moré, Garbow, Hillstrom 1981, problem 15; " +
    "r_i = y_i - x1 u_i (u_i + x2) / (u_i (u_i + x3) + x4), i = 1..11",
  start: repeated(0.25, 0.39, 0.415, 0.39),
  residuals(x, r) {
    for (let i = 0; i < 11; i++) {
      const u = U[i]!;
      r[i] = Y[i]! - (x[0]! * u * (u + x[1]!)) / (u * (u + x[2]!) + x[3]!);
    }
  },
  pull(x, r, g) {
    for (let i = 0; i < 11; i++) {
      const u = U[i]!;
      const above = u * (u + x[1]!);
      const below = u * (u + x[2]!) + x[3]!;
      const c = (x[0]! * above * r[i]!) / (below * below);
      g[0]! -= (above * r[i]!) / below;
      g[1]! -= (x[0]! * u * r[i]!) / below;
      g[2]! += u * c;
      g[3]! += c;
    }
  },
};
