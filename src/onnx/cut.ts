/** What surgery gives: a graph whose chosen tensors have become inputs, and those tensors. */
import { RelizoError } from "../error.ts";
import { has } from "../option.ts";
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
  /** The inputs that this cut added and that train, each with its shape; of candidates in a stack the shape of one. */
  readonly parameters: Readonly<Record<string, readonly number[]>>;
}

const KEY = "relizo.cuts";

/** Since this version of the format not every initializer has to be listed as an input. */
const FREE_CONSTANTS = 4n;

/** @throws RelizoError DATA when the model's notes are not ours to read */
export function notesOf(model: OnnxModel): readonly CutNote[] {
  const text = metadata(model, KEY);
  if (text === undefined) return [];
  try {
    const notes: unknown = JSON.parse(text);
    if (Array.isArray(notes) && notes.every(isNote)) return notes;
  } catch {}
  throw new RelizoError(
    "DATA",
    `the model's metadata "${KEY}" cannot be read: ${text.slice(0, 40)}; it is written when relizo cuts a graph. Take the model as it was exported, or cut it again.`,
  );
}

function isNote(note: unknown): note is CutNote {
  if (!has(note, "cut", "parameters") || typeof note.cut !== "string") return false;
  return (
    has(note.parameters) &&
    Object.values(note.parameters).every(
      (shape) => Array.isArray(shape) && shape.every((n) => Number.isSafeInteger(n) && n >= 0),
    )
  );
}

/** Adds a note behind those that a model of one's own has. */
export function addNote<N extends CutNote>(model: OnnxModel, note: N): void {
  setNotes(model, [...notesOf(model), note]);
}

/** Replaces all notes of a model of one's own, which may from then on have constants that are no inputs. */
export function setNotes(model: OnnxModel, notes: readonly CutNote[]): void {
  const { proto } = model;
  if (proto.irVersion < FREE_CONSTANTS) proto.irVersion = FREE_CONSTANTS;
  setMetadata(model, KEY, notes.length === 0 ? undefined : JSON.stringify(notes));
}

/** An input of a cut model that trains. */
export interface TrainableInput {
  readonly name: string;
  /** Of candidates in a stack the shape of one. */
  readonly shape: readonly number[];
  /** The surgery that added it: "expose", "lora" and so on. */
  readonly cut: string;
}

/**
 * What trains in a cut model, in the order of the cuts: a model that was written to a file can so be taken up again. Empty
 * for a model that was not cut.
 *
 * @throws RelizoError DATA when the model's notes are not ours to read
 */
export function trainableInputs(model: OnnxModel): TrainableInput[] {
  return notesOf(model).flatMap(({ cut, parameters }) =>
    Object.entries(parameters).map(([name, shape]) => ({ name, shape, cut })),
  );
}
