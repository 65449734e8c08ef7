import type { LeastSquares } from "../least-squares.ts";
import { repeated } from "../parts.ts";

export const brownAlmostLinear: LeastSquares = {
  title: "Brown almost-linear",
  source:
    "Brown 1969; Moré, Garbow, Hillstrom 1981, problem 27; " +
    "r_i = x_i + sum_j x_j - (n + 1) for i < n, r_n = prod_j x_j - 1",
  start: repeated(0.5),
  residuals(x, r) {
    const last = x.length - 1;
    let sum = -(x.length + 1);
    let product = 1;
    for (let j = 0; j <= last; j++) {
      sum += x[j]!;
      product *= x[j]!;
    }
    for (let i = 0; i < last; i++) r[i] = x[i]! + sum;
    r[last] = product - 1;
  },
  pull(x, r, g) {
    const last = x.length - 1;
    let sum = 0;
    for (let i = 0; i < last; i++) sum += r[i]!;
    const before = productsBefore(x);
    let after = 1;
    for (let j = last; j >= 0; j--) {
      g[j]! += sum + (j < last ? r[j]! : 0) + r[last]! * before[j]! * after;
      after *= x[j]!;
    }
  },
};

function productsBefore(x: Float64Array): Float64Array {
  const products = new Float64Array(x.length);
  let product = 1;
  for (let j = 0; j < x.length; j++) {
    products[j] = product;
    product *= x[j]!;
  }
  return products;
}
