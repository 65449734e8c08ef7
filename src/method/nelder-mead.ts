/**
 * The simplex of Nelder and Mead: evaluate -> step. Its state is d + 1 points with their values, which are compared and never
 * subtracted; there is no estimate and nothing random.
 *
 * @source Nelder, Mead, Computer J. 7 (1965) 308-313; coefficients: Gao, Han, Comput. Optim. Appl. 51 (2012) 259-277,
 *   doi:10.1007/s10589-010-9329-3
 */
import { finite } from "../kernel/js/gram.ts";
import { positive, type Rules, readOptions } from "../option.ts";
import type { Box } from "../point/bounds.ts";
import type { About } from "./about.ts";
import { checkCount, inside } from "./in-dense.ts";
import type { Method, MethodState } from "./method.ts";

export interface NelderMeadOptions {
  /** Edge of the first simplex, times max(1, |x_i|), > 0. Default 0.05. */
  readonly radius: number;
}

interface Vertex {
  readonly x: Float64Array;
  readonly value: number;
}

export interface NelderMeadState extends MethodState {
  readonly batch: number;
  /** d + 1 vertices, best first; empty before the first values. */
  readonly simplex: readonly Vertex[];
  /** The points asked for. */
  readonly asked: readonly Float64Array[];
  readonly phase: "start" | "reflect" | "expand" | "contract" | "shrink";
  /** The reflected vertex, while what follows it is asked. */
  readonly reflected?: Vertex;
}

const nelderMeadRules: Rules<NelderMeadOptions> = { radius: positive(0.05) };

/**
 * Nelder and Mead's simplex with coefficients that follow the dimension: reflection 1, expansion 1 + 2/d,
 * contraction 3/4 - 1/(2d), shrinkage 1 - 1/d. A failed query counts as infinitely bad.
 *
 * @throws RelizoError OPTION for an unknown option or a value outside its range
 * @cost   d + 1 queries to begin with, then one or two a step (d where the simplex shrinks); d^2 numbers of state and d^2
 *   operations a step
 */
export function nelderMead(options: Partial<NelderMeadOptions> = {}): Method<NelderMeadState> {
  const { radius } = readOptions("nelder-mead", options, nelderMeadRules);
  const at = (state: NelderMeadState, factor: number): Float64Array => {
    const d = state.x.length;
    const worst = state.simplex[d]!.x;
    const centre = new Float64Array(d);
    for (let k = 0; k < d; k++) {
      const { x } = state.simplex[k]!;
      for (let i = 0; i < d; i++) centre[i]! += x[i]! / d;
    }
    return inside(
      centre.map((c, i) => c + factor * (c - worst[i]!)),
      state.box,
    );
  };
  const reflect = (state: NelderMeadState, simplex: readonly Vertex[]): NelderMeadState => {
    const { reflected: _, ...rest } = state;
    const sorted = [...simplex].sort((a, b) => a.value - b.value);
    const [best] = sorted;
    const value = Number.isFinite(best!.value) ? best!.value : Number.NaN;
    const next = {
      ...rest,
      simplex: sorted,
      x: best!.x,
      value,
      step: state.step + 1,
      phase: "reflect" as const,
    };
    return { ...next, asked: [at(next, 1)], done: flat(sorted) };
  };
  const withWorst = (state: NelderMeadState, vertex: Vertex): NelderMeadState =>
    reflect(state, [...state.simplex.slice(0, -1), vertex]);
  const start = (x: Float64Array, box: Box | undefined): readonly Float64Array[] => [
    x,
    ...Array.from(x, (_, i) => {
      const vertex = x.slice();
      vertex[i]! += radius * Math.max(1, Math.abs(x[i]!));
      if (box && vertex[i]! > box.upper[i]!) vertex[i] = x[i]! - radius * Math.max(1, Math.abs(x[i]!));
      return inside(vertex, box);
    }),
  ];

  return {
    name: "nelder-mead",
    init(x0, _seed, box) {
      const x = inside(x0.slice(), box);
      return {
        x,
        value: Number.NaN,
        step: 0,
        reused: 0,
        batch: 0,
        simplex: [],
        asked: start(x, box),
        phase: "start",
        ...(box && { box }),
      };
    },
    ask: (state, batch = 0) =>
      batch === state.batch || state.phase === "start" ? state.asked : vertices(state),
    tell(state, points, values, batch = 0) {
      const stale = batch !== state.batch && state.phase !== "start";
      checkCount(
        "nelder-mead",
        stale ? state.simplex.length : state.asked.length,
        points.length,
        values.length,
      );
      const told = points.map(
        (x, i): Vertex => ({ x, value: Number.isFinite(values[i]) && finite(x) ? values[i]! : Infinity }),
      );
      if (stale) return { ...reflect({ ...state, batch }, told), step: state.step }; // asking again ends no turn
      if (state.phase === "start") return reflect({ ...state, batch }, told);
      const d = state.x.length;
      const [vertex] = told;
      const { value } = vertex!;
      const [best, secondWorst, worst] = [state.simplex[0]!, state.simplex[d - 1]!, state.simplex[d]!];
      switch (state.phase) {
        case "reflect": {
          if (value < best.value)
            return { ...state, phase: "expand", reflected: vertex!, asked: [at(state, 1 + 2 / d)] };
          if (value < secondWorst.value) return withWorst(state, vertex!);
          const inward = 0.75 - 1 / (2 * d);
          return {
            ...state,
            phase: "contract",
            reflected: vertex!,
            asked: [at(state, value < worst.value ? inward : -inward)],
          };
        }
        case "expand":
          return withWorst(state, value < state.reflected!.value ? vertex! : state.reflected!);
        case "contract":
          if (value <= Math.min(state.reflected!.value, worst.value) && value < worst.value)
            return withWorst(state, vertex!);
          return { ...state, phase: "shrink", asked: shrunk(state) };
        case "shrink":
          return reflect(state, [best, ...told]);
      }
    },
  };
}

const vertices = (state: NelderMeadState): readonly Float64Array[] => state.simplex.map(({ x }) => x);

function shrunk({ simplex }: NelderMeadState): readonly Float64Array[] {
  const best = simplex[0]!.x;
  const factor = Math.max(1 - 1 / best.length, 0.5);
  return simplex.slice(1).map(({ x }) => x.map((xi, i) => best[i]! + factor * (xi - best[i]!)));
}

/** Whether rounding leaves nothing to compare: all vertices are the same point. */
function flat(simplex: readonly Vertex[]): boolean {
  const [best, ...others] = simplex;
  return others.every(({ x }) => x.every((xi, i) => Math.abs(xi - best!.x[i]!) <= 2 ** -52 * Math.abs(xi)));
}

export const aboutNelderMead: About<NelderMeadOptions> = {
  name: "nelder-mead",
  summary: "downhill simplex with coefficients that follow the dimension; for d up to some tens",
  source:
    "Nelder, Mead, Computer J. 7 (1965) 308-313; Gao, Han, Comput. Optim. Appl. 51 (2012) 259-277, doi:10.1007/s10589-010-9329-3",
  rules: nelderMeadRules,
  help: { radius: "edge of the first simplex, times max(1, |x_i|)" },
  create: nelderMead,
};
