/** A store in memory, for tests: a disk that can be full. */
import { type Part, type Store, stretchesOf } from "../../src/journal/store.ts";

export interface MemoryStore extends Store {
  readonly parts: Record<Part, Uint8Array>;
  /** Bytes after which the journal's disk is full. */
  fullAt: number;
}

export function memory(given: Partial<Record<Part, Uint8Array>> = {}): MemoryStore {
  const none = new Uint8Array();
  const parts = { journal: none, pending: none, snapshot: none, "snapshot-2": none, ...given };
  return {
    parts,
    fullAt: Infinity,
    name: "memory",
    read: async (part) => parts[part].slice(),
    append(part, bytes) {
      const room = part === "journal" ? Math.max(0, this.fullAt - parts.journal.length) : Infinity;
      const written = bytes.subarray(0, room);
      parts[part] = joined(parts[part], written);
      if (written.length < bytes.length) throw new Error("disk full");
    },
    truncate(part, length) {
      parts[part] = parts[part].slice(0, length);
    },
    stretches: async (part) => stretchesOf(parts[part]),
    async replace(part, pieces) {
      let fresh = new Uint8Array();
      for (const piece of pieces) fresh = joined(fresh, piece);
      parts[part] = fresh;
    },
    async sync() {},
    async close() {},
  };
}

function joined(first: Uint8Array, then: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + then.length);
  all.set(first);
  all.set(then, first.length);
  return all;
}
