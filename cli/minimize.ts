/** `relizo minimize`: the user's own objective, wherever it is answered, with a journal that no end of the process loses. */
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { figure } from "../apps/report/figure.ts";
import type { MethodName, Outcome, Progress } from "../src/index.ts";
import { openJournal } from "../src/journal/file/index.ts";
import { type Journal, minimizeRecorded, type RecordedSolution } from "../src/journal/index.ts";
import { type AskOptions, answering, checkAsk } from "./minimize-ask.ts";
import { type StartOptions, startOf } from "./minimize-start.ts";
import { readyFor } from "./out-folder.ts";
import { progressBar } from "./progress.ts";
import { DEFAULT_QUERIES, make } from "./run-one.ts";
import { methodNamed, number, oneOf, parseSettings, wrong } from "./settings.ts";
import { afterwards, wrapped } from "./text.ts";

interface Options extends AskOptions, StartOptions {
  readonly method?: string;
  readonly set?: readonly string[];
  readonly seed?: number;
  readonly queries?: number;
  readonly steps?: number;
  readonly seconds?: number;
  readonly target?: number;
  readonly journal?: string;
  readonly resume?: boolean;
  readonly takeOver?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

const HELP = [
  "The module exports `objective`, a function of a Float64Array that gives a number or the promise of one, `x0`, and if you like `bounds`: " +
    "{ lower, upper }. It may be TypeScript. NaN, an exception or a rejection is a failed query: it costs a query and moves nothing.",
  "--command runs a program that stays and answers lines of JSON, or, where {x} stands in the line for the path of a file with x, one " +
    "program a query. --url is POSTed batches of points. --nats has workers answer, on any number of machines: start `relizo worker` " +
    "there. Whoever answers, the run is the same bit for bit.",
  "With --journal every value is in the file before it counts. Whatever ends the run, the same call with --resume goes on, asks nothing again, " +
    "and ends in the same bits; it takes the method, its settings and the seed from the journal.",
  "--json prints one last line: { value, queries, steps, outcome, message, reuse, hash: { trajectory, x } }. value is null where no " +
    "query succeeded; reuse is the part of samples that were past queries; the hashes are SHA-256 over all values in order and over x.",
];

const finite = (flag: string) => number(flag, -Number.MAX_VALUE, false, Number.MAX_VALUE);

export function minimizeCommand(): Command {
  return new Command("minimize")
    .description("minimize an objective of yours from its values alone")
    .argument("[module]", "the module that exports the objective, such as objective.ts")
    .option("--command <line>", "a program answers: `python eval.py`")
    .option("--url <address>", "a service answers: it is POSTed batches of points")
    .option(
      "--header <name: value...>",
      "a header for --url; $NAME in it is that variable of the environment",
    )
    .option("--nats <address>", "workers behind a NATS broker answer: nats://HOST:PORT or tls://HOST:PORT")
    .option("--run <name>", "the run's name on the broker (default: run)")
    .option(
      "--ack-wait <t>",
      "seconds until the task of a worker that fell silent goes to another",
      number("--ack-wait", 0.1, false, 86_400),
    )
    .option("--ca <file>", "who signed the broker's certificate, in PEM")
    .option("--cert <file>", "this run's own certificate, where the broker wants one")
    .option("--key <file>", "its key")
    .option(
      "--workers <n>",
      "threads for a module, programs for --command, requests at once for --url",
      number("--workers", 1, true, 1024),
    )
    .option("--timeout <t>", "most seconds of an attempt", number("--timeout", Number.MIN_VALUE, false))
    .option(
      "--retries <n>",
      "attempts after the first where no answer came (default: 3)",
      number("--retries", 0),
    )
    .option(
      "--backoff <t>",
      "seconds before the second attempt, then twice as many (default: 0.1)",
      number("--backoff", 0, false, 60),
    )
    .option(
      "--failed <what>",
      "what a query becomes that no attempt answered: abort ends the run, nan is a failed query (default: abort)",
      (word: string) => oneOf("--failed", word, ["abort", "nan"]),
    )
    .option("--in-flight <n>", "most queries under way at once", number("--in-flight", 1))
    .option("--batch-size <n>", "most queries in one message (default: 1)", number("--batch-size", 1))
    .option("--x0 <numbers>", "where to start: 1,2,3 or a file with a JSON array (default: the module's)")
    .option(
      "--lower <x>",
      "least value of every coordinate (default: the module's bounds)",
      finite("--lower"),
    )
    .option("--upper <x>", "largest value of every coordinate", finite("--upper"))
    .option("-m, --method <name>", "the method (default: relizo)")
    .option("--set <key=value...>", "options of the method")
    .option("--seed <n>", "names the random stream (default: 0)", number("--seed", 0))
    .option(
      "--queries <n>",
      `most calls of the objective (default: ${DEFAULT_QUERIES} where neither --steps nor --seconds is given)`,
      number("--queries", 1),
    )
    .option("--steps <n>", "most turns, 0 or more", number("--steps", 0))
    .option("--seconds <t>", "most seconds of this sitting, 0 or more", number("--seconds", 0, false))
    .option("--target <f>", "stop at a value this low", number("--target", Number.NEGATIVE_INFINITY, false))
    .option("--journal <file>", "keep the run there")
    .option("--resume", "go on with the run of --journal")
    .option(
      "--take-over",
      "take a journal whose writer is gone for certain, though it left its lock on another machine",
    )
    .option("--out <file>", "write { x, value, queries, outcome } there, in JSON")
    .option("--json", "print one line of JSON at the end")
    .addHelpText("after", HELP.map(afterwards).join("\n"))
    .action(minimizeAction);
}

async function minimizeAction(file: string | undefined, options: Options): Promise<void> {
  checkAsk(file, options);
  if (options.journal === undefined && (options.resume || options.takeOver))
    throw wrong(`--${options.resume ? "resume" : "take-over"} needs --journal FILE.`);
  for (const flag of ["journal", "out"] as const) {
    const path = options[flag];
    if (path !== undefined) await readyFor(`--${flag}`, path);
  }
  const start = await startOf(file, options);
  if (options.method !== undefined) methodOf(options, undefined);
  const journal = await opened(options);
  try {
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    const who = await answering(file, start.objective, options, say);
    try {
      await run(start, who, journal, options);
    } finally {
      await who.close();
    }
  } finally {
    await journal?.close();
  }
}

async function opened({ journal: file, resume, takeOver = false }: Options): Promise<Journal | undefined> {
  if (file === undefined) return undefined;
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const journal = await openJournal(file, { takeOver, said: say });
  const { header, rounds } = journal;
  if (header && !resume) {
    await journal.close();
    throw wrong(
      `${file} holds a run of ${header.method} with ${rounds} rounds of queries; --resume goes on with it, another name begins another.`,
    );
  }
  if (resume)
    say(header ? `${file}: ${rounds} rounds are not asked again.` : `${file} holds no run yet: it begins.`);
  return journal;
}

/** The method that the command line names, or that the journal had. */
function methodOf({ method, set = [] }: Options, journal: Journal | undefined) {
  const header = journal?.header;
  if (method === undefined && set.length === 0 && header?.settings) {
    const name = methodNamed(header.method);
    return { name, settings: header.settings };
  }
  const name: MethodName = methodNamed(method ?? header?.method ?? "relizo");
  const settings = parseSettings(name, set);
  make(name, settings);
  return { name, settings };
}

async function run(
  { x0, bounds }: Awaited<ReturnType<typeof startOf>>,
  { ask, name: who }: Awaited<ReturnType<typeof answering>>,
  journal: Journal | undefined,
  options: Options,
): Promise<void> {
  const { queries, steps, seconds, target, seed = journal?.header?.seed ?? 0 } = options;
  const { name, settings } = methodOf(options, journal);
  const open = steps === undefined && seconds === undefined;
  const maxQueries = queries ?? (open ? DEFAULT_QUERIES : Number.MAX_SAFE_INTEGER);
  const total = steps ?? (queries === undefined ? seconds : undefined) ?? maxQueries;
  const bar = progressBar(`${name}, d = ${x0.length}, seed ${seed}, ${who}`, total);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  for (const signal of SIGNALS) process.once(signal, onSignal);
  const reuse = reuseRate();
  let solution: RecordedSolution;
  try {
    solution = await minimizeRecorded(ask, x0, {
      ...(journal && { journal }),
      ...(bounds && { bounds }),
      ...(target !== undefined && { target }),
      ...(steps !== undefined && { maxSteps: steps }),
      ...(seconds !== undefined && { seconds }),
      method: make(name, settings),
      settings,
      seed,
      maxQueries,
      signal: stop.signal,
      onStep(progress) {
        reuse.add(progress);
        const { queries: asked, best } = progress;
        const done = steps !== undefined ? progress.step : total === seconds ? progress.seconds : asked;
        bar.update(
          Math.min(done, total),
          `f = ${figure(best)}, ${asked} queries, ${percent(reuse.rate())} reused`,
        );
      },
    });
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    bar.stop();
  }
  await report(solution, reuse.rate(), options);
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The part of samples that were past queries. */
function reuseRate() {
  let [step, served, asked] = [0, 0, 0];
  return {
    add({ step: now, queries, reused }: Progress): void {
      if (now > step) served += reused;
      [step, asked] = [now, queries];
    },
    rate: () => (asked === 0 ? 0 : served / (served + asked)),
  };
}

const percent = (part: number): string => `${Math.round(100 * part)} %`;

async function report(solution: RecordedSolution, reuse: number, options: Options): Promise<void> {
  const { queries, steps, outcome, hashes } = solution;
  const x = [...solution.x];
  const value = Number.isFinite(solution.value) ? solution.value : null;
  const message = ending(solution, options);
  if (options.out !== undefined)
    await writeFile(options.out, `${JSON.stringify({ x, value, queries, steps, outcome })}\n`);
  if (outcome === "aborted") process.exitCode = 130;
  else if (outcome === "failed") process.exitCode = 1;
  if (options.json) {
    console.log(JSON.stringify({ value, queries, steps, outcome, message, reuse, hash: hashes }));
    return;
  }
  const shown = x.slice(0, SHOWN).map((xi) => String(Number(xi.toPrecision(7))));
  const rows = [
    ["f", value === null ? "no query succeeded" : String(value)],
    ["queries", `${queries} in ${steps} steps; ${percent(reuse)} of samples reused`],
    [
      "x",
      `${shown.join(", ")}${x.length > SHOWN ? `, … (${x.length} numbers; --out FILE writes them all)` : ""}`,
    ],
    ["trajectory", hashes.trajectory],
  ];
  console.log(
    [...rows.map(([key, text]) => `${key!.padEnd(12)}${text}`), "", ...wrapped(message, 0)].join("\n"),
  );
}

/** Numbers of x that are shown. */
const SHOWN = 8;

/** How the run ended, by the options of this program, and the call that goes on. */
function ending({ outcome, message, queries, steps }: RecordedSolution, { journal }: Options): string {
  const words: Partial<Record<Outcome, readonly [said: string, more?: readonly [flag: string, to: number]]>> =
    {
      queries: ["The query budget ran out", ["--queries", 2 * queries]],
      steps: ["The step budget ran out", ["--steps", 2 * steps]],
      seconds: ["The time budget ran out"],
      aborted: ["The run was interrupted"],
    };
  const [said, more] = words[outcome] ?? [];
  if (said === undefined) return message;
  if (journal === undefined) return `${said}. With --journal FILE a run can be resumed.`;
  return `${said}. To go on: ${callOf(process.argv.slice(2), more)}`;
}

/** The call as it was, for a shell, with --resume and a larger budget. */
function callOf(args: readonly string[], [flag, to]: readonly [string?, number?] = []): string {
  const isBudget = (word: string | undefined): boolean => flag !== undefined && word === flag;
  const kept = args.filter(
    (word, i) =>
      !["--resume", "--take-over"].includes(word) &&
      !isBudget(word) &&
      !isBudget(args[i - 1]) &&
      !(flag !== undefined && word.startsWith(`${flag}=`)),
  );
  const quoted = (word: string): string =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
  return ["relizo", ...kept.map(quoted), ...(flag === undefined ? [] : [flag, to]), "--resume"].join(" ");
}
