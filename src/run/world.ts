/** What a `LIZO` moves in: a space, the iterate in the caller's parameters, and where to look from there. */
import type { RelizoSetting } from "../method/relizo-state.ts";
import type { Iterate } from "../space/iterate.ts";
import type { Space, Terms } from "../space/space.ts";
import type { Either } from "./either.ts";
import type { Sized } from "./fits.ts";

export interface World<V> extends Omit<Iterate<V>, "adopt">, Pick<RelizoSetting<V>, "fresh" | "shape"> {
  /** As `Iterate.adopt`, or the promise of it. */
  adopt(): Either<boolean>;
  readonly space: Space<V>;
  /** Of its vectors: states of another kind are not its own. Default "dense". */
  readonly kind?: string;
  /** Arrays in a state are of its kind and length. */
  readonly model: Sized;
  /** Makes room: vectors that are not in this state are given up. */
  settle(state: object): void;
  /** Runs what tells the values of these terms, again until the space knows all products that it asks for. Default: at once. */
  tell?<T>(run: () => T, asked: readonly Terms<V>[]): Promise<T>;
}
