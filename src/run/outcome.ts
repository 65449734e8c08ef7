/** How a run ends is a value with a sentence, never an exception. `minimize` resumes from `solution.state`. */
export const OUTCOMES = {
  target: "The target was reached.",
  converged: "The method converged.",
  queries: "The query budget ran out; raise maxQueries or resume.",
  steps: "The step budget ran out; raise maxSteps or resume.",
  seconds: "The time budget ran out; raise seconds or resume.",
  aborted: "The run was aborted; resume.",
  failed: "The last turns gave no finite value.",
} as const;

export type Outcome = keyof typeof OUTCOMES;
