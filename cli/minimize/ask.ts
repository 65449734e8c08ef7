/** Who answers the queries of `relizo minimize`: this thread, other threads, a program, a service, or workers on other machines. */
import type { Objective } from "../../src/index.ts";
import {
  type Ask,
  askBy,
  askInline,
  type Evaluator,
  endpoint,
  type Policy,
} from "../../src/workers/index.ts";
import { command, type NatsOptions, natsEvaluator, patientFetch, threads } from "../../src/workers/node.ts";
import { wrong } from "../settings.ts";

export interface AskOptions {
  readonly command?: string;
  readonly url?: string;
  readonly header?: readonly string[];
  readonly nats?: string;
  readonly run?: string;
  readonly ackWait?: number;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly workers?: number;
  readonly timeout?: number;
  readonly retries?: number;
  readonly backoff?: number;
  readonly failed?: string;
  readonly inFlight?: number;
  readonly batchSize?: number;
}

export interface Answering {
  readonly ask: Ask;
  /** Who it is, in a few words. */
  readonly name: string;
  close(): Promise<void>;
}

/** Refuses a call that names no one to answer, or two, before anything is started. */
export function checkAsk(file: string | undefined, options: AskOptions): void {
  const { workers, header, run, ackWait, ca, cert, key } = options;
  const elsewhere = (["command", "url", "nats"] as const).filter((one) => options[one] !== undefined);
  const named = elsewhere.map((one) => `--${one}`);
  if (elsewhere.length > 1) throw wrong(`${named.join(" and ")} cannot both answer; give one of them.`);
  if (elsewhere.length === 0 && file === undefined)
    throw wrong("minimize needs a module that exports the objective, or --command, --url or --nats.");
  const [where] = elsewhere;
  if (file !== undefined && (where === "command" || where === "url"))
    throw wrong(`${file} and --${where} cannot both answer; leave one out, and give --x0 with --${where}.`);
  if (workers !== undefined && where === "nats")
    throw wrong("--workers are of this machine; with --nats, start `relizo worker` wherever one shall be.");
  if (header !== undefined && where !== "url") throw wrong("--header goes with --url.");
  for (const [flag, value] of Object.entries({ run, "ack-wait": ackWait, ca, cert, key }))
    if (value !== undefined && where !== "nats") throw wrong(`--${flag} goes with --nats.`);
}

/** @param said  told of attempts that failed and of workers that come and go, a line at a time */
export async function answering(
  file: string | undefined,
  objective: Objective | undefined,
  options: AskOptions,
  said: (line: string) => void,
): Promise<Answering> {
  const policy = policyOf(options);
  const evaluator = await evaluatorOf(file, options, said, Object.keys(policy).length > 0);
  if (!evaluator) return { ask: askInline(objective!), name: "this thread", close: async () => {} };
  return { ask: askBy(evaluator, policy, said), name: evaluator.name, close: () => evaluator.close() };
}

export function policyOf(options: AskOptions): Partial<Policy> {
  const { timeout, retries, backoff, failed, inFlight, batchSize } = options;
  return {
    ...(timeout !== undefined && { timeout }),
    ...(retries !== undefined && { retries }),
    ...(backoff !== undefined && { backoff }),
    ...(failed !== undefined && { failed: failed === "nan" ? "nan" : "abort" }),
    ...(inFlight !== undefined && { inFlight }),
    ...(batchSize !== undefined && { batchSize }),
  };
}

/** The broker and the run there, where one is named. */
export function natsOf(options: AskOptions, log: (line: string) => void): NatsOptions | undefined {
  const { nats, run = "run", ackWait, ca, cert, key } = options;
  if (nats === undefined) return undefined;
  const access = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  return { servers: nats, run, log, ...access, ...(ackWait !== undefined && { ackWait }) };
}

async function evaluatorOf(
  file: string | undefined,
  options: AskOptions,
  log: (line: string) => void,
  hasPolicy: boolean,
): Promise<Evaluator | undefined> {
  const { command: line, url, header = [], workers } = options;
  if (line !== undefined) {
    const mode = line.includes("{x}") ? "files" : "lines";
    return command({ command: line, mode, log, ...(workers !== undefined && { processes: workers }) });
  }
  if (url !== undefined)
    return endpoint({
      url,
      headers: headersOf(header),
      fetch: patientFetch,
      ...(workers !== undefined && { requests: workers }),
    });
  const broker = natsOf(options, log);
  if (broker) return natsEvaluator(broker);
  if (workers === undefined && !hasPolicy) return undefined;
  return threads({ module: file!, threads: workers ?? 1 });
}

function headersOf(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((one) => {
      const at = one.indexOf(":");
      if (at < 1) throw wrong(`--header takes "Name: value", got ${JSON.stringify(one)}.`);
      return [one.slice(0, at).trim(), one.slice(at + 1).trim()];
    }),
  );
}
