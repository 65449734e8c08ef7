/** The work queue of one start of a run, on the broker: what waits there is answered by whoever pulls it, and gone with its answer. */
import {
  AckPolicy,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import { type NatsConnection, nanos } from "@nats-io/nats-core";
import { RelizoError } from "../../error.ts";
import { saidBy } from "./access.ts";
import { consumerOf, type Names } from "./names.ts";

export interface QueueOptions {
  /** Names this start of the run. */
  readonly hash: string;
  /** [ms] */
  readonly ackWait: number;
  readonly storage: "file" | "memory";
  readonly replicas: number;
}

export interface Queue {
  /** Makes the stream and its consumer where they are not there; fails where another start of the run has taken the name. */
  ensure(): Promise<void>;
  /** Adds a task, unless its id is known, or something waits on its subject. */
  add(subject: string, data: Uint8Array, id: string): Promise<"added" | "known" | "taken">;
  /** Takes back what waits on a subject, or is being worked on. */
  remove(subject: string): Promise<void>;
  /** Subjects on which something waits, or is being worked on; and whether the broker thinks that nothing is left to hand out. */
  state(): Promise<{ readonly subjects: ReadonlySet<string>; readonly idle: boolean }>;
  /** Does away with the stream, whatever start of the run it belongs to. */
  destroy(): Promise<void>;
}

/** The broker's word for a name that is taken, with other settings than ours. */
const NAME_IN_USE = 10058;
/** Something waits on this subject already. */
const SUBJECT_TAKEN = [10077, 10078];
/** No such message, consumer or stream. */
const NOT_FOUND = [10037, 10014, 10059, 10043];

/** @throws RelizoError EVALUATOR where the broker has no JetStream */
export async function openQueue(nc: NatsConnection, names: Names, options: QueueOptions): Promise<Queue> {
  const { stream, tasks } = names;
  const consumer = consumerOf(options.hash);
  let js: JetStreamClient;
  let jsm: JetStreamManager;
  try {
    js = jetstream(nc);
    jsm = await jetstreamManager(nc);
  } catch (cause) {
    throw new RelizoError(
      "EVALUATOR",
      `nats: the broker offers no JetStream (${saidBy(cause)}); start it with "jetstream { store_dir: ... }" in its configuration, or nats-server -js.`,
      { cause },
    );
  }
  return {
    async ensure() {
      await jsm.streams
        .add({
          name: stream,
          description: options.hash, // so that two who start a run of this name cannot both succeed
          subjects: [tasks],
          retention: RetentionPolicy.Workqueue,
          storage: options.storage === "file" ? StorageType.File : StorageType.Memory,
          num_replicas: options.replicas,
          discard: DiscardPolicy.New,
          max_msgs_per_subject: 1,
          discard_new_per_subject: true,
        })
        .catch(taken(names));
      await jsm.consumers.add(stream, {
        durable_name: consumer,
        ack_policy: AckPolicy.Explicit,
        ack_wait: nanos(options.ackWait),
        max_deliver: -1,
        max_ack_pending: -1,
        max_waiting: 8192,
      });
    },
    async add(subject, data, id) {
      try {
        const { duplicate } = await js.publish(subject, data, { msgID: id, timeout: 2000 });
        return duplicate ? "known" : "added";
      } catch (error) {
        if (!is(error, SUBJECT_TAKEN)) throw error;
        return "taken";
      }
    },
    async remove(subject) {
      // One by one: brokers lose sight of other tasks when those of one subject are purged (nats-server 2.9 does).
      try {
        const message = await jsm.streams.getMessage(stream, { last_by_subj: subject });
        if (message) await jsm.streams.deleteMessage(stream, message.seq, false);
      } catch (error) {
        if (!is(error, NOT_FOUND)) throw error;
      }
    },
    async state() {
      const { state } = await jsm.streams.info(stream, { subjects_filter: tasks });
      const { num_pending, num_ack_pending } = await jsm.consumers.info(stream, consumer);
      return {
        subjects: new Set(Object.keys(state.subjects ?? {})),
        idle: num_pending === 0 && num_ack_pending === 0,
      };
    },
    async destroy() {
      try {
        await jsm.streams.delete(stream);
      } catch (error) {
        if (!is(error, NOT_FOUND)) throw error;
      }
    },
  };
}

function is(error: unknown, codes: readonly number[]): boolean {
  return error instanceof JetStreamApiError && codes.includes(error.code);
}

/** Another start of the run holds the name. */
export class NameTaken extends Error {}

function taken({ run }: Names): (error: unknown) => void {
  return (error) => {
    throw is(error, [NAME_IN_USE]) ? new NameTaken(`the name ${run} is taken`, { cause: error }) : error;
  };
}
