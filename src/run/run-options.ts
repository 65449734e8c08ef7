/** The options of a run, apart from the method's own. */
import type { Method } from "../method/method.ts";
import { custom, has, type Rule, type Rules, real, whole } from "../option.ts";
import type { Bounds } from "../point/bounds.ts";
import { MAX_SEED } from "../sample/stream.ts";
import type { Progress, RunState } from "./minimize.ts";

export interface RunOptions {
  /** How to minimize: `relizo({ lr: 0.01 })`, `zoSgd()`, ... Default `relizo()`. */
  readonly method: Method | undefined;
  /** Most calls of the objective. Default 10,000. */
  readonly maxQueries: number;
  /** Most turns of the method. */
  readonly maxSteps: number;
  /** Most seconds; an answer that comes later is ignored. */
  readonly seconds: number;
  /** Stop at a value this low. */
  readonly target: number;
  /** Names the random stream: 0 to 2^53 - 1. Default 0. */
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
  /** Called after each batch of queries was told. */
  readonly onStep: ((progress: Progress) => void) | undefined;
  /** The objective is asked inside the bounds only, and the iterate is projected onto them. */
  readonly bounds: Bounds | undefined;
  /** Go on from `solution.state`: its seed and its bounds, not these. */
  readonly resume: RunState | undefined;
  /** Which minibatch a step evaluates: values of different minibatches are never compared. */
  readonly batch: ((step: number) => number) | undefined;
}

const optional = <T>(range: string, accepts: (value: unknown) => value is T): Rule<T | undefined> =>
  custom<T | undefined>(undefined, range, (value): value is T | undefined => accepts(value));

const isFunction = <F>(value: unknown): value is F => typeof value === "function";
const isObject =
  <T>(...keys: readonly string[]) =>
  (value: unknown): value is T =>
    has(value, ...keys);

export const runRules: Rules<RunOptions> = {
  method: optional<Method>(
    'a method such as relizo() or createMethod("zo-sgd")',
    isObject("ask", "tell", "init"),
  ),
  maxQueries: whole(10_000, 1, Number.MAX_SAFE_INTEGER),
  maxSteps: real(Infinity, 0, Infinity),
  seconds: real(Infinity, 0, Infinity),
  target: real(-Infinity, -Infinity, Infinity),
  seed: whole(0, 0, MAX_SEED),
  signal: optional<AbortSignal>("an AbortSignal", isObject("aborted", "addEventListener")),
  onStep: optional<(progress: Progress) => void>("a function", isFunction),
  bounds: optional<Bounds>("{ lower, upper }", isObject()),
  resume: optional<RunState>("the state of a solution", isObject()),
  batch: optional<(step: number) => number>("a function", isFunction),
};
