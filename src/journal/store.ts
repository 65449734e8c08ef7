/** Where the bytes of a journal are kept; one writer at a time has it open. */

/** The journal, the answers of the round that is not whole yet, and the states that shorten a replay. */
export type Part = "journal" | "pending" | SnapshotPart;
/** A run in place keeps two, so that one is whole while the other is written. */
export type SnapshotPart = "snapshot" | "snapshot-2";

/** A part that may be as long as all parameters, to be read a stretch at a time. */
export interface Stretches {
  /** Bytes in all; none where it was never written. */
  readonly size: number;
  /** `length` bytes from `at` on; fewer where it ends before. */
  read(at: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface Store {
  /** For messages: a path. */
  readonly name: string;
  /** All bytes of a part; none where it was never written. */
  read(part: Part): Promise<Uint8Array>;
  /** Adds bytes at the end: when it returns, or resolves, the system has them and the end of this process loses none. */
  append(part: "journal" | "pending", bytes: Uint8Array): void | Promise<void>;
  /** Cuts a part off after so many bytes. */
  truncate(part: "journal" | "pending", length: number): void | Promise<void>;
  stretches(part: SnapshotPart): Promise<Stretches>;
  /** Puts a whole part in the place of the old one, or leaves that as it was. A piece is written before the next is asked for. */
  replace(part: SnapshotPart, pieces: Iterable<Uint8Array>): Promise<void>;
  /** Resolves when a power cut loses none of the bytes that were added before the call. */
  sync(part: "journal" | "pending"): Promise<void>;
  /** Writes out, and gives the lock back. */
  close(): Promise<void>;
}

/** Keeps nothing: for a run that wants the hashes of its trajectory and no file. */
export function nowhere(): Store {
  return {
    name: "no file",
    read: async () => new Uint8Array(),
    append() {},
    truncate() {},
    stretches: async () => stretchesOf(new Uint8Array()),
    async replace() {},
    async sync() {},
    async close() {},
  };
}

/** Of bytes at hand. */
export function stretchesOf(bytes: Uint8Array): Stretches {
  return {
    size: bytes.length,
    read: async (at, length) => bytes.subarray(at, at + length),
    async close() {},
  };
}
