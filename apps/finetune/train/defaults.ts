/**
 * Settings of optimizers that suit what is tuned, found on a language model of 5 million parameters and SST-2 with some hundred queries:
 * a start, not an optimum.
 */
import { type MethodName, methodRules } from "../../../src/index.ts";
import type { Tuning } from "./prepare.ts";

/** Smoothing radius of what is tuned: weights are small numbers, keys and values large ones. */
const RADIUS: Readonly<Record<Tuning, number>> = { full: 1e-3, lora: 1e-2, prefix: 1e-1, prompt: 1e-2 };

/**
 * Length of a step of relizo. On a minibatch a line search follows what is peculiar to it, and where there are many parameters that
 * outweighs the gradient; a step of one length cannot run away. Learned tokens are few enough for the search.
 */
const LENGTH: Readonly<Record<Exclude<Tuning, "prompt">, number>> = { full: 0.5, lora: 1, prefix: 3 };

/** Learning rate of mezo. */
const RATE: Readonly<Record<Tuning, number>> = { full: 1e-4, lora: 3e-3, prefix: 1e-2, prompt: 1e-2 };

/** @returns what is set where the caller sets nothing */
export function defaultsOf(optimizer: MethodName, tune: Tuning): Readonly<Record<string, unknown>> {
  const radius = RADIUS[tune];
  if (optimizer === "mezo") return { radius, lr: RATE[tune] };
  if (optimizer !== "relizo" || tune === "prompt")
    return "radius" in methodRules(optimizer) ? { radius } : {};
  return { radius, lr: LENGTH[tune], normalized: true, lineSearch: "none" };
}
