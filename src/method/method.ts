/** A method is three pure functions over plain data: whatever decides the next point is in the state. */
import type { Box } from "../point/bounds.ts";
import type { Space } from "../space/space.ts";
import type { Walk, WalkState } from "./walk.ts";

export interface MethodState {
  /** The iterate: length d. */
  readonly x: Float64Array;
  /** f at the iterate as last known; NaN before the first value. */
  readonly value: number;
  /** Turns ended so far. */
  readonly step: number;
  /** Past queries that serve in the turn to come. */
  readonly reused: number;
  /** The bounds the run stays in. */
  readonly box?: Box;
  /** The method cannot go on: it has converged as far as its arithmetic allows. */
  readonly done?: boolean;
}

export interface Method<S extends MethodState = MethodState> {
  readonly name: string;
  /** @param box  where given, no point outside is asked for, and the iterate is projected onto it after every move */
  init(x0: Float64Array, seed: number, box?: Box): S;
  /**
   * Points whose values are needed next. Equal states ask for equal points.
   *
   * @param batch  names the minibatch f is evaluated on (default 0): values of different minibatches are never compared
   */
  ask(state: S, batch?: number): readonly Float64Array[];
  /** The state once `values[i] = f(points[i])` is known; NaN marks a failed evaluation. The state given stays valid. */
  tell(state: S, points: readonly Float64Array[], values: readonly number[], batch?: number): S;
  /** The same method over any space, where it needs no more than inner products and linear combinations. */
  readonly over?: <V>(space: Space<V>) => Walk<V, WalkState>;
}
