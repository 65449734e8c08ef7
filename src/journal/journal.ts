/**
 * The journal of a run: what it is, then every round of queries with its values. The state of a run is what a replay of its
 * journal gives: whoever has the journal has the run.
 */
import { RelizoError } from "../error.ts";
import { TrajectoryHash } from "./digest.ts";
import { PREAMBLE, payloadAt, sumBefore, tailText, verify } from "./frames.ts";
import { needSame } from "./header.ts";
import { Log } from "./log.ts";
import { Pending } from "./pending.ts";
import { needPlace, needUndamaged } from "./read.ts";
import {
  headerPayload,
  isRound,
  type JournalHeader,
  type JournalNote,
  type JournalRound,
  notePayload,
  readRecord,
  roundPayload,
} from "./record.ts";
import { nowhere, type Store } from "./store.ts";

/** A place in a journal: before a round. */
export interface Mark {
  readonly round: number;
  /** Bytes before it. */
  readonly offset: number;
  /** Checksum of the record before it. */
  readonly sum: Uint8Array;
}

/**
 * A journal that is open for one writer. `minimizeRecorded` and `recorded` read and write it; a caller opens it, hands it on
 * and closes it.
 */
export class Journal {
  readonly store: Store;
  /** Told what a person should know: a torn tail that was cut off, a snapshot that was ignored. */
  readonly said: (message: string) => void;
  /** Answers of the round that is not whole yet. */
  readonly pending: Pending;
  readonly #log: Log;
  /** All whole records, while a run is still among them. */
  #bytes: Uint8Array | undefined;
  #header: JournalHeader | undefined;
  #first: Mark;
  #mark: Mark;
  #rounds = 0;
  #trajectory = new TrajectoryHash();
  #sitting = 0;
  readonly #notes: JournalNote[] = [];
  #work: Promise<void> = Promise.resolve();

  private constructor(store: Store, said: (message: string) => void, whole: Uint8Array) {
    this.store = store;
    this.said = said;
    this.pending = new Pending(store, said);
    this.#log = new Log(store, "journal", whole);
    this.#bytes = whole;
    this.#first = { round: 0, offset: 0, sum: this.#log.sum };
    for (let at = PREAMBLE, record = 0; at < whole.length; record++) {
      const { payload, end } = payloadAt(whole, at);
      at = end;
      if (record > 0 && isRound(payload)) {
        this.#rounds++; // read when it is its turn
        continue;
      }
      const one = readRecord(store.name, payload, record);
      needPlace(store.name, one, record);
      if ("note" in one) this.#notes.push(one.note);
      if (!("header" in one)) continue;
      this.#header = one.header;
      this.#first = { round: 0, offset: end, sum: sumBefore(whole, end) };
    }
    this.#mark = this.#first;
  }

  /**
   * Opens what a store holds, be it nothing. A torn tail is cut off, and that is said.
   *
   * @param said  default: nobody is told
   * @throws RelizoError JOURNAL where it holds something else, a damaged journal, or one of a newer format
   */
  static async open(store: Store, said: (message: string) => void = () => {}): Promise<Journal> {
    const bytes = await store.read("journal");
    const verified = verify(store.name, bytes, "journal");
    needUndamaged(store.name, verified);
    const end = verified.records > 0 ? verified.end : 0;
    const journal = new Journal(store, said, bytes.subarray(0, end));
    if (verified.tail.state === "torn") said(`${tailText(store.name, verified)} What is torn is cut off.`);
    if (end < bytes.length) await store.truncate("journal", end);
    return journal;
  }

  /** For a run without a file: it has a trajectory all the same. */
  static nowhere(): Journal {
    return new Journal(nowhere(), () => {}, new Uint8Array());
  }

  /** For messages: a path. */
  get name(): string {
    return this.store.name;
  }

  /** Undefined before the first run. */
  get header(): JournalHeader | undefined {
    return this.#header;
  }

  /** Checksum of the header, which names this journal to what belongs to it. */
  get id(): Uint8Array {
    return this.#first.sum;
  }

  /** In the order in which they were written. */
  get notes(): readonly JournalNote[] {
    return this.#notes;
  }

  /** Whole rounds in it. */
  get rounds(): number {
    return this.#rounds;
  }

  /** Where the run is. */
  get mark(): Mark {
    return this.#mark;
  }

  /** Whether the round to come is answered from the journal. */
  get replaying(): boolean {
    return this.#mark.round < this.#rounds;
  }

  /** sha256 over the rounds that this sitting has passed, those found in the journal included, in hex. */
  get trajectory(): string {
    return this.#trajectory.hex();
  }

  /** Which run has it: what an earlier one is still told is not written any more. -1 when closed. */
  get sitting(): number {
    return this.#sitting;
  }

  /**
   * Begins a sitting before the first round. A journal without a header gets this one.
   *
   * @throws RelizoError JOURNAL where it has another: the message has the first difference
   */
  async begin(header: JournalHeader): Promise<void> {
    this.#needOpen();
    const known = this.#header;
    if (!known) {
      await this.#log.append(headerPayload(header));
      this.#header = header;
      this.#first = { round: 0, offset: this.#log.end, sum: this.#log.sum };
      await this.pending.load(this.id, Infinity);
    } else {
      needSame(this.name, known, header);
      await this.pending.flush();
      await this.pending.load(this.id, this.#rounds);
      if (known.relizo !== header.relizo)
        this.said(
          `${this.name} was begun by relizo ${known.relizo}; this is ${header.relizo}. Where it would ask for other points, the run stops and says so.`,
        );
    }
    this.#sitting++;
    await this.rewind();
  }

  /** Goes back before the first round. */
  async rewind(): Promise<void> {
    if (this.#rounds > 0 && !this.#bytes) {
      const bytes = await this.store.read("journal");
      this.#bytes = bytes.subarray(0, this.#log.end);
    }
    this.#trajectory = new TrajectoryHash();
    this.#mark = this.#first;
  }

  /** The next round that it has; undefined where the run goes on from here. */
  next(): JournalRound | undefined {
    const bytes = this.#bytes;
    for (let at = this.#mark.offset; bytes && this.replaying; ) {
      const { payload, end } = payloadAt(bytes, at);
      const record = readRecord(this.name, payload, 1 + this.#mark.round);
      at = end;
      if (!("round" in record)) continue;
      this.#pass(record.round, end, sumBefore(bytes, end));
      return record.round;
    }
    this.#bytes = undefined;
    return undefined;
  }

  /**
   * Adds a round after the last. When it resolves, the end of this process loses nothing of it.
   *
   * @throws RelizoError JOURNAL where it cannot be written; nothing can be from then on
   */
  write(round: JournalRound): Promise<void> {
    return this.#working(async () => {
      await this.#log.append(roundPayload(round));
      this.#rounds++;
      this.#pass(round, this.#log.end, this.#log.sum);
      await this.pending.clear();
    });
  }

  /** Adds a note after the last round; a run writes none of itself. */
  note(note: JournalNote): Promise<void> {
    return this.#working(async () => {
      if (!this.#header || this.replaying)
        throw new RelizoError("JOURNAL", `${this.name}: a note comes after the header and the last round.`);
      await this.#log.append(notePayload(note));
      this.#notes.push(note);
      this.#mark = { ...this.#mark, offset: this.#log.end, sum: this.#log.sum };
    });
  }

  /** Has everything on the disk, what is pending included, and gives the lock back. What is being written is waited for. */
  async close(): Promise<void> {
    if (this.#sitting < 0) return;
    this.#sitting = -1;
    try {
      await this.#work.catch(() => {}); // whoever writes is told
      await this.pending.close();
      await this.#log.close();
    } finally {
      await this.store.close();
    }
  }

  async #working(work: () => Promise<void>): Promise<void> {
    this.#needOpen();
    this.#work = work();
    await this.#work;
  }

  #pass({ batch, values }: JournalRound, offset: number, sum: Uint8Array): void {
    this.#trajectory.add(batch, values);
    this.#mark = { round: this.#mark.round + 1, offset, sum };
  }

  #needOpen(): void {
    if (this.#sitting < 0) throw new RelizoError("JOURNAL", `${this.name} was closed; open it again.`);
  }
}
