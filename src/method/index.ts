/** The registry: one line a method; the contract suite, the command line and the documentation read it. */
import { RelizoError } from "../error.ts";
import { type Rule, show } from "../option.ts";
import type { Box } from "../point/bounds.ts";
import { type FdLbfgsOptions, fdLbfgs } from "./fd-lbfgs.ts";
import type { Method } from "./method.ts";
import { type MezoOptions, mezo } from "./mezo.ts";
import { type NelderMeadOptions, nelderMead } from "./nelder-mead.ts";
import { type PrgfOptions, prgf } from "./prgf.ts";
import { type RandomSearchOptions, randomSearch } from "./random-search.ts";
import type { Registered } from "./registry.ts";
import type { RelizoOptions } from "./relizo.ts";
import { relizo } from "./relizo-method.ts";
import type { SmoothedOptions } from "./smoothed.ts";
import { type ZoAdammOptions, zoAdamm } from "./zo-adamm.ts";
import { type ZoSgdOptions, zoSgd } from "./zo-sgd.ts";
import { zoSignSgd } from "./zo-sign-sgd.ts";
import { type ZoSmdOptions, zoSmd } from "./zo-smd.ts";

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

export const registry: { readonly [N in MethodName]: Registered<MethodOptions[N]> } = {
  relizo,
  "zo-sgd": zoSgd,
  "zo-sign-sgd": zoSignSgd,
  "zo-adamm": zoAdamm,
  "zo-smd": zoSmd,
  prgf,
  mezo,
  "random-search": randomSearch,
  "nelder-mead": nelderMead,
  "fd-lbfgs": fdLbfgs,
};

export const methodNames: readonly MethodName[] = Object.keys(registry).filter(isMethodName);

function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(registry, name);
}

/** What a method's options may be, for messages and help. */
export function methodRules(name: MethodName): Readonly<Record<string, Rule<unknown>>> {
  return Object.fromEntries(Object.entries(registry[name].rules));
}

/**
 * A method by name, ready for `minimize` or for a loop of one's own over `init`, `ask` and `tell`.
 *
 * @param options  the method's own; what is left out has its default
 * @param box      the box its iterates stay in
 * @throws RelizoError OPTION for an unknown name or option
 */
export function createMethod<N extends MethodName>(
  name: N,
  options: Partial<MethodOptions[N]> = {},
  box?: Box,
): Method {
  if (!isMethodName(name))
    throw new RelizoError("OPTION", `method must be one of ${methodNames.join(", ")}, got ${show(name)}.`);
  const entry: { make(given: object, box?: Box): Method } = registry[name];
  return entry.make(options, box);
}
