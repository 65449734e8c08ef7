/** How the learning rate changes with the step: plain data, so that it can be stored with a run. */
import { custom, type Rule, real, whole } from "../option.ts";

export type Schedule =
  | { readonly kind: "constant" }
  /** Times `factor` at each step named in `at`. */
  | { readonly kind: "multi-step"; readonly at: readonly number[]; readonly factor: number }
  /** From 1 down to `floor` over `steps` steps, half a cosine; `floor` after that. */
  | { readonly kind: "cosine"; readonly steps: number; readonly floor: number }
  /** 1 / sqrt(step + 1). */
  | { readonly kind: "inverse-sqrt" };

/** The factor on the learning rate at a step, counted from 0. */
export function scheduled(schedule: Schedule, step: number): number {
  switch (schedule.kind) {
    case "constant":
      return 1;
    case "multi-step":
      return schedule.factor ** schedule.at.filter((milestone) => step >= milestone).length;
    case "cosine": {
      const part = Math.min(step / schedule.steps, 1);
      return schedule.floor + ((1 - schedule.floor) * (1 + Math.cos(Math.PI * part))) / 2;
    }
    case "inverse-sqrt":
      return 1 / Math.sqrt(step + 1);
  }
}

const RANGE =
  'of kind "constant", "multi-step" (at, factor in (0, 1]), "cosine" (steps >= 1, floor in [0, 1]) or "inverse-sqrt"';

export const scheduleRule: Rule<Schedule> = custom<Schedule>({ kind: "constant" }, RANGE, isSchedule);

function isSchedule(value: unknown): value is Schedule {
  const { kind, at, factor, steps, floor }: Partial<Record<string, unknown>> = Object(value);
  if (kind === "cosine") return length.accepts(steps) && part.accepts(floor);
  if (kind === "multi-step")
    return Array.isArray(at) && at.every(milestone.accepts) && part.accepts(factor) && factor > 0;
  return kind === "constant" || kind === "inverse-sqrt";
}

const length = real(1, 1, Infinity, "[)");
const part = real(1, 0, 1);
const milestone = whole(0, 0, Number.MAX_SAFE_INTEGER);
