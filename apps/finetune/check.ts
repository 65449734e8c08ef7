/** Refusals, worded once: where, what was needed, what came. */
import { type ErrorCode, RelizoError } from "../../src/index.ts";

/**
 * Throws unless the value is fine.
 *
 * @param needed  where, and what it must be: "language: maxLength must be a whole number from 2"
 */
export function need(fine: boolean, code: ErrorCode, needed: string, value: unknown): asserts fine {
  if (!fine) throw new RelizoError(code, `${needed}; got ${show(value)}.`);
}

/** @throws RelizoError OPTION unless the value is a whole number of at least `low` */
export function needWhole(where: string, value: number, low: number): void {
  need(
    Number.isSafeInteger(value) && value >= low,
    "OPTION",
    `${where} must be a whole number from ${low}`,
    value,
  );
}

/** How a value reads in a message: short, a text in quotes. */
export function show(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (Array.isArray(value))
    return `[${value.slice(0, 8).map(show).join(", ")}${value.length > 8 ? ", ..." : ""}]`;
  if (typeof value === "object" && value !== null) return value.constructor?.name ?? "an object";
  return String(value);
}

/** Names in quotes with commas between, at most so many of them. */
export function list(names: readonly string[], most: number = 12): string {
  const shown = names.slice(0, most).map((name) => JSON.stringify(name));
  return shown.join(", ") + (names.length > most ? ` and ${names.length - most} more` : "");
}
