/** When a snapshot is taken, and whether one serves. */
import type { RunState } from "../run/minimize.ts";
import { sameBytes } from "./frames.ts";
import type { Journal, Mark } from "./journal.ts";
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts";

/** A state, and where in the journal it was reached. */
export interface Resting {
  readonly mark: Mark;
  readonly state: RunState;
}

export interface Snapshots {
  /** The last one, where it serves: the journal then stands before its round, its earlier ones passed. */
  latest(): Promise<Resting | undefined>;
  /** After each turn: takes a snapshot when it is time. */
  passed(state: RunState): Promise<void>;
  /** After the last: takes one unless there was little to shorten since. */
  ended(): Promise<void>;
}

/** Between two snapshots, at least [ms]: a replay takes no longer than the run it repeats. */
const INTERVAL = 1000;
/** Least time since the last one that makes one at the end worth its file [ms]. */
const WORTH = 100;
/** A snapshot takes at most this part of a run's time. */
const SHARE = 0.02;
/** Turns that a snapshot lies back, so that a run with other options or other code finds rounds to disagree with. */
const BACK = 2;

export function snapshots(journal: Journal): Snapshots {
  const recent: Resting[] = [];
  let last = performance.now();
  let due = last + INTERVAL;
  let failed = false;

  async function take({ mark, state }: Resting): Promise<void> {
    const began = performance.now();
    try {
      const bytes = encodeSnapshot({ journal: journal.id, mark, state });
      await journal.store.replace("snapshot", bytes);
    } catch (error) {
      if (!failed) journal.said(`No snapshot was taken: ${error instanceof Error ? error.message : error}`);
      failed = true;
    }
    const now = performance.now();
    last = now;
    due = now + Math.max(INTERVAL, (now - began) / SHARE);
  }

  return {
    async latest() {
      const bytes = await journal.store.read("snapshot");
      if (bytes.length === 0) return undefined;
      const found = decodeSnapshot(`the snapshot of ${journal.name}`, bytes);
      const why = typeof found === "string" ? found : misfit(journal, found.journal, found.mark);
      if (typeof found === "object" && why === undefined) return { mark: journal.mark, state: found.state };
      journal.said(`${why}: it is ignored, and the journal replayed whole.`);
      await journal.rewind();
      return undefined;
    },
    async passed(state) {
      if (state.failures > 0) return; // what resumes counts failed turns from none
      recent.push({ mark: journal.mark, state });
      if (recent.length > 1 + BACK) recent.shift();
      if (recent.length === 1 + BACK && performance.now() >= due) await take(recent[0]!);
    },
    async ended() {
      if (recent.length === 1 + BACK && performance.now() >= last + WORTH) await take(recent[0]!);
    },
  };
}

/** Passes the rounds before the mark; why it is no place of this journal, or undefined. */
function misfit(journal: Journal, id: Uint8Array, { round, offset, sum }: Mark): string | undefined {
  if (!sameBytes(id, journal.id)) return `the snapshot of ${journal.name} belongs to another journal`;
  while (journal.mark.round < round && journal.next());
  const { mark } = journal;
  return mark.round === round && mark.offset === offset && sameBytes(mark.sum, sum)
    ? undefined
    : `the snapshot of ${journal.name} is of a round that it does not have`;
}
