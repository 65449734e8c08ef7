/** What a broker is compared with: as many worker processes, each asked over its own pipe, with nothing that outlives one of them. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Answer, Evaluator } from "../src/evaluate/policy.ts";
import { bundled } from "./program.ts";

/** @param ms  how long the objective takes [ms] */
export async function bareCrew(folder: string, workers: number, ms: number): Promise<Evaluator> {
  const script = await bundled("test/faults/programs/bare-worker.ts", folder);
  const children = Array.from({ length: workers }, () =>
    fork(script, [String(ms)], { serialization: "advanced", stdio: "ignore", execArgv: [] }),
  );
  const free = [...children];
  const waiting: ((child: ChildProcess) => void)[] = [];
  const end = (): void => {
    for (const child of children) if (child.connected) child.disconnect();
  };
  process.once("exit", end);
  return {
    name: `${workers} processes on pipes`,
    capacity: workers,
    async evaluate(tasks) {
      return Promise.all(
        tasks.map(async ({ candidate }) => {
          const child = free.pop() ?? (await new Promise<ChildProcess>((resolve) => waiting.push(resolve)));
          child.send(candidate);
          const [answer] = (await once(child, "message")) as [Answer];
          const next = waiting.shift();
          if (next) next(child);
          else free.push(child);
          return answer;
        }),
      );
    },
    async close() {
      process.off("exit", end);
      const gone = children.map((child) => once(child, "exit"));
      end();
      await Promise.all(gone);
    },
  };
}
