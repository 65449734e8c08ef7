/** How a cut is undone with the values that it has become; each cut has its own beside it, and `bake` knows them all. */
import { RelizoError } from "../error.ts";
import type { CutNote } from "./cut.ts";
import type { OnnxModel } from "./model.ts";
import type { Numbers } from "./tensor.ts";

/** The trained values by the names of the inputs. A baking may put others in their place, for those that come after it; arrays are not changed. */
export type Values = Map<string, Numbers>;

/**
 * Takes what a note tells of out of a model of one's own, in place: inputs and nodes go, their values are merged or stay as
 * constants. Called last cut first, so it meets the graph as its surgery left it.
 */
export type Baking = (model: OnnxModel, note: CutNote, values: Values) => void | Promise<void>;

/** @throws RelizoError STATE where there is none: `bake` has looked before */
export function take(values: Values, name: string): Numbers {
  const found = values.get(name);
  if (found) return found;
  throw new RelizoError("STATE", `bake: there are no values for "${name}".`);
}
