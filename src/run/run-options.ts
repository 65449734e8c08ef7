/** The options of a run, apart from the method's own. */
import { RelizoError } from "../error.ts";
import { type MethodName, methodNames, methodRules } from "../method/index.ts";
import type { Method } from "../method/method.ts";
import { custom, type Rules, readOptions, real, show, whole } from "../option.ts";
import type { Bounds } from "../point/bounds.ts";
import { MAX_SEED } from "../sample/stream.ts";
import type { Progress, RunState } from "./minimize.ts";

export interface RunOptions {
  /** Most calls of the objective. Default 10,000. */
  readonly maxQueries: number;
  /** Most turns of the method. */
  readonly maxSteps: number;
  /** Most seconds; an answer that comes later is ignored. */
  readonly seconds: number;
  /** Stop at a value this low. */
  readonly target: number;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
  readonly onStep: ((progress: Progress) => void) | undefined;
  /** The objective is asked inside the bounds only, and the iterate is projected onto them. */
  readonly bounds: Bounds | undefined;
  /** Go on from `solution.state`. */
  readonly resume: RunState | undefined;
  /** Which minibatch a step evaluates; given, values of different steps are not compared. */
  readonly batch: (step: number) => number;
  /** Whether values of different steps compare: false once `batch` is given. */
  readonly compares: boolean;
}

type Given = Omit<RunOptions, "compares">;

const oneBatch = (): number => 0;

const optional = <T>(range: string, accepts: (value: unknown) => value is T, help: string) =>
  custom<T | undefined>(
    undefined,
    range,
    (value): value is T | undefined => value === undefined || accepts(value),
    help,
  );

const isFunction = <F>(value: unknown): value is F => typeof value === "function";
const isObject = <T>(value: unknown): value is T => typeof value === "object" && value !== null;

export const runRules: Rules<Given> = {
  maxQueries: whole(10_000, 1, "most calls of the objective", Number.MAX_SAFE_INTEGER),
  maxSteps: real(Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY, "most turns of the method"),
  seconds: real(Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY, "most seconds"),
  target: real(
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    "stop at a value this low",
  ),
  seed: whole(0, 0, "names the random stream", MAX_SEED),
  signal: optional<AbortSignal>("an AbortSignal", isObject, "stops the run"),
  onStep: optional<(progress: Progress) => void>("a function", isFunction, "called after each turn"),
  bounds: optional<Bounds>("{ lower, upper }", isObject, "the box to stay in"),
  resume: optional<RunState>("the state of a solution", isObject, "go on from there"),
  batch: custom<(step: number) => number>(
    oneBatch,
    "a function step => whole number",
    isFunction,
    "minibatch of a step",
  ),
};

/** Parts a flat options object into the run's, the method, and what is left for the method. */
export function readRunOptions(options: { readonly method?: MethodName | Method }): {
  readonly run: RunOptions;
  readonly method: MethodName | Method;
  readonly rest: object;
} {
  if (typeof options !== "object" || options === null)
    throw new RelizoError("OPTION", `minimize: the options must be an object, got ${show(options)}.`);
  const { method = "relizo", ...others } = options;
  if (typeof method === "string" ? !methodNames.includes(method) : typeof method?.ask !== "function")
    throw new RelizoError(
      "OPTION",
      `minimize: method must be one of ${methodNames.join(", ")} or a method object, got ${show(method)}.`,
    );
  const entries = Object.entries(others);
  const own = entries.filter(([key]) => Object.hasOwn(runRules, key));
  const left = entries.filter(([key]) => !Object.hasOwn(runRules, key));
  const known = typeof method === "string" ? Object.keys(methodRules(method)) : [];
  const stray = left.find(([key]) => !known.includes(key));
  if (stray)
    throw new RelizoError(
      "OPTION",
      `minimize: unknown option "${stray[0]}"; the options are method, ${Object.keys(runRules).join(", ")}${known.length > 0 ? `, and of ${String(method)} ${known.join(", ")}` : ""}.`,
    );
  const given: Partial<Given> = Object.fromEntries(own);
  const read = readOptions<Given>("minimize", given, runRules);
  return { run: { ...read, compares: read.batch === oneBatch }, method, rest: Object.fromEntries(left) };
}
