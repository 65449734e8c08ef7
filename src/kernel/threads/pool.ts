/** Threads that wait for calls: worker threads in Node, Web Workers elsewhere. */
import { RelizoError } from "../../error.ts";
import { normalTable } from "../random/normal-table.ts";
import { BINARY } from "../wasm/binary.ts";
import type { Job, Setup } from "./job.ts";
import { SCRIPT } from "./script.ts";

export interface Pool {
  /** How many there are. */
  readonly size: number;
  readonly post: (job: Job) => void;
  /** Why a thread has ended that should not have. */
  readonly lost: () => string | undefined;
  readonly close: () => void;
}

/** One thread. */
interface Thread {
  readonly post: (message: Setup | Job) => void;
  readonly end: () => void;
  /** Lets the process end though the thread does not. */
  readonly release: () => void;
}

/** What a thread has to say to whoever started it. */
interface Ears {
  readonly said: (text: string) => void;
  readonly ended: (why: string) => void;
}

/**
 * @param script  what they run
 * @throws RelizoError BACKEND where a thread does not start
 */
export async function startPool(size: number, script: string = SCRIPT): Promise<Pool> {
  const threads: Thread[] = [];
  let lost: string | undefined;
  let isClosed = false;
  const close = (): void => {
    isClosed = true;
    for (const { end } of threads.splice(0)) end();
  };
  const started = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const thread = start(script, {
        said: (text) => (text === "" ? resolve() : reject(new Error(text))),
        ended: (why) => {
          if (!isClosed) lost ??= why;
          reject(new Error(why));
        },
      });
      threads.push(thread);
      thread.post({ binary: BINARY, table: normalTable() });
    });
  try {
    await Promise.all(Array.from({ length: size }, started));
  } catch (cause) {
    close();
    throw new RelizoError(
      "BACKEND",
      `loadThreadedWasm: a thread does not start: ${cause instanceof Error ? cause.message : String(cause)}. A page with a content security policy needs worker-src blob: and script-src 'wasm-unsafe-eval'; loadWasm() gives the same numbers on one thread.`,
      { cause },
    );
  }
  for (const { release } of threads) release();
  return {
    size,
    post: (job) => {
      for (const { post } of threads) post(job);
    },
    lost: () => lost,
    close,
  };
}

function start(script: string, ears: Ears): Thread {
  const node = globalThis.process?.getBuiltinModule?.("node:worker_threads");
  if (!node) return webThread(script, ears);
  const worker = new node.Worker(script, { eval: true, execArgv: [] });
  worker.on("message", ears.said);
  worker.on("error", (error) => ears.ended(String(error)));
  worker.on("exit", (code) => ears.ended(`it exited with code ${code}`));
  return {
    post: (message) => worker.postMessage(message),
    end: () => void worker.terminate(),
    release: () => worker.unref(),
  };
}

function webThread(script: string, { said, ended }: Ears): Thread {
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const worker = new Worker(address);
  worker.onmessage = ({ data }) => {
    URL.revokeObjectURL(address);
    said(String(data));
  };
  worker.onerror = ({ message }) => ended(message || "the browser refuses its script");
  return {
    post: (message) => worker.postMessage(message),
    end: () => worker.terminate(),
    release: () => {},
  };
}
