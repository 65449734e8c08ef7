/** `minimize` for parameters that move in place, along directions that nobody stores. */
import type { Batched, Context } from "../evaluate/evaluate.ts";
import type { Method, MethodState } from "../method/method.ts";
import { relizo } from "../method/relizo-method.ts";
import type { Told, Walk, WalkState } from "../method/walk.ts";
import { has, need } from "../option.ts";
import { prepared } from "../space/seeded.ts";
import type { Terms } from "../space/space.ts";
import { fits } from "./fits.ts";
import { type MinimizeOptions, minimize, type RunState, type Solution } from "./minimize.ts";
import { OUTCOMES } from "./outcome.ts";
import type { World } from "./world.ts";

/** The objective at the parameters as they stand, displaced or not: what the run was given, an array or buffers or a `Parameters`. */
export type InPlaceObjective<P = unknown> = (parameters: P, context: Context) => number | Promise<number>;

/**
 * As for `minimize`, but for bounds, which recipes cannot keep. `target` ends a run by the value at the iterate. To `resume`, the
 * parameters must be what they were when the state was made. What `onStep` sees of the state is good until the next turn: `encode`
 * it to keep it.
 */
export type SeededRunOptions = Omit<MinimizeOptions, "bounds" | "space">;

export interface SeededSolution<P> extends Omit<Solution, "x"> {
  /** The parameters that were given, at the last iterate; `value` is f there as last known. */
  readonly x: P;
}

/** What a walk needs of a world. */
export interface WalkedWorld<V> extends Pick<World<V>, "space" | "settle" | "prepare" | "kind"> {
  readonly iterate: Pick<World<V>, "place" | "restore" | "move">;
}

interface SeededState extends MethodState {
  /** The walk's own state, in what is stored. */
  readonly recipes?: WalkState | undefined;
  readonly kind?: string | undefined;
}

/** @throws RelizoError OPTION for a method that needs more than inner products and combinations; what `minimize` throws */
export async function minimizeInPlace<V, P>(
  f: InPlaceObjective<P>,
  x: P,
  world: WalkedWorld<V>,
  given: SeededRunOptions & { readonly space?: unknown },
): Promise<SeededSolution<P>> {
  const { target = -Infinity, method = relizo(), space: _space, ...options } = given;
  need(typeof f === "function", "OPTION", "minimize: the objective must be a function", f);
  const bounds = has(options, "bounds") && options.bounds;
  need(!has(options, "bounds"), "OPTION", "seeded().minimize takes no bounds", bounds);
  const { over } = method;
  need(
    over !== undefined,
    "OPTION",
    "minimize: over seeds, method must be relizo, zo-sgd, prgf or mezo",
    method.name,
  );
  const walk = over(world.space);
  const start = walk.init(options.seed ?? 0);
  const arrays = { constructor: Float32Array, byteLength: 4 * world.space.dimension };
  const stored: Partial<SeededState> | undefined = options.resume?.state;
  need(
    !options.resume || (stored?.kind === world.kind && fits(stored?.recipes, start, arrays)),
    "STATE",
    `minimize: resume must be the state of a run of ${method.name} over seeds (${world.kind}) in ${world.space.dimension} dimensions`,
    options.resume,
  );
  const course: Course<V> = { terms: [], state: stored?.recipes ?? start };
  const whole = (run: RunState): RunState => {
    const state: SeededState = { ...run.state, recipes: course.state, kind: world.kind };
    return { ...run, state };
  };
  const bare = ({ state, ...run }: RunState): RunState => {
    const ticket: SeededState = { ...state, recipes: undefined };
    return { ...run, state: ticket };
  };
  const { resume, onStep } = options;
  const ahead = world.prepare && (() => lookAhead(walk, world, course, options.batch));
  try {
    await ahead?.();
    const {
      x: _,
      state,
      ...rest
    } = await minimize(
      asking((context) => f(x, context), world, course, walk, ahead),
      [0],
      {
        ...options,
        method: withTickets(method.name, walk, world, course, target),
        ...(resume && { resume: bare(resume) }),
        ...(onStep && { onStep: (progress) => onStep({ ...progress, state: whole(progress.state) }) }),
      },
    );
    const reached = rest.outcome === "converged"; // nothing else ends these methods
    const { value } = course.state;
    return {
      ...rest,
      x,
      ...(reached && { outcome: "target", message: OUTCOMES.target }),
      value,
      state: whole(state),
    };
  } finally {
    world.iterate.restore();
  }
}

/** Where the walk is, and what it asked for last: points are tickets, places in that list. */
interface Course<V> {
  terms: readonly Terms<V>[];
  state: WalkState;
  /** What the walk makes of the values, where its products had to be waited for, and what it asks for then. */
  told?: Told<V, WalkState> | undefined;
  next?: { readonly state: WalkState; readonly batch: number; readonly terms: readonly Terms<V>[] };
}

const ground = { land: <M>(move: M): M => move };

/** What the walk will ask for where it stands after the values that it was told last, once the products are known. */
async function lookAhead<V>(
  walk: Walk<V, WalkState>,
  { settle }: WalkedWorld<V>,
  course: Course<V>,
  batchAt: SeededRunOptions["batch"],
): Promise<void> {
  const { state } = course.told ?? course;
  settle(state);
  const batch = batchAt?.(state.step) ?? 0;
  course.next = { state, batch, terms: await prepared(() => walk.ask(state, batch)) };
}

/** A walk as a method whose points are tickets. What it knows is in `course`: its parameters move, so that no state serves twice. */
function withTickets<V>(
  name: string,
  walk: Walk<V, WalkState>,
  { iterate, settle }: WalkedWorld<V>,
  course: Course<V>,
  target: number,
): Method<SeededState> {
  const view = (seed: number): SeededState => {
    const { value, step, reused } = course.state;
    const x = Float64Array.of(seed);
    return { x, value, step, reused, ...(value <= target && { done: true }) };
  };
  return {
    name,
    init: (_, seed) => view(seed),
    ask(_, batch = 0) {
      const { state, next } = course;
      if (next?.state === state && next.batch === batch) course.terms = next.terms;
      else {
        settle(state);
        course.terms = walk.ask(state, batch);
      }
      return course.terms.map((_, i) => Float64Array.of(i));
    },
    tell({ x }, _, values, batch = 0) {
      const [seed = 0] = x;
      const { state, move } = course.told ?? walk.tell(course.state, course.terms, values, ground, batch);
      course.told = undefined;
      course.state = state;
      if (!move) iterate.restore();
      else if (!iterate.move(move)) course.state = { ...walk.init(seed), step: state.step };
      return view(seed);
    },
  };
}

/** Asks for one ticket after the other; where the run has ended, no more. */
function asking<V>(
  f: (context: Context) => number | Promise<number>,
  { iterate, prepare }: WalkedWorld<V>,
  course: Course<V>,
  walk: Walk<V, WalkState>,
  ahead?: () => Promise<void>,
): Batched {
  return {
    async evaluate(tickets, context, count) {
      const values: number[] = [];
      let reason: unknown;
      for (const [ticket = 0] of tickets) {
        if (context.signal.aborted) break;
        iterate.place(course.terms[ticket]!);
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
      if (ahead && values.length === tickets.length) {
        await prepare?.(course.state, course.terms);
        const finite = values.map((value) => (Number.isFinite(value) ? value : Number.NaN)); // as `minimize` tells them
        course.told = await prepared(() =>
          walk.tell(course.state, course.terms, finite, ground, context.batch),
        );
        await ahead();
      }
      return { values, reason };
    },
  };
}
