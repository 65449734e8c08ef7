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
  if (schedule.kind === "multi-step")
    return schedule.factor ** schedule.at.filter((milestone) => step >= milestone).length;
  if (schedule.kind === "cosine") {
    const part = Math.min(step / schedule.steps, 1);
    return schedule.floor + ((1 - schedule.floor) * (1 + Math.cos(Math.PI * part))) / 2;
  }
  return schedule.kind === "constant" ? 1 : 1 / Math.sqrt(step + 1);
}

const milestone = whole(0, 0, Number.MAX_SAFE_INTEGER);
const milestones = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every(milestone.accepts);

/** What each kind has beside its name. */
const FIELDS: ReadonlyMap<unknown, Readonly<Record<string, Rule<unknown>>>> = new Map([
  ["constant", {}],
  ["multi-step", { at: custom([], "a list of steps", milestones), factor: real(1, 0, 1, "(]") }],
  ["cosine", { steps: real(1, 1, Infinity, "[)"), floor: real(0, 0, 1) }],
  ["inverse-sqrt", {}],
]);

const RANGE =
  "of kind constant, inverse-sqrt, multi-step (at, factor in (0, 1]) or cosine (steps >= 1, floor in [0, 1])";

export const scheduleRule: Rule<Schedule> = custom({ kind: "constant" }, RANGE, isSchedule);

function isSchedule(value: unknown): value is Schedule {
  const { kind, ...given }: Readonly<Record<string, unknown>> = Object(value);
  const rules = FIELDS.get(kind);
  return (
    rules !== undefined &&
    Object.keys({ ...rules, ...given }).every((field) => rules[field]?.accepts(given[field]))
  );
}
