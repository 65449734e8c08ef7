/** `relizo bench run`: any methods on any test problem. */
import { Command } from "commander";
import { figure } from "../apps/report/figure.ts";
import { saveSection, writePage } from "../apps/report/page.ts";
import { type MethodName, methodRules } from "../src/index.ts";
import type { Problem } from "../src/problem/index.ts";
import { ready } from "./out-folder.ts";
import { type Curve, DEFAULT_QUERIES, make, type Run, runOne, type Terms } from "./run-one.ts";
import { runSection } from "./run-section.ts";
import { methodNamed, names, number, parseSettings, problemOf, wrong } from "./settings.ts";
import { afterwards, columns } from "./text.ts";

interface Options extends Terms {
  readonly problem: string;
  readonly dimension?: number;
  readonly start?: string;
  readonly method?: readonly string[];
  readonly set?: readonly string[];
  readonly seed: number;
  readonly seeds: number;
  readonly json?: boolean;
  readonly out?: string;
}

/** Above it the samples alone would not fit into most memories. */
const MOST_DIMENSIONS = 1e7;
const MOST_SEEDS = 10_000;

const HELP = [
  `--set takes JSON where an option is no number or word: --set lr=0.1 schedule='{"kind":"inverse-sqrt"}'.`,
  "--json prints { problem, d, start, noise, lower, upper, runs: [{ method, settings, seed, value, outcome, message, queries, " +
    "steps, seconds }] }. value is f, without the noise, at the best point found, null where no query succeeded; outcome is one " +
    "of target, converged, queries, steps, seconds, aborted, failed. A run that its budget ends is no failure.",
];

const finite = (flag: string) => number(flag, -Number.MAX_VALUE, false, Number.MAX_VALUE);

export function benchRunCommand(): Command {
  return new Command("run")
    .description("run methods on a test problem; `relizo list` and `relizo list problems` name them")
    .requiredOption("-p, --problem <name>", "the test problem")
    .option(
      "-d, --dimension <d>",
      `its dimension, at most ${MOST_DIMENSIONS}; default the problem's first`,
      number("--dimension", 1, true, MOST_DIMENSIONS),
    )
    .option("--start <name>", "another published starting point (default: standard)")
    .option("-m, --method <names...>", "one or more methods (default: relizo)", names("--method"))
    .option(
      "--noise <level>",
      "add normal noise to every value, its standard deviation in units of f, 0 or more",
      number("--noise", 0, false, Number.MAX_VALUE),
    )
    .option("--lower <x>", "least value of every coordinate (default: none)", finite("--lower"))
    .option("--upper <x>", "largest value of every coordinate (default: none)", finite("--upper"))
    .option("--set <key=value...>", "options of the methods; each method takes those it has")
    .option("--steps <n>", "most turns, 0 or more", number("--steps", 0))
    .option(
      "--queries <n>",
      `most calls of the objective, 1 or more (default: ${DEFAULT_QUERIES} where neither --steps nor --seconds is given)`,
      number("--queries", 1),
    )
    .option("--seconds <t>", "most seconds of each run, 0 or more", number("--seconds", 0, false))
    .option(
      "--target <f>",
      "stop at a value this low, in units of f",
      number("--target", Number.NEGATIVE_INFINITY, false),
    )
    .option("--seed <n>", "the first seed, 0 or more", number("--seed", 0), 0)
    .option(
      "--seeds <n>",
      `run so many seeds, one after the other, at most ${MOST_SEEDS}`,
      number("--seeds", 1, true, MOST_SEEDS),
      1,
    )
    .option("--json", "print JSON")
    .option("--out <folder>", "add the curves to the report there")
    .addHelpText("after", HELP.map(afterwards).join("\n"))
    .action(benchRun);
}

async function benchRun(options: Options): Promise<void> {
  const problem = problemOf(options.problem);
  const d = options.dimension ?? problem.dimensions[0]!;
  const refusal = problem.refuses?.(d);
  if (refusal !== undefined) throw wrong(`${problem.name}: ${refusal}`);
  const start = options.start ?? "standard";
  const x0 = startOf(problem, d, start);
  const { noise = 0, lower, upper } = options;
  if (lower !== undefined && upper !== undefined && lower > upper)
    throw wrong(`--lower must not be above --upper, got ${lower} and ${upper}.`);
  const asked = wanted(options);
  if (options.out !== undefined) await ready("--out", options.out);

  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once("SIGINT", onSignal);
  const runs: Run[] = [];
  const curves: Curve[] = [];
  try {
    for (const one of asked) {
      if (stop.signal.aborted) break;
      const { run, curve } = await runOne(problem, x0, one, options, stop.signal);
      runs.push(run);
      curves.push(curve);
    }
  } finally {
    process.removeListener("SIGINT", onSignal);
  }
  if (stop.signal.aborted) process.exitCode = 130;
  const set = { problem: problem.name, d, start, noise, lower: lower ?? null, upper: upper ?? null };
  if (options.out !== undefined) {
    await saveSection(options.out, runSection(where(set), runs, curves));
    console.error(`The report is ${await writePage(options.out)}`);
  }
  console.log(options.json ? JSON.stringify({ ...set, runs }, undefined, 2) : text(where(set), runs));
}

/** The runs asked for, each method with the settings it knows; what is impossible is refused before anything runs. */
function wanted({ method = ["relizo"], set = [], seed, seeds }: Options) {
  if (seed > Number.MAX_SAFE_INTEGER - (seeds - 1))
    throw wrong(`--seed must leave room for ${seeds} seeds below 2^53, got ${seed}.`);
  const methods = method.map(methodNamed);
  const known = (name: MethodName, pair: string): boolean =>
    Object.hasOwn(methodRules(name), pair.slice(0, Math.max(0, pair.indexOf("="))));
  return methods.flatMap((name) => {
    const pairs = set.filter((pair) => known(name, pair) || !methods.some((other) => known(other, pair)));
    const settings = parseSettings(name, pairs);
    make(name, settings);
    return Array.from({ length: seeds }, (_, i) => ({ method: name, settings, seed: seed + i }));
  });
}

function startOf(problem: Problem, d: number, name: string): Float64Array {
  const others = problem.otherStarts ?? {};
  if (name === "standard") return problem.start(d);
  if (Object.hasOwn(others, name)) return others[name]!(d);
  const known = ["standard", ...Object.keys(others)].join(", ");
  throw wrong(`--start: ${problem.name} has no start ${JSON.stringify(name)}; it has ${known}.`);
}

interface Where {
  readonly problem: string;
  readonly d: number;
  readonly start: string;
  readonly noise: number;
  readonly lower: number | null;
  readonly upper: number | null;
}

function where({ problem, d, start, noise, lower, upper }: Where): string {
  return [
    `${problem}, d = ${d}`,
    ...(start === "standard" ? [] : [`start ${start}`]),
    ...(noise === 0 ? [] : [`noise ${noise}`]),
    ...(lower === null && upper === null ? [] : [`x from ${lower ?? "-∞"} to ${upper ?? "∞"}`]),
  ].join(", ");
}

function text(title: string, runs: readonly Run[]): string {
  const rows = runs.map(({ method, seed, value, outcome, queries, steps, seconds }) => [
    method,
    String(seed),
    queries === 0 ? "not asked" : figure(value),
    String(queries),
    String(steps),
    seconds.toFixed(2),
    outcome,
  ]);
  const [only] = runs;
  const table = columns(["method", "seed", "f", "queries", "steps", "seconds", "outcome"], rows);
  return `${title}\n\n${table}${runs.length === 1 && only ? `\n\n${only.message}` : ""}`;
}
