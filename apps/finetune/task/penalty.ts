/** A leash: besides its loss, a task pays for leaving the model it began with. */
import { need } from "../check.ts";
import { klDivergence } from "../loss/kl.ts";
import type { Batch, Task } from "./task.ts";

export interface PenaltyOptions {
  /** Weight of the divergence [loss per nat]. */
  readonly weight: number;
  /** Logits of the base model for a batch, of the same rows; evaluated once, as they never change. */
  readonly base: (batch: Batch) => Float32Array;
}

/** The task with loss + weight * KL(base || model), the mean over the rows that the loss reads; figures of a tally are without it. */
export function withPenalty<E, P>(task: Task<E, P>, { weight, base }: PenaltyOptions): Task<E, P> {
  need(
    weight >= 0 && Number.isFinite(weight),
    "OPTION",
    "withPenalty: weight must be a number from 0",
    weight,
  );
  return {
    ...task,
    loss(batch, logits) {
      const rows = batch.rows.length / 2 || batch.size;
      return task.loss(batch, logits) + weight * klDivergence(logits, base(batch), logits.length / rows);
    },
  };
}
