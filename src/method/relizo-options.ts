/** The options of ReLIZO. */
import { flag, oneOf, positive, type Rules, real, whole } from "../option.ts";
import { type Reuse, reuseRule } from "../reuse/reuse.ts";
import { DIRECTIONS, type Directions } from "../sample/directions.ts";
import { type Schedule, scheduleRule } from "../step/schedule.ts";

const REUSES = ["secant", "samples", "none"] as const;
export type NamedReuse = (typeof REUSES)[number];

export interface RelizoOptions {
  readonly samples: number;
  readonly radius: number;
  readonly directions: Directions;
  readonly lr: number;
  readonly schedule: Schedule;
  readonly normalized: boolean;
  readonly momentum: number;
  readonly lineSearch: "none" | "armijo";
  readonly reuse: NamedReuse | Reuse;
  readonly reuseWithin: number;
  readonly reuseSteps: number;
  readonly maxReuse: number;
}

export const relizoRules: Rules<RelizoOptions> = {
  samples: whole(8, 1),
  radius: positive(1e-5),
  directions: oneOf("gaussian", DIRECTIONS),
  lr: positive(1e-2),
  schedule: scheduleRule,
  normalized: flag(false),
  momentum: real(0, 0, 1),
  lineSearch: oneOf("armijo", ["none", "armijo"]),
  reuse: reuseRule<NamedReuse>(...REUSES),
  reuseWithin: real(Infinity, 0, Infinity),
  reuseSteps: real(2, 0, Infinity),
  maxReuse: real(0.5, 0, 1),
};
