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
  const text =
    "With b = 2η stand the paper's bound and its authors' learning rates; as tuned is relizo above. Counts are means over the " +
    "seeds. The trial that a line search accepts is the next f at the iterate, so that one is not asked again.";
  return [
    {
      kind: "table",
      caption: "Table 8: relizo's queries by what they were for, N = 8, 500 iterations",
      head,
      rows,
    },
    { kind: "prose", text: [text] },
  ];
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

/** Tables 10 and 11: what comes of the reuse bound. */
export function boundsTables(results: PaperResults): Block[] {
  const where = "ARGTRIGLS, d = 200, N = 8, by the reuse bound b";
  return [
    ...boundsTable(`Table 10: ${where}, reuse without a limit`, partOf(results, "table10"), table10),
    ...boundsTable(`Table 11: ${where}, at most half reused`, partOf(results, "table11"), table11),
  ];
}

function boundsTable(
  caption: string,
  found: readonly Bounded[],
  published: readonly PublishedBound[],
): Block[] {
  if (found.length === 0) return [];
  const rows = found.map((ours): Shown[] => {
    const { factor } = ours.asked;
    const paper = published.find((one) => one.factor === factor);
    const rate = percent(reuseRate(ours));
    return [
      factor === 0 ? "0" : `${factor} η`,
      against(after(ours, STEPS), paper?.after500),
      against(after(ours, 4 * STEPS), paper?.after2000),
      paper ? { text: rate, note: `paper ${percent(paper.reuse)}` } : rate,
    ];
  });
  return [{ kind: "table", caption, head: ["b", "f after 500", "f after 2000", "reused"], rows }];
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
