/** Queries answered by workers on any number of machines, with BullMQ on a Redis broker between: both sides. Node only. */
import type { Answer, Evaluator } from "../evaluate/policy.ts";
import type { Task } from "../evaluate/task.ts";
import { readOptions } from "../option.ts";
import { closedError } from "./closed.ts";
import { REDIS, refusedAccess } from "./nats/access.ts";
import { answerOf, sayOf, takeResult, type Waiting } from "./nats/answers.ts";
import { type NatsRunOptions, natsRunRules } from "./nats/coordinate.ts";
import { drawHash, messageId, namesOf, placeOf, taskSubject } from "./nats/names.ts";
import { refusals, troubles } from "./nats/refusals.ts";
import { type ServeOptions, type Service, serveRules } from "./nats/serve.ts";
import { orAborted } from "./nats/wait.ts";
import { digestOf, readTask, type Said, writeResult, writeTask } from "./nats/wire.ts";
import { connectRedis } from "./redis.ts";

type Run = Pick<NatsRunOptions, "run" | "deliveries" | "log">;
/** `url` is redis://HOST:PORT, or rediss://HOST:PORT, which never goes without TLS. */
export type BullOptions = { readonly url: string } & Pick<Run, "run"> & Partial<Run>;
export type BullEvaluator = Evaluator & Pick<Service, "refused">;
type Work = Omit<ServeOptions, "once" | "onTask"> & Pick<NatsRunOptions, "ackWait">;
/** A task goes to another worker where its own is silent for `ackWait` [s], 10 by default. */
export type BullServeOptions = Pick<BullOptions, "url" | "run"> & Partial<Work>;

/** How often the queue is compared with what is waited for, and how long the end may take [ms]. */
const SWEEP = 2000;

/**
 * Begins a run of this name, whose queries `serveBull` answers; what an earlier one has left is removed. All tasks of a round wait at the
 * broker at once: leave the policy's timeout at Infinity, or bound `inFlight`.
 *
 * @throws RelizoError OPTION for wrong options, an address that holds a secret or missing packages; EVALUATOR where there is no broker
 */
export async function bullEvaluator({ url, ...rest }: BullOptions): Promise<BullEvaluator> {
  const rules = { run: natsRunRules.run, deliveries: natsRunRules.deliveries, log: natsRunRules.log };
  const { run, deliveries: attempts, log } = readOptions<Run>("bullmq", rest, rules);
  const [names, name] = [namesOf(run), `bullmq run ${run}`];
  const hash = drawHash(names);
  const { client, host, Queue, QueueEvents } = await connectRedis(url);
  const queue = new Queue(names.stream, { connection: client });
  const events = new QueueEvents(names.stream, { connection: client, autorun: false });
  const open = new Map<string, Waiting & { gone?: boolean; add(): Promise<unknown> }>();
  const { counts, refuse } = refusals((line) => log(`bullmq: ${line}`));
  let [serial, closed] = [0, false];
  const trouble = troubles(log, "bullmq");
  queue.on("error", trouble); // the connection is made again
  events.on("error", trouble);
  const listen = (): unknown => closed || events.run().catch(listen); // a message that is no JSON ends it
  events.on("failed", ({ jobId, failedReason }) => open.get(jobId)?.settle({ lost: failedReason }));
  events.on("completed", ({ jobId, returnvalue }) => {
    refuse(takeResult(open, jobId, Buffer.from(String(returnvalue), "base64")));
  });
  const sweeps = setInterval(() => Promise.allSettled([...open.keys()].map(restore)), SWEEP);
  listen();
  await Promise.all([events.waitUntilReady(), queue.obliterate({ force: true })]).catch(async (cause) => {
    await close();
    throw refusedAccess(host, cause, REDIS);
  });
  return {
    name,
    capacity: Number.POSITIVE_INFINITY,
    refused: counts,
    async evaluate(tasks, signal) {
      if (closed) throw closedError(name);
      const ids = tasks.map(() => messageId(hash, serial++));
      const answers = orAborted(Promise.all(tasks.map((task, i) => ask(ids[i]!, task))), signal);
      return answers.finally(() => void Promise.allSettled(ids.map(withdraw)));
    },
    close,
  };

  async function close(): Promise<void> {
    clearInterval(sweeps);
    closed = true;
    for (const { settle } of open.values()) settle({ lost: "the run is closed" });
    const left = Promise.all([queue.obliterate({ force: true }), events.close()]);
    await orAborted(left, AbortSignal.timeout(SWEEP)).catch(() => {});
    client.disconnect();
  }

  async function ask(jobId: string, task: Task): Promise<Answer> {
    const [subject, data] = [taskSubject(names, { ...task, hash }), writeTask(task)];
    const [digest, text] = [digestOf(subject, data), Buffer.from(data).toString("base64")];
    const options = { jobId, attempts, backoff: 1000, removeOnComplete: true, removeOnFail: true };
    const add = () => queue.add(subject, text, options);
    const said = new Promise<Said>((settle) => open.set(jobId, { digest, settle, add }));
    return answerOf("bullmq", (await Promise.all([said, add()]))[0]);
  }

  /** Nobody waits for it any more: whoever works on it finds its lock gone. */
  async function withdraw(id: string): Promise<void> {
    open.delete(id);
    await client.del(queue.toKey(`${id}:lock`));
    await queue.remove(id);
  }

  /** Adds again what a broker has lost, or whose answer was not heard: one that is missed for the first time may be on its way. */
  async function restore(id: string): Promise<void> {
    const task = open.get(id);
    if (!task || client.status !== "ready" || (await client.exists(queue.toKey(id)))) return;
    if (task.gone) await task.add();
    task.gone = true;
  }
}

/** Serves the runs of a name until told to end, with this worker's own evaluator: the queue brings points, never code. */
export async function serveBull(evaluator: Evaluator, { url, ...rest }: BullServeOptions): Promise<Service> {
  const { once: _once, onTask: _onTask, ...all } = { ...serveRules, ackWait: natsRunRules.ackWait };
  const { run, name, slots, longest, accepts, log, signal, ackWait } = readOptions<Work>("worker", rest, all);
  const [names, fault] = [namesOf(run), new AbortController()];
  const { client, Worker, UnrecoverableError } = await connectRedis(url);
  const { counts, refuse } = refusals((line) => log(`worker: ${line}`));
  const times = { lockDuration: 1000 * ackWait, lockRenewTime: 250 * ackWait, stalledInterval: 500 };
  const options = { connection: client, name, concurrency: slots, maxStalledCount: 10, runRetryDelay: 500 };
  const worker = new Worker(names.stream, work, { ...options, ...times });
  worker.on("error", troubles(log, "worker")); // the connection is made again
  worker.on("lockRenewalFailed", (ids) => ids.map((id) => worker.cancelJob(id))); // nobody waits for it
  const halt = AbortSignal.any([signal, fault.signal]);
  const ended = orAborted(new Promise<never>(() => {}), halt).catch(async () => {
    worker.cancelAllJobs();
    await orAborted(worker.close(), AbortSignal.timeout(SWEEP)).catch(() => {});
    client.disconnect();
    fault.signal.throwIfAborted();
  });
  return { refused: counts, ended };

  async function work(job: { name: string; data: unknown }, _token: unknown, dropped?: AbortSignal) {
    const [place, data] = [placeOf(names, "tasks", job.name), Buffer.from(String(job.data), "base64")];
    const read = place ? readTask(place, data, longest) : "malformed";
    const task = typeof read === "string" || accepts(read.candidate) ? read : "malformed";
    refuse(typeof task === "string" ? task : undefined);
    if (typeof task === "string") throw new UnrecoverableError(`a worker refused it: ${task}`);
    const said = await sayOf(evaluator, task as Task, dropped!, (error) => fault.abort(error));
    const result = writeResult({ said, digest: digestOf(job.name, data), worker: name });
    return Buffer.from(result).toString("base64");
  }
}
