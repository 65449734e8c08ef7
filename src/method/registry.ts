/** What the registry knows of a method. */
import type { Rules } from "../option.ts";
import { readOptions } from "../option.ts";
import type { Box } from "../point/bounds.ts";
import type { Method } from "./method.ts";

export interface Entry<O extends object> {
  readonly name: string;
  readonly summary: string;
  /** The paper it comes from. */
  readonly source: string;
  readonly rules: Rules<O>;
  readonly create: (options: O, box?: Box) => Method;
}

/** An entry whose option type is no longer needed: made from any object, checked by its rules. */
export interface Registered<O extends object> extends Entry<O> {
  readonly make: (given: Partial<O>, box?: Box) => Method;
}

export function register<O extends object>(entry: Entry<O>): Registered<O> {
  return { ...entry, make: (given, box) => entry.create(readOptions(entry.name, given, entry.rules), box) };
}
