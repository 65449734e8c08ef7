/** Runs of methods on a problem as a section of the report: their curves over queries with the spread, and a table. */
import { figure, settingsText } from "../apps/report/figure.ts";
import type { Section, Curve as Shown } from "../apps/report/section.ts";
import type { Curve, Run } from "./run-one.ts";

/** Points of a drawn curve. */
const POINTS = 120;

/** `runs` and `curves` belong together, one by one. */
export function runSection(where: string, runs: readonly Run[], curves: readonly Curve[]): Section {
  const most = Math.max(1, ...curves.map(({ queries }) => queries.at(-1) ?? 0));
  const x = Array.from({ length: POINTS + 1 }, (_, i) => Math.round((i * most) / POINTS));
  const groups = [...new Set(runs.map(({ method }) => method))].map((method) => {
    return {
      method,
      runs: runs.filter((run) => run.method === method),
      curve: shown(
        method,
        x,
        curves.filter((_, i) => runs[i]?.method === method),
      ),
    };
  });
  const rows = groups.map(({ method, runs: own }) => {
    const finals = own.map(({ value }) => value ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
    return [
      method,
      settingsText(own[0]?.settings ?? {}),
      figure(finite(finals[middle(finals.length)])),
      `${figure(finite(finals[0]))} to ${figure(finite(finals.at(-1)))}`,
      (own.reduce((sum, { queries }) => sum + queries, 0) / own.length).toFixed(0),
      String(own.length),
    ];
  });
  const title = `${where}: ${groups.map(({ method }) => method).join(", ")}`;
  const options = groups.map(({ runs: [first] }) => JSON.stringify(first?.settings ?? {})).join(" ");
  const below = groups.some(({ curve }) => curve.low?.some((value) => value !== null && value < 0));
  return {
    id: `run-${title} ${options === "{}" ? "" : options}`
      .toLowerCase()
      .replaceAll(/[^a-z0-9.]+/g, "-")
      .slice(0, 150),
    order: 80,
    title,
    blocks: [
      {
        kind: "table",
        caption: "f at the best point found",
        head: ["method", "options", "median", "over seeds", "queries", "seeds"],
        rows,
      },
      {
        kind: "chart",
        caption: "f at the best point so far: the median and the range over seeds",
        xLabel: "queries",
        yLabel: "f",
        logY: !below,
        x,
        curves: groups.map(({ curve }) => curve),
      },
    ],
  };
}

function shown(label: string, x: readonly number[], curves: readonly Curve[]): Shown {
  const sorted = x.map((query) => curves.map((curve) => at(curve, query)).sort((a, b) => a - b));
  return {
    label,
    mid: sorted.map((values) => finite(values[middle(values.length)])),
    low: sorted.map((values) => finite(values[0])),
    high: sorted.map((values) => finite(values.at(-1))),
  };
}

/** The lower one of two in the middle. */
const middle = (length: number): number => Math.floor((length - 1) / 2);

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
