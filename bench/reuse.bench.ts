/**
 * What reuse of past queries is worth, and in which form: none, the value form (points moved along, dense), the difference form
 * (`slopes()`, over seeds). Equal queries, the best of 18 learning rates each, half of the samples reused whatever their distance. The
 * condition number of A stands beside the final value. `--only NAME` takes the objectives whose name holds that. Ends with what must hold,
 * and fails where it does not.
 */
import { slopes } from "../src/index.ts";
import type { RelizoOptions } from "../src/method/relizo-options.ts";
import { machine } from "./compare.ts";
import { drive, type Plan, type Run } from "./reuse/drive.ts";
import { type Task, tasks } from "./reuse/objectives.ts";
import { denseWorld, type Precision, seedsWorld } from "./reuse/worlds.ts";

const QUERIES = 2504; // 500 turns of f(x) and four fresh samples, after a first one of eight
const SEEDS = [0, 1, 2, 3, 4];
const FINALISTS = 3;
const RATES = [-6, -5, -4, -3, -2, -1].flatMap((power) => [1, 2, 5].map((c) => c * 10 ** power));

interface Form {
  readonly name: string;
  readonly space: "dense" | "seeds";
  readonly options: Partial<RelizoOptions>;
}

const FORMS: readonly Form[] = [
  { name: "none", space: "seeds", options: { reuse: "none" } },
  {
    name: "values",
    space: "dense",
    options: { reuse: "samples", reuseWithin: Infinity, reuseSteps: Infinity, maxReuse: 0.5 },
  },
  { name: "slopes", space: "seeds", options: { reuse: slopes() } },
];

/** Smoothing radius: small where values have the digits for it. */
const RADII: Readonly<Record<Precision, readonly number[]>> = { float64: [1e-5], float32: [1e-3, 1e-4] };

interface Cell extends Run {
  readonly rate: number;
}

function run({ space, options }: Form, plan: Plan): Run {
  const { task, precision } = plan;
  const own = { ...plan, options: { ...plan.options, ...options } };
  return space === "dense"
    ? drive(denseWorld(task.start, precision), own)
    : drive(seedsWorld(task.start, precision), own);
}

/** The best rate by the first seed, its finalists judged by the mean of all. */
function best(form: Form, task: Task, precision: Precision, radius: number): Cell {
  const rates = task.minibatches ? RATES.map((rate) => 10 * rate) : RATES;
  const trial = (rate: number, seed: number, watched: boolean): Run =>
    run(form, { task, precision, options: { radius, lr: rate }, seed, queries: QUERIES, watched });
  const ranked = rates
    .map((rate) => ({ rate, ...trial(rate, SEEDS[0]!, false) }))
    .sort((a, b) => a.value - b.value)
    .slice(0, FINALISTS);
  const cells = ranked.map(({ rate }): Cell => {
    const runs = SEEDS.map((seed) => trial(rate, seed, true));
    const mean = runs.reduce((sum, { value }) => sum + value / runs.length, 0);
    const condition = Math.max(...runs.map((one) => one.condition));
    return { rate, value: mean, condition, queries: runs[0]!.queries };
  });
  return cells.reduce((a, b) => (b.value < a.value ? b : a));
}

const short = (value: number): string => value.toPrecision(3);
const verdicts: { readonly what: string; readonly met: boolean }[] = [];
const judge = (what: string, met: boolean): void => {
  verdicts.push({ what, met });
};

const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1]! : "";
console.log(`${machine()}; ${QUERIES} queries, mean of ${SEEDS.length} seeds`);
for (const task of tasks.filter(({ name }) => name.includes(only)))
  for (const precision of ["float64", "float32"] as const)
    for (const radius of RADII[precision]) {
      const where = `${task.name}, ${precision}, radius ${radius}`;
      const cells = Object.fromEntries(FORMS.map((form) => [form.name, best(form, task, precision, radius)]));
      const [none, values, own] = [cells.none!, cells.values!, cells.slopes!];
      console.log(`\n${where}; f at the start ${short(task.value(task.start))}`);
      console.table(
        Object.fromEntries(
          Object.entries(cells).map(([name, { value, rate, condition, queries }]) => [
            name,
            {
              "final f": short(value),
              "x none": short(value / none.value),
              lr: rate,
              "condition of A": condition.toExponential(1),
              queries,
            },
          ]),
        ),
      );
      const ratio = own.value / values.value;
      const low = 1e-4 * task.value(task.start);
      if (task.minibatches)
        judge(
          `${where}: slopes at most 2 % above none: ${short(own.value / none.value)}`,
          own.value <= 1.02 * none.value,
        );
      else if (precision === "float64") {
        const tiny = own.value < low && values.value < low;
        judge(
          `${where}: slopes at most ${tiny ? "3 times" : "10 % above"} values: ${short(ratio)}`,
          ratio <= (tiny ? 3 : 1.1),
        );
      } else if (values.condition > 1e6) judge(`${where}: slopes below values: ${short(ratio)}`, ratio < 1);
    }

console.log("");
for (const { what, met } of verdicts) console.log(`${met ? "met   " : "missed"}  ${what}`);
if (verdicts.some(({ met }) => !met)) process.exitCode = 1;
console.log(`\n${machine()}`);
