/** The WebAssembly kernels on several threads: the bits of the reference, whatever becomes of the threads. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { jsSeeds, loadWasm, type Seed, type SeedKernels, type Term } from "../../src/kernel/index.ts";
import { loadThreadedWasm } from "../../src/kernel/threads/index.ts";
import type { pays } from "../../src/kernel/threads/pays.ts";
import { startPool } from "../../src/kernel/threads/pool.ts";
import { type ThreadedSeeds, threadedSeeds } from "../../src/kernel/threads/threaded.ts";
import { expectSame } from "../expect-close.ts";
import { hostCases, seedCases } from "./cases.ts";
import { isHelped, onShared } from "./threads.ts";

/** All calls are shared out, as long as their sums have room. */
const always: typeof pays = (task) => task.length > 0;

async function sharing(threads: number, isWorth = always, patience = 10_000): Promise<ThreadedSeeds> {
  return threadedSeeds(await loadWasm(), await startPool(threads - 1), patience, isWorth);
}

const two = await sharing(2);
const three = await sharing(3);
after(() => {
  two.close();
  three.close();
});
const variants = { "2 threads": two, "3 threads, arrays in shared memory": onShared(three) };
/** What threads have no part in is asked once. */
const once: readonly string[] = ["bits", "vectors"];

const cases = [...seedCases(), ...hostCases()];
for (const group of new Set(cases.map((one) => one.group)))
  for (const [name, kernels] of Object.entries(variants).slice(0, once.includes(group) ? 1 : 2))
    test(`${name}, ${group}: the bits of the reference`, async () => {
      for (const one of cases.filter((other) => other.group === group))
        expectSame(await one.ask(kernels), await one.ask(jsSeeds), `${one.name}: entry`);
    });

const D = 1_300_001;
const seeds = Array.from({ length: 9 }, (_, k): Seed => [k, 2, 3, 4]);
/** The sums of 32 blocks of these have no room in one slot. */
const many = Array.from({ length: 40 }, (_, k): Seed => [k, 5, 6, 7]);
const terms = seeds.map((seed, k): Term<Seed> => [1e-3 * k - 2e-3, seed]);
const x = Float32Array.from({ length: D }, (_, i) => ((i * 0.618) % 1) - 0.5);

/** One call of each kind that is long enough for threads. */
function answers(kernels: SeedKernels, d = D): readonly ArrayLike<number>[] {
  const [moved, outer] = [x.slice(0, d), new Float32Array(d)];
  kernels.perturb("gaussian", moved, moved, 7, terms, [0.3, x.subarray(0, d)]);
  kernels.outer(outer, moved, 3, 20, x.subarray(0, 20 * 1301), x.subarray(0, 20_000));
  return [
    moved,
    outer,
    kernels.along("gaussian", seeds, moved, 1),
    kernels.gram("gaussian", d, seeds, seeds),
    kernels.gram("rademacher", d, seeds.slice(0, 5), seeds.slice(3)),
    kernels.gram("gaussian", Math.min(d, 100_001), many, many),
  ];
}

function expectAnswers(kernels: SeedKernels): void {
  for (const [i, answer] of answers(kernels).entries()) expectSame(answer, expected[i]!, `call ${i}: entry`);
}

const wasm = await loadWasm();
const expected = answers(wasm);

test("long calls are shared out by themselves, short ones are not", async () => {
  const pool = await startPool(1);
  let calls = 0;
  const counted = {
    ...pool,
    post(job: Parameters<typeof pool.post>[0]) {
      calls++;
      pool.post(job);
    },
  };
  const kernels = threadedSeeds(wasm, counted);
  expectAnswers(kernels);
  assert.equal(calls, 6);
  for (const d of [0, 1, 1000]) answers(kernels, d);
  kernels.perturb("rademacher", new Float32Array(D), x, 0, terms.slice(0, 1)); // a copy takes as long
  assert.equal(calls, 6);
  kernels.close();
});

test("other threads do a part of the work", async () => {
  const pool = await startPool(1);
  assert.ok(await isHelped(wasm, pool));
  pool.close();
});

test("however many threads there are, and after they are gone, the numbers are the same", async () => {
  for (const threads of [1, 2, 5]) {
    const kernels = await loadThreadedWasm({ threads });
    assert.equal(kernels.threads, threads);
    expectAnswers(kernels);
    kernels.close();
    kernels.close();
    expectAnswers(kernels);
  }
});

test("a process ends though its threads wait, and from a bundle they start as well", async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { loadThreadedWasm } from "./src/kernel/threads/index.ts";
        const { threads, gram } = await loadThreadedWasm({ threads: 2 });
        console.log(threads, gram("rademacher", 2e7, [[1, 2, 3, 4]], [[1, 2, 3, 4]])[0]);`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    write: false,
  });
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", outputFiles[0]!.text],
    { encoding: "utf8", timeout: 60_000 },
  );
  assert.deepEqual([stdout, stderr, status], ["2 20000000\n", "", 0]);
});

/** A pool of one thread that says it is ready and then does something else: `job(board)` for each call, or at once `idle()`. */
async function odd(contents: string): Promise<ThreadedSeeds> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { awaitClaim, fail } from "./src/kernel/threads/board.ts";
        const line = process.getBuiltinModule("node:worker_threads").parentPort;
        let job = () => {};
        ${contents}
        line.on("message", (message) => ("binary" in message ? line.postMessage("") : job(message.board)));`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    format: "iife",
    platform: "neutral",
    write: false,
  });
  return threadedSeeds(wasm, await startPool(1, outputFiles[0]!.text), 500, always);
}

const died = (message: RegExp) => ({ name: "RelizoError", code: "BACKEND", message });

const QUITS = "job = (board) => { if (awaitClaim(board) !== undefined) process.exit(3); };";
const FAILS = "job = (board) => { if (awaitClaim(board) !== undefined) fail(board, 'out of memory'); };";

test("a thread that fails or ends is an error of the calls from then on, until they do without; what they gave is right", async () => {
  for (const [contents, isShared, message] of [
    [QUITS, true, /failed: it did not come back within 0\.5 s/], // it may yet write to an array of the caller's
    [QUITS, false, /failed: it exited with code 3/],
    [FAILS, true, /failed: out of memory/],
    [FAILS, false, /failed: out of memory/],
    ["setTimeout(() => process.exit(3), 50);", false, /failed: it exited with code 3/],
    ["setTimeout(() => { throw new Error('odd'); }, 50);", false, /failed: Error: odd/],
  ] as const) {
    const kernels = await odd(contents);
    const asked = isShared ? onShared(kernels) : kernels;
    let error: unknown;
    for (let calls = 0; error === undefined && calls < 100; calls++) {
      try {
        expectAnswers(asked);
      } catch (caught) {
        error = caught;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.throws(() => {
      throw error;
    }, died(message));
    assert.throws(() => answers(kernels), died(message));
    kernels.close();
    expectAnswers(kernels);
  }
});

test("a thread that never comes to help is not waited for", async () => {
  const kernels = await odd("job = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);");
  expectAnswers(kernels);
  expectAnswers(kernels);
  kernels.close();
});

test("a thread that cannot start says why", async () => {
  await assert.rejects(
    startPool(2, "throw new Error('no room')"),
    died(/does not start: Error: no room.*loadWasm/),
  );
  await assert.rejects(startPool(1, "process.exit(7)"), died(/exited with code 7/));
  const refusing =
    "require('worker_threads').parentPort.on('message', function () { this.postMessage('no SIMD'); })";
  await assert.rejects(startPool(1, refusing), died(/does not start: no SIMD/));
});

/** What threads may add to a bundle with the WebAssembly kernels, minified and compressed [bytes]. */
const MOST = 5_000;

test("threads are small, and who does not ask for them does not carry them", async (t) => {
  const bundle = async (names: string): Promise<{ size: number; carried: readonly string[] }> => {
    const { outputFiles, metafile } = await build({
      stdin: { contents: `export { ${names} } from "./src/kernel/index.ts";`, resolveDir: process.cwd() },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      metafile: true,
      write: false,
    });
    const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
    return {
      size: gzipSync(outputFiles[0]!.contents, { level: 9 }).length,
      carried: inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
    };
  };
  const without = await bundle("loadWasm");
  assert.deepEqual(
    without.carried.filter((path) => path.includes("threads")),
    [],
  );
  const size = (await bundle("loadWasm, loadThreadedWasm")).size - without.size;
  t.diagnostic(`loadThreadedWasm: ${size} bytes compressed beside loadWasm, at most ${MOST} allowed`);
  assert.ok(size <= MOST, `${size} bytes are more than ${MOST}`);
});
