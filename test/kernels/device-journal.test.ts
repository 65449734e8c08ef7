/** A journal of a run over GPU buffers: it goes on in the same bits, and asks nothing twice. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Method, mezo, relizo, slopes } from "../../src/index.ts";
import { Journal, minimizeRecordedInDevice, replayJournalInPlace } from "../../src/journal/index.ts";
import { type DeviceKernels, openKernels } from "../../src/run/kernels.ts";
import { memory } from "../journal/memory-store.ts";
import { backends } from "./backends.ts";

const { device, skip } = (await backends()).find(({ name }) => name === "webgpu")!;
const D = 700;
const start = (): Float32Array => Float32Array.from({ length: D }, (_, i) => 0.1 * Math.sin(i));
const bowl = (x: Float32Array): number => x.reduce((sum, xi, i) => sum + (1 + (i % 3)) * (xi - 0.05) ** 2, 0);

const METHODS: Readonly<Record<string, Method>> = {
  relizo: relizo({ radius: 1e-3 }),
  slopes: relizo({ radius: 1e-3, reuse: slopes() }),
  mezo: mezo({ radius: 1e-3, lr: 1e-5 }),
};

interface Sitting {
  readonly method: Method;
  readonly store?: ReturnType<typeof memory>;
  readonly maxQueries?: number;
  readonly x?: Float32Array;
  /** Query after which the run is aborted. */
  readonly until?: number;
  readonly own?: DeviceKernels;
}

const shared = device && (await openKernels({ prefer: ["webgpu"], device: device.device }));
after(() => shared?.close());

async function sitting({
  method,
  store = memory(),
  maxQueries = 60,
  x = start(),
  until,
  own: kernels = shared!,
}: Sitting) {
  const journal = await Journal.open(store);
  const uploaded = kernels.upload([x.subarray(0, 300), x.subarray(300)]);
  const stop = new AbortController();
  let asked = 0;
  try {
    const { hashes, queries, value } = await minimizeRecordedInDevice(
      async (tensors) => {
        if (++asked === until) stop.abort();
        return bowl(await kernels.seeds.download(tensors));
      },
      uploaded,
      { space: kernels.seeded(), method, settings: {}, seed: 3, maxQueries, journal, signal: stop.signal },
    );
    return { asked, x, end: { hashes, queries, value }, bytes: await store.read("journal") };
  } finally {
    await journal.close();
    uploaded.free();
  }
}

for (const [name, method] of Object.entries(METHODS))
  test(`${name}: a journal over buffers goes on in the same bits and bytes, and asks nothing twice`, {
    skip,
  }, async () => {
    const whole = await sitting({ method });
    assert.equal(whole.asked, whole.end.queries);
    assert.notDeepEqual(whole.x, start());
    const store = memory();
    const first = await sitting({ method, store, until: 26 }); // in the middle of a round
    const second = await sitting({ method, store });
    assert.ok(first.asked > 0 && second.asked > 0);
    assert.ok(first.asked + second.asked - whole.asked <= 1, "what was under way is all that is asked again");
    assert.deepEqual([second.end, second.x, second.bytes], [whole.end, whole.x, whole.bytes]);
  });

test("a whole run is replayed by other kernels without a query", { skip }, async () => {
  const method = METHODS.relizo!;
  const store = memory();
  const whole = await sitting({ method, store });
  const own = await openKernels({ prefer: ["webgpu"], device: device!.device });
  const replayed = await sitting({ method, store, own });
  assert.deepEqual([replayed.asked, replayed.end, replayed.x], [0, whole.end, whole.x]);
  own.close();
  assert.equal(own.seeds.live, 0);
});

test("another start, a changed value and a host's kernels are told from the run", { skip }, async () => {
  const method = METHODS.mezo!;
  const store = memory();
  const { bytes } = await sitting({ method, store, maxQueries: 20 });
  const x = start();
  x[4]! += 1;
  await assert.rejects(sitting({ method, store, x }), { code: "JOURNAL", message: /the start/ });
  await assert.rejects(replayJournalInPlace(bytes, start(), { method }), {
    code: "JOURNAL",
    message: /rademacher, webgpu/,
  });
  const other = mezo({ radius: 2e-3, lr: 1e-5 });
  await assert.rejects(sitting({ method: other, store, maxQueries: 40 }), {
    code: "JOURNAL",
    message: /asked for other points at round 0: memory has points with other bits/,
  });
});
