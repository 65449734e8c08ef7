/** Where the bytes of a journal are kept; one writer at a time has it open. */

/** The journal, the answers of the round that is not whole yet, and the state that shortens a replay. */
export type Part = "journal" | "pending" | "snapshot";

export interface Store {
  /** For messages: a path. */
  readonly name: string;
  /** All bytes of a part; none where it was never written. */
  read(part: Part): Promise<Uint8Array>;
  /** Adds bytes at the end: when it returns, or resolves, the system has them and the end of this process loses none. */
  append(part: "journal" | "pending", bytes: Uint8Array): void | Promise<void>;
  /** Cuts a part off after so many bytes. */
  truncate(part: "journal" | "pending", length: number): void | Promise<void>;
  /** Puts a whole part in the place of the old one, or leaves that as it was. */
  replace(part: "snapshot", bytes: Uint8Array): Promise<void>;
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
    async replace() {},
    async sync() {},
    async close() {},
  };
}
