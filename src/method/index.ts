/**
 * The registry. A method takes three lines here: its import, its options by name, its entry. The contract suite, the command
 * line and the paper's tables read it.
 */
import { RelizoError } from "../error.ts";
import { has, type Rule, show } from "../option.ts";
import { namedReuse, reuseOf } from "../reuse/reuse-data.ts";
import { namedSchedule, type ScheduleData, scheduleOf } from "../step/schedule-data.ts";
import type { About } from "./about.ts";
import { aboutFdLbfgs, type FdLbfgsOptions } from "./fd-lbfgs.ts";
import type { Method } from "./method.ts";
import { aboutMezo, type MezoOptions } from "./mezo.ts";
import { aboutNelderMead, type NelderMeadOptions } from "./nelder-mead.ts";
import { aboutPrgf, type PrgfOptions } from "./prgf.ts";
import { aboutRandomSearch, type RandomSearchOptions } from "./random-search.ts";
import { aboutRelizo } from "./relizo-method.ts";
import type { NamedReuse, RelizoOptions } from "./relizo-options.ts";
import type { SmoothedOptions } from "./smoothed.ts";
import { aboutZoAdamm, type ZoAdammOptions } from "./zo-adamm.ts";
import { aboutZoSgd, type ZoSgdOptions } from "./zo-sgd.ts";
import { aboutZoSignSgd } from "./zo-sign-sgd.ts";
import { aboutZoSmd, type ZoSmdOptions } from "./zo-smd.ts";

/** The options of each method, by its name. */
export interface MethodOptions {
  readonly relizo: RelizoOptions;
  readonly "zo-sgd": ZoSgdOptions;
  readonly "zo-sign-sgd": SmoothedOptions;
  readonly "zo-adamm": ZoAdammOptions;
  readonly "zo-smd": ZoSmdOptions;
  readonly prgf: PrgfOptions;
  readonly mezo: MezoOptions;
  readonly "random-search": RandomSearchOptions;
  readonly "nelder-mead": NelderMeadOptions;
  readonly "fd-lbfgs": FdLbfgsOptions;
}

export type MethodName = keyof MethodOptions;

/** Options as plain data: a schedule by its kind, `slopes()` by its name. */
export type MethodSettings = {
  readonly [N in MethodName]: {
    readonly [K in keyof MethodOptions[N]]: K extends "schedule"
      ? ScheduleData
      : K extends "reuse"
        ? NamedReuse | "slopes"
        : MethodOptions[N][K];
  };
};

export const registry: { readonly [N in MethodName]: About<MethodOptions[N]> } = {
  relizo: aboutRelizo,
  "zo-sgd": aboutZoSgd,
  "zo-sign-sgd": aboutZoSignSgd,
  "zo-adamm": aboutZoAdamm,
  "zo-smd": aboutZoSmd,
  prgf: aboutPrgf,
  mezo: aboutMezo,
  "random-search": aboutRandomSearch,
  "nelder-mead": aboutNelderMead,
  "fd-lbfgs": aboutFdLbfgs,
};

export const methodNames: readonly MethodName[] = /* @__PURE__ */ Object.keys(registry).filter(isMethodName);

function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(registry, name);
}

/** What the options of `createMethod` may be, for messages and help. */
export function methodRules(name: MethodName): Readonly<Record<string, Rule<unknown>>> {
  const rules: Record<string, Rule<unknown>> = Object.fromEntries(Object.entries(registry[name].rules));
  return {
    ...rules,
    ...("schedule" in rules && { schedule: namedSchedule }),
    ...(rules.reuse && { reuse: namedReuse(rules.reuse) }),
  };
}

/**
 * A method by its name, for a name that is only known at run time; where it is known, `zoSgd({ lr })` and its like carry
 * less code into a bundle.
 *
 * @throws RelizoError OPTION for an unknown name or option
 */
export function createMethod<N extends MethodName>(
  name: N,
  options: Partial<MethodOptions[N]> | Partial<MethodSettings[N]> = {},
): Method {
  if (!isMethodName(name))
    throw new RelizoError("OPTION", `method must be one of ${methodNames.join(", ")}, got ${show(name)}.`);
  const about: { create(options: object): Method } = registry[name];
  if (!has(options)) return about.create(options);
  return about.create({
    ...options,
    ...(has(options, "schedule") &&
      options.schedule !== undefined && { schedule: scheduleOf(name, options.schedule) }),
    ...(has(options, "reuse") && { reuse: reuseOf(options.reuse) }),
  });
}
