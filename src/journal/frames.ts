/**
 * Whole records in a row: length, payload, checksum. Each checksum covers the one before it, so that a cut, a flip, a lost and a
 * swapped record are all found.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { RelizoError } from "../error.ts";
import type { Stretches } from "./store.ts";

/** What a file is for: the letter after the magic. */
export type FileKind = "journal" | "pending" | "snapshot";

/** Of the layout of files; a reader refuses those of a newer one. */
export const FORMAT = 1;
const MAGIC = "relizo";
const LETTERS: Readonly<Record<FileKind, string>> = { journal: "J", pending: "P", snapshot: "S" };

/** Magic, letter and format: the first bytes of every file. */
export const PREAMBLE = 8;
/** Bytes of a length: little-endian, unsigned. */
const LENGTH = 4;
/** Bytes of a checksum: the first of sha256. */
export const CHECKSUM = 8;
/** Bytes of a record beside its payload. */
const AROUND: number = LENGTH + CHECKSUM;
/** Longest payload [bytes]: 2^24 values are half of it. */
const MOST_PAYLOAD = 2 ** 28;

export function preamble(kind: FileKind): Uint8Array {
  const bytes = new TextEncoder().encode(`${MAGIC}${LETTERS[kind]}?`);
  bytes[PREAMBLE - 1] = FORMAT;
  return bytes;
}

/** What the first record of a file follows. */
export function firstSum(kind: FileKind): Uint8Array {
  return sha256(preamble(kind)).subarray(0, CHECKSUM);
}

function sumAfter(before: Uint8Array, payload: Uint8Array): Uint8Array {
  return sha256.create().update(before).update(payload).digest().subarray(0, CHECKSUM);
}

/** One record as it stands in a file; its last CHECKSUM bytes are what the next one follows. */
export function frame(before: Uint8Array, payload: Uint8Array): Uint8Array {
  if (payload.length > MOST_PAYLOAD)
    throw new RelizoError(
      "JOURNAL",
      `journal: a record takes at most ${MOST_PAYLOAD} bytes, got ${payload.length}.`,
    );
  const bytes = new Uint8Array(AROUND + payload.length);
  new DataView(bytes.buffer).setUint32(0, payload.length, true);
  bytes.set(payload, LENGTH);
  bytes.set(sumAfter(before, payload), LENGTH + payload.length);
  return bytes;
}

/** How a file ends. */
export type Tail =
  | { readonly state: "whole" }
  /** The bytes from `at` on are the beginning of a record, or one last record that does not fit its checksum. */
  | { readonly state: "torn"; readonly at: number; readonly record: number; readonly bytes: number }
  /** Whole records come after the damage. */
  | { readonly state: "damaged"; readonly at: number; readonly record: number; readonly whole: number };

export interface Verified {
  /** Whole records before the end or the first fault. */
  readonly records: number;
  /** Where the last of them ends [bytes]. */
  readonly end: number;
  readonly tail: Tail;
}

/**
 * Checks every record of a file.
 *
 * @param name  of the file, for messages
 * @throws RelizoError JOURNAL for a file of another kind, or of a newer format
 */
export function verify(name: string, bytes: Uint8Array, kind: FileKind): Verified {
  if (!begins(name, bytes, kind)) {
    const tail: Tail = bytes.length === 0 ? WHOLE : { state: "torn", at: 0, record: 0, bytes: bytes.length };
    return { records: 0, end: 0, tail };
  }
  let sum = firstSum(kind);
  let end = PREAMBLE;
  for (let record = 0; ; record++) {
    const after = wholeAt(bytes, end, sum);
    if (after !== undefined) {
      sum = bytes.subarray(after - CHECKSUM, after);
      end = after;
      continue;
    }
    if (end === bytes.length) return { records: record, end, tail: WHOLE };
    const whole = wholeNext(bytes, end, sum) ?? wholeAfter(bytes, end);
    const fault = { at: end, record };
    const tail: Tail =
      whole === undefined
        ? { state: "torn", ...fault, bytes: bytes.length - end }
        : { state: "damaged", ...fault, whole };
    return { records: record, end, tail };
  }
}

const WHOLE: Tail = { state: "whole" };

/** Whether a preamble is there; false for the beginning of one, of which a process may have died. */
function begins(name: string, bytes: Uint8Array, kind: FileKind): boolean {
  const due = preamble(kind);
  const known = Math.min(bytes.length, PREAMBLE - 1);
  for (let i = 0; i < known; i++)
    if (bytes[i] !== due[i])
      throw new RelizoError("JOURNAL", `${name} is no ${kind} of relizo: it begins with other bytes.`);
  if (bytes.length < PREAMBLE) return false;
  const format = bytes[PREAMBLE - 1]!;
  if (format === FORMAT) return true;
  throw new RelizoError(
    "JOURNAL",
    format > FORMAT
      ? `${name} is of format ${format}, and this version of relizo reads up to ${FORMAT}: use a newer one.`
      : `${name} says that it is of format ${format}, which never was: its byte ${PREAMBLE - 1} is damaged.`,
  );
}

/** Where the record that begins here ends; undefined unless it is whole and follows the checksum. */
function wholeAt(bytes: Uint8Array, at: number, before: Uint8Array): number | undefined {
  const length = lengthAt(bytes, at);
  const end = at + AROUND + length;
  if (!(length > 0 && length <= MOST_PAYLOAD && end <= bytes.length)) return undefined;
  const due = sumAfter(before, bytes.subarray(at + LENGTH, at + LENGTH + length));
  return sameBytes(due, bytes.subarray(end - CHECKSUM, end)) ? end : undefined;
}

function lengthAt(bytes: Uint8Array, at: number): number {
  if (at + LENGTH > bytes.length) return Number.NaN;
  return new DataView(bytes.buffer, bytes.byteOffset + at, LENGTH).getUint32(0, true);
}

/** Where the next record begins, when it is whole and only the checksum between the two is not. */
function wholeNext(bytes: Uint8Array, at: number, before: Uint8Array): number | undefined {
  const next = at + AROUND + lengthAt(bytes, at);
  if (!(next < bytes.length)) return undefined;
  const sum = sumAfter(before, payloadAt(bytes, at).payload);
  return wholeAt(bytes, next, sum) === undefined ? undefined : next;
}

/**
 * The payloads of a file that is too long to be held, one record at a time: a view each, good until the next.
 *
 * @throws RelizoError JOURNAL where a record is not whole, or the file of another kind
 */
export async function* payloadsIn(
  name: string,
  source: Stretches,
  kind: FileKind,
): AsyncGenerator<Uint8Array, void> {
  const torn = (): RelizoError => new RelizoError("JOURNAL", `${name} is not whole.`);
  if (!begins(name, await source.read(0, PREAMBLE), kind)) throw torn();
  let sum = firstSum(kind);
  for (let at = PREAMBLE; at < source.size; ) {
    const length = lengthAt(await source.read(at, LENGTH), 0);
    if (!(length <= MOST_PAYLOAD && at + AROUND + length <= source.size)) throw torn();
    const bytes = await source.read(at, AROUND + length);
    if (wholeAt(bytes, 0, sum) !== bytes.length) throw torn();
    yield bytes.subarray(LENGTH, LENGTH + length);
    sum = sumBefore(bytes, bytes.length);
    at += bytes.length;
  }
}

/** Payloads begin with one of these: a list of two to four in msgpack, then the kind of record. */
const LISTS: readonly number[] = [0x92, 0x93, 0x94];
const MOST_KIND = 7;

/**
 * Where the next whole record begins after one that is not: whatever the damage, it follows the 8 bytes before it.
 * The first bytes of a payload are looked at before anything is hashed, so that this is one pass over the bytes.
 */
function wholeAfter(bytes: Uint8Array, fault: number): number | undefined {
  for (let at = fault + CHECKSUM; at + AROUND < bytes.length; at++)
    if (
      LISTS.includes(bytes[at + LENGTH]!) &&
      bytes[at + LENGTH + 1]! <= MOST_KIND &&
      wholeAt(bytes, at, bytes.subarray(at - CHECKSUM, at)) !== undefined
    )
      return at;
  return undefined;
}

/** The payload of a record that `verify` found whole, a view, and where the next one begins. */
export function payloadAt(
  bytes: Uint8Array,
  at: number,
): { readonly payload: Uint8Array; readonly end: number } {
  const length = lengthAt(bytes, at);
  return { payload: bytes.subarray(at + LENGTH, at + LENGTH + length), end: at + AROUND + length };
}

/** The checksum of the record that ends here. */
export function sumBefore(bytes: Uint8Array, end: number): Uint8Array {
  return bytes.slice(end - CHECKSUM, end);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** A tail in a sentence, for people. */
export function tailText(name: string, { records, tail }: Verified): string {
  if (tail.state === "whole") return `${name} is whole: ${records} ${records === 1 ? "record" : "records"}.`;
  if (tail.state === "torn")
    return `${name} ends in ${tail.bytes} bytes that are no whole record (from byte ${tail.at}, record ${tail.record}): ${records} records before them are whole.`;
  return `${name} is damaged at byte ${tail.at}, in record ${tail.record}: the ${records} records before it are whole, and so are some from byte ${tail.whole} on.`;
}
