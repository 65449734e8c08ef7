/**
 * Random search: sample -> evaluate -> step, without an estimate. The best of the points asked is the next iterate, and the
 * one-fifth rule sets how far it looks.
 *
 * @source Rastrigin, Autom. Remote Control 24 (1963) 1337-1342; Schumer, Steiglitz, IEEE Trans. Automat. Control 13 (1968)
 *   270-276; Rechenberg, "Evolutionsstrategie", 1973: the rule
 */
import { finite } from "../kernel/js/gram.ts";
import { positive, type Rules, readOptions, whole } from "../option.ts";
import { fillDirections } from "../sample/directions.ts";
import type { About } from "./about.ts";
import { checkCount, inside } from "./in-dense.ts";
import type { Method, MethodState } from "./method.ts";

export interface RandomSearchOptions {
  /** Tries a step, 1 or more. Default 1. */
  readonly samples: number;
  /** Root mean square of the first steps' entries, > 0 [units of x]. Default 0.1. */
  readonly radius: number;
}

export interface RandomSearchState extends MethodState {
  readonly seed: number;
  readonly batch: number;
  /** Root mean square of the next steps' entries. */
  readonly radius: number;
}

/** On success the radius grows by this, on failure it shrinks by its fourth root: one success in five keeps it. */
const GROWTH = 1.5;

const randomSearchRules: Rules<RandomSearchOptions> = { samples: whole(1, 1), radius: positive(0.1) };

/**
 * Keeps the best of random steps.
 *
 * @throws RelizoError OPTION for an unknown option or a value outside its range
 * @cost   samples queries a step, one more for the first
 */
export function randomSearch(options: Partial<RandomSearchOptions> = {}): Method<RandomSearchState> {
  const { samples, radius } = readOptions("random-search", options, randomSearchRules);
  return {
    name: "random-search",
    init: (x0, seed, box) => ({
      x: inside(x0.slice(), box),
      value: Number.NaN,
      step: 0,
      reused: 0,
      seed,
      batch: 0,
      radius,
      ...(box && { box }),
    }),
    ask(state, batch = 0) {
      const { x, seed, step, box, radius: scale } = state;
      const rows = Array.from({ length: samples }, () => new Float64Array(x.length));
      fillDirections(rows, { seed, step }, { kind: "gaussian", scale });
      const tries = rows.map((row) =>
        inside(
          row.map((z, i) => x[i]! + z),
          box,
        ),
      );
      return knows(state, batch) ? tries : [x, ...tries];
    },
    tell(state, points, values, batch = 0) {
      checkCount("random-search", samples + (knows(state, batch) ? 0 : 1), points.length, values.length);
      let x = state.x;
      let value = knows(state, batch) ? state.value : Number.isFinite(values[0]) ? values[0]! : Number.NaN;
      const before = value;
      points.forEach((point, i) => {
        if (!Number.isFinite(values[i]) || !finite(point) || values[i]! >= value) return;
        x = point;
        value = values[i]!;
      });
      const grown = value < before ? GROWTH : GROWTH ** -0.25;
      return { ...state, x, value, batch, radius: state.radius * grown, step: state.step + 1 };
    },
  };
}

function knows(state: RandomSearchState, batch: number): boolean {
  return state.batch === batch && Number.isFinite(state.value);
}

export const aboutRandomSearch: About<RandomSearchOptions> = {
  name: "random-search",
  summary: "keeps the best of random steps, their length by the one-fifth rule",
  source:
    "Rastrigin 1963; Schumer, Steiglitz, IEEE TAC 13 (1968) 270-276; Rechenberg, Evolutionsstrategie, 1973",
  rules: randomSearchRules,
  help: { samples: "tries a step", radius: "root mean square of the first steps' entries, in units of x" },
  create: randomSearch,
};
