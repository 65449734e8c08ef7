/** What a journal's records say, as msgpack: lists that begin with the kind of record. */
import { Decoder, Encoder } from "@msgpack/msgpack";
import { RelizoError } from "../error.ts";
import { has, show } from "../option.ts";
import { FLOAT64, fromBytes, toBytes } from "./float64.ts";
import { checkRoom } from "./room.ts";

/** What a run is: the first record. A run that differs in one of these has another journal. */
export interface JournalHeader {
  /** Name of the run. */
  readonly run: string;
  /** Name of the method. */
  readonly method: string;
  /** Options of the method as plain data, from which `createMethod` makes it again; null where they are not known. */
  readonly settings: Readonly<Record<string, unknown>> | null;
  readonly seed: number;
  /** d, the length of x. */
  readonly dimension: number;
  /** "dense", or how directions are drawn. */
  readonly space: string;
  /** sha256 of the bytes of x0, in hex. */
  readonly start: string;
  /** sha256 of the bytes of the lower and the upper bounds, in hex; null for a run without. */
  readonly bounds: string | null;
  /** Version of relizo that began the journal. */
  readonly relizo: string;
}

/** One round of queries: one call of an evaluator. */
export interface JournalRound {
  /** Names the minibatch. */
  readonly batch: number;
  /** Of the points asked, see `stampOf`: a whole number below 2^53. */
  readonly stamp: number;
  /** In the order of the tasks; NaN where one failed. */
  readonly values: Float64Array;
}

/** What somebody wrote beside the run; a run itself writes none. */
export interface JournalNote {
  readonly kind: string;
  readonly text: string;
}

/** An answer of a round that is not whole yet. */
export interface PendingAnswer {
  readonly round: number;
  readonly index: number;
  readonly stamp: number;
  readonly value: number;
}

export type JournalRecord =
  | { readonly header: JournalHeader }
  | { readonly round: JournalRound }
  | { readonly note: JournalNote };

const HEADER = 0;
const ROUND = 1;
const NOTE = 2;

/** One order of keys, so that equal settings are equal bytes. */
const encoder = new Encoder({ sortKeys: true, ignoreUndefined: true });
const decoder = new Decoder();

/** @throws RelizoError OPTION where the settings are no plain data */
export function headerPayload(header: JournalHeader): Uint8Array {
  try {
    return encoder.encode([HEADER, header]);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RelizoError("OPTION", `journal: settings must be plain data: ${why}.`, { cause });
  }
}

export function roundPayload({ batch, stamp, values }: JournalRound): Uint8Array {
  return encoder.encode([ROUND, batch, stamp, toBytes(values)]);
}

export function notePayload({ kind, text }: JournalNote): Uint8Array {
  return encoder.encode([NOTE, kind, text]);
}

/** [journal, ...] opens a file of pending answers: the checksum after the header of the journal that it belongs to. */
export function pendingHead(journal: Uint8Array): Uint8Array {
  return encoder.encode([HEADER, journal]);
}

export function pendingPayload({ round, index, stamp, value }: PendingAnswer): Uint8Array {
  return encoder.encode([ROUND, round, [index, stamp, toBytes(Float64Array.of(value))]]);
}

/** Whether a payload says that it is a round's. */
export function isRound(payload: Uint8Array): boolean {
  return payload[1] === ROUND; // after the length of the list
}

/** @throws RelizoError JOURNAL for a payload that no record has, though its checksum fits */
export function readRecord(name: string, payload: Uint8Array, record: number): JournalRecord {
  const [kind, ...fields] = listOf(payload);
  const [first, second, third] = fields;
  if (kind === HEADER && isHeader(first)) return { header: first };
  if (kind === ROUND && isWhole(first) && isStamp(second) && isValues(third))
    return { round: { batch: first, stamp: second, values: fromBytes(third) } };
  if (kind === NOTE && typeof first === "string" && typeof second === "string")
    return { note: { kind: first, text: second } };
  throw new RelizoError(
    "JOURNAL",
    `${name}: record ${record} is whole, but nothing that this version of relizo writes: ${show(kind)}.`,
  );
}

/** Undefined for anything else. */
export function readPendingHead(payload: Uint8Array): Uint8Array | undefined {
  const [kind, journal] = listOf(payload);
  return kind === HEADER && journal instanceof Uint8Array ? journal : undefined;
}

/** Undefined for anything else. */
export function readPending(payload: Uint8Array): PendingAnswer | undefined {
  const [kind, round, answer] = listOf(payload);
  if (!(kind === ROUND && isWhole(round) && Array.isArray(answer))) return undefined;
  const [index, stamp, value]: readonly unknown[] = answer;
  if (!(isWhole(index) && isStamp(stamp) && isValues(value) && value.length === FLOAT64)) return undefined;
  return { round, index, stamp, value: fromBytes(value)[0]! };
}

function listOf(payload: Uint8Array): readonly unknown[] {
  try {
    checkRoom(payload);
    const list = decoder.decode(payload);
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isStamp(value: unknown): value is number {
  return isWhole(value) && value >= 0;
}

function isValues(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length % FLOAT64 === 0;
}

function isHeader(value: unknown): value is JournalHeader {
  if (!has(value, "run", "method", "settings", "seed", "dimension", "space", "start", "bounds", "relizo"))
    return false;
  const { settings, seed, dimension, bounds } = value;
  return (
    [value.run, value.method, value.space, value.start, value.relizo, bounds ?? ""].every(
      (text) => typeof text === "string",
    ) &&
    [seed, dimension].every(isStamp) &&
    (settings === null || (has(settings) && !Array.isArray(settings)))
  );
}
