/** How a run ends is a value with a sentence, never an exception. */
export const OUTCOMES = {
  target: "The target value was reached.",
  converged: "The method cannot improve the point any further.",
  queries: "The query budget ran out; raise maxQueries, or resume from solution.state.",
  steps: "The step budget ran out; raise maxSteps, or resume from solution.state.",
  seconds: "The time budget ran out; raise seconds, or resume from solution.state.",
  aborted: "The caller aborted the run; it can be resumed from solution.state.",
  failed: "No query of the last turns gave a finite value; the objective or the step size is at fault.",
} as const;

export type Outcome = keyof typeof OUTCOMES;
