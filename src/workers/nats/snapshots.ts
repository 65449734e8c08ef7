/** The parameters of a run after so many updates, on the broker: whoever joins late begins there. */
import { JetStreamApiError, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { Objm, StorageType } from "@nats-io/obj";
import { saidBy } from "./access.ts";
import { isHash, namesOf, streamOf } from "./names.ts";
import { pack, unpack } from "./pack.ts";
import { type About, isAbout, readStream } from "./shared-wire.ts";

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
/** Between two pieces of one that is read [ms]. */
const QUIET = 5000;
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

/**
 * The last one of this stream, if it is whole and agrees with the update that it follows: who writes here need not be the run.
 *
 * @param most  bytes
 * @param refused  told why what is there is not taken: the updates tell all of it
 */
export async function getSnapshot(
  nc: NatsConnection,
  run: string,
  id: string,
  most: number,
  refused: (why: string) => void,
): Promise<SharedSnapshot | undefined> {
  try {
    const store = await new Objm(nc).open(bucketOf(run));
    const found = await store.get(NAME);
    if (!found) return undefined;
    found.error.catch(() => {}); // the reader below hears of it
    if (found.info.size > most) throw new Error(`${found.info.size} bytes, where ${most} would do`);
    const snapshot = readSnapshot(await wholeOf(found.data, found.info.size));
    if (!snapshot) throw new Error("it is none");
    if (snapshot.of !== id) return undefined; // of another start of the run
    if (!(await follows(nc, run, snapshot))) throw new Error("it does not agree with the updates before it");
    return snapshot;
  } catch (error) {
    if (!isNotFound(error)) refused(saidBy(error));
    return undefined;
  }
}

/** The bytes of a stream; the run may replace what is being read, whose rest then never comes. */
async function wholeOf(data: ReadableStream<Uint8Array>, size: number): Promise<Uint8Array> {
  const reader = data.getReader();
  const bytes = new Uint8Array(size);
  for (let at = 0; ; ) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("the rest of it did not come")), QUIET);
    });
    try {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) return bytes.subarray(0, at);
      bytes.set(value, at);
      at += value.length;
    } catch (error) {
      await reader.cancel().catch(() => {});
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Whether the update at its place in the stream is the one that it says it comes after. */
async function follows(
  nc: NatsConnection,
  run: string,
  { of, after, sequence, about: { stamp } }: SharedSnapshot,
): Promise<boolean> {
  const { stream, subject } = streamOf(run);
  const message = await (await jetstream(nc).streams.get(stream)).getMessage({ seq: sequence });
  const said = message?.subject === subject(of) ? readStream(message.data) : undefined;
  if (!said || isAbout(said)) return false;
  return said.first + said.updates.length === after && (said.stamp ?? []).every((one, i) => one === stamp[i]);
}

export async function removeSnapshots(nc: NatsConnection, run: string): Promise<void> {
  try {
    const store = await new Objm(nc).open(bucketOf(run));
    await store.destroy();
  } catch (error) {
    if (!isNotFound(error) && !(error instanceof JetStreamApiError)) throw error;
  }
}

const isNotFound = (error: unknown): boolean => error instanceof Error && /not found/i.test(error.message);

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
