/** `minimize` for parameters that move in place, along directions that nobody stores. */
import { breather } from "../evaluate/breath.ts";
import type { Batched, Context } from "../evaluate/evaluate.ts";
import { type Ask, byTasks, type Task } from "../evaluate/task.ts";
import type { Method, MethodState } from "../method/method.ts";
import { relizo } from "../method/relizo-method.ts";
import type { Told, Walk, WalkState } from "../method/walk.ts";
import { has, need, readOptions } from "../option.ts";
import { seedRule } from "../sample/stream.ts";
import type { Candidate, Updated } from "../space/replica.ts";
import { prepared } from "../space/seeded.ts";
import type { Terms } from "../space/space.ts";
import { fits } from "./fits.ts";
import { type MinimizeOptions, minimize, type RunState, type Solution } from "./minimize.ts";
import { OUTCOMES } from "./outcome.ts";
import { type RunOptions, runRules } from "./run-options.ts";
import type { World } from "./world.ts";

/** The objective at the parameters as they stand, displaced or not: what the run was given, an array or buffers or a `Parameters`. */
export type InPlaceObjective<P = unknown> = (parameters: P, context: Context) => number | Promise<number>;

/** An objective whose candidates are answered by others that hold the same parameters, or by this thread and a journal. */
export interface SharedObjective<P = unknown> {
  /** Where this thread answers, if it does. */
  readonly objective?: InPlaceObjective<P> | undefined;
  /** Has each round answered; `here` does it in this thread. */
  ask(here: Ask<Candidate>): Ask<Candidate>;
  /** Told of each update before the next round: whoever follows all of them holds the same parameters. */
  readonly updated?: Updated | undefined;
  /**
   * Has the parameters go where `resume` had them, after that was found to be a state of this run and before anything is asked;
   * resolves to the vectors that updates wrote, by number. Left out: they are there.
   */
  readonly restored?: (() => Promise<readonly Float32Array[]>) | undefined;
  /** Rounds before the first: 0, or where a stored state goes on. */
  readonly round?: number | undefined;
}

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
export interface WalkedWorld<V> extends Pick<World<V>, "space" | "settle" | "kind" | "tell"> {
  readonly iterate: Pick<World<V>, "place" | "restore" | "move">;
  /** A displacement in words: others understand it where the parameters can be shared, and a journal tells it from others. */
  readonly candidate: (terms: Terms<V>) => Candidate;
  /** The parameters as they stand are the iterate, and these vectors those that updates wrote. */
  readonly adopt?: (vectors: readonly Float32Array[]) => void;
}

interface SeededState extends MethodState {
  /** The walk's own state, in what is stored. */
  readonly recipes?: WalkState;
  readonly kind?: string | undefined;
  readonly dimension?: number;
}

/** @throws RelizoError OPTION for a method that needs more than inner products and combinations; what `minimize` throws */
export async function minimizeInPlace<V, P>(
  f: InPlaceObjective<P> | SharedObjective<P>,
  x: P,
  world: WalkedWorld<V>,
  given: Partial<RunOptions>,
): Promise<SeededSolution<P>> {
  const {
    target,
    method = relizo(),
    seed,
    bounds,
    resume,
    onStep,
  } = readOptions("minimize", given, runRules);
  const { space: _space, bounds: _bounds, target: _target, ...options } = given;
  const shared: SharedObjective<P> = typeof f === "function" ? { objective: f, ask: (here) => here } : f;
  need(has(shared, "ask"), "OPTION", "minimize: the objective must be a function", f);
  need(bounds === undefined, "OPTION", "minimize: over seeds, bounds must be left out", bounds);
  const { over } = method;
  need(
    over !== undefined,
    "OPTION",
    "minimize: over seeds, method must be relizo, zo-sgd, prgf or mezo",
    method.name,
  );
  const { kind, space } = world;
  const { dimension } = space;
  const walk = over(space);
  const start = walk.init(seed);
  const arrays = { constructor: Float32Array, byteLength: 4 * dimension };
  const stored: Partial<SeededState> | undefined = resume?.state;
  need(
    !resume ||
      (resume.method === method.name &&
        stored?.kind === kind &&
        stored?.dimension === dimension &&
        seedRule.accepts(stored.x?.[0]) &&
        fits(stored.recipes, start, arrays)),
    "STATE",
    `minimize: resume must be the state of a run of ${method.name} over seeds (${kind}) in ${dimension} dimensions`,
    resume,
  );
  if (resume && shared.restored) world.adopt?.(await shared.restored());
  const course: Course<V> = { terms: [], state: stored?.recipes ?? start };
  const tickets = withTickets(method.name, walk, world, course, target);
  const whole = (run: RunState): RunState => {
    const state: SeededState = { ...run.state, recipes: course.state, kind, dimension };
    return { ...run, state };
  };
  const bare = ({ state: { x }, ...run }: RunState): RunState => ({ ...run, state: tickets.init(x, x[0]!) });
  const ahead = world.tell && (() => lookAhead(walk, world, course, options.batch));
  try {
    await ahead?.();
    const {
      x: _,
      state,
      ...rest
    } = await minimize(asking(shared, x, world, course, walk, ahead), [0], {
      ...options,
      method: tickets,
      ...(resume && { resume: bare(resume) }),
      ...(onStep && { onStep: (progress) => onStep({ ...progress, state: whole(progress.state) }) }),
    });
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

/** Has the tickets of each round answered, and tells the walk at once where its products must be waited for. */
function asking<V, P>(
  { objective, ask, round }: SharedObjective<P>,
  x: P,
  { iterate, tell, candidate }: WalkedWorld<V>,
  course: Course<V>,
  walk: Walk<V, WalkState>,
  ahead?: () => Promise<void>,
): Batched {
  const breathe = breather();
  const shared = ask(async (tasks, { signal, began, answered }) => {
    for (const { index, step, batch } of tasks) {
      await breathe();
      if (signal.aborted) return;
      iterate.place(course.terms[index]!);
      began();
      let value: unknown = Number.NaN;
      let reason: unknown;
      try {
        value = await objective?.(x, { step, batch, signal });
      } catch (error) {
        reason = error;
      }
      need(typeof value === "number", "VALUE", "minimize: the objective must return a number", value);
      answered(index, value, reason);
    }
  });
  const named = (task: Task): Task<Candidate> => ({
    ...task,
    candidate: candidate(course.terms[task.index]!),
  });
  const { evaluate } = byTasks((tasks, listener) => shared(tasks.map(named), listener), round);
  return {
    async evaluate(tickets, context, count) {
      const answers = await evaluate(tickets, context, count);
      if (ahead && answers.values.length === tickets.length) {
        const finite = answers.values.map((value) => (Number.isFinite(value) ? value : Number.NaN)); // as `minimize` tells them
        course.told = await tell?.(
          () => walk.tell(course.state, course.terms, finite, ground, context.batch),
          course.terms,
        );
        await ahead();
      }
      return answers;
    },
  };
}
