/** One sitting of a run: its budgets, how far it is, and ctrl-C. */
import { figure } from "../../apps/report/figure.ts";
import type { Progress } from "../../src/index.ts";
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
  const alive = setInterval(() => {}, 60_000); // an objective may wait for what Node does not know of
  let running = true;
  let [step, served, asked] = [0, 0, 0];
  let before: number | undefined;
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
        [step, asked] = [progress.step, progress.queries];
        const done = steps !== undefined ? step : total === seconds ? progress.seconds : asked;
        const found = `f = ${figure(progress.best)}, ${asked} queries, ${percent(reuse())} reused`;
        bar.update(Math.min(done, total), found);
      },
    },
    reuse,
    end() {
      if (!running) return;
      running = false;
      clearInterval(alive);
      process.off("exit", ended);
      for (const signal of SIGNALS) process.off(signal, onSignal);
      bar.stop();
    },
  };
}

export const percent = (part: number): string => `${Math.round(100 * part)} %`;
