/** `relizo minimize`: the user's own objective, wherever it is answered, with a journal that no end of the process loses. */
import { Command } from "commander";
import { type AskOptions, answering, checkAsk } from "./minimize/ask.ts";
import { minimizeDense } from "./minimize/dense.ts";
import { type InPlaceOptions, minimizeInPlace } from "./minimize/in-place.ts";
import { type Chosen, chosen, firstRound, type MethodChoice } from "./minimize/method.ts";
import { type Start, type StartOptions, startOf } from "./minimize/start.ts";
import { lengthOf } from "./named-parameters.ts";
import { openRun } from "./open-run.ts";
import { readyFor } from "./out-folder.ts";
import { DEFAULT_QUERIES } from "./run-one.ts";
import { number, oneOf, wrong } from "./settings.ts";
import { afterwards, say } from "./text.ts";

interface Options extends AskOptions, StartOptions, MethodChoice, InPlaceOptions {
  readonly resume?: boolean;
  readonly takeOver?: boolean;
}

const HELP = [
  "The module exports `objective`, a function of a Float64Array that gives a number or the promise of one, `x0`, and if you like `bounds`: " +
    "{ lower, upper }. It may be TypeScript. NaN, an exception or a rejection is a failed query: it costs a query and moves nothing.",
  "In place of x0 the module may export `parameters`, Float32Arrays or a `Parameters`, of any number: they move in place along directions " +
    "drawn from seeds, and `objective` gets them as they stand. The method is then one of relizo, zo-sgd, prgf and mezo.",
  "--command runs a program that stays and answers lines of JSON, or, where {x} stands in the line for the path of a file with x, one " +
    "program a query. --url is POSTed batches of points. --nats has workers answer, on any number of machines: start `relizo worker` " +
    "there. Whoever answers, the run is the same bit for bit.",
  "With --journal every value is in the file before it counts. Whatever ends the run, the same call with --resume goes on, asks nothing again, " +
    "and ends in the same bits; it takes the method, its settings and the seed from the journal.",
  "--json prints one last line: { value, queries, steps, outcome, message, reuse, hash: { trajectory, x } }. value is null where no " +
    "query succeeded; reuse is the part of this sitting's samples that were past queries; the hashes are SHA-256 over all values in order and over x.",
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
      number("--ack-wait", 0.5, false, 3600),
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
    .option(
      "--seed <n>",
      "names the random stream (default: 0)",
      number("--seed", 0, true, Number.MAX_SAFE_INTEGER),
    )
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
    .option(
      "--directions <kind>",
      "for parameters that move in place: rademacher, gaussian or low-rank (default: rademacher)",
      (word: string) => oneOf("--directions", word, ["rademacher", "gaussian", "low-rank"]),
    )
    .option("--rank <r>", "of low-rank directions (default: 2)", number("--rank", 1))
    .option(
      "--lazy <n>",
      "steps that share one factor of low-rank directions (default: 50)",
      number("--lazy", 1),
    )
    .option(
      "--out <file>",
      "write { x, value, queries, steps, outcome } there, in JSON; parameters as safetensors",
    )
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
  checkInPlace(start, options);
  const named = chosen(options, undefined); // a wrong name is refused before a file is made
  if (!options.resume) checkBudget(start, named, options);
  const journal =
    options.journal === undefined ? undefined : await openRun(options.journal, options, "another name");
  try {
    const what = chosen(options, journal?.header);
    checkBudget(start, what, options);
    if ("parameters" in start) {
      await minimizeInPlace(start, what, journal, options);
      return;
    }
    const who = await answering(file, start.objective, options, say);
    try {
      await minimizeDense(start, who, what, journal, options);
    } finally {
      await who.close();
    }
  } finally {
    await journal?.close();
  }
}

/** @throws RelizoError OPTION for options that the other kind of run has */
function checkInPlace(start: Start, { directions, rank, lazy, ...options }: Options): void {
  if (!("parameters" in start)) {
    for (const [flag, value] of Object.entries({ directions, rank, lazy }))
      if (value !== undefined)
        throw wrong(
          `--${flag} is for a module that exports parameters, in place of x0, which move in place.`,
        );
    return;
  }
  if (options.nats === undefined)
    for (const flag of ["timeout", "retries", "backoff", "failed", "inFlight", "batchSize"] as const)
      if (options[flag] !== undefined)
        throw wrong(
          `parameters that move in place are asked in this thread, one query after the other; --${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} goes with --nats.`,
        );
  if (options.workers !== undefined)
    throw wrong(
      "parameters that move in place are asked in this thread, or over --nats; leave out --workers.",
    );
}

/** Samples of parameters that move in place are no more for more of them. */
const MOST_NUMBERS = 10_000;

/** @throws RelizoError OPTION where the queries are too few for one round */
function checkBudget(start: Start, what: Chosen, { queries }: Options): void {
  const d = "parameters" in start ? Math.min(MOST_NUMBERS, lengthOf(start.parameters)) : start.x0.length;
  if (queries === undefined || d === 0) return;
  const needed = firstRound(what, d);
  if (queries < needed)
    throw wrong(
      `--queries must be at least ${needed}, which is what one round of ${what.name} takes here; got ${queries}.`,
    );
}
