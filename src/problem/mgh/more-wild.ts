/** The 53 problems of Moré and Wild's benchmark of derivative-free methods, built from 22 least-squares functions. */
import { type LeastSquares, squares } from "../least-squares.ts";
import { exactly } from "../parts.ts";
import type { Problem } from "../problem.ts";
import { bard } from "./bard.ts";
import { bdqrtic } from "./bdqrtic.ts";
import { boxThree } from "./box-three.ts";
import { brownAlmostLinear } from "./brown-almost-linear.ts";
import { brownDennis } from "./brown-dennis.ts";
import { chebyquad } from "./chebyquad.ts";
import { cube } from "./cube.ts";
import { freudensteinRoth } from "./freudenstein-roth.ts";
import { heart8 } from "./heart8.ts";
import { helicalValley } from "./helical-valley.ts";
import { jennrichSampson } from "./jennrich-sampson.ts";
import { kowalikOsborne } from "./kowalik-osborne.ts";
import { linearFullRank, linearRankOne, linearRankOneZeros } from "./linear.ts";
import { mancino } from "./mancino.ts";
import { meyer } from "./meyer.ts";
import { osborne1, osborne2 } from "./osborne.ts";
import { powellSingular } from "./powell-singular.ts";
import { rosenbrock } from "./rosenbrock.ts";
import { watson } from "./watson.ts";

/** One row of the benchmark: f(x) = sum of m squares in n variables. */
export interface MoreWildProblem extends Problem {
  /** The function's name in the literature: "Helical valley". */
  readonly title: string;
  /** How many residuals are squared and summed. */
  readonly m: number;
  /** What the standard start is multiplied by: 1 or 10. */
  readonly startFactor: number;
}

/** In the benchmark's order: function, n, m, and the start's factor. */
const ROWS: readonly (readonly [LeastSquares, number, number, number])[] = [
  [linearFullRank, 9, 45, 1],
  [linearFullRank, 9, 45, 10],
  [linearRankOne, 7, 35, 1],
  [linearRankOne, 7, 35, 10],
  [linearRankOneZeros, 7, 35, 1],
  [linearRankOneZeros, 7, 35, 10],
  [rosenbrock, 2, 2, 1],
  [rosenbrock, 2, 2, 10],
  [helicalValley, 3, 3, 1],
  [helicalValley, 3, 3, 10],
  [powellSingular, 4, 4, 1],
  [powellSingular, 4, 4, 10],
  [freudensteinRoth, 2, 2, 1],
  [freudensteinRoth, 2, 2, 10],
  [bard, 3, 15, 1],
  [bard, 3, 15, 10],
  [kowalikOsborne, 4, 11, 1],
  [meyer, 3, 16, 1],
  [watson, 6, 31, 1],
  [watson, 6, 31, 10],
  [watson, 9, 31, 1],
  [watson, 9, 31, 10],
  [watson, 12, 31, 1],
  [watson, 12, 31, 10],
  [boxThree, 3, 10, 1],
  [jennrichSampson, 2, 10, 1],
  [brownDennis, 4, 20, 1],
  [brownDennis, 4, 20, 10],
  [chebyquad, 6, 6, 1],
  [chebyquad, 7, 7, 1],
  [chebyquad, 8, 8, 1],
  [chebyquad, 9, 9, 1],
  [chebyquad, 10, 10, 1],
  [chebyquad, 11, 11, 1],
  [brownAlmostLinear, 10, 10, 1],
  [osborne1, 5, 33, 1],
  [osborne2, 11, 65, 1],
  [osborne2, 11, 65, 10],
  [bdqrtic, 8, 8, 1],
  [bdqrtic, 10, 12, 1],
  [bdqrtic, 11, 14, 1],
  [bdqrtic, 12, 16, 1],
  [cube, 5, 5, 1],
  [cube, 6, 6, 1],
  [cube, 8, 8, 1],
  [mancino, 5, 5, 1],
  [mancino, 5, 5, 10],
  [mancino, 8, 8, 1],
  [mancino, 10, 10, 1],
  [mancino, 12, 12, 1],
  [mancino, 12, 12, 10],
  [heart8, 8, 8, 1],
  [heart8, 8, 8, 10],
];

/** "MW-01" to "MW-53", in the benchmark's order. */
export const moreWild: readonly MoreWildProblem[] = ROWS.map(([f, n, m, startFactor], row) => ({
  name: `MW-${String(row + 1).padStart(2, "0")}`,
  title: f.title,
  m,
  startFactor,
  source:
    `Moré, Wild, SIAM J. Optim. 20 (2009) 172-191, problem ${row + 1} of 53: ${f.title}, ` +
    `n = ${n}, m = ${m}, start times ${startFactor}; f = sum of r_i^2. ${f.source}`,
  dimensions: [n],
  refuses: exactly(n),
  start: (d) => f.start(d).map((xi) => startFactor * xi),
  ...squares(f, () => m),
}));
