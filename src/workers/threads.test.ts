import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Worker } from "node:worker_threads";
import { RelizoError } from "../error.ts";
import type { Evaluator } from "../evaluate/policy.ts";
import { type ThreadsOptions, threads } from "./threads.ts";

const folder = mkdtempSync(join(tmpdir(), "relizo-threads-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function module(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const task = (x: number) => ({ round: 1, index: 0, step: 4, batch: 2, candidate: Float64Array.of(x) });
const never = new AbortController().signal;

async function using(
  options: Pick<ThreadsOptions, "module"> & Partial<ThreadsOptions>,
  body: (one: Evaluator) => Promise<void>,
) {
  const evaluator = threads({ threads: 1, ...options });
  try {
    await body(evaluator);
  } finally {
    await evaluator.close();
  }
}

test("a module of TypeScript by its URL, told its step and its minibatch, loaded once in a thread", async () => {
  const path = module(
    "typed.ts",
    `let calls: number = 0;
     export default (x: Float64Array, { step, batch }: { step: number; batch: number }) => 100 * ++calls + 10 * step + batch + x[0]!;`,
  );
  await using({ module: pathToFileURL(path) }, async (one) => {
    assert.deepEqual([one.name, one.capacity], ["1 thread", 1]);
    assert.deepEqual(await one.evaluate([task(0), task(0.5)], never), [142, 242.5]);
    assert.deepEqual(await one.evaluate([task(0)], never), [342]);
  });
});

for (const [title, name, text, code, said] of [
  ["that is missing", "missing.ts", undefined, "DATA", /There is no file .*missing\.ts/],
  [
    "that does not load",
    "throws.mjs",
    "throw new Error('no weights');",
    "DATA",
    /could not be loaded.*no weights/,
  ],
  ["that gives a text", "text.mjs", "export default () => '1';", "VALUE", /must return a number, got "1"/],
] as const)
  test(`a module ${title} ends the run with its error`, async () => {
    const path = text === undefined ? join(folder, name) : module(name, text);
    await using({ module: path }, (one) =>
      assert.rejects(one.evaluate([task(1)], never), (error) => {
        assert.ok(error instanceof RelizoError && error.code === code);
        assert.match(error.message, said);
        return true;
      }),
    );
  });

test("whatever takes a thread along, the next attempt finds another one", async () => {
  const path = module(
    "dies.mjs",
    `const ways = {
       1: () => process.exit(0),
       2: () => new Promise(() => setTimeout(() => { throw new Error("out of a timer"); })),
       3: () => { const held = []; for (;;) held.push(new Array(1e5).fill(held.length)); },
       4: () => new Promise(() => Promise.reject(new Error("nobody caught this"))),
     };
     export default async ([way]) => (ways[way] ? await ways[way]() : way);`,
  );
  await using({ module: path, threads: 2, heap: 40 }, async (one) => {
    for (const [way, said] of [
      [1, /exited with code/],
      [2, /out of a timer/],
      [3, /memory/],
      [4, /nobody caught this/],
    ] as const) {
      const [dies, other] = [one.evaluate([task(way)], never), one.evaluate([task(7)], never)];
      await assert.rejects(
        dies,
        (error: RelizoError) => error.code === "EVALUATOR" && said.test(error.message),
      );
      assert.deepEqual([await other, await one.evaluate([task(9)], never)], [[7], [9]]);
    }
  });
});

test("a thread that dies between two tasks is not asked", async () => {
  const path = module(
    "later.mjs",
    `let calls = 0;
     export default () => { setTimeout(() => process.exit(1), 20); return ++calls; };`,
  );
  let ends = 0;
  const count = (worker: Worker): void => void worker.on("exit", () => ends++);
  process.on("worker", count);
  await using({ module: path }, async (one) => {
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(await one.evaluate([task(1)], never), [1]);
      while (ends === i) await new Promise((resolve) => setTimeout(resolve, 10));
      ends = i + 1;
    }
  });
  process.off("worker", count);
});

test("threads that are ended again and again, also as they start, leave the others to answer", async () => {
  const path = module("hangs.mjs", "export default ([x]) => { while (x < 0); return x; };");
  await using({ module: path, threads: 2 }, async (one) => {
    for (let i = 0; i < 20; i++) {
      const stop = new AbortController();
      const hang = one.evaluate([task(-1)], stop.signal);
      setTimeout(() => stop.abort(), 5 * i);
      await assert.rejects(hang);
    }
    const values = await Promise.all([1, 2, 3, 4].map((x) => one.evaluate([task(x)], never)));
    assert.deepEqual(values, [[1], [2], [3], [4]]);
  });
});

test("wrong options are refused at the door", () => {
  for (const [options, said] of [
    [{}, /module must be a path or a URL/],
    [{ module: 3 }, /module must be a path or a URL/],
    [{ module: "a.ts", threads: 0 }, /threads must be a whole number from 1/],
    [{ module: "a.ts", heap: -1 }, /heap must be/],
    [{ module: "a.ts", size: 1 }, /an option must be one of module, threads, heap/],
  ] as const)
    assert.throws(() => threads(options as never), { code: "OPTION", message: said });
});
