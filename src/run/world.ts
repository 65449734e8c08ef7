/** What a `LIZO` moves in: a space, the iterate in the caller's parameters, and where to look from there. */
import type { RelizoSetting } from "../method/relizo-state.ts";
import type { Iterate } from "../space/iterate.ts";
import type { Space } from "../space/space.ts";
import type { Sized } from "./fits.ts";

export interface World<V> extends Iterate<V>, Pick<RelizoSetting<V>, "fresh" | "shape"> {
  readonly space: Space<V>;
  /** Arrays in a state are of its kind and length. */
  readonly model: Sized;
  /** Makes room: vectors that are not in this state are given up. */
  settle(state: object): void;
}
