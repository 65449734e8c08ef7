/** What was refused, counted by reason, and said in a log that a flood of refusals cannot fill. */
import type { Refusal } from "./wire.ts";

export interface Refusals {
  readonly counts: ReadonlyMap<Refusal, number>;
  /** Counts and says it; undefined, nothing was refused. */
  refuse(why: Refusal | undefined): void;
}

/** Between two lines about the same reason [ms]. */
const QUIET = 10_000;

/** @param said  told of the first refusal for each reason at once, and of all later ones together, now and then */
export function refusals(said: (line: string) => void): Refusals {
  const counts = new Map<Refusal, number>();
  const last = new Map<Refusal, number>();
  return {
    counts,
    refuse(why) {
      if (why === undefined) return;
      const count = (counts.get(why) ?? 0) + 1;
      counts.set(why, count);
      const now = performance.now();
      if (now - (last.get(why) ?? Number.NEGATIVE_INFINITY) < QUIET) return;
      last.set(why, now);
      said(`refused: ${count === 1 ? "a message" : `${count} messages by now`}, ${why}.`);
    },
  };
}
