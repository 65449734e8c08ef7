/** Adding records to a file: in the system's hands at once, on the disk itself within a second. */
import { RelizoError } from "../error.ts";
import { firstSum, frame, PREAMBLE, preamble, sumBefore } from "./frames.ts";
import { later } from "./later.ts";
import type { Store } from "./store.ts";

/** Longest that added bytes wait for the disk itself [ms], while somebody lets timers through. */
const SYNC = 1000;

export class Log {
  readonly #store: Store;
  readonly #part: "journal" | "pending";
  #end = 0;
  #sum: Uint8Array;
  #broken: RelizoError | undefined;
  #writing: Promise<void> = Promise.resolve();
  #unsynced = false;
  #synced = performance.now();
  #syncing: Promise<void> | undefined;
  #stopTimer: (() => void) | undefined;

  /** @param whole  the records that are there already, all of them verified */
  constructor(store: Store, part: "journal" | "pending", whole: Uint8Array) {
    this.#store = store;
    this.#part = part;
    this.#end = whole.length;
    this.#sum = whole.length > PREAMBLE ? sumBefore(whole, whole.length) : firstSum(part);
  }

  /** Bytes so far. */
  get end(): number {
    return this.#end;
  }

  /** Checksum of the last record. */
  get sum(): Uint8Array {
    return this.#sum;
  }

  /**
   * Adds records after the last, at once where the store does; not to be called again before it resolves.
   *
   * @throws RelizoError JOURNAL where they cannot be written; nothing can be from then on
   */
  append(...payloads: readonly Uint8Array[]): void | Promise<void> {
    if (this.#broken) throw this.#broken;
    let sum = this.#sum;
    const parts = this.#end === 0 ? [preamble(this.#part)] : [];
    for (const payload of payloads) {
      const record = frame(sum, payload);
      sum = sumBefore(record, record.length);
      parts.push(record);
    }
    const bytes = joined(parts);
    const added = this.#try(
      () => this.#store.append(this.#part, bytes),
      () => {
        this.#end += bytes.length;
        this.#sum = sum;
        this.#unsynced = true;
        this.#syncSoon();
      },
    );
    if (added) this.#writing = added;
    return added;
  }

  /** Leaves nothing. */
  empty(): void | Promise<void> {
    this.#end = 0;
    this.#sum = firstSum(this.#part);
    return this.#try(() => this.#store.truncate(this.#part, 0));
  }

  /** Resolves when all of it is on the disk itself. */
  async close(): Promise<void> {
    await this.#writing.catch(() => {}); // whoever adds the record is told
    this.#stopTimer?.();
    await this.#syncing;
    this.#stopTimer?.();
    if (this.#end > 0 && !this.#broken) await this.#sync();
  }

  #syncSoon(): void {
    if (this.#syncing || this.#stopTimer) return;
    const sync = (): void => {
      this.#stopTimer = undefined;
      this.#synced = performance.now();
      this.#unsynced = false;
      this.#syncing = this.#sync()
        .catch(() => {}) // the next record says so
        .finally(() => {
          this.#syncing = undefined;
          if (this.#unsynced) this.#syncSoon();
        });
    };
    const wait = this.#synced + SYNC - performance.now();
    if (wait <= 0) sync();
    else this.#stopTimer = later(wait, sync);
  }

  async #sync(): Promise<void> {
    await this.#try(() => this.#store.sync(this.#part));
  }

  /** What fails once has failed for good: nobody knows how much of it was done. */
  #try(work: () => void | Promise<void>, done: () => void = () => {}): void | Promise<void> {
    const failed = (cause: unknown): never => {
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#broken ??=
        cause instanceof RelizoError
          ? cause
          : new RelizoError("JOURNAL", `${this.#store.name} cannot be written: ${why}.`, { cause });
      throw this.#broken;
    };
    try {
      const working = work();
      if (working) return working.then(done, failed);
    } catch (error) {
      failed(error);
    }
    done();
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => {
    bytes.set(part, at);
    return at + part.length;
  }, 0);
  return bytes;
}
