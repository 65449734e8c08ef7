/** Adding records to a file: in the system's hands at once, on the disk itself within a second. */
import { RelizoError } from "../error.ts";
import { CHECKSUM, firstSum, frame, PREAMBLE, preamble } from "./frames.ts";
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
    this.#sum = whole.length > PREAMBLE ? whole.slice(whole.length - CHECKSUM) : firstSum(part);
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
   * Adds one record after the last; not to be called again before it resolves.
   *
   * @throws RelizoError JOURNAL where it cannot be written; nothing can be from then on
   */
  async append(payload: Uint8Array): Promise<void> {
    if (this.#broken) throw this.#broken;
    const record = frame(this.#sum, payload);
    this.#writing = this.#try(async () => {
      if (this.#end === 0) await this.#add(preamble(this.#part));
      await this.#add(record);
    });
    await this.#writing;
    this.#sum = record.slice(record.length - CHECKSUM);
    this.#unsynced = true;
    this.#syncSoon();
  }

  /** Leaves nothing. */
  async empty(): Promise<void> {
    this.#end = 0;
    this.#sum = firstSum(this.#part);
    await this.#try(() => this.#store.truncate(this.#part, 0));
  }

  /** Resolves when all of it is on the disk itself. */
  async close(): Promise<void> {
    await this.#writing.catch(() => {}); // whoever adds the record is told
    this.#stopTimer?.();
    await this.#syncing;
    this.#stopTimer?.();
    if (this.#end > 0 && !this.#broken) await this.#try(() => this.#store.sync(this.#part));
  }

  async #add(bytes: Uint8Array): Promise<void> {
    await this.#store.append(this.#part, bytes);
    this.#end += bytes.length;
  }

  #syncSoon(): void {
    if (this.#syncing || this.#stopTimer) return;
    const sync = (): void => {
      this.#stopTimer = undefined;
      this.#synced = performance.now();
      this.#unsynced = false;
      this.#syncing = this.#try(() => this.#store.sync(this.#part))
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

  async #try(work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#broken ??=
        cause instanceof RelizoError
          ? cause
          : new RelizoError("JOURNAL", `${this.#store.name} cannot be written: ${why}.`, { cause });
      throw this.#broken;
    }
  }
}
