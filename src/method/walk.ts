/** A method over an abstract space: it never holds x, only displacements from it, so d numbers are the space's affair. */
import type { Terms } from "../space/space.ts";

/** Where the walk stands when it is told values. */
export interface Ground<V> {
  /** The iterate, where the space can say it. */
  readonly x?: V;
  /** The displacement that a proposed one becomes: the same terms, or one vector, shorter, where bounds stop it. */
  land(move: Terms<V>): Terms<V>;
}

export interface Told<V, S> {
  readonly state: S;
  /** What the iterate moves by now, already landed; undefined where it stays. */
  readonly move?: Terms<V>;
}

/** What every walk's state says of itself. */
export interface WalkState {
  /** Turns ended so far. */
  readonly step: number;
  /** f at the iterate as last known, NaN before the first value. */
  readonly value: number;
  /** Past queries that serve in the turn to come. */
  readonly reused: number;
}

export interface Walk<V, S extends WalkState> {
  readonly name: string;
  init(seed: number): S;
  /**
   * Displacements from the iterate whose values are needed next. Equal states ask for equal points.
   *
   * @param batch  names the minibatch f is evaluated on: values of different minibatches are never compared
   */
  ask(state: S, batch: number): readonly Terms<V>[];
  /** `values[i]` belongs to `asked[i]`, which is what `ask` gave; NaN marks a failed evaluation. */
  tell(
    state: S,
    asked: readonly Terms<V>[],
    values: readonly number[],
    at: Ground<V>,
    batch: number,
  ): Told<V, S>;
}
