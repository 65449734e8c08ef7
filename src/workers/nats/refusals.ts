/** What was refused, counted by reason, and said in a log that a flood of refusals cannot fill. */
import { saidBy } from "./access.ts";
import type { Refusal } from "./wire.ts";

export interface Refusals {
  readonly counts: ReadonlyMap<Refusal, number>;
  /** Counts and says it; undefined, nothing was refused. */
  refuse(why: Refusal | undefined): void;
}

/** Between two lines about the same [ms]. */
const QUIET = 10_000;
const MOST_SUBJECTS = 100;

/** @param said  told of the first refusal for each reason at once, and of all later ones together, now and then */
export function refusals(said: (line: string) => void): Refusals {
  const say = sparing(said);
  const counts = new Map<Refusal, number>();
  return {
    counts,
    refuse(why) {
      if (why === undefined) return;
      const count = (counts.get(why) ?? 0) + 1;
      counts.set(why, count);
      say(why, () => `refused: ${count === 1 ? "a message" : `${count} messages by now`}, ${why}.`);
    },
  };
}

/** Says a line for each subject at once, and no more about the same one for a while. */
export function sparing(said: (line: string) => void): (about: string, line: () => string) => void {
  const last = new Map<string, number>();
  return (about, line) => {
    const now = performance.now();
    if (now - (last.get(about) ?? Number.NEGATIVE_INFINITY) < QUIET) return;
    if (last.size >= MOST_SUBJECTS) last.clear();
    last.set(about, now);
    said(line());
  };
}

/** Tells of errors, each at once, and no more of the same one for a while. */
export function troubles(said: (line: string) => void, what: string): (error: unknown) => void {
  const say = sparing(said);
  return (error) => say(saidBy(error), () => `${what}: ${saidBy(error)}`);
}
