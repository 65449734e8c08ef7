/** A fine-tune as a section of the report: how loss and figures went, what was set, and what came out. */
import type { Block, Chart, Section } from "../../report/section.ts";
import type { Metrics } from "../task/task.ts";
import type { Evaluation } from "../train/evaluation.ts";

export interface FinetuneReport {
  /** "LoRA of imdb-lm by relizo". */
  readonly title: string;
  /** What was set, name and text. */
  readonly settings: readonly (readonly [string, string])[];
  /** How it ended, in a sentence. */
  readonly message: string;
  /** Mean loss of each minibatch over its queries, in order of steps. */
  readonly curve: readonly { readonly step: number; readonly loss: number }[];
  readonly evaluations: readonly Evaluation[];
  readonly best: Evaluation | undefined;
  /** Which figure counts. */
  readonly metric: string;
  /** Of examples that had no part in it, before and after. */
  readonly test: { readonly before: Metrics; readonly after: Metrics } | undefined;
}

/** Points of a curve that a chart shows at most. */
const MOST = 300;

export function finetuneSection(report: FinetuneReport): Section {
  const { title, message, best, metric, evaluations } = report;
  const chosen = best
    ? `The parameters of step ${best.step} are kept, after ${best.queries} queries: ${metric} ${text(metric, best.figures[metric])}.`
    : "The last parameters are kept: nothing was held out.";
  const blocks: (Block | undefined)[] = [
    { kind: "prose", text: [message, chosen] },
    testTable(report),
    lossChart(report),
    ...figureCharts(report),
    evaluations.length > 0 ? evaluationTable(report) : undefined,
    {
      kind: "table",
      caption: "What was set",
      head: ["option", "value"],
      rows: report.settings.map(([name, value]) => [name, value]),
      folded: true,
    },
  ];
  return { id: "finetune", order: 30, title, blocks: blocks.filter((block) => block !== undefined) };
}

function testTable({ test, metric }: FinetuneReport): Block | undefined {
  if (!test) return undefined;
  const names = Object.keys(test.after.figures).filter((name) => name !== "examples");
  const row = (label: string, { figures }: Metrics) => [
    label,
    ...names.map((name) => text(name, figures[name])),
  ];
  return {
    kind: "table",
    caption: `${test.after.figures.examples} examples that had no part in training or choosing; what counts is ${metric}`,
    head: ["", ...names],
    rows: [row("before", test.before), row("after", test.after)],
  };
}

/** The mean over as many minibatches as make one point of the chart: single ones jump about. */
function lossChart({ curve }: FinetuneReport): Block | undefined {
  const finite = curve.filter(({ loss }) => Number.isFinite(loss));
  if (finite.length < 2) return undefined;
  const each = Math.max(1, Math.ceil(finite.length / MOST), Math.floor(finite.length / 60));
  const parts = Array.from({ length: Math.floor(finite.length / each) }, (_, i) =>
    finite.slice(i * each, (i + 1) * each),
  );
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  return chart(
    each === 1 ? "Loss of each minibatch" : `Loss of minibatches, the mean of ${each}`,
    "loss",
    parts.map((part) => part.at(-1)?.step ?? 0),
    parts.map((part) => mean(part.map(({ loss }) => loss))),
  );
}

function figureCharts({ evaluations, metric }: FinetuneReport): Block[] {
  if (evaluations.length < 2) return [];
  return [...new Set(["loss", metric])].map((name) =>
    chart(
      `Held-out examples: ${name}`,
      name,
      evaluations.map(({ step }) => step),
      evaluations.map(({ figures }) => figures[name] ?? null),
    ),
  );
}

function chart(caption: string, label: string, x: readonly number[], mid: readonly (number | null)[]): Chart {
  return { kind: "chart", caption, xLabel: "step", yLabel: label, logY: false, x, curves: [{ label, mid }] };
}

function evaluationTable({ evaluations, best }: FinetuneReport): Block {
  const names = Object.keys(evaluations[0]?.figures ?? {}).filter((name) => name !== "examples");
  return {
    kind: "table",
    caption: "Held-out examples, all evaluations",
    head: ["step", "queries", ...names],
    rows: evaluations.map(({ step, queries, figures }) => [
      step === best?.step ? { text: String(step), mark: "best" } : String(step),
      String(queries),
      ...names.map((name) => text(name, figures[name])),
    ]),
    folded: true,
  };
}

function text(name: string, value = Number.NaN): string {
  return /accuracy|f1/i.test(name) ? `${(100 * value).toFixed(1)} %` : value.toFixed(4);
}
