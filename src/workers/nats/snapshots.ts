/** The parameters of a run after so many updates, on the broker: whoever joins late begins there. */
import { JetStreamApiError } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { Objm, StorageType } from "@nats-io/obj";
import { isHash, namesOf } from "./names.ts";
import { pack, unpack } from "./pack.ts";
import type { About } from "./shared-wire.ts";

export interface SharedSnapshot {
  /** Of the parameters as they are after the updates: see `About`. */
  readonly about: About;
  /** Names the stream of updates. */
  readonly of: string;
  readonly after: number;
  /** Place of the last of them in the stream. */
  readonly sequence: number;
  readonly arrays: readonly Float32Array[];
  /** The vectors that updates wrote, by number. */
  readonly vectors: readonly Float32Array[];
}

const VERSION = 1;
const NAME = "parameters";

const bucketOf = (run: string): string => `${namesOf(run).stream}-snapshots`;

/** @param snapshot  takes the place of the last one */
export async function putSnapshot(nc: NatsConnection, run: string, snapshot: SharedSnapshot): Promise<void> {
  const { about, of, after, sequence, arrays, vectors } = snapshot;
  const store = await new Objm(nc).create(bucketOf(run), { storage: StorageType.File });
  const { kind, dimension, stamp } = about;
  const head = [VERSION, of, after, sequence, kind, dimension, Float64Array.from(stamp)];
  await store.putBlob({ name: NAME }, pack([...head, arrays, vectors]));
}

/** The last one of this stream; undefined where there is none, or what is there is something else. */
export async function getSnapshot(
  nc: NatsConnection,
  run: string,
  id: string,
): Promise<SharedSnapshot | undefined> {
  try {
    const store = await new Objm(nc).open(bucketOf(run));
    const data = await store.getBlob(NAME);
    const found = data && readSnapshot(data);
    return found && found.of === id ? found : undefined;
  } catch {
    return undefined; // the updates tell all of it
  }
}

export async function removeSnapshots(nc: NatsConnection, run: string): Promise<void> {
  try {
    const store = await new Objm(nc).open(bucketOf(run));
    await store.destroy();
  } catch (error) {
    if (
      !(error instanceof Error && /not found/i.test(error.message)) &&
      !(error instanceof JetStreamApiError)
    )
      throw error;
  }
}

function readSnapshot(data: Uint8Array): SharedSnapshot | undefined {
  const fields = unpack(data);
  if (!Array.isArray(fields) || fields.length !== 9 || fields[0] !== VERSION) return undefined;
  const [, of, after, sequence, kind, dimension, stamp, arrays, vectors]: unknown[] = fields;
  if (!isHash(of) || ![after, sequence, dimension].every(Number.isSafeInteger) || typeof kind !== "string")
    return undefined;
  if (!(stamp instanceof Float64Array && isArrays(arrays) && isArrays(vectors))) return undefined;
  return {
    about: { kind, dimension: Number(dimension), stamp: [...stamp] },
    of,
    after: Number(after),
    sequence: Number(sequence),
    arrays,
    vectors,
  };
}

const isArrays = (value: unknown): value is Float32Array[] =>
  Array.isArray(value) && value.every((one) => one instanceof Float32Array);
