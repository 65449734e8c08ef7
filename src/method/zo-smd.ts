/**
 * ZO-SMD: sample -> evaluate -> estimate by smoothing, and the step of mirror descent.
 *
 * @source Duchi, Jordan, Wainwright, Wibisono, IEEE Trans. Inf. Theory 61 (2015) 2788-2806, doi:10.1109/TIT.2015.2409256, eq. 4
 */
import { type Rules, readOptions, real } from "../option.ts";
import type { About } from "./about.ts";
import { type DenseState, inDense } from "./in-dense.ts";
import type { Method } from "./method.ts";
import {
  type SmoothedOptions,
  type SmoothedState,
  smoothedHelp,
  smoothedRules,
  smoothedWalk,
} from "./smoothed.ts";

export interface ZoSmdOptions extends SmoothedOptions {
  /** Norm of the distance generator |x|_p^2, 1 < p <= 2. Default 2. */
  readonly p: number;
}

const zoSmdRules: Rules<ZoSmdOptions> = { ...smoothedRules, p: real(2, 1, 2, "(]") };

/**
 * Mirror descent with the distance generator |x|_p^2: x <- argmin <g, y> + B(y, x) / lr. With p = 2 that is
 * x - lr g / 2, projected: the form compared in the ZO-AdaMM and ReLIZO papers. p near 1 favours sparse solutions.
 *
 * @throws RelizoError OPTION for an unknown option or a value outside its range
 * @cost   samples + 1 queries a turn
 */
export function zoSmd(options: Partial<ZoSmdOptions> = {}): Method<DenseState<SmoothedState<object>>> {
  const read = readOptions("zo-smd", options, zoSmdRules);
  const { p } = read;
  return inDense("zo-smd", (space) =>
    smoothedWalk("zo-smd", space, read, {}, (gradient, memory, rate, { x = new Float64Array() }) => {
      if (p === 2) return { move: gradient.map(([c, z]) => [(-rate / 2) * c, z]), memory };
      const g = space.combine(gradient);
      const dual = dualMap(x, p).map((theta, i) => theta - (rate / 2) * g[i]!);
      const to = dualMap(dual, p / (p - 1));
      return { move: [[1, to.map((xi, i) => xi - x[i]!)]], memory };
    }),
  );
}

/** Gradient of |x|_p^2 / 2: its inverse is the same map for p / (p - 1). */
function dualMap(x: Float64Array, p: number): Float64Array {
  const largest = x.reduce((most, xi) => Math.max(most, Math.abs(xi)), 0);
  if (largest === 0) return x.slice();
  const norm = x.reduce((sum, xi) => sum + (Math.abs(xi) / largest) ** p, 0) ** (1 / p);
  return x.map((xi) => Math.sign(xi) * largest * norm ** (2 - p) * (Math.abs(xi) / largest) ** (p - 1));
}

export const aboutZoSmd: About<ZoSmdOptions> = {
  name: "zo-smd",
  summary: "stochastic mirror descent on a smoothed gradient",
  source:
    "Duchi, Jordan, Wainwright, Wibisono, IEEE Trans. Inf. Theory 61 (2015) 2788-2806, eq. 4, doi:10.1109/TIT.2015.2409256",
  rules: zoSmdRules,
  help: { ...smoothedHelp, p: "norm of the distance generator" },
  create: zoSmd,
};
