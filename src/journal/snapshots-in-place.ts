/** When snapshots of a run in place are taken, and which of them serves. */
import type { RunState } from "../run/minimize.ts";
import type { Journal } from "./journal.ts";
import { type FoundInPlace, type OpenedInPlace, openInPlace, piecesOf } from "./snapshot-in-place.ts";
import { BACK, clock, misfit } from "./snapshots.ts";
import type { SnapshotPart } from "./store.ts";

export interface InPlaceSnapshots {
  /** The last one that serves: the journal then stands before its round, its earlier ones passed. */
  latest(): Promise<FoundInPlace | undefined>;
  /** After each turn, the parameters at the iterate: takes a snapshot when it is time. */
  passed(state: RunState, vectors: readonly Float32Array[]): Promise<void>;
}

const PARTS: readonly SnapshotPart[] = ["snapshot", "snapshot-2"];
/** What a snapshot is taken to cost before the first one has shown it: to hash and write so many bytes [bytes/ms]. */
const SPEED = 5e4;

/**
 * The parameters cannot be had as they were some turns ago; so a snapshot is taken where the run is, and serves once the journal has
 * rounds after it, for a run with other options to disagree with. Two files take turns: the one that was loaded is not the next to be
 * written.
 */
export function inPlaceSnapshots(journal: Journal, arrays: readonly Float32Array[]): InPlaceSnapshots {
  const { store } = journal;
  const bytes = arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const time = clock(journal, bytes / SPEED);
  let [next, other] = PARTS as [SnapshotPart, SnapshotPart];

  async function candidates() {
    const found: { readonly part: SnapshotPart; readonly name: string; readonly opened: OpenedInPlace }[] =
      [];
    let ignored = false;
    for (const part of PARTS) {
      const name = `the ${part} of ${journal.name}`;
      const opened = await openInPlace(name, () => store.stretches(part), arrays);
      if (typeof opened === "object") found.push({ part, name, opened });
      if (typeof opened === "string") ignored = ignore(opened);
    }
    return { found: found.sort((a, b) => b.opened.mark.round - a.opened.mark.round), ignored };
  }

  function ignore(why: string): true {
    journal.said(`${why}: it is ignored.`);
    return true;
  }

  return {
    async latest() {
      let { found, ignored } = await candidates();
      for (const { part, name, opened } of found) {
        const { round } = opened.mark;
        if (round <= journal.rounds && journal.rounds < round + BACK) continue; // the other one, for once
        const why = misfit(journal, name, opened);
        const whole = why ?? (await opened.whole());
        if (typeof whole === "object") {
          if (part === next) [next, other] = [other, next];
          return whole;
        }
        ignored = ignore(whole);
        await journal.rewind();
      }
      if (ignored) journal.said(`${journal.name} is replayed whole.`);
      return undefined;
    },
    async passed(state, vectors) {
      if (state.failures > 0 || !time.isDue()) return; // what resumes counts failed turns from none
      const { id, mark } = journal;
      await time.take(() => store.replace(next, piecesOf({ journal: id, mark, state, arrays, vectors })));
      [next, other] = [other, next];
    },
  };
}
