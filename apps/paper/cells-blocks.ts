/** Cells of tables 6 and 7 and of figure 1 as blocks of the report: figures, curves, settings, and what fell short. */
import type { MethodName } from "../../src/index.ts";
import { figure, settingsText } from "../report/figure.ts";
import type { Block, Chart, Curve, Cell as Shown, Table } from "../report/section.ts";
import type { Value } from "./job.ts";
import { byMean, type Judged, mean, type PaperResults, range } from "./results.ts";
import { reasons } from "./settings.ts";
import { type Cell, keyOf, STEPS } from "./study.ts";
import { type PublishedCell, paperMethods } from "./tables.ts";

/** What the paper's table has for a method in a cell. */
function publishedFor(table: readonly PublishedCell[], cell: Cell, method: MethodName): number | undefined {
  const row = table.find((one) => keyOf(one) === keyOf(cell));
  return row?.finals[paperMethods.indexOf(method)];
}

const inCell = (results: PaperResults, cell: Cell): Judged[] =>
  results.judged.filter((one) => keyOf(one.cell) === keyOf(cell));

const name = ({ problem, d }: Cell): string => `${problem}, d = ${d}`;

const row = ({ problem, d }: Cell): Shown => ({ text: problem, note: `d = ${d}` });

export function cellsTable(
  results: PaperResults,
  caption: string,
  cells: readonly Cell[],
  published: readonly PublishedCell[],
): Table | undefined {
  const present = cells.filter((cell) => inCell(results, cell).length > 0);
  if (present.length === 0) return undefined;
  const methods = [...new Set(present.flatMap((cell) => inCell(results, cell).map(({ method }) => method)))];
  const rows = present.map((cell) => {
    const judged = inCell(results, cell);
    const [best] = judged.slice().sort((a, b) => byMean(a.mean, b.mean));
    const shown = methods.map((method): Shown => {
      const one = judged.find((candidate) => candidate.method === method);
      return one ? against(one.mean, publishedFor(published, cell, method)) : "";
    });
    const winner: Shown = best
      ? { text: best.method, ...(best.method === "relizo" && { mark: "best" }) }
      : "";
    return [row(cell), ...shown, winner];
  });
  return { kind: "table", caption, head: ["problem", ...methods, "lowest here"], rows };
}

/** A figure of ours with the paper's below it; a failure is above whatever the paper has. */
export function against(ours: Value, paper: number | undefined): Shown {
  if (paper === undefined) return figure(ours);
  const mark = ours !== null && ours <= paper ? "good" : "bad";
  return { text: figure(ours), mark, note: `paper ${paper}` };
}

/** A sentence for each cell where relizo stays above the paper's figure, with the likely reason. */
export function misses(results: PaperResults, published: readonly PublishedCell[]): Block[] {
  const text = results.judged.flatMap((one) => {
    const paper = one.method === "relizo" ? publishedFor(published, one.cell, "relizo") : undefined;
    if (paper === undefined || (one.mean !== null && one.mean <= paper)) return [];
    const likely = reasons[keyOf(one.cell)] ?? reason(results, one);
    return [
      `Not reached by relizo: ${name(one.cell)}, N = ${one.cell.samples}: ${figure(one.mean)} against the paper's ${paper}. Likely reason: ${likely}.`,
    ];
  });
  return text.length > 0 ? [{ kind: "prose", text }] : [];
}

/** What the run itself explains: less tuning or fewer seeds than the paper had. */
function reason({ seeds }: PaperResults, { origin }: Judged): string {
  if (origin === "coarse")
    return "the quick run has no stored settings here and tried four learning rates only";
  if (seeds.length < PAPER_SEEDS)
    return `the mean is over ${seeds.length} of the paper's ${PAPER_SEEDS} seeds, and one seed differs much from another`;
  return "not yet understood";
}

const PAPER_SEEDS = 3;

export function settingsTable(results: PaperResults, cells: readonly Cell[]): Table {
  const rows = cells.flatMap((cell) =>
    inCell(results, cell).map((one): Shown[] => {
      const { lr, ...others } = one.settings;
      const { low, high } = range(one.finals);
      return [
        row(cell),
        one.method,
        typeof lr === "number" ? String(lr) : "none",
        settingsText(others),
        `${figure(low)} to ${figure(high)}`,
        figure(mean(one.runs.map(({ queries }) => queries))),
        one.origin === "stored" ? "stored" : String(one.tried),
      ];
    }),
  );
  const head = ["problem", "method", "lr", "other options", "f over seeds", "queries", "settings tried"];
  return { kind: "table", caption: "Settings of each figure", head, rows, folded: true };
}

/** What is this many times above the start has diverged; its curve ends there, so that the others can be seen. */
const DIVERGED = 10;

/** f over iterations: the mean of the seeds, and their range. */
export function cellCharts(results: PaperResults, cells: readonly Cell[]): Chart[] {
  return cells.flatMap((cell): Chart[] => {
    const judged = inCell(results, cell);
    if (judged.length === 0) return [];
    const points = Math.max(...judged.flatMap(({ runs }) => runs.map(({ curve }) => curve.length)));
    if (points < 2) return [];
    const x = Array.from({ length: points }, (_, i) => (i * STEPS) / (points - 1));
    const ours = judged.filter(({ method }) => method === "relizo"); // first, so that it has the plainest line
    const curves = [...new Set([...ours, ...judged])].map((one) => curveOf(one, points));
    const caption = `${name(cell)}, N = ${cell.samples}`;
    return [{ kind: "chart", caption, xLabel: "iterations", yLabel: "f", logY: true, x, curves }];
  });
}

function curveOf({ method, runs }: Judged, points: number): Curve {
  const most = DIVERGED * (runs[0]?.curve[0] ?? Number.POSITIVE_INFINITY);
  const drawn = (value: Value): Value => (value !== null && value > most ? null : value);
  const at = (i: number) => runs.map(({ curve, final }) => drawn(i < curve.length ? curve[i]! : final));
  const indices = Array.from({ length: points }, (_, i) => i);
  return {
    label: method,
    mid: indices.map((i) => mean(at(i))),
    low: indices.map((i) => range(at(i)).low),
    high: indices.map((i) => range(at(i)).high),
  };
}
