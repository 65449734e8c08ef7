/** Scores of chosen rows alone: a head over a whole vocabulary costs most where most of its rows are thrown away. */
import { TensorProto_DataType } from "onnx-buf";
import { RelizoError } from "../error.ts";
import { Parameters } from "../parameters/parameters.ts";
import { noneError } from "../parameters/select.ts";
import type { Baking } from "./baking.ts";
import { addNote, type Cut, type CutNote } from "./cut.ts";
import { needNew } from "./freeze.ts";
import { headOf } from "./head.ts";
import { copyModel, graphOf, type OnnxModel } from "./model.ts";
import { statedShape, valueInfo } from "./node.ts";
import { needOpset, Patch, type PatchNote, undo } from "./patch.ts";

export interface RowOptions {
  /** An output [batch, sequence, numbers]. Default "logits". */
  readonly output?: string;
  /** What the new input is called. Default "row_positions". */
  readonly rows?: string;
}

export interface RowCut extends Cut {
  /** Whether only the chosen rows are computed; otherwise all are, and those are put out. */
  readonly spared: boolean;
}

interface RowNote extends CutNote {
  readonly cut: "rows";
  readonly patch: PatchNote;
}

/**
 * Has an output be its rows at chosen places: a new int64 input [rows, 2] names a place by batch row and position, and the output
 * is [rows, numbers] in that order. Where the last matrix is found, hidden states are gathered before it; where it is not, the output is.
 * Nothing trains; `bake` takes it back. Rows are as before to rounding: the order of sums in a product depends on its number of rows.
 *
 * @throws RelizoError OPTION where there is no such output, or not of three dimensions
 */
export function selectRows(model: OnnxModel, options: RowOptions = {}): RowCut {
  const where = "selectRows";
  const { output = "logits", rows = "row_positions" } = options;
  needOpset(where, model);
  const outputs = graphOf(model).output;
  const stated = outputs.find(({ name }) => name === output);
  if (!stated)
    throw noneError(
      where,
      outputs.map(({ name }) => name),
      output,
    );
  const shape = statedShape(stated);
  if (shape !== undefined && shape.length !== 3)
    throw new RelizoError(
      "OPTION",
      `${where}: output "${output}" has shape [${shape.join(", ")}]; one of [batch, sequence, numbers] is needed, whose rows have a place in a sequence.`,
    );
  const copy = copyModel(model);
  const patch = new Patch(copy);
  needNew(where, patch.index, rows);
  const head = headOf(copy, output);
  patch.input(valueInfo(rows, ["rows", 2], TensorProto_DataType.INT64));
  if (head) {
    const chosen = patch.add("GatherND", [head.hidden, rows], `${head.hidden}/rows`);
    for (const taker of head.takers)
      taker.input.forEach((value, slot) => {
        if (value === head.hidden) patch.set(taker, slot, chosen);
      });
    const same = head.reshapes.length > 0 ? patch.ints("rows/same", [0, -1]) : "";
    for (const reshape of head.reshapes) patch.set(reshape, 1, same);
  } else {
    const all = patch.rename(output, `${output}/all`);
    patch.redirect(output, all);
    patch.make("GatherND", [all, rows], output);
  }
  patch.restate(output, ["rows", shape?.[2] || "numbers"]);
  addNote<RowNote>(copy, { cut: "rows", parameters: {}, patch: patch.done() });
  return { model: copy, parameters: Parameters.from({}), spared: head !== undefined };
}

export const bakeRows: Baking = (model, note) => undo(model, (note as RowNote).patch);
