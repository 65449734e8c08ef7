/**
 * The run's side: tasks go into a work queue on the broker, answers come back and are taken once. Stands on a connection alone, so it
 * works wherever one can be had.
 */
import type { NatsConnection, Subscription } from "@nats-io/nats-core";
import { RelizoError } from "../../error.ts";
import type { Evaluator } from "../../evaluate/policy.ts";
import { custom, oneOf, type Rules, readOptions, real, whole } from "../../option.ts";
import { asked } from "./asked.ts";
import { drawHash, namesOf, placeOf } from "./names.ts";
import { presence } from "./presence.ts";
import { openQueue } from "./queue.ts";
import { refusals } from "./refusals.ts";
import { takeName } from "./run-name.ts";
import { together } from "./together.ts";
import { pause } from "./wait.ts";
import { type Refusal, readHello, writeAbout, writeNews, writeReply } from "./wire.ts";

export interface NatsRunOptions {
  /** Names the run on the broker: 1 to 64 letters, digits, - and _. One run of a name at a time. */
  readonly run: string;
  /** A task whose worker is silent for so long goes to another one [s]; workers that live say so three times in it. Default 10. */
  readonly ackWait: number;
  /** A task that was handed out so often without an answer fails its attempt: no worker gets through with it. Default 10. */
  readonly deliveries: number;
  /** Where the broker keeps the tasks: "file" (default), they outlive it; "memory", they are sent again where it ends. */
  readonly storage: "file" | "memory";
  /** Servers of a cluster that hold each task: 1 (default), 3 or 5. */
  readonly replicas: number;
  /** Told what happens, a line at a time: workers that come and go, a run that waits for one, what was refused. */
  readonly log: (line: string) => void;
}

export interface NatsEvaluator<C = Float64Array> extends Evaluator<C> {
  /** Workers that are there now. */
  readonly workers: number;
  /** Messages that were refused, by reason. */
  readonly refused: ReadonlyMap<Refusal, number>;
}

export const natsRunRules: Rules<NatsRunOptions> = {
  run: custom("", "a name", (value): value is string => typeof value === "string"),
  ackWait: real(10, 0.5, 3600),
  deliveries: whole(10, 1),
  storage: oneOf<NatsRunOptions["storage"]>("file", ["file", "memory"]),
  replicas: whole(1, 1, 5),
  log: custom<NatsRunOptions["log"]>(
    () => {},
    "a function",
    (value): value is NatsRunOptions["log"] => typeof value === "function",
  ),
};

/** How long a worker may wait to hear that its answer was taken, so that it hears it together with what comes next [ms]. */
const SOON = 5;
/** How often the queue is compared with what is waited for [ms]. */
const SWEEP = 2000;

/**
 * Begins a run: whatever an earlier one of this name left on the broker is removed.
 *
 * @param nc  is closed with the evaluator
 * @throws RelizoError OPTION for wrong options; EVALUATOR where a run of this name is under way, or the broker has no JetStream
 */
export async function coordinate<C = Float64Array>(
  nc: NatsConnection,
  options: Pick<NatsRunOptions, "run"> & Partial<NatsRunOptions>,
): Promise<NatsEvaluator<C>> {
  const { run, log, ...settings } = readOptions("nats", options, natsRunRules);
  const names = namesOf(run);
  const hash = drawHash(names);
  const about = writeAbout({
    hash,
    ackWait: Math.round(settings.ackWait * 1000),
    deliveries: settings.deliveries,
  });
  const queue = await openQueue(nc, names, { ...settings, hash, ackWait: settings.ackWait * 1000 });
  await takeName(nc, names, queue, log);

  const there = presence(run, log);
  const replies = together(nc, SOON);
  const { counts, refuse } = refusals((line) => log(`nats: ${line}`));
  const tasks = asked<C>({
    nc,
    names,
    hash,
    queue,
    before: replies.flush,
    withdrawn: (messages) => tell("withdrawn", messages),
    log,
  });
  const listening: Subscription[] = [
    nc.subscribe(names.results, { callback: (_, { subject, data, reply }) => result(subject, data, reply) }),
    nc.subscribe(names.hello, { callback: (_, { data, reply }) => hello(data, reply) }),
  ];
  const watch = setInterval(() => there.count(tasks.count), 1000);
  const sweeps = setInterval(() => void tasks.sweep(performance.now() - SWEEP), SWEEP);
  void follow();
  tell("here");
  await nc.flush();
  log(`nats: run ${run} begins, by ${nc.getServer()}.`);

  return {
    name: `nats run ${run}`,
    get capacity() {
      return there.slots || Number.POSITIVE_INFINITY; // with nobody there yet, all tasks wait for whoever comes
    },
    get workers() {
      return there.workers;
    },
    refused: counts,
    evaluate: tasks.evaluate,
    close,
  };

  function tell(event: "here" | "over" | "withdrawn", messages: readonly number[] = []): void {
    if (!nc.isClosed()) nc.publish(names.news, writeNews({ hash, event, messages }));
  }

  function result(subject: string, data: Uint8Array, reply: string | undefined): void {
    const why = take(subject, data);
    refuse(why);
    if (reply) replies.add(reply, writeReply(why ?? "taken"));
  }

  function take(subject: string, data: Uint8Array): Refusal | undefined {
    const place = placeOf(names, "results", subject);
    if (!place) return "malformed";
    if (place.hash !== hash) return "another run";
    return tasks.take(place, data);
  }

  function hello(data: Uint8Array, reply: string | undefined): void {
    const read = readHello(data);
    const why = typeof read === "string" ? read : there.meet(read);
    refuse(why);
    if (reply && why === undefined) nc.publish(reply, about);
  }

  /** Goes on when the broker is back. */
  async function follow(): Promise<void> {
    for await (const { type } of nc.status()) {
      if (type === "disconnect") log("nats: the broker is away; the run waits for it.");
      if (type !== "reconnect") continue;
      log("nats: the broker is back.");
      await tasks.ensure();
      await tasks.sweep(performance.now());
      tell("here");
    }
    const why = await nc.closed();
    tasks.end(
      new RelizoError(
        "EVALUATOR",
        `nats: the connection to the broker is closed${why ? `: ${why.message}` : "."}`,
      ),
    );
  }

  async function close(): Promise<void> {
    if (tasks.ended && nc.isClosed()) return;
    const mine = !tasks.ended;
    clearInterval(watch);
    clearInterval(sweeps);
    tasks.end(new RelizoError("EVALUATOR", `nats: run ${run} is closed.`));
    for (const one of listening) one.unsubscribe();
    replies.flush();
    tell("over");
    if (mine) await Promise.race([queue.destroy().catch(() => {}), pause(2000)]);
    await Promise.race([nc.flush().catch(() => {}), pause(1000)]);
    await nc.close();
  }
}
