/** Options are read once, at the door: unknown keys and impossible values throw with the option, the value and the range. */
import { RelizoError } from "./error.ts";

/** One option: what it may be, in code and in words, what it is when left out, and what it does. */
export interface Rule<T> {
  readonly fallback: T;
  readonly accepts: (value: unknown) => value is T;
  readonly range: string;
  readonly help: string;
}

/** The rules of an options object, one for each key. */
export type Rules<O> = { readonly [K in keyof O]-?: Rule<O[K]> };

/** Numbers with low <= value <= high; `"open"` ends exclude the bound itself. */
export function real(
  fallback: number,
  low: number,
  high: number,
  help: string,
  ends: "closed" | "open" | "left-open" = "closed",
): Rule<number> {
  const left = ends === "closed" ? "[" : "(";
  const right = ends === "open" || high === Number.POSITIVE_INFINITY ? ")" : "]";
  return {
    fallback,
    help,
    range: `a number in ${left}${low}, ${high}${right}`,
    accepts: (value): value is number =>
      typeof value === "number" &&
      (ends === "closed" ? value >= low : value > low) &&
      (ends === "open" ? value < high : value <= high) &&
      (Number.isFinite(value) || (ends === "closed" && value === high)),
  };
}

/** Positive finite numbers. */
export function positive(fallback: number, help: string): Rule<number> {
  return real(fallback, 0, Number.POSITIVE_INFINITY, help, "open");
}

/** Whole numbers with low <= value <= high. */
export function whole(fallback: number, low: number, help: string, high: number = 2 ** 31 - 1): Rule<number> {
  return {
    fallback,
    help,
    range: `a whole number from ${low} to ${high}`,
    accepts: (value): value is number =>
      Number.isInteger(value) && Number(value) >= low && Number(value) <= high,
  };
}

export function flag(fallback: boolean, help: string): Rule<boolean> {
  return { fallback, help, range: "true or false", accepts: (value) => typeof value === "boolean" };
}

export function oneOf<T extends string>(fallback: T, values: readonly T[], help: string): Rule<T> {
  return {
    fallback,
    help,
    range: `one of ${values.map((v) => JSON.stringify(v)).join(", ")}`,
    accepts: (value): value is T => values.some((v) => v === value),
  };
}

/** A rule of one's own, for values that are neither number nor word. */
export function custom<T>(
  fallback: T,
  range: string,
  accepts: (value: unknown) => value is T,
  help: string,
): Rule<T> {
  return { fallback, help, range, accepts };
}

/** How a value reads in a message: short, and never ambiguous between a number and its text. */
export function show(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === "function") return "a function";
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null)
    return `an object with keys ${Object.keys(value).join(", ")}`;
  return String(value);
}

/**
 * The options with their defaults filled in.
 *
 * @param where  whose options they are, for the message: "LIZO", "minimize"
 * @throws RelizoError OPTION for an unknown key or a value outside its range; `undefined` means left out
 */
export function readOptions<O extends object>(where: string, given: Partial<O>, rules: Rules<O>): O {
  if (typeof given !== "object" || given === null)
    throw new RelizoError("OPTION", `${where}: the options must be an object, got ${show(given)}.`);
  const known = Object.keys(rules);
  for (const key of Object.keys(given))
    if (!Object.hasOwn(rules, key))
      throw new RelizoError(
        "OPTION",
        `${where}: unknown option "${key}"; the options are ${known.join(", ")}.`,
      );
  const out: Partial<O> = {};
  for (const key in rules) {
    const rule = rules[key];
    const value = given[key];
    if (value === undefined) out[key] = rule.fallback;
    else if (rule.accepts(value)) out[key] = value;
    else throw new RelizoError("OPTION", `${where}: ${key} must be ${rule.range}, got ${show(value)}.`);
  }
  return out as O;
}
