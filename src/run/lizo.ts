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
  type Piece,
  pack,
  unpack,
} from "../point/packing.ts";
import { type DenseSpace, denseSpace } from "../space/dense.ts";
import type { Terms } from "../space/space.ts";
import { type Either, settle } from "./either.ts";
import { type LizoOptions, lizoRules } from "./lizo-options.ts";
import { freshSamples } from "./lizo-samples.ts";
import { checkState, heldBy, type LizoState } from "./lizo-state.ts";
import { type Asking, searched } from "./own-search.ts";

export interface StepOptions {
  /** Names the minibatch that the closure evaluates: values of different ones are never compared. Default 0. */
  readonly batch?: number;
}

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
  #state: RelizoState<Reals>;
  #numReuse: number[] = [];
  #numQueries = 0;
  #running = false;
  /** False when the parameters may have been set by someone else for a good reason: a fresh start or a loaded state. */
  #following = false;

  constructor(parameters: Parameters, options: Partial<LizoOptions> = {}) {
    this.#options = readOptions("LIZO", options, lizoRules);
    this.#packing = pack("LIZO", parameters, this.#options.lr, this.#options.weightDecay);
    const { make, dimension } = this.#packing;
    this.#space = denseSpace(dimension, make, true);
    this.#x = make(dimension);
    this.#ground = { x: this.#x, land: (move) => move };
    this.#walk = relizoWalk(this.#space, this.#setting());
    this.#state = this.#walk.init(this.#options.seed);
  }

  /** Reused samples of each step so far. */
  get numReuse(): readonly number[] {
    return this.#numReuse;
  }

  /** Calls of the closure so far, line-search trials included. */
  get numQueries(): number {
    return this.#numQueries;
  }

  /** Length of the last step; 0 before the first and where the parameters stayed. */
  get lastLr(): number {
    return this.#state.moved;
  }

  /** The parameter groups; their `lr` and `weightDecay` may be changed between steps. */
  get groups(): readonly Pick<PackedGroup, "lr" | "weightDecay">[] {
    return this.#packing.groups;
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
  step(closure: () => Either<number>, { batch = 0 }: StepOptions = {}): Either<number> {
    need(typeof closure === "function", "OPTION", "LIZO.step: closure must be a function", closure);
    need(Number.isSafeInteger(batch), "OPTION", "LIZO.step: batch must be a whole number", batch);
    this.#checkIdle("step");
    this.#checkGroups();
    return settle(this.#turn(closure, batch));
  }

  /** All that decides the next step but the parameters themselves: a copy. */
  stateDict(): LizoState {
    this.#checkIdle("stateDict");
    return structuredClone({
      version: 1,
      dimension: this.#packing.dimension,
      walk: this.#state,
      numReuse: this.#numReuse,
      numQueries: this.#numQueries,
      groups: this.#packing.groups.map(({ lr, weightDecay }) => ({ lr, weightDecay })),
    });
  }

  /**
   * Goes on from `stateDict()`, bit for bit where the parameters are what they were then.
   *
   * @throws RelizoError STATE when the state is of another version or of other parameters
   */
  loadStateDict(state: LizoState): void {
    this.#checkIdle("loadStateDict");
    checkState(state, this.#packing);
    const copy = structuredClone(state);
    this.#state = copy.walk;
    this.#numReuse = [...copy.numReuse];
    this.#numQueries = copy.numQueries;
    copy.groups.forEach((group, i) => {
      Object.assign(this.#packing.groups[i]!, group);
    });
    this.#following = false;
  }

  #checkIdle(where: string): void {
    if (this.#running)
      throw new RelizoError("STATE", `LIZO.${where}: the last step has not ended; await it first.`);
  }

  *#turn(closure: () => Either<number>, batch: number): Asking<number> {
    this.#running = true;
    try {
      const changed = gather(this.#x, this.#packing.pieces);
      if (changed && this.#following) this.#forget(); // someone else moved the parameters: what it knows is of another point
      if (this.#state.turn && this.#state.batch !== batch) this.#forget(); // what it knows is of another minibatch
      this.#following = true;
      const { lineSearchFn } = this.#options;
      const { step, turn } = this.#state;
      const reused = this.#state.batch === batch ? this.#state.reused : 0;
      let start = turn?.search.value;
      while (this.#state.step === step) {
        const { turn, value } = this.#state;
        if (turn && typeof lineSearchFn === "function") {
          const found = yield* searched(turn, lineSearchFn, (terms) => this.#query(closure, terms));
          this.#apply(this.#walk.moveBy(this.#state, found.t, this.#ground, found.value));
          continue;
        }
        this.#space.keepOnly(heldBy(this.#state));
        const asked = this.#walk.ask(this.#state, batch);
        const values: number[] = [];
        for (const terms of asked) values.push(yield* this.#query(closure, terms));
        start ??= asked[0]!.length > 0 ? value : values[0]!;
        this.#apply(this.#walk.tell(this.#state, asked, values, this.#ground, batch));
      }
      this.#numReuse.push(reused);
      return start!;
    } finally {
      unpack(this.#x, this.#packing.pieces);
      gather(this.#x, this.#packing.pieces); // float32 parameters beside float64 ones hold x rounded
      this.#running = false;
    }
  }

  /** Goes on at x as from the start, but for the step's number and length. */
  #forget(): void {
    const { seed, step, value, length } = this.#state;
    this.#state = { ...this.#walk.init(seed), step, value, length };
  }

  *#query(closure: () => Either<number>, terms: Terms<Reals>): Asking<number> {
    for (const piece of this.#packing.pieces)
      jsKernels.perturb(
        piece.array,
        partOf(this.#x, piece),
        terms.map(([c, v]) => [c, partOf(v, piece)]),
      );
    this.#numQueries++;
    const value = yield closure();
    need(typeof value === "number", "VALUE", "LIZO.step: the closure must return a number", value);
    return value;
  }

  #apply({ state, move }: Told<Reals, RelizoState<Reals>>): void {
    this.#state = state;
    if (move) jsKernels.perturb(this.#x, this.#x, move);
  }

  #setting(): RelizoSetting<Reals> {
    const o = this.#options;
    const bound = o.reuseDistanceBound ?? o.lr;
    const isDistance = typeof bound === "number";
    const reference = o.compatibility === "reference";
    return {
      samples: o.numSamplePerStep,
      rate: () => this.#packing.groups[0]!.lr, // groups may change between steps
      fresh: (count, state, kept) => freshSamples(this.#space, o, count, state, kept),
      shape: (g) => shaped(this.#packing.groups, this.#x, g),
      search:
        typeof o.lineSearchFn === "function"
          ? "told"
          : o.lineSearchFn === null
            ? "none"
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

  #checkGroups(): void {
    this.#packing.groups.forEach(({ lr, weightDecay }, i) => {
      readOptions(
        `LIZO: parameter group ${i}`,
        { lr, weightDecay },
        { lr: lizoRules.lr, weightDecay: lizoRules.weightDecay },
      );
    });
  }
}

/** The part of a flat vector that is one array's: without a view where it is all of it. */
function partOf(flat: Reals, { array, begin, end }: Piece): Reals {
  return flat.length === array.length ? flat : flat.subarray(begin, end);
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
  if (groups.length === 1 && groups[0]!.weightDecay === 0) return undefined;
  let product = 0;
  for (const { begin, end, lr, weightDecay } of groups) {
    const part = g.subarray(begin, end);
    const x = flat.subarray(begin, end);
    const rate = lr / groups[0]!.lr;
    product += rate * (jsKernels.dot(part, part) + weightDecay * jsKernels.dot(part, x));
    jsKernels.combine(part, [
      [rate, part],
      [rate * weightDecay, x],
    ]);
  }
  return { p: g, product };
}
