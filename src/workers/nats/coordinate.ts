/**
 * The run's side: tasks go into a work queue on the broker, answers come back and are taken once. Stands on a connection alone, so it
 * works wherever one can be had.
 */
import { type NatsConnection, RequestError, type Subscription, TimeoutError } from "@nats-io/nats-core";
import { type ErrorCode, RelizoError } from "../../error.ts";
import type { Answer, Evaluator } from "../../evaluate/policy.ts";
import type { Task } from "../../evaluate/task.ts";
import { custom, oneOf, type Rules, readOptions, real, whole } from "../../option.ts";
import { saidBy } from "./access.ts";
import { drawHash, messageId, namesOf, placeOf, taskSubject } from "./names.ts";
import { longestData } from "./payload.ts";
import { NameTaken, openQueue } from "./queue.ts";
import { refusals } from "./refusals.ts";
import { together } from "./together.ts";
import { pause } from "./wait.ts";
import {
  digestOf,
  type Hello,
  type Refusal,
  readAbout,
  readHello,
  readResult,
  type Said,
  writeAbout,
  writeHello,
  writeNews,
  writeReply,
  writeTask,
} from "./wire.ts";

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

/** A worker that was silent for so long is no longer counted [ms]; it says hello every other second. */
const GONE = 7000;
/** Most workers of one run. */
const MOST_WORKERS = 4096;
/** How long a worker may wait to hear that its answer was taken, so that it hears it together with what comes next [ms]. */
const SOON = 5;
/** How often the queue is compared with what is waited for [ms]. */
const SWEEP = 2000;
/** A run with tasks and no worker says so after this long, and again after LONG [ms]. */
const ALONE = 3000;
const LONG = 60_000;

/** A task that waits for its answer. */
interface Open {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly digest: Uint8Array;
  /** The messages that bring it: one, or more where the broker lost it. */
  readonly messages: number[];
  /** When it was last known to be on its way to the queue, or in it. */
  added: number;
  settle(said: Said): void;
  fail(error: RelizoError): void;
}

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
  await takeName();

  const open = new Map<string, Open>();
  const withdrawing = new Map<string, Promise<void>>();
  const workers = new Map<string, { slots: number; seen: number }>();
  const { counts, refuse } = refusals((line) => log(`nats: ${line}`));
  const replies = together(nc, SOON);
  let leftovers: ReadonlySet<string> = new Set();
  let serial = 0;
  let ended: RelizoError | undefined;
  let alone = performance.now();
  let told = Number.NEGATIVE_INFINITY;

  const listening: Subscription[] = [
    nc.subscribe(names.results, { callback: (_, { subject, data, reply }) => result(subject, data, reply) }),
    nc.subscribe(names.hello, { callback: (_, { data, reply }) => hello(data, reply) }),
  ];
  const watch = setInterval(count, 1000);
  const sweeps = setInterval(() => void sweep(performance.now() - SWEEP), SWEEP);
  void follow();
  tell("here");
  await nc.flush();
  log(`nats: run ${run} begins, by ${nc.getServer()}.`);

  return {
    name: `nats run ${run}`,
    get capacity() {
      let slots = 0;
      for (const worker of workers.values()) slots += worker.slots;
      return slots || Number.POSITIVE_INFINITY; // with nobody there yet, all tasks wait for whoever comes
    },
    get workers() {
      return workers.size;
    },
    refused: counts,
    async evaluate(tasks, signal) {
      const stop = new Set<() => void>();
      const halt = (): void => {
        for (const one of [...stop]) one();
      };
      signal.addEventListener("abort", halt); // one for all: there may be many tasks
      try {
        return await Promise.all(tasks.map((task) => ask(task, signal, stop)));
      } finally {
        signal.removeEventListener("abort", halt);
        halt(); // where one failed, the others are given up
      }
    },
    close,
  };

  /** The name of the run is ours, and the queue behind it empty. */
  async function takeName(): Promise<void> {
    try {
      const { data } = await nc.request(names.hello, writeHello({ worker: "coordinator", slots: 0 }), {
        timeout: 1000,
      });
      if (typeof readAbout(data) !== "string") throw busy();
    } catch (error) {
      if (error instanceof TimeoutError)
        log(`nats: whoever coordinated ${run} before does not answer; its place is taken.`);
      else if (!(error instanceof RequestError && error.isNoResponders())) throw error;
    }
    await queue.destroy();
    try {
      await queue.ensure();
    } catch (error) {
      throw error instanceof NameTaken ? busy() : refusedBy("EVALUATOR", error);
    }
  }

  function busy(): RelizoError {
    return new RelizoError(
      "EVALUATOR",
      `nats: a run named ${run} is under way on this broker; end it, or give this one another name.`,
    );
  }

  function refusedBy(code: ErrorCode, cause: unknown): RelizoError {
    return new RelizoError(code, `nats: the broker refused the queue of run ${run}: ${saidBy(cause)}`, {
      cause,
    });
  }

  async function ask(task: Task<C>, signal: AbortSignal, stop: Set<() => void>): Promise<Answer> {
    const subject = taskSubject(names, { ...task, hash });
    const data = writeTask(task);
    checkSize(data.length);
    await withdrawing.get(subject);
    signal.throwIfAborted();
    if (ended) throw ended;
    if (open.has(subject))
      throw new RelizoError("STATE", `nats: task ${task.index} of round ${task.round} is asked already.`);
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        open.delete(subject);
        stop.delete(abort);
      };
      const abort = (): void => {
        finish();
        withdraw(entry, published);
        reject(signal.aborted ? signal.reason : new Error("another task of the same call failed"));
      };
      const entry: Open = {
        subject,
        data,
        digest: digestOf(subject, data),
        messages: [],
        added: Number.POSITIVE_INFINITY,
        settle(said) {
          finish();
          if ("answer" in said) resolve(said.answer);
          else if ("mistake" in said) reject(new RelizoError("VALUE", said.mistake));
          else reject(new RelizoError("EVALUATOR", `nats: ${said.lost}`));
        },
        fail(error) {
          finish();
          reject(error);
        },
      };
      stop.add(abort);
      open.set(subject, entry);
      const published = publish(entry);
    });
  }

  function checkSize(bytes: number): void {
    const most = longestData(nc);
    if (bytes <= most) return;
    throw new RelizoError(
      "OPTION",
      `nats: a task of ${bytes} bytes is more than the broker takes in one message, ${most} (max_payload). Points grow with the dimension, ` +
        "8 bytes a number: raise max_payload in the broker's configuration (64MB at most), or let the parameters move by seeds " +
        "(space: kernels.seeded()), whose messages do not grow.",
    );
  }

  /** Puts the task in the queue, however long the broker is away. */
  async function publish(entry: Open): Promise<void> {
    entry.added = Number.POSITIVE_INFINITY;
    let number = serial++; // the same for every try, so that one whose confirmation was lost is not added twice
    entry.messages.push(number);
    replies.flush();
    for (let tries = 1; open.get(entry.subject) === entry; tries++) {
      try {
        const became = await queue.add(entry.subject, entry.data, messageId(hash, number));
        if (became === "added" || tries > 1) {
          entry.added = performance.now();
          return;
        }
        if (became === "taken") await queue.remove(entry.subject); // by what was answered a moment ago
        number = serial++; // or its name was, by somebody else
        entry.messages.push(number);
        tries = 0;
      } catch (error) {
        if (nc.isClosed()) return;
        if (tries === 1) log(`nats: the broker did not take a task; it is sent again: ${saidBy(error)}`);
        await pause(Math.min(125 * 2 ** tries, SWEEP));
        await queue.ensure().catch(lose);
      }
    }
  }

  /** The name was taken over: nothing that is asked now will ever be answered. */
  function lose(error: unknown): void {
    if (error instanceof NameTaken)
      end(
        new RelizoError(
          "STATE",
          `nats: another run named ${run} has taken the place of this one on the broker.`,
        ),
      );
  }

  function end(error: RelizoError): void {
    ended ??= error;
    for (const entry of [...open.values()]) entry.fail(ended);
  }

  /** Nobody waits for this task any more: it leaves the queue, and whoever works on it is told. */
  function withdraw({ subject, messages }: Open, published: Promise<void>): void {
    if (ended) return;
    tell("withdrawn", messages);
    void remove(subject, published);
  }

  async function remove(subject: string, published: Promise<void>): Promise<void> {
    const gone = published
      .then(() => queue.remove(subject))
      .catch(() => {}) // a later sweep removes it
      .finally(() => withdrawing.delete(subject));
    withdrawing.set(subject, gone);
    await gone;
  }

  function tell(event: "here" | "over" | "withdrawn", messages: readonly number[] = []): void {
    if (!nc.isClosed()) nc.publish(names.news, writeNews({ hash, event, messages }));
  }

  function result(subject: string, data: Uint8Array, reply: string | undefined): void {
    const why = take(subject, data);
    refuse(why);
    if (reply) replies.add(reply, writeReply(why ?? "taken"));
  }

  /** Takes an answer, once; or says why not. */
  function take(subject: string, data: Uint8Array): Refusal | undefined {
    const place = placeOf(names, "results", subject);
    if (!place) return "malformed";
    if (place.hash !== hash) return "another run";
    const read = readResult(data);
    if (typeof read === "string") return read;
    const entry = open.get(taskSubject(names, place));
    if (!entry) return "not asked for";
    if (!read.digest.every((byte, i) => byte === entry.digest[i])) return "for another candidate";
    entry.settle(read.said);
    return undefined;
  }

  function hello(data: Uint8Array, reply: string | undefined): void {
    const why = meet(readHello(data));
    refuse(why);
    if (reply && why === undefined) nc.publish(reply, about);
  }

  /** Notes who is there, or says why not. */
  function meet(read: Hello | Refusal): Refusal | undefined {
    if (typeof read === "string") return read;
    const { worker, slots } = read;
    const known = workers.get(worker);
    if (slots > 0 && !known && workers.size >= MOST_WORKERS) return "too many workers";
    if (slots === 0) workers.delete(worker);
    else workers.set(worker, { slots, seen: performance.now() });
    if (slots > 0 && !known) log(`nats: worker ${worker} comes, for ${slots} at once; ${there()} there.`);
    if (slots === 0 && known) log(`nats: worker ${worker} leaves; ${there()} there.`);
    return undefined;
  }

  function there(): string {
    return workers.size === 1 ? "1 worker is" : `${workers.size} workers are`;
  }

  /** Who is still there; and whether somebody waits for somebody. */
  function count(): void {
    const now = performance.now();
    for (const [worker, { seen }] of workers) {
      if (now - seen < GONE) continue;
      workers.delete(worker);
      log(`nats: worker ${worker} is silent; ${there()} there.`);
    }
    if (workers.size > 0 || open.size === 0) {
      alone = now;
      told = Number.NEGATIVE_INFINITY;
    } else if (now - alone > ALONE && now - told > LONG) {
      told = now;
      log(`nats: ${open.size} tasks wait and no worker is there; relizo worker --run ${run} starts one.`);
    }
  }

  /**
   * What is in the queue and what is waited for are made to agree: a broker may have lost tasks, forgotten to hand one out, or kept
   * what was answered.
   *
   * @param settled  what was added since then may be on its way
   */
  async function sweep(settled: number): Promise<void> {
    if (open.size === 0 || nc.isClosed() || ended) return;
    try {
      const { subjects, idle } = await queue.state();
      for (const entry of [...open.values()]) {
        if (entry.added > settled || (subjects.has(entry.subject) && !idle)) continue;
        if (subjects.has(entry.subject)) await queue.remove(entry.subject);
        void publish(entry);
      }
      const left = [...subjects].filter((subject) => !open.has(subject) && !withdrawing.has(subject));
      for (const subject of left) if (leftovers.has(subject)) void remove(subject, Promise.resolve());
      leftovers = new Set(left);
    } catch {
      await queue.ensure().catch(lose); // and the next sweep sees to what is missing
    }
  }

  /** Goes on when the broker is back. */
  async function follow(): Promise<void> {
    for await (const { type } of nc.status()) {
      if (type === "disconnect") log("nats: the broker is away; the run waits for it.");
      if (type !== "reconnect") continue;
      log("nats: the broker is back.");
      await queue.ensure().catch(lose);
      await sweep(performance.now());
      tell("here");
    }
    const why = await nc.closed();
    end(
      new RelizoError(
        "EVALUATOR",
        `nats: the connection to the broker is closed${why ? `: ${why.message}` : "."}`,
      ),
    );
  }

  async function close(): Promise<void> {
    if (ended && nc.isClosed()) return;
    const mine = !ended;
    clearInterval(watch);
    clearInterval(sweeps);
    end(new RelizoError("EVALUATOR", `nats: run ${run} is closed.`));
    for (const one of listening) one.unsubscribe();
    replies.flush();
    tell("over");
    if (mine) await Promise.race([queue.destroy().catch(() => {}), pause(2000)]);
    await Promise.race([nc.flush().catch(() => {}), pause(1000)]);
    await nc.close();
  }
}
