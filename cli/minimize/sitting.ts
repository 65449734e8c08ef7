/** One sitting of a run: its budgets, how far it is, and ctrl-C. */
import { figure } from "../../apps/report/figure.ts";
import type { Progress } from "../../src/index.ts";
import type { Ask } from "../../src/workers/index.ts";
import { progressBar } from "../progress.ts";
import { DEFAULT_QUERIES } from "../run-one.ts";

export interface Budgets {
  readonly queries?: number;
  readonly steps?: number;
  readonly seconds?: number;
  readonly target?: number;
}

export interface Sitting {
  /** For `minimize`. */
  readonly options: {
    readonly maxQueries: number;
    readonly maxSteps?: number;
    readonly seconds?: number;
    readonly target?: number;
    readonly signal: AbortSignal;
    readonly onStep: (progress: Progress) => void;
  };
  /** The same, seen by whoever looks at how far the run is: a query may take an hour. */
  watched<C>(ask: Ask<C>): Ask<C>;
  /** The part of this sitting's samples that were past queries. */
  reuse(): number;
  end(): void;
}

/** The objective called process.exit, or something outside of its queries failed. */
function ended(): void {
  process.exitCode = 1;
  console.error(
    "relizo: the process was ended from within, before the run did; with --workers 1 the objective has a thread of its own, which may end. A journal goes on with --resume.",
  );
}

/** How often answers are looked for; a round that takes longer is shown answer by answer [ms]. */
const LOOK = 1000;

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Shows how far the run is, and has ctrl-C end it in good order; a second one ends the process. */
export function sitting(what: string, { queries, steps, seconds, target }: Budgets): Sitting {
  const open = steps === undefined && seconds === undefined;
  const maxQueries = queries ?? (open ? DEFAULT_QUERIES : Number.MAX_SAFE_INTEGER);
  const total = steps ?? (queries === undefined ? seconds : undefined) ?? maxQueries;
  const bar = progressBar(what, total);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  for (const signal of SIGNALS) process.once(signal, onSignal);
  process.once("exit", ended);
  let running = true;
  let [step, served, asked] = [0, 0, 0];
  let before: number | undefined;
  let found = "";
  const began = performance.now();
  /** Answers since the last step; how many the round under way has, of how many, and when it began. */
  let [since, answered, round, opened] = [0, 0, 0, began];
  const show = (): void => {
    const now = performance.now();
    const done = steps !== undefined ? step : total === seconds ? (now - began) / 1000 : asked + since;
    const part = round > 0 && now - opened > LOOK ? [`${answered} of ${round} answered`] : [];
    bar.update(Math.min(done, total), [found, ...part].filter((words) => words !== "").join("; "));
  };
  const look = setInterval(() => {
    if (round > 0) show();
  }, LOOK); // keeps the process as well: an objective may wait for what Node does not know of
  const reuse = (): number =>
    before === undefined || asked === before ? 0 : served / (served + asked - before);
  return {
    options: {
      maxQueries,
      ...(target !== undefined && { target }),
      ...(steps !== undefined && { maxSteps: steps }),
      ...(seconds !== undefined && { seconds }),
      signal: stop.signal,
      onStep(progress) {
        before ??= progress.step > 1 ? progress.queries : 0; // a run that goes on from a snapshot is seen from there
        if (progress.step > step) served += progress.reused;
        [step, asked, since, round] = [progress.step, progress.queries, 0, 0];
        found = `f = ${figure(progress.best)}, ${asked} queries, ${percent(reuse())} reused`;
        show();
      },
    },
    watched: (ask) => (tasks, listener) => {
      [answered, round, opened] = [0, tasks.length, performance.now()];
      return ask(tasks, {
        ...listener,
        answered(index, value, reason) {
          answered++;
          since++;
          listener.answered(index, value, reason);
        },
      });
    },
    reuse,
    end() {
      if (!running) return;
      running = false;
      clearInterval(look);
      process.off("exit", ended);
      for (const signal of SIGNALS) process.off(signal, onSignal);
      bar.stop();
    },
  };
}

export const percent = (part: number): string => `${Math.round(100 * part)} %`;
