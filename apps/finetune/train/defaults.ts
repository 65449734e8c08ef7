/** Settings of optimizers that suit what is tuned; `docs/finetune.md` tells how they were found. */
import type { MethodName } from "../../../src/index.ts";
import type { Tuning } from "./prepare.ts";

/** Smoothing radius of what is tuned: numbers of a model are small, learned tokens larger. */
const RADIUS: Readonly<Record<Tuning, number>> = { full: 1e-3, lora: 1e-2, prefix: 1e-1, prompt: 1e-2 };

export function defaultsOf(_optimizer: MethodName, tune: Tuning): Readonly<Record<string, unknown>> {
  return { radius: RADIUS[tune] };
}
