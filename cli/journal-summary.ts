/** A journal as plain data, for `relizo journal show`. */
import {
  type JournalContents,
  type JournalHeader,
  type JournalNote,
  trajectoryOf,
} from "../src/journal/index.ts";

export interface Summary {
  readonly file: string;
  readonly state: "whole" | "torn" | "damaged";
  readonly said: string;
  readonly bytes: number;
  /** Null where the file ends before it does. */
  readonly header: JournalHeader | null;
  readonly queries: number;
  readonly failed: number;
  readonly best: { readonly value: number; readonly round: number } | null;
  readonly trajectory: string;
  readonly notes: readonly JournalNote[];
  /** Of each round its values, null where one failed, and the best value until then. */
  readonly rounds: readonly {
    readonly batch: number;
    readonly values: readonly (number | null)[];
    readonly best: number | null;
  }[];
}

export function summary(file: string, contents: JournalContents): Summary {
  const { header = null, notes, tail, said, bytes } = contents;
  let best: Summary["best"] = null;
  let [queries, failed] = [0, 0];
  const rounds = contents.rounds.map(({ batch, values: found }, round) => {
    const values = [...found].map((value) => (Number.isFinite(value) ? value : null));
    queries += values.length;
    for (const value of values) {
      if (value === null) failed++;
      else if (best === null || value < best.value) best = { value, round };
    }
    return { batch, values, best: best?.value ?? null };
  });
  const trajectory = trajectoryOf(contents.rounds);
  return { file, state: tail.state, said, bytes, header, queries, failed, best, trajectory, notes, rounds };
}
