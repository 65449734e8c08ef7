/** What a ReLIZO turn knows: plain data, and what a front that owns its vectors may ask for besides. */
import type { History } from "../reuse/history.ts";
import type { Reuse } from "../reuse/reuse.ts";
import type { Search } from "../step/armijo.ts";
import type { RelizoOptions } from "./relizo-options.ts";
import type { WalkState } from "./walk.ts";

export interface RelizoState<V> extends WalkState {
  readonly seed: number;
  readonly batch: number;
  /** `value` is f at the iterate as it stands now, on `batch`. */
  readonly known: boolean;
  readonly history: History<V>;
  /** Last accepted t, the first trial of the next line search. */
  readonly length: number;
  /** Length of the last step, in units of x. */
  readonly moved: number;
  readonly last?: { readonly p: V; readonly t: number };
  readonly turn?: Turn<V>;
}

/** The step direction p of an estimate g, the step being -t p. */
export interface Direction<V> {
  readonly p: V;
  /** <p, p>. */
  readonly square: number;
  /** <g, p>. */
  readonly product: number;
}

/** Between the estimate and the step: what a line search needs. */
export interface Turn<V> extends Direction<V> {
  readonly samples: History<V>;
  readonly search: Search;
}

/** How a walk turns: what `relizo()` lets its caller choose, and what only a front that owns its vectors asks for. */
export interface RelizoSetting<V> extends Pick<RelizoOptions, "samples" | "normalized" | "momentum"> {
  readonly reuse: Reuse;
  /** The learning rate at a step. */
  readonly rate: (step: number) => number;
  /** Fresh displacements, beside those kept. */
  readonly fresh: (count: number, state: RelizoState<V>, kept: readonly V[]) => V[];
  /** "reference": the published acceptance test, step and reuse limit. "told": the caller searches, by `moveBy`. */
  readonly search: RelizoOptions["lineSearch"] | "reference" | "told";
  /** The step direction p for an estimate g that it may overwrite, and <g, p>: learning rates and weight decay by group. */
  readonly shape?: ((g: V) => { readonly p: V; readonly product: number } | undefined) | undefined;
  /**
   * The published optimizer's arithmetic: f(x) asked every turn, all samples may be reused, a failed query forgets all
   * there was.
   */
  readonly reference: boolean;
  /** false: the Gram matrix is formed afresh every turn, O(n^2 d), in place of following the step. */
  readonly incrementalGram: boolean;
  /** Keep the last step's direction in the state. */
  readonly keepLast: boolean;
}
