/** Queries and reuse as blocks of the report: table 8, tables 10 and 11, figure 2. */
import { figure, percent } from "../report/figure.ts";
import type { Block, Chart, Cell as Shown } from "../report/section.ts";
import { against } from "./cells-blocks.ts";
import type { JobResult } from "./job.ts";
import { after, type Bounded, mean, type PaperResults, reuseRate } from "./results.ts";
import { keyOf, type ReuseCase, STEPS, table8Cells } from "./study.ts";
import { figure2, type PublishedBound, table8, table10, table11 } from "./tables.ts";

const partOf = (results: PaperResults, part: ReuseCase["part"]): Bounded[] =>
  results.bounded.filter(({ asked }) => asked.part === part);

/** Table 8: every query counted, by what it was for. */
export function countsTable(results: PaperResults): Block[] {
  const published = partOf(results, "table8");
  if (published.length === 0) return [];
  const rows = table8Cells.flatMap((cell) => {
    const paper = table8.find(({ problem }) => problem === cell.problem);
    const asked = published.find((one) => one.asked.problem === cell.problem);
    const own = results.judged.find((one) => keyOf(one.cell) === keyOf(cell) && one.method === "relizo");
    const notes = paper
      ? [paper.queries, undefined, paper.searches, paper.queries + paper.searches, paper.reused]
      : [];
    return [
      ...(asked ? [[{ text: cell.problem, note: "b = 2η" }, ...counts(asked.runs, notes)]] : []),
      ...(own ? [[{ text: cell.problem, note: "as tuned" }, ...counts(own.runs, [])]] : []),
    ];
  });
  const head = ["problem", "samples", "at the iterate", "line search", "all queries", "reused", "f"];
  const caption =
    "Table 8: N = 8, 500 iterations, relizo's queries counted exactly (mean over seeds). With b = 2η, the paper's bound and " +
    "its authors' rates; below it, relizo as tuned above. The trial that a line search accepts is the next f at the iterate, " +
    "so that one is not asked again";
  return [{ kind: "table", caption, head, rows }];
}

function counts(runs: readonly JobResult[], notes: readonly (number | undefined)[]): Shown[] {
  const average = (pick: (run: JobResult) => number): number => mean(runs.map(pick)) ?? Number.NaN;
  const figures = [
    average((run) => run.queries - run.iterateQueries - run.searchQueries),
    average((run) => run.iterateQueries),
    average((run) => run.searchQueries),
    average((run) => run.queries),
    average((run) => run.reused),
  ];
  const cells = figures.map((value, i): Shown => {
    const note = notes[i];
    return note === undefined ? value.toFixed(0) : { text: value.toFixed(0), note: `paper ${note}` };
  });
  return [...cells, figure(mean(runs.map(({ final }) => final)))];
}

/** Tables 10 and 11 side by side. */
export function boundsTable(results: PaperResults): Block[] {
  const sides: readonly (readonly [string, Bounded[], readonly PublishedBound[]])[] = [
    ["no limit", partOf(results, "table10"), table10],
    ["at most half", partOf(results, "table11"), table11],
  ];
  const present = sides.filter(([, found]) => found.length > 0);
  if (present.length === 0) return [];
  const rows = table10.map(({ factor }) => [
    factor === 0 ? "0" : `${factor} η`,
    ...present.flatMap(([, found, published]): Shown[] => {
      const ours = found.find(({ asked }) => asked.factor === factor);
      const paper = published.find((one) => one.factor === factor);
      if (!ours || !paper) return ["", "", ""];
      return [
        against(after(ours, STEPS), paper.after500),
        against(after(ours, 4 * STEPS), paper.after2000),
        { text: percent(reuseRate(ours)), note: `paper ${percent(paper.reuse)}` },
      ];
    }),
  ]);
  const head = present.flatMap(([name]) => [`f at 500, ${name}`, `f at 2000, ${name}`, `reused, ${name}`]);
  const caption = "Tables 10 and 11: ARGTRIGLS, d = 200, N = 8, by the reuse bound b";
  return [{ kind: "table", caption, head: ["b", ...head], rows }];
}

const FACTORS = [1, 2, 5] as const;

/** Figure 2: how much is reused, by N and b. */
export function ratesTable(results: PaperResults): Block[] {
  const found = partOf(results, "figure2");
  if (found.length === 0) return [];
  const at = (problem: string, samples: number, factor: number): Bounded | undefined =>
    found.find(
      ({ asked }) => asked.problem === problem && asked.samples === samples && asked.factor === factor,
    );
  const problems = [...new Set(found.map(({ asked }) => asked.problem))];
  const samplesOf = (problem: string): number[] => [
    ...new Set(found.filter(({ asked }) => asked.problem === problem).map(({ asked }) => asked.samples)),
  ];
  const rows = problems.flatMap((problem) =>
    samplesOf(problem).map((samples): Shown[] => {
      const paper = figure2.find((one) => one.problem === problem && one.samples === samples);
      const rate = (factor: number, i: number): Shown => {
        const ours = at(problem, samples, factor);
        if (!ours) return "";
        const text = reuseRate(ours).toFixed(2);
        return paper ? { text, note: `paper ${paper.rates[i]!.toFixed(2)}` } : text;
      };
      const f = [0, ...FACTORS].map((factor) => {
        const ours = at(problem, samples, factor);
        return ours ? figure(after(ours, STEPS)) : "";
      });
      return [{ text: problem, note: `N = ${samples}` }, ...FACTORS.map(rate), ...f];
    }),
  );
  const head = [
    ...FACTORS.map((b) => `reused, b = ${b === 1 ? "" : b}η`),
    "f, b = 0",
    ...FACTORS.map((b) => `f, b = ${b === 1 ? "" : b}η`),
  ];
  const caption =
    "Figure 2: part of the samples reused over 500 iterations, and f after them, by N and the reuse bound b";
  const charts = problems.map((problem): Chart => {
    const x = samplesOf(problem);
    const curves = FACTORS.map((factor) => {
      const mid = x.map((samples) => {
        const ours = at(problem, samples, factor);
        return ours ? reuseRate(ours) : null;
      });
      return { label: `b = ${factor === 1 ? "" : factor}η`, mid };
    });
    return {
      kind: "chart",
      caption: `${problem}: part reused`,
      xLabel: "N",
      yLabel: "reused",
      logY: false,
      x,
      curves,
    };
  });
  return [{ kind: "table", caption, head: ["problem", ...head], rows }, ...charts];
}
