/**
 * Spoils any test problem in one way, so that a method can be tested on what the world does to it.
 *
 * Two kinds. `noisy`, `withNaN`, `withThrows`, `withHuge` and `late` take a function of x and return one: they spoil
 * answers. Query k, counted from 0 by each spoiled function on its own, is spoiled by draw k of the seed, whatever x
 * is, so that a run's spoilt queries are the same each time if it asks in the same order; they can be put one around
 * another, with different seeds. `signFlipped` and `reflected` take a problem and return one: they change the
 * coordinates about the start and keep values and starts, for methods that secretly know an axis or a sign.
 */
import { RelizoError } from "../error.ts";
import { hash, normal, uniform } from "./hash.ts";
import type { Problem } from "./problem.ts";

export type Objective = (x: Float64Array) => number;

/** Which queries are spoilt: whole seed, and the share of queries from 0 to 1. */
export interface Spoil {
  readonly seed: number;
  readonly rate: number;
}

/** f(x) + level times a standard normal number, drawn afresh for every query; `level` in units of f, 0 or more. */
export function noisy(
  f: Objective,
  { seed, level }: { readonly seed: number; readonly level: number },
): Objective {
  checkSeed("noisy", seed);
  if (!(level >= 0 && level < Infinity)) {
    throw new RelizoError("OPTION", `noisy: level must be a finite number, 0 or more; got ${level}.`);
  }
  let k = 0;
  return (x) => f(x) + level * normal(seed, k++);
}

/** NaN in place of f(x) at some queries. */
export function withNaN(f: Objective, spoil: Spoil): Objective {
  return sometimes("withNaN", f, spoil, () => Number.NaN);
}

/** An exception in place of f(x) at some queries. */
export function withThrows(f: Objective, spoil: Spoil): Objective {
  return sometimes("withThrows", f, spoil, (k) => {
    throw new Error(`query ${k} was spoilt on purpose`);
  });
}

/** 1e300 in place of f(x) at some queries: finite, but its square is not. */
export function withHuge(f: Objective, spoil: Spoil): Objective {
  return sometimes("withHuge", f, spoil, () => 1e300);
}

/** f(x), but after a wait between 0 and `atMost` milliseconds, so that answers come out of order. */
export function late(
  f: Objective,
  { seed, atMost }: { readonly seed: number; readonly atMost: number },
): (x: Float64Array) => Promise<number> {
  checkSeed("late", seed);
  if (!(atMost >= 0 && atMost < Infinity)) {
    throw new RelizoError(
      "OPTION",
      `late: atMost must be a finite number of milliseconds, 0 or more; got ${atMost}.`,
    );
  }
  let k = 0;
  return async (x) => {
    const asked = x.slice(); // the caller may move on and reuse x
    const wait = atMost * uniform(seed, k++);
    await new Promise((resolve) => setTimeout(resolve, wait));
    return f(asked);
  };
}

function sometimes(
  who: string,
  f: Objective,
  { seed, rate }: Spoil,
  instead: (k: number) => number,
): Objective {
  checkSeed(who, seed);
  if (!(rate >= 0 && rate <= 1)) {
    throw new RelizoError("OPTION", `${who}: rate must be a share from 0 to 1; got ${rate}.`);
  }
  let k = 0;
  return (x) => {
    const query = k++;
    return uniform(seed, query) < rate ? instead(query) : f(x);
  };
}

/**
 * g(x) = f(x0 + s (x - x0)), x0 the standard start, s_i = +1 or -1 by draw i of the seed, each equally likely. The start
 * stays where it is with its value, and the surface is mirrored in the axes through it: a method that steps only along
 * positive directions, or from an all-ones direction, gains nothing any more. Other starts are mirrored along.
 */
export function signFlipped(problem: Problem, seed: number): Problem {
  checkSeed("signFlipped", seed);
  return moved(problem, `signs ${seed}`, "coordinate signs flipped about the start", (v) => {
    for (let i = 0; i < v.length; i++) if (hash(seed, i) % 2 === 1) v[i] = -v[i]!;
  });
}

/**
 * g(x) = f(x0 + Q (x - x0)), x0 the standard start, Q = I - 2 u u^T the reflection in the plane normal to u, u normally
 * distributed by the seed, then scaled to length 1. Couples all variables, so a separable problem is one no more; yet as d
 * grows an axis turns by less, by about 2 / sqrt(d). Costs 4 d more operations.
 */
export function reflected(problem: Problem, seed: number): Problem {
  checkSeed("reflected", seed);
  const normalTo = perLength((d) => {
    const u = Float64Array.from({ length: d }, (_, i) => normal(seed, i));
    const length = Math.sqrt(u.reduce((sum, ui) => sum + ui * ui, 0));
    return u.map((ui) => ui / length);
  });
  return moved(problem, `reflected ${seed}`, "reflected in a random plane through the start", (v) => {
    const u = normalTo(v.length);
    let along = 0;
    for (let i = 0; i < v.length; i++) along += u[i]! * v[i]!;
    for (let i = 0; i < v.length; i++) v[i]! -= 2 * along * u[i]!;
  });
}

/** f(x0 + Q (x - x0)) for `turn`, which replaces v by Q v and is its own inverse and transpose. */
function moved(problem: Problem, tag: string, words: string, turn: (v: Float64Array) => void): Problem {
  const standard = perLength((d) => problem.start(d));
  const back = (x: Float64Array): Float64Array => {
    const start = standard(x.length);
    const y = x.map((xi, i) => xi - start[i]!);
    turn(y);
    for (let i = 0; i < y.length; i++) y[i]! += start[i]!;
    return y;
  };
  const otherStarts = Object.entries(problem.otherStarts ?? {}).map(
    ([name, start]) => [name, (d: number) => back(start(d))] as const,
  );
  return {
    ...problem,
    name: `${problem.name} (${tag})`,
    source: `${problem.source}; ${words} (${tag})`,
    ...(otherStarts.length > 0 ? { otherStarts: Object.fromEntries(otherStarts) } : {}),
    value: (x) => problem.value(back(x)),
    gradient(x) {
      const g = problem.gradient(back(x));
      turn(g);
      return g;
    },
  };
}

/** make(d), made anew only when d is not the last one's; not to be written to. */
function perLength(make: (d: number) => Float64Array): (d: number) => Float64Array {
  let last: Float64Array | undefined;
  return (d) => {
    if (last?.length !== d) last = make(d);
    return last;
  };
}

function checkSeed(who: string, seed: number): void {
  if (Number.isSafeInteger(seed)) return;
  throw new RelizoError("OPTION", `${who}: seed must be a whole number; got ${seed}.`);
}
