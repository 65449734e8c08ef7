/** `relizo bench run`: any method on any test problem. */
import { Command } from "commander";
import { figure } from "../apps/report/figure.ts";
import { saveSection, writePage } from "../apps/report/page.ts";
import { type Method, type MethodName, minimize, type Outcome, registry } from "../src/index.ts";
import { type Problem, problemNamed } from "../src/problem/index.ts";
import { progressBar } from "./progress.ts";
import { type Curve, runSection } from "./run-section.ts";
import { methodNamed, number, parseSettings, wrong } from "./settings.ts";
import { columns } from "./text.ts";

interface Options {
  readonly problem: string;
  readonly dimension?: number;
  readonly start?: string;
  readonly method: string;
  readonly set: readonly string[];
  readonly steps?: number;
  readonly queries?: number;
  readonly seconds?: number;
  readonly target?: number;
  readonly seed: number;
  readonly seeds?: number;
  readonly json?: boolean;
  readonly out?: string;
}

interface Run {
  readonly seed: number;
  /** Lowest value asked; null where no query succeeded. */
  readonly value: number | null;
  readonly outcome: Outcome;
  readonly message: string;
  readonly queries: number;
  readonly steps: number;
  readonly seconds: number;
}

export function benchRunCommand(): Command {
  return new Command("run")
    .description("run a method on a test problem; `relizo list` names both")
    .requiredOption("-p, --problem <name>", "the test problem")
    .option("-d, --dimension <d>", "its dimension; default the problem's first", number("--dimension", 1))
    .option("--start <name>", "another published starting point")
    .option("-m, --method <name>", "the method", "relizo")
    .option("--set <key=value...>", "options of the method", [])
    .option("--steps <n>", "most turns", number("--steps", 0))
    .option(
      "--queries <n>",
      "most calls of the objective; 10000 where nothing else ends a run",
      number("--queries", 1),
    )
    .option("--seconds <t>", "most seconds", number("--seconds", 0, false))
    .option("--target <f>", "stop at a value this low", number("--target", Number.NEGATIVE_INFINITY, false))
    .option("--seed <n>", "the (first) seed", number("--seed", 0), 0)
    .option("--seeds <n>", "run so many seeds, one after the other", number("--seeds", 1))
    .option("--json", "print JSON")
    .option("--out <folder>", "add the curves to the report there")
    .action(run);
}

async function run(options: Options): Promise<void> {
  const problem = problemNamed(options.problem);
  const d = options.dimension ?? problem.dimensions[0]!;
  const refusal = problem.refuses?.(d);
  if (refusal !== undefined) throw wrong(`${problem.name}: ${refusal}`);
  const x0 = startOf(problem, d, options.start);
  const method = methodNamed(options.method);
  const settings = parseSettings(method, options.set);
  make(method, settings); // an impossible option is refused before anything runs
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once("SIGINT", onSignal);
  const runs: Run[] = [];
  const curves: Curve[] = [];
  try {
    for (let i = 0; i < (options.seeds ?? 1) && !stop.signal.aborted; i++) {
      const { found, curve } = await one(
        problem,
        x0,
        make(method, settings),
        options.seed + i,
        options,
        stop.signal,
      );
      runs.push(found);
      curves.push(curve);
    }
  } finally {
    process.removeListener("SIGINT", onSignal);
  }
  if (stop.signal.aborted) process.exitCode = 130;
  const asked = { problem: problem.name, d, start: options.start ?? "standard", method, settings };
  console.log(
    options.json ? JSON.stringify({ ...asked, runs }, undefined, 2) : text(asked.problem, d, method, runs),
  );
  if (options.out === undefined) return;
  await saveSection(options.out, runSection(problem.name, d, method, settings, curves));
  console.error(`The report is ${await writePage(options.out)}`);
}

function startOf(problem: Problem, d: number, name: string | undefined): Float64Array {
  if (name === undefined || name === "standard") return problem.start(d);
  const other = problem.otherStarts?.[name];
  const names = ["standard", ...Object.keys(problem.otherStarts ?? {})];
  if (!other)
    throw wrong(`${problem.name} has no start ${JSON.stringify(name)}; it has ${names.join(", ")}.`);
  return other(d);
}

/** Options are read from text, so the registry's own check takes the place of types. */
function make(name: MethodName, settings: object): Method {
  const about: { create(given: object): Method } = registry[name];
  return about.create(settings);
}

async function one(
  problem: Problem,
  x0: Float64Array,
  method: Method,
  seed: number,
  { steps, queries, seconds, target }: Options,
  signal: AbortSignal,
): Promise<{ readonly found: Run; readonly curve: Curve }> {
  const unlimited = steps !== undefined || seconds !== undefined ? Number.MAX_SAFE_INTEGER : 10_000;
  const maxQueries = queries ?? unlimited;
  const total = steps ?? (maxQueries < Number.MAX_SAFE_INTEGER ? maxQueries : (seconds ?? 1));
  const bar = progressBar(`${problem.name} ${x0.length}, ${method.name}, seed ${seed}`, total);
  const curve = { queries: [0], values: [problem.value(x0)] };
  const began = performance.now();
  const solution = await minimize((x) => problem.value(x), x0, {
    method,
    seed,
    signal,
    maxQueries,
    ...(steps !== undefined && { maxSteps: steps }),
    ...(seconds !== undefined && { seconds }),
    ...(target !== undefined && { target }),
    onStep(progress) {
      const done =
        steps !== undefined
          ? progress.step
          : queries !== undefined || seconds === undefined
            ? progress.queries
            : progress.seconds;
      bar.update(Math.min(done, total), `f = ${figure(progress.best)}`);
      curve.queries.push(progress.queries);
      curve.values.push(progress.best);
    },
  });
  bar.stop();
  const { outcome, message, value } = solution;
  const found: Run = {
    seed,
    value: Number.isFinite(value) ? value : null,
    outcome,
    message,
    queries: solution.queries,
    steps: solution.steps,
    seconds: (performance.now() - began) / 1000,
  };
  return { found, curve };
}

function text(problem: string, d: number, method: string, runs: readonly Run[]): string {
  const rows = runs.map(({ seed, value, outcome, queries, steps, seconds }) => [
    String(seed),
    figure(value),
    String(queries),
    String(steps),
    seconds.toFixed(2),
    outcome,
  ]);
  const last = runs.at(-1);
  const table = columns(["seed", "f", "queries", "steps", "seconds", "outcome"], rows);
  return `${problem}, d = ${d}, ${method}\n\n${table}\n${runs.length === 1 && last ? `\n${last.message}\n` : ""}`;
}
