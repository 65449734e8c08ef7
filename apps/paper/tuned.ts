/** Written by `relizo bench paper --write-tuned apps/paper/tuned.ts`: the best settings that a full run found. */
import type { Tuned } from "./tune.ts";

export const tuned: readonly Tuned[] = [];
