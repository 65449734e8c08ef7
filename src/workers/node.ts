/** `relizo/workers/node`: queries answered by threads and programs of this machine. */
export { type CommandOptions, command } from "./command.ts";
export { loadObjective, type ObjectiveModule } from "./load-objective.ts";
export { type ThreadsOptions, threads } from "./threads.ts";
