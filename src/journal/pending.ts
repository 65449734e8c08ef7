/**
 * Answers of a round that is not whole yet, in a file beside the journal: an hour-long query is not lost with the process that
 * asked it. Rounds that take less than a quarter of a second never touch it.
 */
import { PREAMBLE, payloadAt, sameBytes, tailText, type Verified, verify } from "./frames.ts";
import { later } from "./later.ts";
import { Log } from "./log.ts";
import { type PendingAnswer, pendingHead, pendingPayload, readPending, readPendingHead } from "./record.ts";
import type { Store } from "./store.ts";

/** Longest that an answer waits to be written while its round is open [ms]. */
const WAIT = 250;

export class Pending {
  readonly #store: Store;
  readonly #said: (message: string) => void;
  /** Checksum of the journal's header, which names it. */
  #journal: Uint8Array = new Uint8Array();
  #log: Log;
  /** Of an earlier process. */
  #found: readonly PendingAnswer[] = [];
  #waiting: PendingAnswer[] = [];
  /** When the round was opened, or answers last written. */
  #last = 0;
  #timed = false;
  #writing: Promise<void> | undefined;
  #trouble: unknown;

  constructor(store: Store, said: (message: string) => void) {
    this.#store = store;
    this.#said = said;
    this.#log = new Log(store, "pending", new Uint8Array());
  }

  /**
   * Takes what an earlier process left. Answers that are not whole, or of another journal, are asked again: that is said.
   *
   * @param journal  checksum of the journal's header
   * @param round    the first that the journal does not have; Infinity where the header is new, and what lies there was left by
   *   a journal that somebody has removed
   */
  async load(journal: Uint8Array, round: number): Promise<void> {
    this.#journal = journal;
    const name = `${this.#store.name}, pending answers`;
    const bytes = await this.#store.read("pending");
    const verified = this.#verified(name, bytes);
    const whole = verified ? bytes.subarray(0, verified.end) : new Uint8Array();
    const records = payloads(whole);
    const head = records[0] && readPendingHead(records[0]);
    const ours = head !== undefined && sameBytes(head, journal);
    const found = records.slice(1).flatMap((payload) => readPending(payload) ?? []);
    if (ours && found.some((one) => one.round >= round)) {
      if (whole.length < bytes.length) await this.#store.truncate("pending", whole.length);
      this.#found = found;
      this.#log = new Log(this.#store, "pending", whole);
      return;
    }
    if (head && !ours) this.#said(`${name}: they belong to another journal, and are dropped.`);
    if (bytes.length > 0) await this.#store.truncate("pending", 0);
  }

  /** Opens a round; what is known of it already, by index. */
  open(round: number, stamp: number): Map<number, number> {
    this.#last = performance.now();
    const known = this.#found.filter((one) => one.round === round && one.stamp === stamp);
    return new Map(known.map(({ index, value }) => [index, value]));
  }

  /** Keeps an answer until its round is whole. */
  keep(answer: PendingAnswer): void {
    this.#waiting.push(answer);
    if (performance.now() - this.#last >= WAIT) this.#write();
    else this.#wake(WAIT);
  }

  /**
   * Resolves when all answers kept are with the system.
   *
   * @throws RelizoError JOURNAL where they cannot be written
   */
  async flush(): Promise<void> {
    this.#write();
    await this.#writing;
    if (this.#trouble) throw this.#trouble;
  }

  /** The round is whole, and in the journal. */
  async clear(): Promise<void> {
    this.#waiting = [];
    this.#found = [];
    await this.#writing;
    if (this.#log.end > 0) await this.#log.empty();
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#log.close();
  }

  #wake(milliseconds: number): void {
    if (this.#timed) return;
    this.#timed = true;
    later(milliseconds, () => {
      this.#timed = false;
      if (this.#waiting.length === 0) return;
      const left = this.#last + WAIT - performance.now();
      if (left <= 0) this.#write();
      else this.#wake(left);
    });
  }

  /** At once where the store writes at once: an objective that computes in this thread lets nothing else through. */
  #write(): void {
    const answers = this.#waiting;
    if (answers.length === 0) return;
    this.#waiting = [];
    this.#last = performance.now();
    const add = (): void | Promise<void> =>
      this.#log.append(
        ...(this.#log.end <= PREAMBLE ? [pendingHead(this.#journal)] : []),
        ...answers.map(pendingPayload),
      );
    const failed = (error: unknown): void => {
      this.#trouble ??= error;
    };
    try {
      const adding = this.#writing ? this.#writing.then(add) : add();
      if (!adding) return;
      const own = adding.catch(failed).then(() => {
        if (this.#writing === own) this.#writing = undefined;
      });
      this.#writing = own;
    } catch (error) {
      failed(error);
    }
  }

  #verified(name: string, bytes: Uint8Array): Verified | undefined {
    try {
      const verified = verify(name, bytes, "pending");
      if (verified.tail.state !== "whole")
        this.#said(`${tailText(name, verified)} What is not whole is asked again.`);
      return verified;
    } catch (error) {
      this.#said(`${error instanceof Error ? error.message : error} It is asked again.`);
      return undefined;
    }
  }
}

function payloads(whole: Uint8Array): readonly Uint8Array[] {
  const all: Uint8Array[] = [];
  for (let at = PREAMBLE; at < whole.length; ) {
    const { payload, end } = payloadAt(whole, at);
    all.push(payload);
    at = end;
  }
  return all;
}
