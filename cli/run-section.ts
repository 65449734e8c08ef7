/** Runs of one method as a section of the report: a curve over queries with its spread. */
import type { Section } from "../apps/report/section.ts";

/** The lowest value so far, after so many queries. */
export interface Curve {
  readonly queries: readonly number[];
  readonly values: readonly number[];
}

/** Points of a drawn curve. */
const POINTS = 120;

export function runSection(
  problem: string,
  d: number,
  method: string,
  settings: Readonly<Record<string, unknown>>,
  curves: readonly Curve[],
): Section {
  const most = Math.max(1, ...curves.map(({ queries }) => queries.at(-1) ?? 0));
  const x = Array.from({ length: POINTS + 1 }, (_, i) => Math.round((i * most) / POINTS));
  const sorted = x.map((query) => curves.map((curve) => at(curve, query)).sort((a, b) => a - b));
  const pick = (part: number) =>
    sorted.map((values) => finite(values[Math.floor(part * (values.length - 1))]));
  return {
    id: `run-${problem}-${d}-${method}`.toLowerCase().replaceAll(/[^a-z0-9-]+/g, "-"),
    order: 80,
    title: `${problem}, d = ${d}, ${method}`,
    blocks: [
      { kind: "prose", text: [`Options: ${JSON.stringify(settings)}. Seeds: ${curves.length}.`] },
      {
        kind: "chart",
        caption: "Lowest value so far: the median and the range over seeds",
        xLabel: "queries",
        yLabel: "f",
        logY: true,
        x,
        curves: [{ label: method, mid: pick(0.5), low: pick(0), high: pick(1) }],
      },
    ],
  };
}

/** The value after so many queries: that of the last point at or before them. */
function at({ queries, values }: Curve, query: number): number {
  let low = 0;
  let high = queries.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (queries[middle]! <= query) low = middle;
    else high = middle - 1;
  }
  return values[low] ?? Number.NaN;
}

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;
