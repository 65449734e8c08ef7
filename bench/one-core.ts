/** Keeps this process, and those that it starts, on one core. */
import { execFileSync } from "node:child_process";

/**
 * The last of the cores allowed, by `taskset`.
 *
 * @returns what came of it, for the head of a report
 */
export function keepToOneCore(): string {
  const taskset = (...args: readonly string[]): string =>
    execFileSync("taskset", [...args, String(process.pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  try {
    const core = /\d+\s*$/.exec(taskset("-cp"))?.[0].trim();
    if (core === undefined) return "one thread, on any core: taskset does not say which there are";
    taskset("-acp", core);
    return `everything on core ${core}`;
  } catch {
    return "one thread, on any core: there is no taskset";
  }
}
