/** Threaded kernels as the tests want them: everything shared out, and arrays in shared memory too. */
import type { Seed, SeedKernels } from "../../src/kernel/index.ts";
import type { Pool } from "../../src/kernel/threads/pool.ts";
import { STRIP } from "../../src/kernel/threads/strips.ts";
import { threadedSeeds } from "../../src/kernel/threads/threaded.ts";
import type { WasmSeeds } from "../../src/kernel/wasm/index.ts";

let calls = 0;

/** The same kernels, each call with its arrays in shared memory, at every other call 4 bytes beyond a multiple of 8. */
export function onShared(kernels: SeedKernels): SeedKernels {
  const shared = (array: Float32Array): Float32Array => {
    const from = (calls >> 1) % 2;
    const copy = new Float32Array(new SharedArrayBuffer(4 * (array.length + from)), 4 * from);
    copy.set(array);
    return copy;
  };
  /** One copy of each array, however many names it has. */
  const copies = (): ((array: Float32Array) => Float32Array) => {
    calls++;
    const known = new Map<Float32Array, Float32Array>();
    return (array) => {
      const copy = known.get(array) ?? shared(array);
      known.set(array, copy);
      return copy;
    };
  };
  return {
    ...kernels,
    perturb(kind, out, x, begin, seeds, stored) {
      const copy = copies();
      kernels.perturb(kind, copy(out), copy(x), begin, seeds, stored && [stored[0], copy(stored[1])]);
      out.set(copy(out));
    },
    outer(out, x, begin, rank, a, b) {
      const copy = copies();
      kernels.outer(copy(out), copy(x), begin, rank, a, b);
      out.set(copy(out));
    },
    along: (kind, seeds, v, begin) => kernels.along(kind, seeds, copies()(v), begin),
  };
}

/** Whether a thread other than the caller's comes to do a strip, in one of many calls: on a busy machine it may be late. */
export async function isHelped(kernels: WasmSeeds, pool: Pool): Promise<boolean> {
  let own = 0;
  const gramBlocks: WasmSeeds["gramBlocks"] = (...asked) => {
    own++;
    return kernels.gramBlocks(...asked);
  };
  const { gram } = threadedSeeds({ ...kernels, gramBlocks }, pool);
  const seeds = [0, 1, 2, 3].map((k): Seed => [k, 0, 0, 0]);
  for (let calls = 1; calls <= 200; calls++) {
    gram("gaussian", 40 * STRIP, seeds, seeds);
    if (own < calls * 40) return true;
  }
  return false;
}
