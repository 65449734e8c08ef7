/** `relizo worker`: answers the queries of a run that is under way elsewhere, on any number of machines. */
import { hostname } from "node:os";
import { Command } from "commander";
import { openKernels } from "../src/run/kernels.ts";
import type { Evaluator } from "../src/workers/index.ts";
import {
  command,
  connectBroker,
  isShared,
  loadObjective,
  replicaEvaluator,
  runName,
  serve,
  threads,
  workerName,
} from "../src/workers/node.ts";
import { number, wrong } from "./settings.ts";
import { statusLine } from "./status-line.ts";
import { afterwards } from "./text.ts";

interface Options {
  readonly nats: string;
  readonly run: string;
  readonly objective?: string;
  readonly command?: string;
  readonly threads: number;
  readonly name?: string;
  readonly seconds: number;
  readonly once?: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

const HELP = [
  "Workers may come and go at any time: a task whose worker falls silent goes to another one, and the run is the same bit for bit. " +
    "The queue brings points, never code: each worker asks the objective named here.",
  "Who asks is read from the environment alone: RELIZO_NATS_USER with RELIZO_NATS_PASSWORD, or RELIZO_NATS_TOKEN, " +
    "RELIZO_NATS_CREDS (a file) or RELIZO_NATS_NKEY (a seed).",
];

export function workerCommand(): Command {
  return new Command("worker")
    .description("answer the queries of a run elsewhere, over a NATS broker")
    .requiredOption(
      "--nats <url>",
      "the broker: nats://HOST:PORT, or tls://HOST:PORT; several with commas between",
    )
    .requiredOption("--run <name>", "the run's name")
    .option("--objective <file>", "the module that exports the objective")
    .option("--command <line>", "the program that answers instead, points in and values out as lines of JSON")
    .option(
      "--threads <k>",
      "queries at once, each in a thread or a program of its own",
      number("--threads", 1, true, 1024),
      1,
    )
    .option(
      "--name <name>",
      "what this worker is called in logs (default: the machine's name and the process)",
    )
    .option(
      "--seconds <t>",
      "end after so many seconds, 0 or more (default: at ctrl-C)",
      number("--seconds", 0, false),
      Infinity,
    )
    .option("--once", "end when the run does, rather than wait for the next one of its name")
    .option("--ca <file>", "who signed the broker's certificate, in PEM")
    .option("--cert <file>", "this worker's own certificate, where the broker wants one")
    .option("--key <file>", "its key")
    .addHelpText("after", HELP.map(afterwards).join("\n"))
    .action(work);
}

async function work(options: Options): Promise<void> {
  const { once = false, seconds, threads: slots } = options;
  const run = runName(options.run);
  if (options.name !== undefined) workerName(options.name);
  const { accepts, make } = await answering(options);
  const name =
    options.name ??
    `${hostname()
      .replaceAll(/[^\w.-]/g, "-")
      .slice(0, 60)}:${process.pid}`;
  const stop = new AbortController();
  let interrupted = false;
  const halt = (): void => stop.abort();
  const onSignal = (): void => {
    interrupted = true;
    halt();
  };
  const { ca, cert, key } = options;
  const nc = await connectBroker({ servers: options.nats, ca, cert, key }, `relizo worker ${name}`);
  const line = statusLine();
  const evaluator = make(nc, line.say);
  const timer = seconds * 1000 < LONGEST_TIMER ? setTimeout(halt, seconds * 1000) : undefined;
  for (const signal of SIGNALS) process.once(signal, onSignal);
  let [answered, released] = [0, 0];
  const began = performance.now();
  const report = (): string =>
    `${answered} answered, ${rate(answered, performance.now() - began)}${released > 0 ? `, ${released} given back` : ""}`;
  try {
    await serve(nc, evaluator, {
      run,
      name,
      slots,
      once,
      signal: stop.signal,
      log: line.say,
      accepts,
      onTask({ outcome }) {
        if (outcome === "taken") answered++;
        if (outcome === "released") released++;
        line.show(`worker ${name} for run ${run}: ${report()}`);
      },
    }).ended;
  } finally {
    clearTimeout(timer);
    for (const signal of SIGNALS) process.off(signal, onSignal);
    line.end(`worker ${name} ends: ${report()}.`);
    await Promise.all([evaluator.close(), nc.close()]);
  }
  if (interrupted) process.exitCode = 130;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** A timer of more milliseconds than this goes off at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Who answers here, and which candidates. */
interface Answering {
  readonly accepts: (candidate: unknown) => boolean;
  make(nc: Connection, log: (line: string) => void): Evaluator<never> | Evaluator<unknown>;
}

type Connection = Awaited<ReturnType<typeof connectBroker>>;

async function answering(options: Options): Promise<Answering> {
  const { objective: file, command: line, threads: count, run } = options;
  if ((file === undefined) === (line === undefined))
    throw wrong("worker needs one of --objective FILE and --command LINE.");
  const isPoint =
    (d?: number) =>
    (x: unknown): boolean =>
      x instanceof Float64Array && (d === undefined ? x.length > 0 : x.length === d);
  if (line !== undefined) {
    const mode = line.includes("{x}") ? "files" : "lines";
    return { accepts: isPoint(), make: () => command({ command: line, mode, processes: count }) };
  }
  const { objective, parameters, x0 } = await loadObjective(file!);
  if (!parameters)
    return { accepts: isPoint(x0?.length), make: () => threads({ module: file!, threads: count }) };
  if (count > 1)
    throw wrong(`${file} exports parameters, of which a worker holds one; start a worker for each.`);
  const kernels = await openKernels();
  return {
    accepts: isShared,
    make: (nc, log) => replicaEvaluator(nc, { run, objective, parameters, kernels, log }),
  };
}

function rate(count: number, ms: number): string {
  const perSecond = count / Math.max(ms / 1000, 1e-3);
  return perSecond >= 0.1
    ? `${perSecond.toPrecision(3)} a second`
    : `${(60 * perSecond).toPrecision(2)} a minute`;
}
