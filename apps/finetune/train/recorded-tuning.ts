/** How a model was cut for a run, kept in its journal: with the model itself it gives back the parameters that the run began with. */
import { RelizoError } from "../../../src/index.ts";
import type { JournalNote } from "../../../src/journal/index.ts";
import type { OnnxModel, Session } from "../../../src/onnx/index.ts";
import { identityIn } from "./identity.ts";
import { type Prepared, prepare, type TuneOptions } from "./prepare.ts";

type Kept = Required<{ [K in keyof TuneOptions]: true }>;

const KEPT: Kept = {
  tune: true,
  weights: true,
  targets: true,
  rank: true,
  alpha: true,
  tokens: true,
  initIds: true,
  heads: true,
  classes: true,
  pool: true,
  output: true,
  seed: true,
};

/** The options that decide where a run begins, as JSON. */
export function tuningText(options: TuneOptions): string {
  const own = Object.entries(options).filter(([name, value]) => name in KEPT && value !== undefined);
  const sorted = Object.fromEntries(own.sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify(sorted, (_key, value) =>
    value instanceof RegExp ? { source: value.source, flags: value.flags } : value,
  );
}

/**
 * Cuts a model as it was for the run of a journal.
 *
 * @param notes  of the journal
 * @param open   opens a session, as `finetune` takes it
 * @returns its parameters are those that the run began with; `replayJournal` says so where the model is another
 * @throws RelizoError JOURNAL for a journal that is not of a fine-tune; as `prepare` does
 */
export async function startOfRun(
  model: OnnxModel,
  open: (model: OnnxModel) => Promise<Session>,
  notes: readonly JournalNote[],
  name = "the journal",
): Promise<Prepared> {
  const text = identityIn(notes)?.tuning;
  if (text === undefined)
    throw new RelizoError(
      "JOURNAL",
      `${name} does not say how a model was cut: it is not of a fine-tune, or ended before its first step. Give the weights that the run began with.`,
    );
  const options: TuneOptions = JSON.parse(text, (_key, value) => {
    const { source, flags } = typeof value === "object" && value !== null ? value : {};
    return typeof source === "string" && typeof flags === "string" ? new RegExp(source, flags) : value;
  });
  return await prepare(model, open, options);
}
