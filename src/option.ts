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

/** Whole numbers with low <= value <= high, and Infinity where that is high. */
export function whole(fallback: number, low: number, high: number = 2 ** 31 - 1): Rule<number> {
  return custom(
    fallback,
    `a whole number from ${low} to ${high}`,
    (value): value is number =>
      (Number.isInteger(value) || value === high) && Number(value) >= low && Number(value) <= high,
  );
}

export function flag(fallback: boolean): Rule<boolean> {
  return oneOf(fallback, [true, false]);
}

export function oneOf<T extends string | boolean>(fallback: T, values: readonly T[]): Rule<T> {
  return custom(fallback, `one of ${values.map(show).join(", ")}`, (value): value is T =>
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
  if (!has(value)) return String(value);
  const kind = value.constructor?.name ?? "object";
  return "length" in value
    ? `${kind} of ${value.length} (${Object.values(value).slice(0, 3).map(show).join(", ")})`
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
export function readOptions<O extends object>(
  where: string,
  given: { readonly [K in keyof O]?: unknown },
  rules: Rules<O>,
): O {
  need(has(given) && !Array.isArray(given), "OPTION", `${where}: the options must be an object`, given);
  for (const key of Object.keys(given))
    need(
      Object.hasOwn(rules, key),
      "OPTION",
      `${where}: an option must be one of ${Object.keys(rules).join(", ")}`,
      key,
    );
  const out: Partial<O> = {};
  for (const key in rules) {
    const { accepts, fallback, range } = rules[key];
    const value: unknown = given[key];
    need(value === undefined || accepts(value), "OPTION", `${where}: ${key} must be ${range}`, value);
    out[key] = value === undefined ? fallback : value;
  }
  return out as O;
}
