/** The torch-like front of ReLIZO: parameters are moved in place, one `step(closure)` at a time. */
import { RelizoError } from "../error.ts";
import { need, readOptions } from "../option.ts";
import { type AnyParameters, pack, type Rates, rateRules } from "../point/packing.ts";
import { denseWorld } from "./dense-world.ts";
import { type Either, settle } from "./either.ts";
import { type Course, lizoCourse } from "./lizo-course.ts";
import { type LizoOptions, lizoRules } from "./lizo-options.ts";
import type { LizoState } from "./lizo-state.ts";
import type { Asking } from "./own-search.ts";
import { batchRules } from "./run-options.ts";

export interface StepOptions {
  /** Names the minibatch that the closure evaluates: values of different ones are never compared. Default 0. */
  readonly batch?: number;
}

/**
 * Minimizes what a closure returns by changing the parameters in place.
 *
 * Memory beyond the parameters: n + 2 vectors of their length and precision, one more with momentum, `most` more with `slopes()`.
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
  readonly #course: Course;
  #running = false;

  constructor(parameters: AnyParameters, options: Partial<LizoOptions> = {}) {
    const read = readOptions("LIZO", options, lizoRules);
    this.#options = read;
    this.#course =
      read.space === "dense" ? denseCourse(parameters, read) : read.space.course(parameters, read);
  }

  /** Reused samples of each step so far. */
  get numReuse(): readonly number[] {
    return this.#course.own.numReuse;
  }

  /** Calls of the closure so far, line-search trials included. */
  get numQueries(): number {
    return this.#course.own.numQueries;
  }

  /** Length of the last step; 0 before the first and where the parameters stayed. */
  get lastLr(): number {
    return this.#course.own.walk.moved;
  }

  /** The parameter groups; their `lr` and `weightDecay` may be changed between steps. */
  get groups(): readonly Rates[] {
    return this.#course.own.groups;
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
    this.#course.own.groups.forEach((rates, i) => {
      readOptions(`LIZO: parameter group ${i}`, rates, rateRules(this.#options));
    });
    return settle(this.#turn(closure, batch));
  }

  /** All that decides the next step but the parameters themselves: a copy. */
  stateDict(): LizoState {
    this.#checkIdle("stateDict");
    return structuredClone(this.#course.own);
  }

  /**
   * Goes on from `stateDict()`, bit for bit where the parameters are what they were then.
   *
   * @throws RelizoError STATE when the state is of another version, of other parameters, or not whole
   */
  loadStateDict(state: LizoState): void {
    this.#checkIdle("loadStateDict");
    this.#course.load(state);
  }

  #checkIdle(where: string): void {
    if (this.#running) throw new RelizoError("STATE", `LIZO.${where}: await the last step.`);
  }

  *#turn(closure: () => Either<number>, batch: number): Asking<number> {
    this.#running = true;
    try {
      return yield* this.#course.turn(closure, batch);
    } finally {
      this.#running = false;
    }
  }
}

function denseCourse(parameters: AnyParameters, options: LizoOptions): Course {
  const packing = pack("LIZO", parameters, options);
  return lizoCourse(denseWorld(packing, options), packing, options);
}
