/** What each architecture gives: how its graph is written. */
import type { Config } from "./config.ts";
import type { Draft } from "./draft.ts";
import type { Task } from "./task.ts";

export interface Architecture {
  /** The name of the bare model in names of weights, which checkpoints of it leave out. */
  readonly base: string;
  readonly tasks: readonly Task[];
  /** Writes inputs, nodes and outputs, and takes its weights; reads all that it needs from the configuration. */
  write(draft: Draft, config: Config, task: Task): void;
}
