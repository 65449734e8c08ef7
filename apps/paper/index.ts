/** The paper's study as a library: its published figures, its experiments, and running them. */
export type { Job, JobResult, Settings, Value } from "./job.ts";
export { runJob } from "./job.ts";
export { createPool, type Pool } from "./pool.ts";
export { type Bounded, isPaperResults, type Judged, type Origin, type PaperResults } from "./results.ts";
export { type PaperOptions, runPaper } from "./run.ts";
export { paperSection } from "./section.ts";
export { learningRates, type Variants, variants } from "./settings.ts";
export { type Cell, cellsOf, PARTS, type Part, type ReuseCase, reuseCases, studyProblems } from "./study.ts";
export {
  figure2,
  type PublishedBound,
  type PublishedCell,
  type PublishedCount,
  type PublishedRate,
  paperMethods,
  table6,
  table7,
  table8,
  table10,
  table11,
} from "./tables.ts";
export type { Tuned } from "./tune.ts";
export { tuned } from "./tuned.ts";
export { merged, tunedModule } from "./tuned-module.ts";
