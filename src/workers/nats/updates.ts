/** The updates of a run over shared parameters, published so that workers hold the same parameters bit for bit. */
import {
  JetStreamApiError,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { RelizoError } from "../../error.ts";
import type { Ask } from "../../evaluate/task.ts";
import type { Candidate, Update, Updated } from "../../space/replica.ts";
import { saidBy } from "./access.ts";
import { drawHash, namesOf, streamOf } from "./names.ts";
import { longestData } from "./payload.ts";
import { sparing } from "./refusals.ts";
import { type About, writeAbout, writeCandidate, writeUpdates } from "./shared-wire.ts";
import { putSnapshot, removeSnapshots } from "./snapshots.ts";
import { pause } from "./wait.ts";

/** What is shared. */
export interface Published extends Omit<About, "stamp"> {
  /** The parameters. */
  readonly arrays: readonly Float32Array[];
  /** Of the parameters as they are when it is called, and then of the vectors that updates wrote. */
  stamp(vectors: readonly Float32Array[]): readonly number[];
  /** Updates between two snapshots, for whoever joins late. Default 500: to replay one takes as long as a step without its queries. */
  readonly snapshotEvery?: number | undefined;
  /** Stamps of tensors that stay, which workers must have as well. */
  readonly frozen?: readonly number[] | undefined;
  readonly log?: ((line: string) => void) | undefined;
}

export interface Publishing {
  /** Names the stream, anew at each start of the run. */
  readonly id: string;
  /** Updates so far. */
  readonly count: number;
  /** Bytes of all messages so far. */
  readonly bytes: number;
  readonly updated: Updated;
  /** Has each round asked of workers that follow: once all updates are with the broker. */
  shared(ask: Ask<unknown>): Ask<Candidate>;
  /** Does away with the stream. */
  close(): Promise<void>;
}

/** Terms of the updates in one message at most, some 24 bytes each; one update may have more. */
const MOST_TERMS = 10_000;

/**
 * Begins the stream of a run's updates; what an earlier start of the run left is removed.
 *
 * @param nc  stays open
 * @throws RelizoError OPTION for a name that is none, EVALUATOR where the broker refuses the stream
 */
export async function publishUpdates(
  nc: NatsConnection,
  run: string,
  { kind, dimension, arrays, stamp, frozen = [], snapshotEvery = 500, log = () => {} }: Published,
): Promise<Publishing> {
  const names = namesOf(run);
  const { stream, subjects, subject } = streamOf(run);
  const id = drawHash(names);
  const js = jetstream(nc);
  const unkept = sparing(log);
  const jsm = await open();
  let [count, sent, bytes, serial] = [0, 0, 0, 0];
  let waiting: Update[] = [];
  let vectors: readonly Float32Array[] = [];
  let [sequence, kept] = [0, 0];
  await send(writeAbout({ kind, dimension, stamp: [...stamp([]), ...frozen] }));

  async function open(): Promise<JetStreamManager> {
    try {
      const found = await jetstreamManager(nc);
      await remove(found, stream);
      await removeSnapshots(nc, run);
      const storage = StorageType.File;
      await found.streams.add({
        name: stream,
        description: id,
        subjects: [subjects],
        retention: RetentionPolicy.Limits,
        storage,
      });
      return found;
    } catch (cause) {
      throw new RelizoError(
        "EVALUATOR",
        `nats: the broker refused the updates of run ${run}: ${saidBy(cause)}`,
        {
          cause,
        },
      );
    }
  }

  /** However long the broker is away; once, though a confirmation was lost. */
  async function send(data: Uint8Array): Promise<void> {
    const most = longestData(nc);
    if (data.length > most)
      throw new RelizoError(
        "OPTION",
        `nats: an update of ${data.length} bytes is more than the broker takes in one message, ${most} (max_payload): lower samples, or raise max_payload.`,
      );
    const msgID = `${id}.${serial++}`;
    for (let tries = 1; ; tries++) {
      try {
        const { seq } = await js.publish(subject(id), data, { msgID, timeout: 2000 });
        sequence = seq;
        bytes += data.length;
        return;
      } catch (error) {
        if (nc.isClosed()) throw error;
        if (tries === 1) log(`nats: the broker did not take an update; it is sent again: ${saidBy(error)}`);
        if (await isLost())
          throw new RelizoError(
            "EVALUATOR",
            `nats: the broker has lost the updates of run ${run}, or another run of this name has taken its place. A journal goes on with --resume.`,
            { cause: error },
          );
        await pause(Math.min(125 * 2 ** tries, 5000));
      }
    }
  }

  /** Whether the stream is not there, or not this one; false where the broker cannot say. */
  async function isLost(): Promise<boolean> {
    try {
      return (await jsm.streams.info(stream)).config.description !== id;
    } catch (error) {
      return error instanceof JetStreamApiError && error.code === NOT_FOUND;
    }
  }

  /**
   * With a stamp at the end, so that no replica that differs answers anything: a pass over the parameters and each vector, to read alone. They are at the
   * iterate, since candidates are placed elsewhere.
   */
  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      let [many, terms] = [0, 0];
      while (many < waiting.length && (many === 0 || terms + waiting[many]!.sum.length <= MOST_TERMS))
        terms += waiting[many++]!.sum.length;
      const updates = waiting.slice(0, many);
      waiting = waiting.slice(many);
      const first = sent;
      sent += updates.length;
      const isLast = waiting.length === 0;
      await send(writeUpdates({ first, updates, stamp: isLast ? stamp(vectors) : undefined }));
    }
  }

  /** Where it fails, the updates alone tell all of it. */
  async function snapshot(): Promise<void> {
    if (count - kept < snapshotEvery) return;
    kept = count;
    const about = { kind, dimension, stamp: [...stamp(vectors), ...frozen] };
    await putSnapshot(nc, run, { about, of: id, after: count, sequence, arrays, vectors }).catch(
      (error: unknown) => {
        unkept(
          "",
          () =>
            `nats: no snapshot of the parameters was kept, and who joins late repeats more updates: ${saidBy(error)}`,
        );
      },
    );
  }

  return {
    id,
    get count() {
      return count;
    },
    get bytes() {
      return bytes;
    },
    updated(update, all) {
      vectors = all;
      waiting.push(update);
      count++;
    },
    shared: (ask) => async (tasks, listener) => {
      await flush();
      await snapshot();
      const after = count;
      await ask(
        tasks.map((task) => {
          const candidate = writeCandidate({ of: id, after, terms: task.candidate });
          return { ...task, candidate };
        }),
        listener,
      );
    },
    async close() {
      if (await isLost()) return; // whose it is now does away with it
      await remove(jsm, stream);
      await removeSnapshots(nc, run);
    },
  };
}

const NOT_FOUND = 10059;

async function remove(jsm: JetStreamManager, stream: string): Promise<void> {
  try {
    await jsm.streams.delete(stream);
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === NOT_FOUND)) throw error;
  }
}
