/** A store in memory, for tests: a disk that can be full. */
import type { Part, Store } from "../../src/journal/store.ts";

export interface MemoryStore extends Store {
  readonly parts: Record<Part, Uint8Array>;
  /** Bytes after which the journal's disk is full. */
  fullAt: number;
}

export function memory(given: Partial<Record<Part, Uint8Array>> = {}): MemoryStore {
  const none = new Uint8Array();
  const parts = { journal: none, pending: none, snapshot: none, ...given };
  return {
    parts,
    fullAt: Infinity,
    name: "memory",
    read: async (part) => parts[part].slice(),
    append(part, bytes) {
      const room = part === "journal" ? Math.max(0, this.fullAt - parts.journal.length) : Infinity;
      const written = bytes.subarray(0, room);
      const grown = new Uint8Array(parts[part].length + written.length);
      grown.set(parts[part]);
      grown.set(written, parts[part].length);
      parts[part] = grown;
      if (written.length < bytes.length) throw new Error("disk full");
    },
    truncate(part, length) {
      parts[part] = parts[part].slice(0, length);
    },
    async replace(part, bytes) {
      parts[part] = bytes.slice();
    },
    async sync() {},
    async close() {},
  };
}
