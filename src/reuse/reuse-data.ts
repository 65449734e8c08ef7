/** The rules of reuse by name, for settings that are stored, sent to a worker or typed at a terminal. */
import { custom, type Rule } from "../option.ts";
import { slopes } from "./slopes.ts";

/** "slopes" beside the names that a method knows itself. */
export function namedReuse(own: Rule<unknown>): Rule<unknown> {
  return custom<unknown>(
    own.fallback,
    own.range.replace("slopes()", "slopes"),
    (value): value is unknown => value === "slopes" || own.accepts(value),
  );
}

/** What the name stands for; anything else is as it is. */
export const reuseOf = (given: unknown): unknown => (given === "slopes" ? slopes() : given);
