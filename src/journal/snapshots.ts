/** When a snapshot is taken, and whether one serves. */
import type { RunState } from "../run/minimize.ts";
import { sameBytes } from "./frames.ts";
import type { Journal, Mark } from "./journal.ts";
import { decodeSnapshot, encodeSnapshot, type Snapshot } from "./snapshot.ts";

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
/** Snapshots take at most this part of a run's time. */
const SHARE = 0.02;
/** Turns, or rounds, that a snapshot lies back, so that a run with other options or other code finds rounds to disagree with. */
export const BACK = 2;

export function snapshots(journal: Journal): Snapshots {
  const recent: Resting[] = [];
  const time = clock(journal);
  const take = ({ mark, state }: Resting): Promise<void> =>
    time.take(async () => {
      const bytes = encodeSnapshot({ journal: journal.id, mark, state });
      await journal.store.replace("snapshot", [bytes]);
    });

  return {
    async latest() {
      const bytes = await journal.store.read("snapshot");
      if (bytes.length === 0) return undefined;
      const name = `the snapshot of ${journal.name}`;
      const found = decodeSnapshot(name, bytes);
      const why = typeof found === "string" ? found : misfit(journal, name, found);
      if (typeof found === "object" && why === undefined) return { mark: journal.mark, state: found.state };
      journal.said(`${why}: it is ignored, and the journal replayed whole.`);
      await journal.rewind();
      return undefined;
    },
    async passed(state) {
      if (state.failures > 0) return; // what resumes counts failed turns from none
      recent.push({ mark: journal.mark, state });
      if (recent.length > 1 + BACK) recent.shift();
      if (recent.length === 1 + BACK && time.isDue()) await take(recent[0]!);
    },
    async ended() {
      if (recent.length === 1 + BACK && time.since() >= WORTH) await take(recent[0]!);
    },
  };
}

/** When it is time for a snapshot again. */
export interface Clock {
  isDue(): boolean;
  /** Since the last one [ms]. */
  since(): number;
  /** Where it fails, that is said once, and the journal has the run all the same. */
  take(work: () => Promise<void>): Promise<void>;
}

/** @param guess  how long the first one may take [ms] */
export function clock(journal: Journal, guess = 0): Clock {
  let last = performance.now();
  let due = last + Math.max(INTERVAL, guess / SHARE);
  let failed = false;
  return {
    isDue: () => performance.now() >= due,
    since: () => performance.now() - last,
    async take(work) {
      const began = performance.now();
      try {
        await work();
      } catch (error) {
        if (!failed) journal.said(`No snapshot was taken: ${error instanceof Error ? error.message : error}`);
        failed = true;
      }
      last = performance.now();
      due = last + Math.max(INTERVAL, (last - began) / SHARE);
    },
  };
}

/** Passes the rounds before the mark; why it is no place of this journal, or undefined. */
export function misfit(
  journal: Journal,
  name: string,
  { journal: id, mark: { round, offset, sum } }: Pick<Snapshot, "journal" | "mark">,
): string | undefined {
  if (!sameBytes(id, journal.id)) return `${name} belongs to another journal`;
  while (journal.mark.round < round && journal.next());
  const { mark } = journal;
  return mark.round === round && mark.offset === offset && sameBytes(mark.sum, sum)
    ? undefined
    : `${name} is of a round that it does not have`;
}
