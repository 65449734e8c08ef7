/** Looks at the held-out set now and then: keeps the best, and says when nothing better comes. */
import type { Parameters } from "../../../src/parameters/index.ts";
import type { Metrics, Task } from "../task/task.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { type Evaluation, type Evaluations, isBetter } from "./evaluation.ts";

export interface WatchOptions {
  readonly evaluations: Evaluations;
  readonly checkpoint: Checkpoint;
  readonly parameters: Parameters;
  readonly goal: Task<never, unknown>["goal"];
  /** Evaluations in a row without a better one that are too many. */
  readonly patience: number;
  /** Figures of the held-out set, the parameters as they stand. */
  readonly figures: () => Promise<Metrics>;
  readonly onEvaluation: ((evaluation: Evaluation, best: boolean) => unknown) | undefined;
}

export class Watch {
  readonly #own: WatchOptions;
  #best: Evaluation | undefined;
  #last: Evaluation | undefined;
  #stale = 0;

  /** Takes up what the evaluations hold already. */
  constructor(options: WatchOptions) {
    this.#own = options;
    for (const evaluation of options.evaluations.all) this.#consider(evaluation);
  }

  get best(): Evaluation | undefined {
    return this.#best;
  }

  /** The step at which patience ran out; Infinity while it has not. */
  get end(): number {
    return this.#stale >= this.#own.patience ? (this.#last?.step ?? Infinity) : Infinity;
  }

  /** Measures the parameters as they stand, those of a step, unless that was done before. */
  async look(step: number, queries: number): Promise<void> {
    const { evaluations, checkpoint, parameters, figures, onEvaluation } = this.#own;
    if (evaluations.at(step)) return;
    const evaluation = { step, queries, figures: (await figures()).figures };
    const better = this.#consider(evaluation);
    if (better) await checkpoint.save(parameters, step); // before it is noted: what is noted is kept
    evaluations.add(evaluation);
    await onEvaluation?.(evaluation, better);
  }

  /** Has the parameters be those of the best evaluation; false where they are not kept. */
  async settle(): Promise<boolean> {
    const { checkpoint, parameters } = this.#own;
    return this.#best !== undefined && (await checkpoint.load(parameters, this.#best.step));
  }

  #consider(evaluation: Evaluation): boolean {
    const better = isBetter(this.#own.goal, evaluation, this.#best);
    this.#last = evaluation;
    this.#stale = better ? 0 : this.#stale + 1;
    if (better) this.#best = evaluation;
    return better;
  }
}
