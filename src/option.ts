/** Options are read once, at the door: unknown keys and impossible values throw with the option, the value and the range. */
import { type ErrorCode, RelizoError } from "./error.ts";

/** One option: what it may be, in code and in words, and what it is when left out. */
export interface Rule<T> {
  readonly fallback: T;
  readonly accepts: (value: unknown) => value is T;
  readonly range: string;
}

/** The rules of an options object, one for each key. */
export type Rules<O> = { readonly [K in keyof O]-?: Rule<O[K]> };

export function custom<T>(fallback: T, range: string, accepts: (value: unknown) => value is T): Rule<T> {
  return { fallback, range, accepts };
}

/** Numbers from low to high; the bounds themselves as the brackets say: "[]", "(]", "[)" or "()". */
export function real(fallback: number, low: number, high: number, ends = "[]"): Rule<number> {
  return custom(
    fallback,
    `a number in ${ends[0]}${low}, ${high}${ends[1]}`,
    (value): value is number =>
      typeof value === "number" &&
      (ends[0] === "[" ? value >= low : value > low) &&
      (ends[1] === "]" ? value <= high : value < high),
  );
}

/** Positive finite numbers. */
export function positive(fallback: number): Rule<number> {
  return real(fallback, 0, Infinity, "()");
}

/** Whole numbers with low <= value <= high. */
export function whole(fallback: number, low: number, high: number = 2 ** 31 - 1): Rule<number> {
  return custom(
    fallback,
    `a whole number from ${low} to ${high}`,
    (value): value is number => Number.isInteger(value) && Number(value) >= low && Number(value) <= high,
  );
}

export function flag(fallback: boolean): Rule<boolean> {
  return custom(fallback, "true or false", (value): value is boolean => typeof value === "boolean");
}

export function oneOf<T extends string>(fallback: T, values: readonly T[]): Rule<T> {
  return custom(fallback, `one of "${values.join('", "')}"`, (value): value is T =>
    values.some((v) => v === value),
  );
}

/** Whether a value is an object with these keys. */
export function has<K extends string>(value: unknown, ...keys: readonly K[]): value is Record<K, unknown> {
  return typeof value === "object" && value !== null && keys.every((key) => key in value);
}

/** How a value reads in a message: short, and never ambiguous between a number and its text. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 60));
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  const kind = value.constructor?.name ?? "object";
  return "length" in value
    ? `${kind} of ${value.length}`
    : `${kind} with keys ${Object.keys(value).join(", ")}`;
}

/**
 * Throws unless the value is fine.
 *
 * @param needed  where, and what it must be: "LIZO.step: batch must be a whole number"
 */
export function need(fine: boolean, code: ErrorCode, needed: string, value: unknown): asserts fine {
  if (!fine) throw new RelizoError(code, `${needed}, got ${show(value)}.`);
}

/**
 * The options with their defaults filled in.
 *
 * @param where  whose options they are, for the message: "LIZO", "minimize"
 * @throws RelizoError OPTION for an unknown key or a value outside its range; `undefined` means left out
 */
export function readOptions<O extends object>(where: string, given: Partial<O>, rules: Rules<O>): O {
  need(has(given), "OPTION", `${where}: the options must be an object`, given);
  for (const key of Object.keys(given))
    if (!Object.hasOwn(rules, key))
      throw new RelizoError(
        "OPTION",
        `${where}: unknown option "${key}"; the options are ${Object.keys(rules).join(", ")}.`,
      );
  const out: Partial<O> = {};
  for (const key in rules) {
    const rule = rules[key];
    const value = given[key];
    out[key] = value === undefined ? rule.fallback : value;
    need(
      value === undefined || rule.accepts(value),
      "OPTION",
      `${where}: ${key} must be ${rule.range}`,
      value,
    );
  }
  return out as O;
}
