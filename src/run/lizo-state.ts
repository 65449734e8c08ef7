/** What a `LIZO` remembers, and what may be loaded in its place. */
import type { Reals } from "../kernel/kernels.ts";
import type { RelizoState } from "../method/relizo-state.ts";
import { need } from "../option.ts";
import type { Rates } from "../point/packing.ts";
import { fits } from "./fits.ts";

/** What a `LIZO` resumes from, beside the parameters themselves: plain data, for `structuredClone` or `encode`. */
export interface LizoState {
  readonly version: 1;
  readonly dimension: number;
  readonly walk: RelizoState<Reals>;
  readonly numReuse: readonly number[];
  readonly numQueries: number;
  readonly groups: readonly Readonly<Rates>[];
}

/** The vectors that a state owns. */
export function heldBy({ history, turn, last }: RelizoState<Reals>): readonly (Reals | undefined)[] {
  return [...history.rows, ...(turn?.samples.rows ?? []), turn?.p, last?.p];
}

/** @throws RelizoError STATE when the state is of another version or of other parameters, or damaged */
export function checkState(state: LizoState, model: LizoState, x: Reals): void {
  const { dimension, groups } = model;
  need(
    fits(state, model, x) &&
      state.version === 1 &&
      state.dimension === dimension &&
      state.groups.length === groups.length,
    "STATE",
    `LIZO.loadStateDict: state must be stateDict(), version 1, of ${dimension} parameters (${x.constructor.name}) in ${groups.length} groups`,
    state,
  );
}
