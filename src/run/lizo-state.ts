/** What a `LIZO` remembers, and what may be loaded in its place. */
import type { Reals } from "../kernel/kernels.ts";
import type { RelizoState } from "../method/relizo-state.ts";
import { has, need } from "../option.ts";
import type { Packing } from "../point/packing.ts";

/** What a `LIZO` resumes from, beside the parameters themselves: plain data, for `structuredClone` or `encode`. */
export interface LizoState {
  readonly version: 1;
  readonly dimension: number;
  readonly walk: RelizoState<Reals>;
  readonly numReuse: readonly number[];
  readonly numQueries: number;
  readonly groups: readonly { readonly lr: number; readonly weightDecay: number }[];
}

/** The vectors that a state owns. */
export function heldBy({ history, turn, last }: RelizoState<Reals>): Reals[] {
  const directions = [turn, last].flatMap((holder) => (holder ? [holder.p] : []));
  return [...history.rows, ...(turn?.samples.rows ?? []), ...directions];
}

/** @throws RelizoError STATE when the state is of another version or of other parameters */
export function checkState(state: LizoState, { dimension, groups, make }: Packing): void {
  const kind = make(0).constructor;
  need(
    has(state) &&
      state.version === 1 &&
      state.dimension === dimension &&
      state.groups?.length === groups.length &&
      Array.isArray(state.numReuse) &&
      Array.isArray(state.walk?.history?.rows) &&
      heldBy(state.walk).every((v) => v.constructor === kind),
    "STATE",
    `LIZO.loadStateDict: state must be stateDict(), version 1, of ${dimension} parameters (${kind.name}) in ${groups.length} groups`,
    state,
  );
}
