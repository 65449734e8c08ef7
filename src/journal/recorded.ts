/** Asking with a journal: what it has is not asked again, and what is asked is in it before anybody is told. */
import { RelizoError } from "../error.ts";
import type { Ask, Listener, Task } from "../evaluate/task.ts";
import { type StampOf, stampPoints } from "./digest.ts";
import type { Journal } from "./journal.ts";
import type { JournalRound } from "./record.ts";

/**
 * Answers rounds from the journal while it has them, and then as `ask` does, which it is given only what has no answer yet. Every
 * query of a round counts as begun once, wherever its answer comes from, so counts are those of the first sitting.
 *
 * Answers are told when their round is whole and written; where the round ends before that, by an abort or a rejection, they
 * are kept for the next sitting and told as well.
 *
 * A round rejects with RelizoError JOURNAL where the journal has another round than the one asked: other options, or other code.
 */
export function recorded(ask: Ask, journal: Journal): Ask;
/** @param stampOf  names what a round asks for, where candidates are no points */
export function recorded<C>(ask: Ask<C>, journal: Journal, stampOf: StampOf<C>): Ask<C>;
export function recorded(
  ask: Ask<never>,
  journal: Journal,
  stampOf: StampOf<never> = stampPoints,
): Ask<never> {
  return async (tasks, listener) => {
    const stamp = stampOf(tasks);
    const { round = 0, batch = 0 } = tasks[0] ?? {};
    needRound(journal, round);
    const known = journal.next();
    if (known) {
      needAgreement(journal, round, known, { batch, stamp, count: tasks.length });
      tellAll(tasks, listener, (i) => known.values[i]);
      return;
    }
    await askNew(ask, journal, tasks, listener, stamp);
  };
}

async function askNew<C>(
  ask: Ask<C>,
  journal: Journal,
  tasks: readonly Task<C>[],
  { signal, began, answered }: Listener,
  stamp: number,
): Promise<void> {
  const { round, batch } = tasks[0]!;
  const { sitting } = journal;
  const ours = (): boolean => journal.sitting === sitting && journal.mark.round === round;
  const answers = journal.pending.open(round, stamp);
  const reasons = new Map<number, unknown>();
  const missing = tasks.filter(({ index }) => !answers.has(index));
  for (let i = missing.length; i < tasks.length; i++) began();
  const listener: Listener = {
    signal,
    began,
    answered(index, value, reason) {
      if (answers.has(index)) return;
      answers.set(index, value);
      if (reason !== undefined) reasons.set(index, reason);
      if (ours()) journal.pending.keep({ round, index, stamp, value });
    },
  };
  try {
    if (missing.length > 0) await ask(missing, listener);
  } finally {
    if (ours()) {
      const values = tasks.flatMap(({ index }) => answers.get(index) ?? []);
      if (values.length < tasks.length) await journal.pending.flush();
      else await journal.write({ batch, stamp, values: Float64Array.from(values) });
    }
    for (const { index } of tasks) {
      const value = answers.get(index);
      if (value !== undefined) answered(index, value, reasons.get(index));
    }
  }
}

function tellAll<C>(
  tasks: readonly Task<C>[],
  { began, answered }: Listener,
  told: (i: number) => number | undefined,
): void {
  for (const _ of tasks) began();
  tasks.forEach(({ index }, i) => {
    answered(index, told(i) ?? Number.NaN);
  });
}

function needRound(journal: Journal, round: number): void {
  if (journal.mark.round !== round)
    throw new RelizoError(
      "JOURNAL",
      `${journal.name} stands before round ${journal.mark.round}, and round ${round} is asked: begin the run with the journal.`,
    );
}

function needAgreement(
  { name }: Journal,
  round: number,
  known: JournalRound,
  asked: { readonly batch: number; readonly stamp: number; readonly count: number },
): void {
  const differences = [
    ...(known.values.length === asked.count ? [] : [`${known.values.length} points, not ${asked.count}`]),
    ...(known.batch === asked.batch ? [] : [`minibatch ${known.batch}, not ${asked.batch}`]),
    ...(known.stamp === asked.stamp ? [] : ["points with other bits"]),
  ];
  if (differences.length > 0)
    throw new RelizoError(
      "JOURNAL",
      `the journal asked for other points at round ${round}: ${name} has ${differences.join(", ")}. ` +
        "Its run had other options, or other code: go on with those, or take another journal.",
    );
}
