/**
 * The worker's side: tasks are pulled from the run's queue, answered, and told. Stands on a connection alone, so that a browser tab
 * can be a worker.
 */
import type { NatsConnection } from "@nats-io/nats-core";
import { RelizoError } from "../../error.ts";
import type { Evaluator } from "../../evaluate/policy.ts";
import type { Task } from "../../evaluate/task.ts";
import { custom, flag, type Rules, readOptions, whole } from "../../option.ts";
import { sayOf } from "./answers.ts";
import {
  consumerOf,
  isWord,
  messageNumber,
  namesOf,
  type Place,
  placeOf,
  resultSubject,
  WORD,
} from "./names.ts";
import { type Delivery, type Puller, puller } from "./pull.ts";
import { refusals, troubles } from "./refusals.ts";
import { teller } from "./tell.ts";
import { pause } from "./wait.ts";
import {
  type About,
  digestOf,
  MOST_SLOTS,
  type Refusal,
  type Result,
  readAbout,
  readNews,
  readReply,
  readTask,
  type Said,
  writeHello,
  writeResult,
} from "./wire.ts";

export interface ServeOptions {
  /** The run's name. Any number of workers may serve it, and come and go. */
  readonly run: string;
  /** What this worker is called in logs, unlike any other: letters, digits, and . : @ _ - */
  readonly name: string;
  /** Tasks at once. Default 1. */
  readonly slots: number;
  /** Ends when the run does; otherwise it waits for the next one of this name. Default false. */
  readonly once: boolean;
  /** Longest task that is read [bytes]. Default 2^26. */
  readonly longest: number;
  /** Whether this worker's objective can take a candidate: at least that it is a point. */
  readonly accepts: (candidate: unknown) => boolean;
  /** Told what happens, a line at a time. */
  readonly log: (line: string) => void;
  /** Told of each task that was answered, or given back, with how often it had been handed out and how long it took here [s]. */
  readonly onTask: (task: Served) => void;
  /** Ends the service: tasks under way are given back. */
  readonly signal: AbortSignal;
}

/** What became of a task here: its answer was taken; nobody waited any more; or another worker gets it. */
export interface Served extends Place {
  readonly outcome: "taken" | "dropped" | "released";
  readonly delivery: number;
  readonly seconds: number;
}

export interface Service {
  /** Messages that were refused, by reason. */
  readonly refused: ReadonlyMap<Refusal, number>;
  /** Resolves when the service has ended; rejects where this worker's own objective is at fault, such as a module that does not load. */
  readonly ended: Promise<void>;
}

const isFunction = <F>(value: unknown): value is F => typeof value === "function";

export const serveRules: Rules<ServeOptions> = {
  run: custom("", "a name", (value): value is string => typeof value === "string"),
  name: custom("worker", WORD, isWord),
  slots: whole(1, 1, MOST_SLOTS),
  once: flag(false),
  longest: whole(2 ** 26, 1),
  accepts: custom<ServeOptions["accepts"]>(
    (candidate) => candidate instanceof Float64Array && candidate.length > 0,
    "a function",
    isFunction,
  ),
  log: custom<ServeOptions["log"]>(() => {}, "a function", isFunction),
  onTask: custom<ServeOptions["onTask"]>(() => {}, "a function", isFunction),
  signal: custom<AbortSignal>(
    new AbortController().signal,
    "an AbortSignal",
    (value): value is AbortSignal => value instanceof AbortSignal,
  ),
};

/** Between two hellos [ms], and how long the coordinator may be silent until it is asked again before work begins. */
const HELLO = 2000;
const SILENT = 6000;
/** How long the answer to a hello is waited for [ms], and at the end, that what was said leaves. */
const REPLY = 2000;
/** Answers of one place that may be on their way while it works on. */
const UNTOLD = 8;
/** Withdrawn messages that are remembered, the latest. */
const REMEMBERED = 10_000;
/** Candidates of a run, none of which this worker could take: it would only keep them from others. */
const MANY_STRANGE = 3;
/** Before another worker gets a task that this one could not do, or that has no coordinator now [ms]. */
const TROUBLE = 1000;

/** A task under way. */
interface Doing {
  readonly hash: string;
  readonly number: number;
  /** Ends the work on it, or the telling. */
  readonly end: AbortController;
  /** Nobody waits for it any more. */
  dropped: boolean;
  /** It is worked on no longer, only told. */
  answered: boolean;
}

/**
 * Serves a run until told to end. Answers come from this worker's own evaluator: the queue brings candidates, never code.
 *
 * @param nc  stays open
 * @throws RelizoError OPTION for wrong options
 */
export function serve<C = Float64Array>(
  nc: NatsConnection,
  evaluator: Evaluator<C>,
  options: Pick<ServeOptions, "run"> & Partial<ServeOptions>,
): Service {
  const {
    run,
    name: worker,
    slots,
    once,
    longest,
    accepts,
    log,
    onTask,
    signal,
  } = readOptions("worker", options, serveRules);
  const names = namesOf(run);
  const { counts, refuse } = refusals((line) => log(`worker: ${line}`));
  const trouble = troubles(log, "worker: a task could not be answered here");
  const stop = new AbortController();
  const doing = new Set<Doing>();
  const withdrawn = new Set<number>();
  let about: (About & { heard: number }) | undefined;
  const over = new Set<string>();
  /** The last start of the run that had a candidate for this worker, and how many were none since. */
  let fitting: string | undefined;
  let strange = 0;

  const news = nc.subscribe(names.news, { callback: (_, { data }) => refuse(hear(data)) });
  const telling = teller(nc);
  const pullers = Array.from({ length: slots }, () => puller(nc, names));
  const beat = setInterval(() => void greet(), HELLO);
  void follow();
  const halt = (): void => stop.abort();
  let failure: RelizoError | undefined;
  signal.addEventListener("abort", halt);
  if (signal.aborted) halt();
  const ended = live();
  return { refused: counts, ended };

  async function live(): Promise<void> {
    let last: ReturnType<typeof setTimeout> | undefined;
    stop.signal.addEventListener("abort", () => {
      for (const one of pullers) one.stop();
      for (const one of doing) if (!one.answered) one.end.abort();
      last = setTimeout(telling.close, REPLY); // what nobody has heard by then, another worker finds again
    });
    try {
      await greet();
      await Promise.all(pullers.map(work));
      if (failure) throw failure;
    } finally {
      clearTimeout(last);
      clearInterval(beat);
      signal.removeEventListener("abort", halt);
      news.unsubscribe();
      for (const one of pullers) one.close();
      telling.close();
      if (!nc.isClosed()) {
        nc.publish(names.hello, writeHello({ worker, slots: 0 }));
        await Promise.race([nc.flush().catch(() => {}), pause(REPLY)]);
      }
    }
  }

  /** This worker itself is at fault: it answers nothing any more. */
  function fail(error: RelizoError): void {
    failure ??= error;
    halt();
  }

  /** Says that this worker is there, and hears of the run; whether there is one. */
  async function greet(): Promise<boolean> {
    if (nc.isClosed() || stop.signal.aborted) return false;
    try {
      const reply = await nc.request(names.hello, writeHello({ worker, slots }), { timeout: REPLY });
      const read = readAbout(reply.data);
      if (typeof read === "string") {
        refuse(read);
        return false;
      }
      if (read.hash !== about?.hash) {
        log(`worker: run ${run} is there.`);
        dropAll(({ hash }) => hash !== read.hash);
        withdrawn.clear();
      }
      const known = about?.hash === read.hash;
      about = { ...read, heard: performance.now() };
      if (!known) pull();
      return true;
    } catch {
      return false; // nobody coordinates the run now, or the broker is away
    }
  }

  /** Asks for tasks, once more where it was done before: a queue that was not there yet, or is made anew, heard nothing. */
  function pull(): void {
    if (about) for (const one of pullers) one.from(consumerOf(about.hash));
  }

  function hear(data: Uint8Array): Refusal | undefined {
    const read = readNews(data);
    if (typeof read === "string") return read;
    if (read.event === "here") void greet().then(pull);
    else if (read.hash !== about?.hash) return "another run";
    else if (read.event === "over") {
      over.add(read.hash);
      about = undefined;
      dropAll(() => true);
      log(`worker: run ${run} is over.`);
      if (once) halt();
    } else {
      for (const number of read.messages) withdraw(number);
    }
    return undefined;
  }

  function dropAll(which: (one: Doing) => boolean): void {
    for (const one of doing) if (which(one)) drop(one);
  }

  function drop(one: Doing): void {
    one.dropped = true;
    one.end.abort();
  }

  /** A message that is withdrawn may already be on its way here. */
  function withdraw(number: number): void {
    withdrawn.add(number);
    for (const first of withdrawn) {
      if (withdrawn.size <= REMEMBERED) break;
      withdrawn.delete(first);
    }
    dropAll((one) => one.number === number);
  }

  async function follow(): Promise<void> {
    for await (const { type } of nc.status()) {
      if (stop.signal.aborted) return;
      if (type === "disconnect") log("worker: the broker is away.");
      if (type !== "reconnect") continue;
      log("worker: the broker is back.");
      telling.again();
      void greet().then(pull);
    }
    halt();
  }

  /** One place: a task after the other; while answers are told, the next one is worked on. */
  async function work(source: Puller): Promise<void> {
    const untold: Promise<void>[] = [];
    while (!stop.signal.aborted) {
      const delivery = await source.next();
      if (!delivery) break;
      const rest = await handle(delivery);
      if (untold.length >= UNTOLD) await untold.shift();
      if (rest) untold.push(rest());
    }
    await Promise.all(untold);
  }

  /** Works on a task; what is left to do then is to tell its answer. */
  async function handle(delivery: Delivery): Promise<(() => Promise<void>) | undefined> {
    const began = performance.now();
    const place = placeOf(names, "tasks", delivery.subject);
    const task = place ? readTask(place, delivery.data, longest) : "malformed";
    const number = place && messageNumber(place.hash, delivery.id);
    if (!place || typeof task === "string" || number === undefined) {
      refuse(typeof task === "string" ? task : "malformed");
      delivery.done();
      return undefined;
    }
    const finish = (outcome: Served["outcome"]): undefined => {
      if (outcome === "released") delivery.release(stop.signal.aborted ? 0 : TROUBLE);
      else delivery.done();
      onTask({ ...place, outcome, delivery: delivery.count, seconds: (performance.now() - began) / 1000 });
    };
    if (over.has(place.hash)) return finish("dropped");
    const fresh = about?.hash === place.hash && performance.now() - about.heard < SILENT;
    if (!fresh && !(await greet())) return finish("released");
    if (about?.hash !== place.hash) {
      refuse("another run");
      return finish("dropped");
    }
    if (withdrawn.has(number)) return finish("dropped");
    if (!accepts(task.candidate)) {
      refuse("malformed"); // to this worker: another one may have the objective for it
      if (++strange === MANY_STRANGE && fitting !== place.hash) fail(misplaced(run, task.candidate));
      return finish("released");
    }
    [fitting, strange] = [place.hash, 0];
    const alive = setInterval(() => delivery.working(), about.ackWait / 3);
    const own: Doing = {
      hash: place.hash,
      number,
      end: new AbortController(),
      dropped: false,
      answered: false,
    };
    doing.add(own);
    if (stop.signal.aborted) own.end.abort();
    const end = (outcome: Served["outcome"]): undefined => {
      clearInterval(alive);
      doing.delete(own);
      return finish(outcome);
    };
    const said = await answer(task as never, delivery.count, about.deliveries, own.end.signal);
    own.answered = true;
    if (own.dropped) return end("dropped");
    if (!said) return end("released");
    const result = { said, digest: digestOf(delivery.subject, delivery.data), worker };
    return async () => end(await tell(place, result, own));
  }

  /** What there is to say of a task; undefined where another worker should try. */
  async function answer(
    task: Task<C>,
    count: number,
    most: number,
    given: AbortSignal,
  ): Promise<Said | undefined> {
    if (count > most)
      return { lost: `${most} workers, one after the other, did not get through with this task.` };
    try {
      return await sayOf(evaluator, task, given, fail);
    } catch (error) {
      if (!given.aborted) trouble(error);
      return undefined;
    }
  }

  /** Has the coordinator take the answer; what became of it. */
  async function tell(place: Place, result: Result, own: Doing): Promise<Served["outcome"]> {
    const data = await telling.tell(resultSubject(names, place), writeResult(result), own.end.signal);
    if (!data) return own.dropped ? "dropped" : "released";
    const reply = readReply(data);
    if (reply === "taken") return "taken";
    if (reply !== "not asked for") log(`worker: an answer was refused: ${reply}.`);
    return "dropped";
  }
}

function misplaced(run: string, candidate: unknown): RelizoError {
  const what =
    candidate instanceof Float64Array
      ? `points of ${candidate.length} numbers`
      : "candidates of parameters that move in place";
  return new RelizoError(
    "DATA",
    `worker: run ${run} asks for ${what}, which are none for the objective of this worker; start it with the module that the run has.`,
  );
}
