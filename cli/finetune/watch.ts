/** How far a fine-tune is, and ctrl-C. */
import { type Evaluation, type FitOptions, figuresLine } from "../../apps/finetune/index.ts";
import { progressBar } from "../progress.ts";
import { say } from "../text.ts";
import type { Flags } from "./flags.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Of the latest steps, how much the one before counts in the loss that is shown. */
const SMOOTH = 0.95;

export interface Watching {
  readonly own: Pick<FitOptions, "signal" | "onStep" | "onEvaluation">;
  readonly end: () => void;
}

export function watching(label: string, { steps, queries, seconds, json }: Flags, metric: string): Watching {
  const total = steps ?? queries ?? seconds ?? 0;
  const bar = progressBar(label, total);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  for (const signal of SIGNALS) process.once(signal, onSignal);
  let loss = Number.NaN;
  let best: Evaluation | undefined;
  let first: { readonly tokens: number; readonly seconds: number } | undefined;
  const own: Watching["own"] = {
    signal: stop.signal,
    onStep(step) {
      if (Number.isFinite(step.value))
        loss = Number.isNaN(loss) ? step.value : SMOOTH * loss + (1 - SMOOTH) * step.value;
      first ??= { tokens: step.tokens, seconds: step.seconds };
      const rate = (step.tokens - first.tokens) / (step.seconds - first.seconds);
      const done = steps !== undefined ? step.step : queries !== undefined ? step.queries : step.seconds;
      const words = [
        `loss ${loss.toFixed(4)}`,
        best && `best ${shown(metric, best)} at step ${best.step}`,
        rate > 0 && `${Math.round(rate)} tokens/s`,
        `${Math.round(process.memoryUsage.rss() / 1e6)} MB`,
      ];
      bar.update(Math.min(done, total), words.filter(Boolean).join(", "));
    },
    onEvaluation(evaluation, isBest) {
      if (isBest) best = evaluation;
      if (!json) say(`step ${evaluation.step}: ${figuresLine(evaluation)}${isBest ? " (best)" : ""}`);
    },
  };
  return {
    own,
    end() {
      for (const signal of SIGNALS) process.off(signal, onSignal);
      bar.stop();
    },
  };
}

function shown(metric: string, { figures }: Evaluation): string {
  const value = figures[metric] ?? Number.NaN;
  return metric === "accuracy" ? `${(100 * value).toFixed(1)} %` : `${metric} ${value.toFixed(4)}`;
}
