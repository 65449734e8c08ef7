/** How each method is set for the universal attack. */
import type { MethodName, MethodOptions } from "../../src/index.ts";

export interface MethodSettings<N extends MethodName> {
  readonly options: Partial<MethodOptions[N]>;
  /** Steps for which a minibatch is kept: Infinity is one minibatch for the whole run. Default 1. */
  readonly hold?: number;
  /** What a reader of the results must know. */
  readonly note?: string;
}

export const SETTINGS: { readonly [N in MethodName]?: MethodSettings<N> } = {};

/** The settings of a method; one that has none runs with its own defaults. */
export function settingsOf<N extends MethodName>(name: N): MethodSettings<N> {
  return SETTINGS[name] ?? { options: {} };
}
