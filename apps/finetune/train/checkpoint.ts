/** Where the best parameters of a run are kept while it goes on. */
import type { Parameters } from "../../../src/parameters/index.ts";

export interface Checkpoint {
  /** Keeps the numbers as they stand, those of a step, in place of those kept before. */
  save(parameters: Parameters, step: number): Promise<void>;
  /** Has the parameters be what was kept at a step; false where that is not kept. */
  load(parameters: Parameters, step: number): Promise<boolean>;
}

/** @cost a copy of the parameters */
export function memoryCheckpoint(): Checkpoint {
  let kept: { readonly step: number; readonly parameters: Parameters } | undefined;
  return {
    async save(parameters, step) {
      kept = { step, parameters: kept?.parameters.copyFrom(parameters) ?? parameters.clone() };
    },
    async load(parameters, step) {
      if (kept?.step !== step) return false;
      parameters.copyFrom(kept.parameters);
      return true;
    },
  };
}
