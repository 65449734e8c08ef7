/** Schedules as plain data, for settings that are stored, sent to a worker or typed at a terminal. */
import { RelizoError } from "../error.ts";
import { custom, has, type Rule, show } from "../option.ts";
import {
  type CosineOptions,
  cosine,
  inverseSqrt,
  type MultiStepOptions,
  multiStep,
  type Schedule,
} from "./schedule.ts";

export type ScheduleData =
  | { readonly kind: "constant" }
  | ({ readonly kind: "cosine" } & Partial<CosineOptions>)
  | ({ readonly kind: "multi-step" } & Partial<MultiStepOptions>)
  | { readonly kind: "inverse-sqrt" };

const KINDS: { readonly [K in ScheduleData["kind"]]: (options: object) => Schedule } = {
  constant: () => () => 1,
  cosine,
  "multi-step": multiStep,
  "inverse-sqrt": inverseSqrt,
};

/** A schedule, or the data of one. */
export const namedSchedule: Rule<Schedule | ScheduleData> = custom<Schedule | ScheduleData>(
  { kind: "constant" },
  "of kind constant, inverse-sqrt, multi-step (at, factor in (0, 1]) or cosine (steps >= 1, floor in [0, 1])",
  (value): value is Schedule | ScheduleData => {
    try {
      return scheduleOf("", value) !== undefined;
    } catch {
      return false;
    }
  },
);

/**
 * The schedule that the data describes; a function is one already.
 *
 * @param where  whose option it is, for the message
 * @throws RelizoError OPTION for anything else, an unknown field or a value outside its range
 */
export function scheduleOf(where: string, data: unknown): Schedule {
  if (typeof data === "function") return (step) => data(step);
  if (!has(data, "kind") || !isKind(data.kind) || Array.isArray(data))
    throw new RelizoError("OPTION", `${where}: schedule must be ${namedSchedule.range}, got ${show(data)}.`);
  const { kind, ...options } = data;
  const unknown = Object.keys(options)[0];
  if ((kind === "constant" || kind === "inverse-sqrt") && unknown !== undefined)
    throw new RelizoError("OPTION", `${where}: schedule ${kind} has no options, got ${unknown}.`);
  return KINDS[kind](options);
}

const isKind = (kind: unknown): kind is ScheduleData["kind"] =>
  typeof kind === "string" && Object.hasOwn(KINDS, kind);
