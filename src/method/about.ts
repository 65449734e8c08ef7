/** What a method says of itself: the registry holds one such object each, for help texts, tables and the contract suite. */
import type { Rules } from "../option.ts";
import type { Method } from "./method.ts";

/** One sentence for each option. */
export type Help<O> = { readonly [K in keyof O]-?: string };

export interface About<O extends object> {
  /** Its key in the registry. */
  readonly name: string;
  /** One line: what it does. */
  readonly summary: string;
  /** The paper it comes from. */
  readonly source: string;
  readonly rules: Rules<O>;
  readonly help: Help<O>;
  readonly create: (options?: Partial<O>) => Method;
}
