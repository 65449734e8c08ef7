/** How queries are handed out: how many at once, how long each may take, how often it is tried again, and what it becomes then. */
import { RelizoError } from "../error.ts";
import { has, oneOf, type Rules, readOptions, real, show, whole } from "../option.ts";
import type { Ask, Listener, Task } from "./task.ts";

/** What became of a task: its value, NaN where the objective failed; or that it failed, and why. */
export type Answer = number | { readonly error: string };

/** Where queries are answered: threads, a program, an endpoint, other machines. */
export interface Evaluator<C = Float64Array> {
  /** Where, in a few words for messages: "2 threads", "python eval.py". */
  readonly name: string;
  /** Tasks that are worth having under way at once; may change as workers come and go. */
  readonly capacity: number;
  /**
   * The answers to these tasks in their order. Rejects where none could be had, which the policy may try again, after
   * `wait` seconds where the error has a number of that name. It is the caller's mistake, and the run ends with it, where it rejects with
   * a RelizoError of another code than EVALUATOR.
   *
   * @param signal  aborts when nobody waits any more: the time of this attempt is over, or the run
   */
  evaluate(tasks: readonly Task<C>[], signal: AbortSignal): Promise<readonly Answer[]>;
  close(): Promise<void>;
}

export interface Policy {
  /** Longest that one attempt may take [s]. Default Infinity. */
  readonly timeout: number;
  /** Attempts after the first where no answer could be had: an objective that threw or gave NaN has answered. Default 3. */
  readonly retries: number;
  /** Wait before the second attempt, doubled for each further one, a minute at most [s]. Default 0.1. */
  readonly backoff: number;
  /** What a query is that no attempt answered: "abort" (default), the run ends with the error; "nan", it has failed. */
  readonly failed: "abort" | "nan";
  /** Most tasks under way at once; 0 (default): what the evaluator has room for. */
  readonly inFlight: number;
  /** Most tasks in one call of the evaluator. Default 1. */
  readonly batchSize: number;
}

/** Longest wait between two attempts [s]. */
const LONGEST_WAIT = 60;
/** Longest that somebody who could not answer may ask to be left alone [s]. */
const LONGEST_ASKED = 3600;
/** How often it is seen whether the evaluator has more room than when the round began [ms]. */
const LOOK = 200;
/** A timer of more milliseconds than this goes off at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

export const policyRules: Rules<Policy> = {
  timeout: real(Infinity, 0, Infinity, "(]"),
  retries: whole(3, 0),
  backoff: real(0.1, 0, LONGEST_WAIT),
  failed: oneOf<Policy["failed"]>("abort", ["abort", "nan"]),
  inFlight: whole(0, 0),
  batchSize: whole(1, 1),
};

/**
 * Has the evaluator answer each round, by the policy.
 *
 * @param noticed  told of every attempt that failed, for a log
 * @throws RelizoError OPTION for an unknown option or a value outside its range; a round rejects with VALUE where the evaluator gives
 *   anything but an answer for each task, with its own RelizoError where it is the caller's mistake, and with EVALUATOR where no attempt answered and `failed` is "abort"
 */
export function askBy<C>(
  evaluator: Evaluator<C>,
  options: Partial<Policy> = {},
  noticed: (message: string) => void = () => {},
): Ask<C> {
  const policy = readOptions("policy", options, policyRules);

  async function attempt(tasks: readonly Task<C>[], ended: AbortSignal): Promise<readonly Answer[]> {
    const stop = new AbortController();
    const late = (): void =>
      stop.abort(new RelizoError("EVALUATOR", `${evaluator.name}: no answer within ${policy.timeout} s.`));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const halt = (): void => stop.abort(ended.reason);
    ended.addEventListener("abort", halt);
    try {
      return await new Promise((resolve, reject) => {
        stop.signal.addEventListener("abort", () => reject(stop.signal.reason));
        const limit = policy.timeout * 1000;
        if (limit < LONGEST_TIMER) timer = setTimeout(late, limit);
        if (ended.aborted) halt();
        else evaluator.evaluate(tasks, stop.signal).then(resolve, reject);
      });
    } finally {
      clearTimeout(timer);
      ended.removeEventListener("abort", halt);
    }
  }

  /** Answers these tasks, or tells why they have none; at the end of the run it just returns. */
  async function settle(tasks: readonly Task<C>[], { signal, answered }: Listener): Promise<void> {
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        const answers = check(evaluator, tasks, await attempt(tasks, signal));
        if (signal.aborted) return;
        tasks.forEach(({ index }, i) => {
          const answer = answers[i]!;
          if (typeof answer === "number") answered(index, answer);
          else answered(index, Number.NaN, answer.error);
        });
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof RelizoError && error.code !== "EVALUATOR") throw error; // no further attempt would help
        const why = error instanceof Error ? error.message : String(error);
        const wait = Math.max(Math.min(policy.backoff * 2 ** (tries - 1), LONGEST_WAIT), waitIn(error));
        const again = tries <= policy.retries && wait >= 1 ? ` Again in ${Math.round(wait)} s.` : "";
        noticed(`attempt ${tries} of ${policy.retries + 1} at ${named(tasks)} failed: ${why}${again}`);
        if (tries <= policy.retries) {
          await pause(wait, signal);
          continue;
        }
        if (policy.failed === "abort")
          throw new RelizoError(
            "EVALUATOR",
            `${evaluator.name}: ${tries} ${tries === 1 ? "attempt" : "attempts"} at ${named(tasks)} failed; the last: ${why}`,
            { cause: error },
          );
        for (const { index } of tasks) answered(index, Number.NaN, error);
        return;
      }
    }
  }

  return async (tasks, listener) => {
    const lanes = new Set<AbortController>();
    const halt = (): void => {
      for (const lane of lanes) lane.abort();
    };
    listener.signal.addEventListener("abort", halt); // one for all: many may be under way
    const waiting = [...tasks];
    const serve = async (): Promise<void> => {
      const lane = new AbortController();
      lanes.add(lane);
      const own = { ...listener, signal: lane.signal };
      while (waiting.length > 0 && !(lane.signal.aborted || listener.signal.aborted)) {
        const some = waiting.splice(0, policy.batchSize);
        some.forEach(listener.began);
        await settle(some, own);
      }
      lanes.delete(lane);
    };
    let timer: ReturnType<typeof setInterval> | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const look = (): void => {
          const most = Math.max(1, policy.inFlight || evaluator.capacity);
          while (lanes.size < most && waiting.length > 0 && !listener.signal.aborted)
            serve().then(() => (lanes.size === 0 ? resolve() : undefined), reject);
          if (lanes.size === 0) resolve();
          if (waiting.length === 0 || policy.inFlight > 0) clearInterval(timer);
        };
        timer = setInterval(look, LOOK);
        look();
      });
    } finally {
      clearInterval(timer);
      halt(); // where one failed, the others are given up
      listener.signal.removeEventListener("abort", halt);
    }
  };
}

function check<C>(
  { name }: Evaluator<C>,
  tasks: readonly Task<C>[],
  answers: readonly Answer[],
): readonly Answer[] {
  if (answers?.length === tasks.length && answers.every(isAnswer)) return answers;
  throw new RelizoError(
    "VALUE",
    `${name}: ${tasks.length} tasks need a number each, NaN or { error } where one failed, got ${show(answers)}.`,
  );
}

function isAnswer(answer: unknown): answer is Answer {
  return typeof answer === "number" || (has(answer, "error") && typeof answer.error === "string");
}

/** What the one who could not answer asked for [s]. */
function waitIn(error: unknown): number {
  const wait = has(error, "wait") ? Number(error.wait) : 0;
  return wait > 0 ? Math.min(wait, LONGEST_ASKED) : 0;
}

function named<C>(tasks: readonly Task<C>[]): string {
  const [first] = tasks;
  const which =
    tasks.length === 1 ? `task ${first!.index}` : `tasks ${tasks.map(({ index }) => index).join(", ")}`;
  return `${which} of round ${first!.round}`;
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    signal.addEventListener("abort", end);
  });
}
