/** A cut model and its trained values, merged into a model that anybody runs. */
import { RelizoError } from "../error.ts";
import type { Parameters } from "../parameters/parameters.ts";
import type { Baking, Values } from "./baking.ts";
import { bakeHead } from "./classifier.ts";
import { type CutNote, notesOf, setNotes, trainableInputs } from "./cut.ts";
import { bakeExpose } from "./expose.ts";
import { bakeLora } from "./lora-bake.ts";
import { copyModel, type OnnxModel } from "./model.ts";
import { bakePrefix } from "./prefix/prefix.ts";
import { bakePrompt } from "./prompt.ts";
import { bakeRows } from "./rows.ts";

/** How each kind of cut is undone. */
const BAKINGS: Readonly<Record<string, Baking>> = {
  expose: bakeExpose,
  head: bakeHead,
  lora: bakeLora,
  prefix: bakePrefix,
  prompt: bakePrompt,
  rows: bakeRows,
};

/**
 * A plain model with the inputs and outputs that the exporter gave it: weights that were exposed are back in place, in their own
 * type; what LoRA added is merged into the weights, computed in float64; prompts and prefixes stay as constants.
 *
 * @param model  what a surgery gave, or such a model from a file
 * @param values  by name, all that the cuts train; others are left aside
 * @throws RelizoError SHAPE for values that are missing or of another shape; OPTION for a model that was never cut
 */
export async function bake(model: OnnxModel, values: Parameters): Promise<OnnxModel> {
  const notes = notesOf(model);
  if (notes.length === 0)
    throw new RelizoError("OPTION", "bake: this model was not cut by relizo, so there is nothing to merge.");
  const taken = checked(model, values);
  const copy = copyModel(model);
  for (const note of notes.toReversed()) {
    const baking = Object.hasOwn(BAKINGS, note.cut) ? BAKINGS[note.cut] : undefined;
    if (!baking)
      throw new RelizoError(
        "DATA",
        `bake: the model was cut by "${note.cut}", which this version does not know; a newer one does.`,
      );
    await undo(baking, copy, note, taken);
  }
  setNotes(copy, []);
  return copy;
}

/** Notes come from a file, and may be anybody's. */
async function undo(baking: Baking, copy: OnnxModel, note: CutNote, values: Values): Promise<void> {
  try {
    await baking(copy, note, values);
  } catch (cause) {
    if (cause instanceof RelizoError) throw cause;
    throw new RelizoError(
      "DATA",
      `bake: what the model says of its cut "${note.cut}" does not fit its graph; it was changed since. Cut the exported model again.`,
      { cause },
    );
  }
}

function checked(model: OnnxModel, values: Parameters): Values {
  return new Map(
    trainableInputs(model).map(({ name, shape }) => {
      const there = values.has(name) ? values.get(name) : undefined;
      if (there?.shape.join() === shape.join()) return [name, there];
      const got = there ? `[${there.shape.join(", ")}]` : "no such tensor";
      throw new RelizoError("SHAPE", `bake: "${name}" must have shape [${shape.join(", ")}], got ${got}.`);
    }),
  );
}
