/** The options of a run, apart from the method's own. */
import type { Method } from "../method/method.ts";
import { custom, has, type Rule, type Rules, real, whole } from "../option.ts";
import type { Bounds } from "../point/bounds.ts";
import { seedRule } from "../sample/stream.ts";
import type { Progress, RunState } from "./minimize.ts";
import { type AnySpace, spaceRule } from "./other-space.ts";

export interface RunOptions {
  /** How to minimize: `relizo({ lr: 0.01 })`, `zoSgd()`, ... Default `relizo()`. */
  readonly method: Method | undefined;
  /** Most calls of the objective. Default 10,000. */
  readonly maxQueries: number;
  /** Most turns of the method: whole, or Infinity. */
  readonly maxSteps: number;
  /** Most seconds; an answer that comes later is ignored. */
  readonly seconds: number;
  /** Stop at a value this low. */
  readonly target: number;
  /** Names the random stream: 0 to 2^53 - 1. Default 0. */
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
  /** Called after each batch of queries was told, and awaited: what it throws or rejects with, the run rejects with. */
  readonly onStep: ((progress: Progress) => unknown) | undefined;
  /** The objective is asked inside the bounds only, and the iterate is projected onto them. */
  readonly bounds: Bounds | undefined;
  /** Go on from `solution.state`, with its seed and its bounds: none may be given beside it. */
  readonly resume: RunState | undefined;
  /** Which minibatch a step evaluates: values of different minibatches are never compared. */
  readonly batch: ((step: number) => number) | undefined;
  /**
   * "dense" (default): vectors are written out. Or `(await openKernels()).seeded()`, from "relizo/kernels": directions are drawn
   * again wherever they are needed, and the parameters move in place.
   */
  readonly space: AnySpace;
}

/** Which minibatch: any whole number. */
export const batchRules: Rules<{ readonly batch: number }> = {
  batch: whole(0, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
};

const withKeys = <T>(range: string, ...keys: readonly string[]): Rule<T | undefined> =>
  custom<T | undefined>(undefined, range, (value): value is T => has(value, ...keys));

const aFunction = <T>(): Rule<T | undefined> =>
  custom<T | undefined>(undefined, "a function", (value): value is T => typeof value === "function");

export const runRules: Rules<RunOptions> = {
  method: withKeys("a method such as relizo()", "ask", "tell", "init"),
  maxQueries: whole(10_000, 1, Number.MAX_SAFE_INTEGER),
  maxSteps: whole(Infinity, 0, Infinity),
  seconds: real(Infinity, 0, Infinity),
  target: real(-Infinity, -Infinity, Infinity),
  seed: seedRule,
  signal: withKeys("an AbortSignal", "aborted", "addEventListener"),
  onStep: aFunction(),
  bounds: withKeys("{ lower, upper }"),
  resume: withKeys("the state of a solution"),
  batch: aFunction(),
  space: spaceRule,
};
