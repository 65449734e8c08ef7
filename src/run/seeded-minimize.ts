/** `minimize` for parameters that move in place, along directions that nobody stores. */
import type { Batched, Context } from "../evaluate/evaluate.ts";
import type { Method, MethodState } from "../method/method.ts";
import { relizo } from "../method/relizo-method.ts";
import type { Walk, WalkState } from "../method/walk.ts";
import { has, need } from "../option.ts";
import type { Recipe } from "../space/seeded.ts";
import type { SeededWorld } from "../space/seeded-world.ts";
import type { Terms } from "../space/space.ts";
import { fits } from "./fits.ts";
import { type MinimizeOptions, minimize, type Solution } from "./minimize.ts";
import { OUTCOMES } from "./outcome.ts";

/** The objective at the parameters as they stand, displaced or not. */
export type InPlaceObjective = (context: Context) => number | Promise<number>;

/**
 * As for `minimize`, but for bounds, which recipes cannot keep. `target` ends a run by the value at the iterate. To `resume`, the
 * parameters must be what they were when the state was made.
 */
export type SeededRunOptions = Omit<MinimizeOptions, "bounds">;

/** The parameters are at the last iterate; `value` is f there as last known. */
export type SeededSolution = Omit<Solution, "x">;

interface SeededState extends MethodState {
  /** The walk's own state. */
  readonly recipes: WalkState;
}

/** What the method asked for last: queries are tickets, places in this list. */
interface Asked {
  terms: readonly Terms<Recipe>[];
}

/** @throws RelizoError OPTION for a method that needs more than inner products and combinations; what `minimize` throws */
export async function minimizeInPlace(
  f: InPlaceObjective,
  world: SeededWorld,
  { target = -Infinity, method = relizo(), ...options }: SeededRunOptions,
): Promise<SeededSolution> {
  need(typeof f === "function", "OPTION", "minimize: the objective must be a function", f);
  const { over } = method;
  const { resume } = options;
  need(
    over !== undefined,
    "OPTION",
    "minimize: over seeds, method must be relizo, zo-sgd, prgf or mezo",
    method.name,
  );
  const walk = over(world.space);
  const arrays = { constructor: Float32Array, byteLength: 4 * world.space.dimension };
  need(
    resume === undefined ||
      (has(resume.state, "recipes") && fits(resume.state.recipes, walk.init(0), arrays)),
    "STATE",
    `minimize: resume must be the state of a run of ${method.name} over seeds in ${world.space.dimension} dimensions`,
    resume,
  );
  const asked: Asked = { terms: [] };
  const walked = overWorld(method.name, walk, world, asked, target);
  try {
    const { x: _, ...solution } = await minimize(inPlace(f, world, asked), [0], {
      ...options,
      method: walked,
    });
    const { value } = solution.state.state;
    const reached = solution.outcome === "converged"; // nothing else ends these methods
    return { ...solution, value, ...(reached && { outcome: "target", message: OUTCOMES.target }) };
  } finally {
    world.iterate.restore();
  }
}

/** A walk as a method whose points are tickets. It moves the parameters: a state serves once. */
function overWorld(
  name: string,
  walk: Walk<Recipe, WalkState>,
  { iterate, settle }: SeededWorld,
  asked: Asked,
  target: number,
): Method<SeededState> {
  const view = (state: WalkState, seed: number): SeededState => {
    const { value, step, reused } = state;
    const x = Float64Array.of(seed);
    return { x, value, step, reused, recipes: state, ...(value <= target && { done: true }) };
  };
  return {
    name,
    init: (_, seed) => view(walk.init(seed), seed),
    ask(state, batch = 0) {
      settle(state);
      asked.terms = walk.ask(state.recipes, batch);
      return asked.terms.map((_, i) => Float64Array.of(i));
    },
    tell({ recipes, x }, _, values, batch = 0) {
      const [seed = 0] = x;
      const { state, move } = walk.tell(recipes, asked.terms, values, { land: (terms) => terms }, batch);
      if (!move) iterate.restore();
      else if (!iterate.move(move)) return view({ ...walk.init(seed), step: state.step }, seed);
      return view(state, seed);
    },
  };
}

/** Asks for one ticket after the other; where the run has ended, no more. */
function inPlace(f: InPlaceObjective, { iterate }: SeededWorld, asked: Asked): Batched {
  return {
    async evaluate(tickets, context, count) {
      const values: number[] = [];
      let reason: unknown;
      for (const [ticket = 0] of tickets) {
        if (context.signal.aborted) break;
        iterate.place(asked.terms[ticket]!);
        count();
        let value: unknown = Number.NaN;
        try {
          value = await f(context);
        } catch (error) {
          reason = error;
        }
        need(typeof value === "number", "VALUE", "minimize: the objective must return a number", value);
        values.push(value);
      }
      return { values, reason };
    },
  };
}
