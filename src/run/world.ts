/** What a `LIZO` moves in: a space, the iterate in the caller's parameters, and where to look from there. */
import type { Reals } from "../kernel/kernels.ts";
import type { RelizoSetting } from "../method/relizo-state.ts";
import type { Iterate } from "../space/iterate.ts";
import type { Space } from "../space/space.ts";

export interface World<V> extends Iterate<V>, Pick<RelizoSetting<V>, "fresh" | "shape"> {
  readonly space: Space<V>;
  /** Arrays in a state are of its kind and length. */
  readonly model: Reals;
  /** Makes room: vectors that are not in this state are given up. */
  settle(state: object): void;
}
