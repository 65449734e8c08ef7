/** Other vectors than rows of numbers, and how `LIZO` and `minimize` run over them. */
import { custom, has, type Rule } from "../option.ts";
import type { AnyParameters } from "../point/packing.ts";
import type { Course } from "./lizo-course.ts";
import type { LizoOptions } from "./lizo-options.ts";
import type { InPlaceObjective, SeededRunOptions, SeededSolution } from "./seeded-minimize.ts";

/** What `kernels.seeded()` of "relizo/kernels" gives. */
export interface OtherSpace {
  /** @throws RelizoError OPTION for parameters or options that it has no room for */
  course(parameters: AnyParameters, options: LizoOptions): Course;
  minimize(
    f: InPlaceObjective<never>,
    parameters: never,
    options?: SeededRunOptions,
  ): Promise<SeededSolution<unknown>>;
}

export type AnySpace = "dense" | OtherSpace;

export const spaceRule: Rule<AnySpace> = custom<AnySpace>(
  "dense",
  '"dense" or kernels.seeded()',
  (value): value is AnySpace => value === "dense" || has(value, "course"),
);
