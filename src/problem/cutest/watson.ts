import { squares } from "../least-squares.ts";
import { watson as function20 } from "../mgh/watson.ts";
import { between, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

export const watson: Problem = {
  name: "WATSON",
  source:
    "CUTEst SIF (WATSON); Kowalik, Osborne 1968; Moré, Garbow, Hillstrom 1981, problem 20; sum_{k=1..29} " +
    "(sum_{j=2..n} (j-1) x_j t^(j-2) - (sum_j x_j t^(j-1))^2 - 1)^2 + x1^2 + (x2 - x1^2 - 1)^2, t = k/29",
  dimensions: [12],
  refuses: between(2, 31),
  start: repeated(0),
  ...squares(function20, () => 31),
};
