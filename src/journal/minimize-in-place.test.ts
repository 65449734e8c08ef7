/** A journal of a run whose parameters move in place, along seeds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memory } from "../../test/journal/memory-store.ts";
import type { Method } from "../method/method.ts";
import { mezo } from "../method/mezo.ts";
import { relizo } from "../method/relizo-method.ts";
import { slopes } from "../reuse/slopes.ts";
import { openKernels } from "../run/kernels.ts";
import { Journal } from "./journal.ts";
import { minimizeRecordedInPlace } from "./minimize-in-place.ts";

const D = 700;
const start = (): Float32Array => Float32Array.from({ length: D }, (_, i) => 0.1 * Math.sin(i));
const bowl = (x: Float32Array): number => x.reduce((sum, xi, i) => sum + (1 + (i % 3)) * (xi - 0.05) ** 2, 0);

const METHODS: Readonly<Record<string, Method>> = {
  relizo: relizo({ radius: 1e-3 }),
  slopes: relizo({ radius: 1e-3, reuse: slopes() }),
  mezo: mezo({ radius: 1e-3, lr: 1e-5 }),
};

for (const [name, method] of Object.entries(METHODS))
  test(`${name}: a journal goes on in the same bits and bytes, on other kernels as well, and asks nothing twice`, async () => {
    const wasm = (await openKernels({ prefer: ["wasm"] })).seeded();
    const js = (await openKernels({ prefer: ["js"] })).seeded({ copy: false });
    const sitting = async (store = memory(), maxQueries = 400, space = wasm) => {
      let asked = 0;
      const x = start();
      const journal = await Journal.open(store);
      const f = (given: Float32Array): number => {
        assert.equal(given, x);
        asked++;
        return bowl(given);
      };
      const { hashes, queries, value } = await minimizeRecordedInPlace(f, x, {
        space,
        method,
        seed: 3,
        maxQueries,
        journal,
      });
      await journal.close();
      return { asked, x, end: { hashes, queries, value }, bytes: await store.read("journal") };
    };
    const whole = await sitting();
    assert.equal(whole.asked, whole.end.queries);
    const store = memory();
    const first = await sitting(store, 150, js);
    const second = await sitting(store, 400, wasm);
    assert.equal(first.asked + second.asked, whole.asked);
    assert.deepEqual([second.end, second.x, second.bytes], [whole.end, whole.x, whole.bytes]);
    const replayed = await sitting(store, 400, js);
    assert.deepEqual([replayed.asked, replayed.end, replayed.x], [0, whole.end, whole.x]);
  });

test("a journal of other directions, other parameters or another start is refused before a query", async () => {
  const kernels = await openKernels();
  const store = memory();
  const go = async (x: Float32Array, directions: "rademacher" | "gaussian") => {
    const journal = await Journal.open(store);
    try {
      await minimizeRecordedInPlace(bowl, x, {
        space: kernels.seeded({ directions }),
        maxQueries: 20,
        journal,
      });
    } finally {
      await journal.close();
    }
  };
  await go(start(), "rademacher");
  await assert.rejects(go(start(), "gaussian"), { code: "JOURNAL", message: /the space is "rademacher"/ });
  await assert.rejects(go(start().subarray(1), "rademacher"), {
    code: "JOURNAL",
    message: /the dimension is 700/,
  });
  const other = start();
  other[4]! += 1;
  await assert.rejects(go(other, "rademacher"), { code: "JOURNAL", message: /the start \(a hash of x0\)/ });
});
