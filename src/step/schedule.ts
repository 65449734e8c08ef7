/** How the learning rate changes with the step: a function, so that a bundle carries only the one it uses. */
import { custom, type Rule, readOptions, real, whole } from "../option.ts";

/** The factor on the learning rate at a step, counted from 0. */
export type Schedule = (step: number) => number;

/** Any function of the step; by default 1 always. */
export const scheduleRule: Rule<Schedule> = custom(
  () => 1,
  "a function of the step, such as cosine({ steps: 100 })",
  (value): value is Schedule => typeof value === "function",
);

export interface CosineOptions {
  /** Steps to the floor, >= 1. Default 1000. */
  readonly steps: number;
  /** The factor from there on, 0 to 1. Default 0. */
  readonly floor: number;
}

export interface MultiStepOptions {
  /** Steps, counted from 0, from which on the rate is lower. Default none. */
  readonly at: readonly number[];
  /** What each of them multiplies it by, in (0, 1]. Default 0.1. */
  readonly factor: number;
}

/**
 * From 1 down to `floor` over `steps` steps, half a cosine; `floor` after that.
 *
 * @throws RelizoError OPTION for an unknown option or a value outside its range
 * @source Loshchilov, Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, without the restarts
 */
export function cosine(options: Partial<CosineOptions> = {}): Schedule {
  const { steps, floor } = readOptions<CosineOptions>("cosine", options, {
    steps: real(1000, 1, Infinity, "[)"),
    floor: real(0, 0, 1),
  });
  return (step) => floor + ((1 - floor) * (1 + Math.cos(Math.PI * Math.min(step / steps, 1)))) / 2;
}

/**
 * Times `factor` from each step named in `at` on.
 *
 * @throws RelizoError OPTION for an unknown option or a value outside its range
 */
export function multiStep(options: Partial<MultiStepOptions> = {}): Schedule {
  const milestone = whole(0, 0, Number.MAX_SAFE_INTEGER);
  const { at, factor } = readOptions<MultiStepOptions>("multi-step", options, {
    at: custom<readonly number[]>(
      [],
      "a list of steps",
      (value): value is readonly number[] => Array.isArray(value) && value.every(milestone.accepts),
    ),
    factor: real(0.1, 0, 1, "(]"),
  });
  return (step) => factor ** at.filter((from) => step >= from).length;
}

/** 1 / sqrt(step + 1). */
export function inverseSqrt(): Schedule {
  return (step) => 1 / Math.sqrt(step + 1);
}
