/** What surgery gives: a graph whose chosen tensors have become inputs, and those tensors. */
import { RelizoError } from "../error.ts";
import type { Parameters } from "../parameters/index.ts";
import { metadata, type OnnxModel, setMetadata } from "./model.ts";

/** A cut graph and what trains in it. */
export interface Cut {
  /** The model as it is to be run: every tensor of `parameters` is a required float32 input of that name. It says in its metadata what was cut, so that `bake` needs nothing else. */
  readonly model: OnnxModel;
  /** The new inputs with the values that leave the model's outputs as they were. */
  readonly parameters: Parameters;
}

/** What was done to a graph, in the order in which it was done: kept in the model's metadata. */
export interface CutNote {
  readonly cut: string;
}

const KEY = "relizo.cuts";

/** @throws RelizoError DATA when the model's notes are not ours to read */
export function notesOf(model: OnnxModel): readonly CutNote[] {
  const text = metadata(model, KEY);
  if (text === undefined) return [];
  try {
    const notes: unknown = JSON.parse(text);
    if (Array.isArray(notes) && notes.every((note) => typeof note?.cut === "string")) return notes;
  } catch {}
  throw new RelizoError(
    "DATA",
    `the model's metadata "${KEY}" cannot be read: ${text.slice(0, 40)}; it is written when relizo cuts a graph. Take the model as it was exported, or cut it again.`,
  );
}

/** Adds a note to a model of one's own, or replaces them all. */
export function setNotes(model: OnnxModel, notes: readonly CutNote[]): void {
  setMetadata(model, KEY, notes.length === 0 ? undefined : JSON.stringify(notes));
}
