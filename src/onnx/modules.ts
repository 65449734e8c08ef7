/** The linear maps of a model by their modules' paths, and the adapters beside them: for those who store them as others do. */
import { RelizoError } from "../error.ts";
import { has } from "../option.ts";
import { type CutNote, notesOf } from "./cut.ts";
import { linears } from "./linear.ts";
import type { LoraNote } from "./lora.ts";
import type { OnnxModel } from "./model.ts";

/** A linear map that the graph multiplies by. */
export interface LinearModule {
  /** Its path, as `addLora` takes it for a target: "layers.0.q_proj". */
  readonly module: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Of a convolution; [] else. */
  readonly kernel: readonly number[];
  /** Its weight in the file; "" where numbers are packed below bytes. */
  readonly initializer: string;
  /** Whether that tensor is [inputs, outputs], the other way round than torch's Linear. */
  readonly inputsFirst: boolean;
  /** Why it takes no adapter; "" where it does. */
  readonly why: string;
}

/** In the graph's order, a map that is used several times once. */
export function linearModules(model: OnnxModel): LinearModule[] {
  const found = linears(model).map(
    ({ module, inputs, outputs, kernel, weight, rowsAreOutputs, why }): LinearModule => {
      const turns = weight?.chain.filter(({ opType }) => opType === "Transpose").length ?? 0;
      const inputsFirst = kernel.length === 0 && rowsAreOutputs === (turns % 2 === 1);
      return { module, inputs, outputs, kernel, initializer: weight?.root ?? "", inputsFirst, why };
    },
  );
  return [...new Map(found.map((one) => [one.module, one])).values()];
}

/** What `addLora` put beside a linear map. */
export interface LoraModule {
  readonly module: string;
  readonly rank: number;
  /** It counts alpha / rank times. */
  readonly alpha: number;
}

/**
 * The adapters of a cut model, in the order of the cuts.
 *
 * @throws RelizoError DATA when the model's notes are not ours to read
 */
export function loraModules(model: OnnxModel): LoraModule[] {
  return notesOf(model).flatMap((note) => {
    if (note.cut !== "lora") return [];
    if (!isLoraNote(note))
      throw new RelizoError(
        "DATA",
        "loraModules: what the model says of its adapters cannot be read; cut the exported model again.",
      );
    const { rank, alpha, modules } = note;
    return Object.keys(modules).map((module) => ({ module, rank, alpha }));
  });
}

function isLoraNote(note: CutNote): note is LoraNote {
  return (
    has(note, "rank", "alpha", "modules") &&
    typeof note.rank === "number" &&
    typeof note.alpha === "number" &&
    has(note.modules)
  );
}
