/** What things are called on the broker. The name of a run is in every subject, and its hash in all that belongs to one start of it. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { need } from "../../option.ts";

/** The subjects of a run and the stream behind them. */
export interface Names {
  readonly run: string;
  /** The work queue: one message for each task that waits for its answer. */
  readonly stream: string;
  /** Every task, of whichever start of the run. */
  readonly tasks: string;
  /** Every answer, likewise. */
  readonly results: string;
  /** Workers say here that they are there, and hear of the run. */
  readonly hello: string;
  /** The coordinator says here that the run begins, that tasks are withdrawn, that it ends. */
  readonly news: string;
}

/** What the stream of a run's updates and its subjects are called. */
export function streamOf(run: string) {
  const { stream } = namesOf(run);
  const prefix = `relizo.${run}.updates`;
  return { stream: `${stream}-updates`, subjects: `${prefix}.*`, subject: (id: string) => `${prefix}.${id}` };
}

/** Which task: the start of the run, and its place therein. */
export interface Place {
  readonly hash: string;
  readonly round: number;
  readonly index: number;
}

/**
 * The name, if it is one that a run on a broker can have.
 *
 * @throws RelizoError OPTION for any other
 */
export function runName(run: unknown): string {
  return namesOf(run).run;
}

/**
 * The name, if it is one that a worker can have: it ends in logs, so nothing there moves a cursor.
 *
 * @throws RelizoError OPTION for any other
 */
export function workerName(name: unknown): string {
  need(isWord(name), "OPTION", `worker: name must be ${WORD}`, name);
  return name;
}

/** In words. */
export const WORD = "1 to 80 letters, digits, and . : @ _ -";

export function isWord(value: unknown): value is string {
  return typeof value === "string" && /^[\w.:@-]{1,80}$/.test(value);
}

/**
 * The names of a run.
 *
 * @throws RelizoError OPTION for a name that cannot be part of a subject and of a file's name
 */
export function namesOf(run: unknown): Names {
  need(
    typeof run === "string" && /^[A-Za-z0-9_-]{1,64}$/.test(run),
    "OPTION",
    "nats: a run's name must be 1 to 64 letters, digits, - and _",
    run,
  );
  return {
    run,
    stream: `relizo-${run}`,
    tasks: `relizo.${run}.tasks.>`,
    results: `relizo.${run}.results.>`,
    hello: `relizo.${run}.hello`,
    news: `relizo.${run}.news`,
  };
}

export function taskSubject({ run }: Names, { hash, round, index }: Place): string {
  return `relizo.${run}.tasks.${hash}.${round}.${index}`;
}

export function resultSubject({ run }: Names, { hash, round, index }: Place): string {
  return `relizo.${run}.results.${hash}.${round}.${index}`;
}

/** The place a subject names; undefined where it names none of this run. */
export function placeOf({ run }: Names, kind: "tasks" | "results", subject: string): Place | undefined {
  const [first, second, third, hash = "", round = "", index = "", ...more] = subject.split(".");
  if (first !== "relizo" || second !== run || third !== kind || more.length > 0) return undefined;
  if (!isHash(hash) || ![round, index].every((count) => /^(0|[1-9]\d{0,15})$/.test(count))) return undefined;
  const place = { hash, round: Number(round), index: Number(index) };
  return Number.isSafeInteger(place.round) && Number.isSafeInteger(place.index) ? place : undefined;
}

/** The one durable consumer of the stream, which all workers of this start of the run pull from. */
export function consumerOf(hash: string): string {
  return `workers-${hash.slice(0, 16)}`; // another start's: what is acknowledged late must not be taken for a task of this one
}

/** Names a message that brought a task: the same task has another one where it is asked again. */
export function messageId(hash: string, number: number): string {
  return `${hash}.${number}`;
}

/** The number in the name of a message of this start of the run; undefined where it is none. */
export function messageNumber(hash: string, id: string): number | undefined {
  const digits = id.startsWith(`${hash}.`) ? id.slice(hash.length + 1) : "";
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}

export function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
}

/** Names one start of a run: its name with 16 bytes drawn anew, so that nothing of an earlier start is taken for this one's. */
export function drawHash({ run }: Names): string {
  const nonce = bytesToHex(crypto.getRandomValues(new Uint8Array(16)));
  return bytesToHex(sha256(new TextEncoder().encode(`relizo run\n${run}\n${nonce}`)).subarray(0, 16));
}
