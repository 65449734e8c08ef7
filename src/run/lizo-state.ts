/** What a `LIZO` remembers, and what may be loaded in its place. */
import type { RelizoState } from "../method/relizo-state.ts";
import { need } from "../option.ts";
import type { Rates } from "../point/packing.ts";
import { seedRule } from "../sample/stream.ts";
import { fits, type Sized } from "./fits.ts";

/** What a `LIZO` resumes from, beside the parameters themselves: plain data, for `structuredClone` or `encode`. */
export interface LizoState<V = unknown> {
  readonly version: 1;
  readonly dimension: number;
  /** Of its vectors: "dense", or what directions they are drawn from. */
  readonly kind: string;
  readonly walk: RelizoState<V>;
  readonly numReuse: readonly number[];
  readonly numQueries: number;
  readonly groups: readonly Readonly<Rates>[];
}

/** @throws RelizoError STATE when the state is of another version or of other parameters, or not whole */
export function checkState(state: LizoState, model: LizoState, x: Sized): void {
  const { dimension, groups, kind } = model;
  need(
    fits(state, model, x) &&
      state.version === 1 &&
      seedRule.accepts(state.walk.step) &&
      state.dimension === dimension &&
      state.kind === kind &&
      state.groups.length === groups.length,
    "STATE",
    `LIZO.loadStateDict: state must be of version 1, ${dimension} parameters (${x.constructor.name}, ${kind}), ${groups.length} groups`,
    state,
  );
}
