/** Starts a worker thread, from the built package or straight from its sources. */
import { Worker } from "node:worker_threads";

export function startThread(): Worker {
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL("./worker.js", import.meta.url));
  // From sources: Node 20 does not hand the loader on to its threads, so the thread registers it itself.
  const loader = import.meta.resolve("tsx/esm/api");
  const worker = new URL("./worker.ts", import.meta.url);
  const script = `import("${loader}").then(({ register }) => { register(); return import("${worker.href}"); });`;
  return new Worker(script, { eval: true, execArgv: [] });
}
