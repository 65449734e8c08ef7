/**
 * What is said over the broker, and how it is read: every message has a version, a size and a shape, and whatever has another is refused
 * with the reason. Lists, not objects: names would be most of the bytes.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { Answer } from "../../evaluate/policy.ts";
import type { Task } from "../../evaluate/task.ts";
import { isHash, isWord, type Place } from "./names.ts";
import { pack, unpack } from "./pack.ts";

/** Of what is said below; those of another version refuse each other. */
const VERSION = 1;

/** The longest messages that are read at all [bytes]; a task's is as long as its candidate. */
const LONGEST = { result: 4096, hello: 512, news: 65_536, reply: 512 } as const;
/** Letters of a reason that travel. */
const LONGEST_TEXT = 500;

/** Why a message was refused; the whole list, so that a count of each is a short table. */
export type Refusal =
  | "too long"
  | "malformed"
  | "another version"
  | "another run"
  | "not asked for"
  | "for another candidate"
  | "too many workers";

type Read<T> = T | Refusal;

/** A task as it travels; its place is the subject it is published on. */
export function writeTask({ step, batch, candidate }: Task<unknown>): Uint8Array<ArrayBuffer> {
  return pack([VERSION, step, batch, candidate]);
}

export function readTask({ round, index }: Place, data: Uint8Array, longest: number): Read<Task<unknown>> {
  const fields = open(data, longest, 4);
  if (typeof fields === "string") return fields;
  const [, step, batch, candidate] = fields;
  if (!isCount(step) || !Number.isSafeInteger(batch) || candidate === undefined) return "malformed";
  return { round, index, step, batch: Number(batch), candidate };
}

/** Names a task by all that it says, so that an answer is to this one and no other. 16 bytes. */
export function digestOf(subject: string, data: Uint8Array): Uint8Array {
  return sha256.create().update(new TextEncoder().encode(subject)).update(data).digest().subarray(0, 16);
}

/** What a worker has to say about a task: an answer, the caller's mistake that ends the run, or that nobody gets through with it. */
export type Said = { readonly answer: Answer } | { readonly mistake: string } | { readonly lost: string };
export interface Result {
  readonly digest: Uint8Array;
  readonly worker: string;
  readonly said: Said;
}

const KINDS = ["value", "error", "mistake", "lost"] as const;

export function writeResult({ digest, worker, said }: Result): Uint8Array<ArrayBuffer> {
  const [kind, content] = ((): [(typeof KINDS)[number], unknown] => {
    if ("mistake" in said) return ["mistake", said.mistake.slice(0, LONGEST_TEXT)];
    if ("lost" in said) return ["lost", said.lost.slice(0, LONGEST_TEXT)];
    if (typeof said.answer === "number") return ["value", Float64Array.of(said.answer)];
    return ["error", said.answer.error.slice(0, LONGEST_TEXT)];
  })();
  return pack([VERSION, KINDS.indexOf(kind), content, digest, worker]);
}

export function readResult(data: Uint8Array): Read<Result> {
  const fields = open(data, LONGEST.result, 5);
  if (typeof fields === "string") return fields;
  const [, at, content, digest, worker] = fields;
  const kind = KINDS[Number(at)];
  if (typeof at !== "number" || !(digest instanceof Uint8Array) || digest.length !== 16) return "malformed";
  if (!isWord(worker)) return "malformed";
  if (kind === "value" && content instanceof Float64Array && content.length === 1)
    return { digest, worker, said: { answer: content[0]! } };
  if (!isText(content)) return "malformed";
  if (kind === "error") return { digest, worker, said: { answer: { error: content } } };
  if (kind === "mistake") return { digest, worker, said: { mistake: content } };
  return kind === "lost" ? { digest, worker, said: { lost: content } } : "malformed";
}

/** A worker is there: who it is, and how many tasks it takes at once; 0, it leaves, or only asks. */
export interface Hello {
  readonly worker: string;
  readonly slots: number;
}

export function writeHello({ worker, slots }: Hello): Uint8Array<ArrayBuffer> {
  return pack([VERSION, worker, slots]);
}

export function readHello(data: Uint8Array): Read<Hello> {
  const fields = open(data, LONGEST.hello, 3);
  if (typeof fields === "string") return fields;
  const [, worker, slots] = fields;
  return isWord(worker) && isCount(slots) && slots <= MOST_SLOTS ? { worker, slots } : "malformed";
}

/** Most tasks that one worker may take at once. */
export const MOST_SLOTS = 1024;

/** What the coordinator says of its run to whoever says hello. */
export interface About {
  readonly hash: string;
  /** A task whose worker is silent for so long goes to another one [ms]. */
  readonly ackWait: number;
  /** A task that was handed out so often without an answer is given up. */
  readonly deliveries: number;
}

export function writeAbout({ hash, ackWait, deliveries }: About): Uint8Array<ArrayBuffer> {
  return pack([VERSION, hash, ackWait, deliveries]);
}

export function readAbout(data: Uint8Array): Read<About> {
  const fields = open(data, LONGEST.reply, 4);
  if (typeof fields === "string") return fields;
  const [, hash, ackWait, deliveries] = fields;
  if (!isHash(hash) || !isCount(ackWait) || !isCount(deliveries) || ackWait < 1) return "malformed";
  return { hash, ackWait, deliveries };
}

/** What the coordinator tells all workers: its run is there, it is over, or the messages of these numbers are withdrawn. */
export interface News {
  readonly hash: string;
  readonly event: "here" | "over" | "withdrawn";
  readonly messages: readonly number[];
}

const EVENTS = ["here", "over", "withdrawn"] as const;

export function writeNews({ hash, event, messages }: News): Uint8Array<ArrayBuffer> {
  return pack([VERSION, hash, EVENTS.indexOf(event), messages]);
}

export function readNews(data: Uint8Array): Read<News> {
  const fields = open(data, LONGEST.news, 4);
  if (typeof fields === "string") return fields;
  const [, hash, at, messages] = fields;
  const event = typeof at === "number" ? EVENTS[at] : undefined;
  if (!isHash(hash) || event === undefined || !Array.isArray(messages) || !messages.every(isCount))
    return "malformed";
  return { hash, event, messages };
}

/** What a worker hears of a result: it was taken, or nobody waits for it any more; or it was refused. */
export function writeReply(reply: "taken" | Refusal): Uint8Array<ArrayBuffer> {
  return pack([VERSION, reply]);
}

export function readReply(data: Uint8Array): string {
  const fields = open(data, LONGEST.reply, 2);
  if (typeof fields === "string") return "malformed";
  return isText(fields[1]) ? fields[1] : "malformed";
}

/** The fields of a message of this version, `count` of them. */
function open(data: Uint8Array, longest: number, count: number): Read<readonly unknown[]> {
  if (data.length > longest) return "too long";
  let fields: unknown;
  try {
    fields = unpack(data);
  } catch {
    return "malformed";
  }
  if (!Array.isArray(fields)) return "malformed";
  if (fields[0] !== VERSION) return isCount(fields[0]) ? "another version" : "malformed";
  return fields.length === count ? fields : "malformed";
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= LONGEST_TEXT;
}
