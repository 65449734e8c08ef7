/** The torch-like front of ReLIZO: parameters are moved in place, one `step(closure)` at a time. */
import { RelizoError } from "../error.ts";
import { jsKernels } from "../kernel/js/index.ts";
import type { Reals } from "../kernel/kernels.ts";
import { type RelizoWalk, relizoWalk } from "../method/relizo.ts";
import type { RelizoSetting, RelizoState } from "../method/relizo-state.ts";
import type { Ground, Told } from "../method/walk.ts";
import { need, readOptions } from "../option.ts";
import {
  gather,
  type PackedGroup,
  type Packing,
  type Parameters,
  pack,
  type Rates,
  rateRules,
} from "../point/packing.ts";
import { type DenseSpace, denseSpace } from "../space/dense.ts";
import type { Terms } from "../space/space.ts";
import { type Either, settle } from "./either.ts";
import { type LizoOptions, lizoRules } from "./lizo-options.ts";
import { freshSamples } from "./lizo-samples.ts";
import { checkState, heldBy, type LizoState } from "./lizo-state.ts";
import { type Asking, searched } from "./own-search.ts";
import { batchRules } from "./run-options.ts";

export interface StepOptions {
  /** Names the minibatch that the closure evaluates: values of different ones are never compared. Default 0. */
  readonly batch?: number;
}

/** What a `LIZO` changes as it goes: what it stores. */
type Own = { -readonly [K in keyof LizoState]: LizoState[K] } & {
  readonly numReuse: number[];
  readonly groups: readonly Rates[];
};

/**
 * Minimizes what a closure returns by changing the parameters in place.
 *
 * Memory beyond the parameters: n + 2 vectors of their length and precision (n + 3 with momentum; orthogonal
 * sampling against nearly dependent reused rows takes one more for each of these while it draws).
 *
 * @throws RelizoError OPTION, SHAPE or VALUE at construction for options and parameters that cannot be
 * @source ReLIZO, NeurIPS 2024, algorithm 1
 * @differs `compatibility: "corrected"` (the default) parts from the published code in this: a line search must decrease f
 *   and may also lengthen the step, and where no trial passes x stays; an accepted value is not asked again; orthogonal
 *   displacements have the length of plain ones, sampleNorm sqrt(d); one sample is always fresh; a failed query is left out
 *   of the estimate. `"reference"` keeps the published behaviour of each.
 */
export class LIZO {
  readonly #options: LizoOptions;
  readonly #packing: Packing;
  readonly #space: DenseSpace;
  readonly #walk: RelizoWalk<Reals>;
  readonly #x: Reals;
  readonly #ground: Ground<Reals>;
  readonly #own: Own;
  #running = false;
  /** False when the parameters may have been set by someone else for a good reason: a fresh start or a loaded state. */
  #following = false;

  constructor(parameters: Parameters, options: Partial<LizoOptions> = {}) {
    this.#options = readOptions("LIZO", options, lizoRules);
    this.#packing = pack("LIZO", parameters, this.#options);
    const { make, dimension } = this.#packing;
    this.#space = denseSpace(dimension, make, true);
    this.#x = make(dimension);
    this.#ground = { x: this.#x, land: (move) => move };
    this.#walk = relizoWalk(this.#space, this.#setting());
    this.#own = {
      version: 1,
      dimension,
      walk: this.#walk.init(this.#options.seed),
      numReuse: [],
      numQueries: 0,
      groups: this.#packing.groups.map(({ rates }) => rates),
    };
  }

  /** Reused samples of each step so far. */
  get numReuse(): readonly number[] {
    return this.#own.numReuse;
  }

  /** Calls of the closure so far, line-search trials included. */
  get numQueries(): number {
    return this.#own.numQueries;
  }

  /** Length of the last step; 0 before the first and where the parameters stayed. */
  get lastLr(): number {
    return this.#own.walk.moved;
  }

  /** The parameter groups; their `lr` and `weightDecay` may be changed between steps. */
  get groups(): readonly Rates[] {
    return this.#own.groups;
  }

  /** There is no gradient to clear: for the habit's sake. */
  zeroGrad(): void {}

  /**
   * One step: asks the closure for the objective at the parameters and at displaced ones, then moves them.
   *
   * @param closure  the objective at the parameters as they stand, a number; or the promise of it
   * @returns the objective where the step started; NaN where that query failed, and then nothing moved
   * @throws whatever the closure throws, and RelizoError VALUE when it returns no number: the parameters are restored first
   */
  step(closure: () => number, options?: StepOptions): number;
  step(closure: () => Promise<number>, options?: StepOptions): Promise<number>;
  step(closure: () => Either<number>, options?: StepOptions): Either<number>;
  step(closure: () => Either<number>, options: StepOptions = {}): Either<number> {
    need(typeof closure === "function", "OPTION", "LIZO.step: closure must be a function", closure);
    const { batch } = readOptions("LIZO.step", options, batchRules);
    this.#checkIdle("step");
    this.#own.groups.forEach((rates, i) => {
      readOptions(`LIZO: parameter group ${i}`, rates, rateRules(this.#options));
    });
    return settle(this.#turn(closure, batch));
  }

  /** All that decides the next step but the parameters themselves: a copy. */
  stateDict(): LizoState {
    this.#checkIdle("stateDict");
    return structuredClone(this.#own);
  }

  /**
   * Goes on from `stateDict()`, bit for bit where the parameters are what they were then.
   *
   * @throws RelizoError STATE when the state is of another version, of other parameters, or damaged
   */
  loadStateDict(state: LizoState): void {
    this.#checkIdle("loadStateDict");
    checkState(state, { ...this.#own, walk: this.#walk.init(0), numReuse: [] }, this.#x);
    const { groups, ...rest } = structuredClone(state);
    Object.assign(this.#own, rest);
    groups.forEach((group, i) => {
      Object.assign(this.#own.groups[i]!, group);
    });
    this.#following = false;
  }

  #checkIdle(where: string): void {
    if (this.#running)
      throw new RelizoError("STATE", `LIZO.${where}: the last step has not ended; await it.`);
  }

  *#turn(closure: () => Either<number>, batch: number): Asking<number> {
    const { pieces } = this.#packing;
    this.#running = true;
    try {
      const moved = gather(this.#x, pieces) && this.#following; // by someone else: what it knows is of another point
      if (moved || (this.#own.walk.turn && this.#own.walk.batch !== batch)) this.#forget(); // or of another minibatch
      this.#following = true;
      const { lineSearchFn } = this.#options;
      const { step, turn, reused } = this.#own.walk;
      const serving = this.#own.walk.batch === batch ? reused : 0;
      let start = turn?.search.value;
      while (this.#own.walk.step === step) {
        const { turn, value } = this.#own.walk;
        if (turn && typeof lineSearchFn === "function") {
          const found = yield* searched(turn, lineSearchFn, (terms) => this.#query(closure, terms));
          this.#apply(this.#walk.moveBy(this.#own.walk, found.t, this.#ground, found.value));
          continue;
        }
        this.#space.keepOnly(heldBy(this.#own.walk));
        const asked = this.#walk.ask(this.#own.walk, batch);
        const values: number[] = [];
        for (const terms of asked) values.push(yield* this.#query(closure, terms));
        start ??= asked[0]!.length > 0 ? value : values[0]!;
        this.#apply(this.#walk.tell(this.#own.walk, asked, values, this.#ground, batch));
      }
      this.#own.numReuse.push(serving);
      return start!;
    } finally {
      this.#place([]);
      gather(this.#x, pieces); // float32 parameters beside float64 ones hold x rounded
      this.#running = false;
    }
  }

  /** Goes on at x as from the start, but for the step's number and length. */
  #forget(): void {
    const { seed, step, value, length } = this.#own.walk;
    this.#own.walk = { ...this.#walk.init(seed), step, value, length };
  }

  *#query(closure: () => Either<number>, terms: Terms<Reals>): Asking<number> {
    this.#place(terms);
    this.#own.numQueries++;
    const value = yield closure();
    need(typeof value === "number", "VALUE", "LIZO.step: the closure must return a number", value);
    return value;
  }

  /** The parameters <- x + terms. */
  #place(terms: Terms<Reals>): void {
    for (const { array, begin, end } of this.#packing.pieces) {
      const part = (v: Reals): Reals => v.subarray(begin, end);
      jsKernels.perturb(
        array,
        part(this.#x),
        terms.map(([c, v]) => [c, part(v)]),
      );
    }
  }

  #apply({ state, move }: Told<Reals, RelizoState<Reals>>): void {
    const { pieces } = this.#packing;
    this.#own.walk = state;
    if (!move) return;
    this.#place(move);
    if (pieces.every(({ array }) => jsKernels.dot(array, array) < Infinity || array.every(Number.isFinite)))
      gather(this.#x, pieces);
    else this.#forget(); // too far for the parameters' precision: x stays
  }

  #setting(): RelizoSetting<Reals> {
    const o = this.#options;
    const bound = o.reuseDistanceBound ?? o.lr;
    const isDistance = typeof bound === "number";
    const reference = o.compatibility === "reference";
    return {
      samples: o.numSamplePerStep,
      rate: () => this.#own.groups[0]!.lr, // groups may change between steps
      fresh: (count, state, kept) => freshSamples(this.#space, o, count, state, kept),
      shape: (g) => shaped(this.#packing.groups, this.#x, g),
      search:
        o.lineSearchFn === null
          ? "none"
          : o.lineSearchFn !== "backtracking"
            ? "told"
            : reference
              ? "reference"
              : "armijo",
      normalized: o.strictLr,
      momentum: 0,
      reuse: "samples",
      reuseWithin: isDistance ? bound : Infinity,
      reuseSteps: isDistance ? Infinity : bound.steps,
      maxReuse: o.maxReuseRate,
      keepLast: o.sampleMomentum > 0,
      incrementalGram: o.fastAlg,
      reference,
    };
  }
}

/**
 * g <- (lr_i / lr_0) (g_i + weightDecay_i x_i) group by group, and its product with the g that was; undefined where that
 * changes nothing.
 */
function shaped(
  groups: readonly PackedGroup[],
  flat: Reals,
  g: Reals,
): { readonly p: Reals; readonly product: number } | undefined {
  if (groups.length === 1 && groups[0]!.rates.weightDecay === 0) return undefined;
  let product = 0;
  for (const { begin, end, rates } of groups) {
    const { lr, weightDecay } = rates;
    const part = g.subarray(begin, end);
    const x = flat.subarray(begin, end);
    const rate = lr / groups[0]!.rates.lr;
    product += rate * (jsKernels.dot(part, part) + weightDecay * jsKernels.dot(part, x));
    jsKernels.combine(part, [
      [rate, part],
      [rate * weightDecay, x],
    ]);
  }
  return { p: g, product };
}
