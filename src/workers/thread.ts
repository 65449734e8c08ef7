/** What runs in a thread of `threads`: the objective, loaded once, answers one task after the other. */
import { workerData } from "node:worker_threads";
import { RelizoError } from "../error.ts";
import type { Answer } from "../evaluate/policy.ts";
import { askInline, type Task } from "../evaluate/task.ts";
import { loadObjective } from "./load-objective.ts";
import type { Said } from "./threads.ts";

const loading = loadObjective(String(workerData));
loading.catch(() => {}); // told to the first task

/** A thread that nobody waits for is ended, so this never aborts. */
const { signal } = new AbortController();

export default async function answer(tasks: readonly Task[]): Promise<Said> {
  try {
    const ask = askInline((await loading).objective);
    const answers: Answer[] = [];
    for (const task of tasks)
      await ask([task], {
        signal,
        began() {},
        answered(_, value, reason) {
          answers.push(reason === undefined ? value : { error: sentence(reason) });
        },
      });
    return answers;
  } catch (error) {
    if (!(error instanceof RelizoError)) throw error;
    return { code: error.code, message: error.message };
  }
}

function sentence(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
