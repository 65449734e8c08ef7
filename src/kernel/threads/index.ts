/**
 * The WebAssembly kernels on several threads: each has an instance of its own of the same module, and calls are shared out in
 * strips of elements. The same bits as on one thread, whatever their number: no element depends on who drew it, and the sums
 * of blocks are added in the order of the contract.
 */
import { RelizoError } from "../../error.ts";
import { loadWasm } from "../wasm/index.ts";
import { startPool } from "./pool.ts";
import { type ThreadedSeeds, threadedSeeds } from "./threaded.ts";

export type { ThreadedSeeds } from "./threaded.ts";

/** Why there is no memory here that threads can share, in a sentence; undefined where there is. */
export function whyNoThreads(): string | undefined {
  if (typeof SharedArrayBuffer === "function" && globalThis.crossOriginIsolated !== false) return undefined;
  return "There is no SharedArrayBuffer here: a page has it where it is cross-origin isolated, served with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.";
}

/** How many threads this machine runs at a time, as far as it tells. */
export function coresHere(): number {
  const os = globalThis.process?.getBuiltinModule?.("node:os");
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/**
 * Starts the threads, about 12 MB each, which do not keep a Node process alive. Those calls use them for which that pays:
 * see `pays`. Arrays on a SharedArrayBuffer are worked on where they are, of others threads are given copies, strip by strip;
 * `vector` gives such another one, for one thread reads it soonest. In a page with a content security policy it takes worker-src blob:.
 *
 * @param threads  how many work on a call, the caller's among them: 1 or more
 * @throws RelizoError BACKEND where WebAssembly with SIMD or SharedArrayBuffer is missing, or a thread does not start. And
 *   from a call, where one has ended, or does not come back from a shared `out`, which may then be written in part
 */
export async function loadThreadedWasm({ threads }: { readonly threads: number }): Promise<ThreadedSeeds> {
  const why = whyNoThreads();
  if (why !== undefined) throw new RelizoError("BACKEND", `loadThreadedWasm: ${why}`);
  const kernels = await loadWasm();
  return threadedSeeds(kernels, await startPool(threads - 1));
}
