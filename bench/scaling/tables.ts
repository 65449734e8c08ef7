/** Times as they are measured, printed, and shared out. */
import { row, type Times } from "../compare.ts";
import type { Finding } from "./results.ts";

/** The variant that copies what must be copied. */
export const FLOOR = "copies, the floor";

/** The published optimizer, and the same with glibc told to keep freed pages. */
export const PUBLISHED = ["published, as it runs", "published, pages kept"] as const;

export const short = (value: number): number => Number(value.toPrecision(3));

/** How often a pass over memory is made in one go, where once is too short for the clock. */
export const goesOf = (d: number): number => Math.ceil(1e6 / d);

/** The times of one pass each, where those named were measured in goes. */
export function shared(
  times: Readonly<Record<string, Times>>,
  names: readonly string[],
  d: number,
): Record<string, Times> {
  const goes = goesOf(d);
  const one = ({ median, low, high, min, runs }: Times): Times => ({
    median: median / goes,
    low: low / goes,
    high: high / goes,
    min: min / goes,
    runs,
  });
  return Object.fromEntries(
    Object.entries(times).map(([name, t]) => [name, names.includes(name) ? one(t) : t]),
  );
}

/** @param unit  the variant in whose times all are counted too */
export function printTimes(title: string, { times = {}, left = {} }: Finding, unit: string): void {
  const one = times[unit]!.median;
  const rows = Object.entries(times).map(([name, t]) => [name, { ...row(t), x: short(t.median / one) }]);
  console.log(`\n${title}; x is in times of: ${unit}`);
  console.table(Object.fromEntries(rows));
  for (const [name, why] of Object.entries(left)) console.log(`left out: ${name}: ${why}`);
}

/** A variant's name as it is said on a page. */
export function spoken(variant: string): string {
  return variant
    .replace("wasm", "WebAssembly")
    .replace("js", "JavaScript")
    .replace("rademacher", "Rademacher");
}
