/** Queries answered by threads of this process, each with the objective's module loaded for itself. Node only. */
import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import { RelizoError } from "../error.ts";
import type { Answer, Evaluator } from "../evaluate/policy.ts";
import type { Task } from "../evaluate/task.ts";
import { custom, readOptions, whole } from "../option.ts";
import { closedError } from "./closed.ts";
import { turns } from "./turns.ts";

export interface ThreadsOptions {
  /** The module that exports the objective: a path, from the current folder on, or a file: URL. */
  readonly module: string | URL;
  /** Default: as many as this machine runs at a time. */
  readonly threads: number;
  /** Most memory that JavaScript in one thread may take [MB], 0 (default): as Node has it. A thread that needs more ends. */
  readonly heap: number;
}

/** What a thread says of its tasks: an answer each, or whose mistake keeps all attempts from one. */
export type Said = readonly Answer[] | { readonly code: RelizoError["code"]; readonly message: string };

type Pool = Piscina<readonly Task[], Said>;

/**
 * Threads that answer queries. One that dies or runs out of memory takes only its own attempt with it, one that nobody waits for any more
 * is ended, and another takes its place. They do not keep the process alive.
 *
 * @throws RelizoError OPTION for an unknown option or a value outside its range; a module that does not load fails the first query, with DATA
 */
export function threads(options: Partial<ThreadsOptions> & Pick<ThreadsOptions, "module">): Evaluator {
  const { module, threads, heap } = readOptions<ThreadsOptions>("threads", options, {
    module: custom<string | URL>("", "a path or a URL", isName),
    threads: whole(availableParallelism(), 1, 1024),
    heap: whole(0, 0),
  });
  const name = `${threads} ${threads === 1 ? "thread" : "threads"}`;
  if (module === "") throw new RelizoError("OPTION", "threads: module must be a path or a URL, got none.");
  const idle: Pool[] = [];
  const working = new Set<Pool>();
  const leaving = new Set<Promise<void>>();
  const room = turns(threads);
  let closed = false;

  /**
   * A pool of one thread. One whose thread failed is never used again: where a thread dies before it has told that it is ready, piscina starts no
   * other one and leaves its queue waiting.
   */
  function start(): Pool {
    const pool = new Piscina<readonly Task[], Said>({
      filename: new URL(`./thread${import.meta.url.slice(-3)}`, import.meta.url).href,
      workerData: String(module),
      minThreads: 1,
      maxThreads: 1,
      atomics: "disabled", // what the objective leaves under way goes on between tasks
      ...(heap > 0 && { resourceLimits: { maxOldGenerationSizeMb: heap } }),
    });
    pool.on("error", () => end(pool)); // it failed between two tasks
    return pool;
  }

  function end(pool: Pool): void {
    const at = idle.indexOf(pool);
    if (at >= 0) idle.splice(at, 1);
    const gone: Promise<void> = pool.destroy().finally(() => leaving.delete(gone));
    leaving.add(gone);
  }

  function ready(): Pool {
    for (let pool = idle.pop(); pool; pool = idle.pop()) {
      if (pool.threads.length === 1) return pool;
      end(pool);
    }
    return start();
  }

  async function ask(tasks: readonly Task[], signal: AbortSignal): Promise<Said> {
    const pool = ready();
    const halt = (): void => end(pool);
    signal.addEventListener("abort", halt);
    working.add(pool);
    try {
      const said = await pool.run(tasks);
      if (!signal.aborted && !closed) idle.push(pool);
      return said;
    } catch (error) {
      if (!signal.aborted) end(pool);
      const why = error instanceof Error ? error.message : String(error);
      throw new RelizoError("EVALUATOR", `${name}: one ended in the middle of its task: ${why}.`, {
        cause: error,
      });
    } finally {
      working.delete(pool);
      signal.removeEventListener("abort", halt);
    }
  }

  return {
    name,
    capacity: threads,
    async evaluate(tasks, signal) {
      if (closed) throw closedError(name);
      const said = await room(() => ask(tasks, signal), signal);
      if ("code" in said) throw new RelizoError(said.code, said.message);
      return said;
    },
    async close() {
      closed = true;
      for (const pool of [...idle, ...working]) end(pool);
      while (leaving.size > 0) await Promise.all(leaving);
    },
  };
}

function isName(value: unknown): value is string | URL {
  return (typeof value === "string" && value !== "") || value instanceof URL;
}
