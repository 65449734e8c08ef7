/** What a run was worth at a step: figures of the held-out set, and which of them is the best so far. */

import { RelizoError } from "../../../src/index.ts";
import type { Journal } from "../../../src/journal/index.ts";
import type { Metrics, Task } from "../task/task.ts";

/** Nothing in it depends on the clock, so that a run that was killed and resumed writes the same. */
export interface Evaluation {
  readonly step: number;
  readonly queries: number;
  /** Of the held-out set: `loss`, and what the task measures. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Whether a is better than b by what the task aims at; where that is equal, by the loss. */
export function isBetter(
  goal: Task<never, unknown>["goal"],
  a: Evaluation,
  b: Evaluation | undefined,
): boolean {
  const value = ({ figures }: Evaluation, name: string): number => figures[name] ?? Number.NaN;
  const own = value(a, goal.metric);
  if (Number.isNaN(own)) return false;
  if (!b || Number.isNaN(value(b, goal.metric))) return true;
  const gain = (goal.largest ? 1 : -1) * (own - value(b, goal.metric));
  return gain > 0 || (gain === 0 && value(a, "loss") < value(b, "loss"));
}

const KIND = "evaluation";

/** The evaluations of a run, kept as notes in its journal. */
export class Evaluations {
  readonly #journal: Journal;
  readonly #known: Map<number, Evaluation>;
  /** Those made while the journal took no notes: before its first round, or while it was replayed. */
  #unwritten: Evaluation[] = [];

  /** @throws RelizoError JOURNAL for a note that cannot be read */
  constructor(journal: Journal) {
    this.#journal = journal;
    const notes = journal.notes.filter(({ kind }) => kind === KIND);
    this.#known = new Map(notes.map(({ text }) => read(journal.name, text)).map((one) => [one.step, one]));
  }

  /** The one at a step, where it was made before. */
  at(step: number): Evaluation | undefined {
    return this.#known.get(step);
  }

  /** In order of steps. */
  get all(): readonly Evaluation[] {
    return [...this.#known.values()].sort((a, b) => a.step - b.step);
  }

  add(evaluation: Evaluation): void {
    this.#known.set(evaluation.step, evaluation);
    this.#unwritten.push(evaluation);
  }

  /** Called after each step, so that a note stands where it would stand without any interruption. */
  async write(): Promise<void> {
    while (this.#unwritten.length > 0 && this.#journal.header && !this.#journal.replaying) {
      await this.#journal.note({ kind: KIND, text: JSON.stringify(this.#unwritten[0], spelled) });
      this.#unwritten.shift();
    }
  }
}

/** JSON has no numbers beyond the finite. */
const spelled = (_key: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;

function read(name: string, text: string): Evaluation {
  const numbers = (value: unknown): unknown =>
    value === "NaN" || value === "Infinity" || value === "-Infinity" ? Number(value) : value;
  try {
    const found: Evaluation = JSON.parse(text, (_key, value) => numbers(value));
    if ([found.step, found.queries].every((n) => typeof n === "number") && found.figures) return found;
  } catch {}
  throw new RelizoError("JOURNAL", `${name}: an evaluation in it cannot be read: ${text.slice(0, 60)}.`);
}

/** The figures in a line: "loss 0.4969, accuracy 76.5 %". */
export function figuresLine({ figures }: Pick<Metrics, "figures">): string {
  return Object.entries(figures)
    .filter(([name]) => name !== "examples" && name !== "tokens") // counts, the same every time
    .map(([name, value]) =>
      /accuracy|f1/i.test(name) ? `${name} ${(100 * value).toFixed(1)} %` : `${name} ${value.toFixed(4)}`,
    )
    .join(", ");
}
