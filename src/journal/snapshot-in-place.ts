/** The state of a run in place in a file: the method's, and every bit of the parameters, which are written and read a stretch at a time. */
import { Decoder, Encoder } from "@msgpack/msgpack";
import { RelizoError } from "../error.ts";
import { has } from "../option.ts";
import { decode, encode } from "../run/checkpoint.ts";
import type { RunState } from "../run/minimize.ts";
import { keptIn, recipesIn } from "../space/settled.ts";
import { firstSum, frame, payloadsIn, preamble, sumBefore } from "./frames.ts";
import type { Mark } from "./journal.ts";
import { checkRoom } from "./room.ts";
import { isState } from "./snapshot.ts";
import type { Stretches } from "./store.ts";
import { RELIZO_VERSION } from "./version.ts";

export interface InPlaceSnapshot {
  /** Checksum of the header of the journal that it belongs to. */
  readonly journal: Uint8Array;
  readonly mark: Mark;
  /** Parts of it may be in `vectors`. */
  readonly state: RunState;
  /** The parameters, at the iterate. */
  readonly arrays: readonly Float32Array[];
  /** What updates wrote, by number: those in the state are kept, and the places of the others. */
  readonly vectors: readonly Float32Array[];
}

/** Where one was taken, before all of it was read. */
export interface OpenedInPlace extends Pick<InPlaceSnapshot, "journal" | "mark"> {
  /** All of it, found whole to the last byte, the parameters where they were; or why it does not serve. */
  whole(): Promise<FoundInPlace | string>;
}

export interface FoundInPlace extends Pick<InPlaceSnapshot, "mark" | "state" | "vectors"> {
  /**
   * The parameters go to where they were when it was taken, and the vectors with them.
   *
   * @throws RelizoError JOURNAL where the file has changed since it was found whole: the parameters are spoiled then
   */
  load(): Promise<void>;
}

/** Begins the first record; a snapshot of a run that is not in place has 0. */
const IN_PLACE = 1;
/** Bytes of the parameters in one record. */
const STRETCH = 2 ** 20;

const encoder = new Encoder({ ignoreUndefined: true });
const decoder = new Decoder();

/** The file, piece by piece: of the parameters one stretch is held a second time. */
export function* piecesOf({
  journal,
  mark,
  state,
  arrays,
  vectors,
}: InPlaceSnapshot): Generator<Uint8Array, void> {
  const used = new Set(keptIn(recipesIn(state)));
  const kept = vectors.map((vector) => used.has(vector));
  const about = { relizo: RELIZO_VERSION, journal, ...mark, lengths: lengthsOf(arrays), kept };
  const named = exchanged(state, (part) => nameIn(vectors, part));
  let sum = firstSum("snapshot");
  const record = (payload: Uint8Array): Uint8Array => {
    const bytes = frame(sum, payload);
    sum = sumBefore(bytes, bytes.length);
    return bytes;
  };
  yield preamble("snapshot");
  yield record(encoder.encode([IN_PLACE, about, encode(named)]));
  for (const stretch of stretchesOfAll(arrays, vectors, kept)) yield record(stretch);
}

/**
 * What `piecesOf` made; or why it does not serve; undefined where there is nothing.
 *
 * @param name  of the file, for the reason
 * @param open  opens it, each time that it is read
 * @param arrays  that the parameters are in
 */
export async function openInPlace(
  name: string,
  open: () => Promise<Stretches>,
  arrays: readonly Float32Array[],
): Promise<OpenedInPlace | string | undefined> {
  const read = async <T>(use: (payloads: Payloads) => Promise<T>): Promise<T | undefined> => {
    const source = await open();
    try {
      return source.size === 0 ? undefined : await use(payloadsIn(name, source, "snapshot"));
    } finally {
      await source.close();
    }
  };
  return orWhy(async () => {
    const head = await read((payloads) => headIn(name, payloads));
    if (!head) return undefined;
    if (head.lengths.join() !== lengthsOf(arrays).join()) throw other(name);
    const { journal, mark } = head;
    return { journal, mark, whole: () => orWhy(() => wholeIn(name, read, head, arrays)) };
  });
}

type Payloads = AsyncGenerator<Uint8Array, void>;

async function wholeIn(
  name: string,
  read: (use: (payloads: Payloads) => Promise<true>) => Promise<true | undefined>,
  { mark, kept, lengths, state: named }: Head,
  arrays: readonly Float32Array[],
): Promise<FoundInPlace> {
  const d = lengths.reduce((sum, length) => sum + length, 0);
  const vectors = kept.map(() => new Float32Array(d));
  const state = exchanged(named, (part) => (isName(part) ? vectors[part.vector] : undefined));
  if (!isState(state)) throw other(name);
  const pass = async (use: (stretch: Uint8Array, value: Uint8Array) => void): Promise<void> => {
    const passed = await read(async (payloads) => {
      await headIn(name, payloads);
      for (const stretch of stretchesOfAll(arrays, vectors, kept)) {
        const { value } = await payloads.next();
        if (value?.length !== stretch.length) throw other(name);
        use(stretch, value);
      }
      if (!(await payloads.next()).done) throw other(name);
      return true;
    });
    if (!passed) throw other(name);
  };
  await pass(() => {});
  return {
    mark,
    state,
    vectors,
    async load() {
      const why = await orWhy(() => pass((stretch, value) => stretch.set(value)));
      if (why !== undefined)
        throw new RelizoError(
          "JOURNAL",
          `${why}, and was whole a moment before. The parameters are half read: begin again with those that the run began with.`,
        );
    },
  };
}

async function orWhy<T>(work: () => Promise<T>): Promise<T | string> {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return why.replace(/\.$/, "");
  }
}

const other = (name: string): RelizoError => new RelizoError("JOURNAL", `${name} holds something else`);

/** The bytes of the parameters and of the vectors that are kept, in the order of the file: views. */
function* stretchesOfAll(
  arrays: readonly Float32Array[],
  vectors: readonly Float32Array[],
  kept: readonly boolean[],
): Generator<Uint8Array, void> {
  for (const { buffer, byteOffset, byteLength } of [...arrays, ...vectors.filter((_, i) => kept[i])])
    for (let at = 0; at < byteLength; at += STRETCH)
      yield new Uint8Array(buffer, byteOffset + at, Math.min(STRETCH, byteLength - at));
}

interface Head extends Pick<InPlaceSnapshot, "journal" | "mark"> {
  readonly lengths: readonly number[];
  readonly kept: readonly boolean[];
  /** With names in the place of vectors. */
  readonly state: unknown;
}

async function headIn(name: string, payloads: Payloads): Promise<Head> {
  const { value } = await payloads.next();
  if (!value) throw other(name);
  checkRoom(value);
  const made: unknown = decoder.decode(value);
  const [kind, about, state]: readonly unknown[] = Array.isArray(made) ? made : [];
  if (kind !== IN_PLACE || typeof state !== "string") throw other(name);
  if (!has(about, "relizo", "journal", "round", "offset", "sum", "lengths", "kept")) throw other(name);
  const { relizo, journal, round, offset, sum, lengths, kept } = about;
  if (relizo !== RELIZO_VERSION)
    throw new RelizoError("JOURNAL", `${name} was made by relizo ${relizo}, this is ${RELIZO_VERSION}`);
  if (!(journal instanceof Uint8Array && sum instanceof Uint8Array)) throw other(name);
  if (!(isList(lengths, isNumber) && isList(kept, isBoolean))) throw other(name);
  const mark = { round: Number(round), offset: Number(offset), sum };
  return { journal, mark, lengths, kept, state: decode(state) };
}

const isNumber = (value: unknown): value is number => typeof value === "number";
const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";

function isList<T>(value: unknown, is: (one: unknown) => one is T): value is readonly T[] {
  return Array.isArray(value) && value.every(is);
}

const lengthsOf = (arrays: readonly Float32Array[]): readonly number[] => arrays.map(({ length }) => length);

/** Stands for a vector. */
interface Name {
  readonly vector: number;
}

const isName = (part: object): part is Name => "vector" in part;

function nameIn(vectors: readonly Float32Array[], part: object): Name | undefined {
  const vector = part instanceof Float32Array ? vectors.indexOf(part) : -1;
  return vector < 0 ? undefined : { vector };
}

/** Plain data with other parts in the place of some; what is there twice stays one. */
function exchanged(
  part: unknown,
  other: (part: object) => unknown,
  done: Map<unknown, unknown> = new Map(),
): unknown {
  if (typeof part !== "object" || part === null) return part;
  const known = done.get(part) ?? other(part);
  if (known !== undefined || ArrayBuffer.isView(part)) return known ?? part;
  const copy = Array.isArray(part)
    ? part.map((one: unknown) => exchanged(one, other, done))
    : Object.fromEntries(Object.entries(part).map(([key, one]) => [key, exchanged(one, other, done)]));
  done.set(part, copy);
  return copy;
}
