/** A worker that holds the run's parameters: it follows the updates, and answers candidates that say no more than seeds. */
import { DeliverPolicy, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { RelizoError } from "../../error.ts";
import type { Answer, Evaluator } from "../../evaluate/policy.ts";
import type { Task } from "../../evaluate/task.ts";
import { jsSeeds } from "../../kernel/js/seeds.ts";
import type { HostParameters } from "../../run/device.ts";
import { directionsOf } from "../../run/direction-options.ts";
import type { Kernels } from "../../run/kernels.ts";
import type { InPlaceObjective } from "../../run/seeded-minimize.ts";
import type { Candidate, Replica } from "../../space/replica.ts";
import { saidBy } from "./access.ts";
import { streamOf } from "./names.ts";
import { type About, isAbout, MOST_VECTORS, readCandidate, readStream, type Updates } from "./shared-wire.ts";
import { getSnapshot, type SharedSnapshot } from "./snapshots.ts";
import { orAborted } from "./wait.ts";

export interface ReplicaOptions<P> {
  readonly run: string;
  readonly objective: InPlaceObjective<P>;
  /** Where the run starts: this worker's own, which move. */
  readonly parameters: P;
  /** Draw the directions that the run says. */
  readonly kernels: Pick<Kernels, "seeded">;
  readonly log: (line: string) => void;
}

/** An update that does not come for so long keeps a task from its answer [ms]. */
const LATE = 30_000;

/** Where a replica differed so often, it is no accident. */
const MOST_DIFFERENCES = 10;
/** Bytes of a snapshot: its vectors are as long as the parameters. */
const snapshotBytes = (arrays: readonly Float32Array[]): number =>
  2 ** 16 + (1 + MOST_VECTORS) * arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);

interface Following {
  readonly id: string;
  /** Whether it may begin with a snapshot, and whether it did. */
  readonly mayLand: boolean;
  landed: boolean;
  replica: Replica | undefined;
  /** Updates applied. */
  applied: number;
  stop(): void;
  failure: RelizoError | undefined;
}

/**
 * An evaluator of one task at a time, for `serve` with `accepts: isShared`. A late joiner begins with the last snapshot and replays the updates since, without a query. Where
 * the run says what its parameters are, this worker's are compared; where they differ, it says so and begins afresh.
 *
 * @param nc  stays open
 */
export function replicaEvaluator<P extends HostParameters>(
  nc: NatsConnection,
  { run, objective, parameters, kernels, log }: ReplicaOptions<P>,
): Evaluator<unknown> & { readonly differences: number } {
  const { stream, subject } = streamOf(run);
  const arrays = arraysOf(parameters);
  const start = arrays.map((array) => array.slice());
  let following: Following | undefined;
  let [differences, refused] = [0, 0];
  /** Where the parameters differed, of this stream of updates. */
  let differed: { readonly id: string; readonly at: Set<number> } = { id: "", at: new Set() };
  const frozen = frozenStamps(parameters, jsSeeds.stamp);
  /** Whoever waits for an update. */
  const waiting = new Set<() => void>();
  /** One thing at a time is done with the parameters. */
  let turn: Promise<unknown> = Promise.resolve();
  const alone = <T>(work: () => T | Promise<T>): Promise<T> => {
    const next = turn.then(work);
    turn = next.catch(() => {});
    return next;
  };

  function wake(): void {
    for (const one of waiting) one();
  }

  /** From the last snapshot on, or from the start of the run. */
  function begin(id: string, mayLand = true): Following {
    following?.stop();
    const own: Following = {
      ...{ id, mayLand, landed: false, applied: 0 },
      ...{ replica: undefined, failure: undefined, stop: () => {} },
    };
    following = own;
    void follow(own).catch((error: unknown) => {
      if (following === own) following = undefined; // the next task begins again
      log(`worker: the updates of run ${run} broke off: ${saidBy(error)}`);
      wake();
    });
    return own;
  }

  async function follow(own: Following): Promise<void> {
    const skipped = (why: string): void =>
      log(`worker: the snapshot of run ${run} is left aside, and all updates are repeated: ${why}.`);
    const snapshot = own.mayLand
      ? await getSnapshot(nc, run, own.id, snapshotBytes(arrays), skipped)
      : undefined;
    const why = snapshot && (await alone(() => (following === own ? land(own, snapshot) : undefined)));
    if (why !== undefined) skipped(why);
    const consumer = await jetstream(nc).consumers.get(stream, {
      filter_subjects: subject(own.id),
      ...(snapshot && own.landed
        ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: snapshot.sequence + 1 }
        : { deliver_policy: DeliverPolicy.All }),
    });
    const messages = await consumer.consume({ max_messages: 200, expires: 4000 }); // within four seconds it is noticed that the broker was away
    own.stop = () => messages.stop();
    if (following !== own) own.stop();
    for await (const { data } of messages) {
      const said = readStream(data);
      const stray = said === undefined || (isAbout(said) && own.replica !== undefined);
      if (stray) refuse();
      else await alone(() => (following === own ? hear(own, said) : undefined));
      wake();
      if (following !== own || own.failure) return own.stop();
    }
  }

  function refuse(): void {
    refused++;
    if (refused === 1) log("worker: a message among the updates was refused; more of them are only counted.");
  }

  function hear(own: Following, said: About | Updates): void {
    try {
      if (isAbout(said)) meet(own, said);
      else apply(own, said);
    } catch (error) {
      own.failure = error instanceof RelizoError ? error : new RelizoError("STATE", saidBy(error));
    }
  }

  function meet(own: Following, about: About): void {
    set(start);
    own.replica = replicaOf(about);
    if (!same([...own.replica.stamp(), ...frozen], about.stamp))
      throw new RelizoError("DATA", `run ${run} starts from other parameters than this worker's module has.`);
  }

  /** Begins where the run was when it took the snapshot; or says why not. */
  function land(
    own: Following,
    { about, after, arrays: those, vectors }: SharedSnapshot,
  ): string | undefined {
    const fits =
      those.length === arrays.length && those.every(({ length }, i) => length === arrays[i]!.length);
    if (!fits) return "its arrays have other lengths";
    try {
      set(those);
      const replica = replicaOf(about, vectors);
      if (!same([...replica.stamp(), ...frozen], about.stamp)) return "its parameters are damaged";
      own.replica = replica;
    } catch (error) {
      return saidBy(error);
    }
    [own.applied, own.landed] = [after, true];
    log(`worker: this replica begins with a snapshot of run ${run} after ${after} updates.`);
    return undefined;
  }

  function set(those: readonly Float32Array[]): void {
    arrays.forEach((array, i) => {
      array.set(those[i]!);
    });
  }

  function replicaOf({ kind, dimension }: About, vectors?: readonly Float32Array[]): Replica {
    const d = arrays.reduce((sum, { length }) => sum + length, 0);
    if (d !== dimension)
      throw new RelizoError("DATA", `run ${run} has ${dimension} parameters, and this worker's module ${d}.`);
    const directions = directionsOf(kind);
    const space = directions && kernels.seeded(directions);
    if (space?.kind(parameters) !== kind)
      throw new RelizoError(
        "DATA",
        `run ${run} has directions "${kind}", and this worker's parameters "${space?.kind(parameters) ?? "no such ones"}".`,
      );
    return space.replica(parameters, vectors);
  }

  function apply(own: Following, { first, updates, stamp }: Updates): void {
    if (!own.replica || first > own.applied) {
      again(own, "has missed updates");
      return;
    }
    for (const update of updates.slice(own.applied - first)) {
      if (!knows(own.replica, update.sum)) {
        again(own, "lacks a vector");
        return;
      }
      own.replica.apply(update);
      own.applied++;
    }
    if (!stamp || own.applied !== first + updates.length) return;
    if (same(own.replica.stamp(), stamp)) return;
    again(own, "differs from the run");
  }

  function again(own: Following, why: string): void {
    differences++;
    if (differed.id !== own.id) differed = { id: own.id, at: new Set() };
    const known = differed.at.has(own.applied);
    differed.at.add(own.applied);
    if ((known && !own.landed) || differences >= MOST_DIFFERENCES)
      throw new RelizoError(
        "STATE",
        `this machine computes other parameters than run ${run}, at the same update again, or somebody else writes among its updates.`,
      );
    log(`worker: this replica ${why} after ${own.applied} updates; it catches up afresh.`);
    begin(own.id, !known);
  }

  async function reached(id: string, after: number, signal: AbortSignal): Promise<Following> {
    const late = performance.now() + LATE;
    for (;;) {
      const own = following?.id === id ? following : begin(id);
      if (own.failure) throw own.failure;
      if (own.replica && own.applied >= after) {
        if (own.applied === after) return own;
        throw new RelizoError("EVALUATOR", `the run is ${own.applied - after} updates beyond this task.`);
      }
      signal.throwIfAborted();
      if (performance.now() > late)
        throw new RelizoError("EVALUATOR", `update ${own.applied} of run ${run} did not come.`);
      await new Promise<void>((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          waiting.delete(end);
          signal.removeEventListener("abort", end);
          resolve();
        };
        const timer = setTimeout(end, 1000);
        waiting.add(end);
        signal.addEventListener("abort", end);
      });
    }
  }

  async function ask({ candidate, step, batch }: Task<unknown>, signal: AbortSignal): Promise<Answer> {
    const shared = readCandidate(candidate);
    if (!shared) throw new RelizoError("EVALUATOR", "a candidate was malformed.");
    const own = await reached(shared.of, shared.after, signal);
    return alone(async () => {
      if (following !== own || own.applied !== shared.after)
        throw new RelizoError("EVALUATOR", "the run went on meanwhile.");
      if (!knows(own.replica!, shared.terms)) {
        again(own, "lacks a vector");
        throw new RelizoError("EVALUATOR", "this replica differs from the run.");
      }
      own.replica!.place(shared.terms);
      try {
        const value: unknown = await orAborted(objective(parameters, { step, batch, signal }), signal);
        if (typeof value === "number") return value;
      } catch (error) {
        signal.throwIfAborted();
        return { error: saidBy(error) };
      }
      throw new RelizoError("VALUE", "minimize: the objective must return a number.");
    });
  }

  return {
    name: `a replica of run ${run}`,
    capacity: 1,
    get differences() {
      return differences;
    },
    async evaluate(tasks, signal) {
      const answers: Answer[] = [];
      for (const task of tasks) answers.push(await ask(task, signal));
      return answers;
    },
    async close() {
      following?.stop();
      following = undefined;
      wake();
      await turn;
    },
  };
}

/** Stamps of the tensors that are frozen: the same for all who answer a run. */
export function frozenStamps(
  parameters: HostParameters,
  stamp: (x: Float32Array) => number,
): readonly number[] {
  if (!("arrays" in parameters)) return [];
  const moving = new Set<unknown>(parameters.arrays);
  return [...parameters].flatMap(({ data }) =>
    data instanceof Float32Array && !moving.has(data) ? [stamp(data)] : [],
  );
}

/** Whether a task's candidate is of shared parameters. */
export const isShared = (candidate: unknown): boolean => readCandidate(candidate) !== undefined;

function arraysOf(parameters: HostParameters): Float32Array[] {
  const found: readonly unknown[] = "arrays" in parameters ? parameters.arrays : [parameters].flat();
  return found.filter((array): array is Float32Array => array instanceof Float32Array);
}

/** Whether it has all vectors of the sum. */
const knows = ({ vectors }: Replica, sum: Candidate): boolean =>
  sum.every(([, of]) => typeof of !== "number" || vectors[of] !== undefined);

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);
