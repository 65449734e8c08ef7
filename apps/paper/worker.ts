/** What runs in a worker thread of the pool: jobs come as messages, results go back. */
import { parentPort } from "node:worker_threads";
import { type Job, runJob } from "./job.ts";
import type { Answer } from "./pool.ts";

parentPort?.on("message", async (job: Job) => {
  const answer: Answer = await runJob(job).then(
    (result) => ({ result }),
    (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
  );
  parentPort?.postMessage(answer);
});
