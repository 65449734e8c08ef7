import { squares } from "../least-squares.ts";
import { bdqrtic as function61 } from "../mgh/bdqrtic.ts";
import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

export const bdqrtic: Problem = {
  name: "BDQRTIC",
  source:
    "CUTEst SIF (BDQRTIC); Conn, Gould, Lescrenier, Toint 1988, problem 61; " +
    "sum_{i<=n-4} (3 - 4 x_i)^2 + (x_i^2 + 2 x_{i+1}^2 + 3 x_{i+2}^2 + 4 x_{i+3}^2 + 5 x_n^2)^2",
  dimensions: [100, 1000],
  refuses: atLeast(5),
  start: repeated(1),
  ...squares(function61, (n) => 2 * (n - 4)),
};
