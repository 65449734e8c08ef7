/** A run in place goes on from a snapshot of its parameters as if nothing had been, and from none that is not whole and its own. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type MemoryStore, memory } from "../../test/journal/memory-store.ts";
import type { Method } from "../method/method.ts";
import { mezo } from "../method/mezo.ts";
import { prgf } from "../method/prgf.ts";
import { relizo } from "../method/relizo-method.ts";
import { zoSgd } from "../method/zo-sgd.ts";
import { Parameters } from "../parameters/index.ts";
import { slopes } from "../reuse/slopes.ts";
import { openKernels } from "../run/kernels.ts";
import type { SeededOptions } from "../run/seeded.ts";
import type { Updated } from "../space/replica.ts";
import { Journal } from "./journal.ts";
import { minimizeRecordedInPlace } from "./minimize-in-place.ts";

const SHAPES = { a: [13, 20], frozen: [7], b: [31], c: [40, 5] } as const;
/** Steps of a whole run. */
const LAST = 60;
const D = 13 * 20 + 31 + 200;

function start(): Parameters {
  const tensors = Object.entries(SHAPES).map(([name, shape], k) => {
    const length = shape.reduce((a: number, b) => a * b, 1);
    const data = Float32Array.from({ length }, (_, i) => 0.1 * Math.sin(i + k));
    return [name, { data, shape }] as const;
  });
  const all = Parameters.from(Object.fromEntries(tensors));
  all.freeze(["frozen"]);
  return all;
}

const bowl = (all: Parameters): number => {
  let sum = 0;
  for (const { data } of all)
    data.forEach((xi, i) => {
      sum += (1 + (i % 3)) * (xi - 0.05) ** 2;
    });
  return sum;
};

const METHODS: Readonly<Record<string, Method>> = {
  relizo: relizo({ radius: 1e-3 }),
  "relizo with momentum": relizo({ radius: 1e-3, momentum: 0.9, lineSearch: "none", lr: 1e-3 }),
  slopes: relizo({ radius: 1e-3, reuse: slopes() }),
  mezo: mezo({ radius: 1e-3, lr: 1e-5 }),
  "zo-sgd": zoSgd({ radius: 1e-3, lr: 1e-4 }),
  prgf: prgf({ radius: 1e-3, lr: 1e-3 }),
};

/** A clock on which a turn takes 400 ms, so that a snapshot is due after every third. */
let clock = 0;
function hurry(t: TestContext): void {
  t.mock.method(performance, "now", () => clock);
}

interface Sitting {
  readonly store: MemoryStore;
  readonly method?: Method | undefined;
  readonly space?: Partial<SeededOptions>;
  readonly backend?: "wasm" | "js";
  readonly maxSteps?: number;
  readonly seed?: number;
  /** Told of updates: others follow the run. */
  readonly updated?: Updated;
}

async function sitting({
  store,
  method,
  space,
  backend = "js",
  maxSteps = LAST,
  seed = 3,
  updated,
}: Sitting) {
  const kernels = await openKernels({ prefer: [backend] });
  const parameters = start();
  const said: string[] = [];
  const journal = await Journal.open(store, (message) => said.push(message));
  let [asked, turns] = [0, 0];
  const objective = (given: Parameters): number => {
    asked++;
    return bowl(given);
  };
  try {
    const { hashes, queries, value } = await minimizeRecordedInPlace(
      { objective, ask: (here) => here, updated },
      parameters,
      {
        space: kernels.seeded(space),
        method,
        seed,
        maxSteps,
        maxQueries: 100_000,
        journal,
        onStep: () => {
          turns++;
          clock += 400;
        },
      },
    );
    const x = [...parameters].map(({ data }) => Array.from(data));
    const { rounds } = journal;
    return { end: { hashes, queries, value, x, bytes: store.parts.journal }, asked, turns, rounds, said };
  } finally {
    await journal.close();
    kernels.close();
  }
}

for (const [name, method] of Object.entries(METHODS))
  for (const space of [
    { copy: true },
    { copy: false, directions: "gaussian" },
    { copy: false, directions: "low-rank", rank: 2, lazy: 7 },
  ] as const)
    test(`${name}, ${JSON.stringify(space)}: from a snapshot a run goes on in the same bits and bytes`, async (t) => {
      hurry(t);
      const due = (await sitting({ store: memory(), method, space })).end;
      const store = memory();
      let [asked, before] = [0, 0];
      for (const maxSteps of [20, 27, LAST]) {
        const found = await sitting({
          store,
          method,
          space,
          maxSteps,
          backend: maxSteps % 2 ? "js" : "wasm",
        });
        assert.deepEqual(found.said, []);
        asked += found.asked;
        if (maxSteps === LAST) {
          assert.deepEqual(found.end, due);
          assert.equal(asked, due.queries);
        }
        // It repeats the turns since a snapshot, one every third, not those since the beginning.
        const repeated = found.turns - (found.rounds - before);
        if (before > 0) assert.ok(repeated >= 2 && repeated <= 8, `${repeated} of ${before} rounds`);
        before = found.rounds;
      }
      for (const part of ["snapshot", "snapshot-2"] as const) {
        const { length } = store.parts[part];
        assert.ok(length >= 4 * D && length < 4 * D * 6 + 60_000, `${part}: ${length} bytes`);
      }
    });

test("a snapshot that is cut, changed, of another run or ahead of its journal is noticed, and the run ends in the same bits", async (t) => {
  hurry(t);
  const method = METHODS["relizo with momentum"];
  const store = memory();
  await sitting({ store, method, maxSteps: 32 });
  const kept = { ...store.parts };
  const { end: due, turns: served, rounds, said } = await sitting({ store, method });
  assert.deepEqual(said, []);
  const other = memory();
  await sitting({ store: other, method, seed: 4 });
  const ahead = memory();
  await sitting({ store: ahead, method, maxSteps: LAST - 1 });

  async function resumed(parts: Partial<typeof kept>, notices: RegExp | undefined): Promise<number> {
    const found = await sitting({ store: memory({ ...kept, ...parts }), method });
    assert.deepEqual(found.end, due);
    assert.match(found.said.join("\n"), notices ?? /^$/);
    return found.turns;
  }

  const none = new Uint8Array();
  const alone = { snapshot: 0, "snapshot-2": 0 };
  alone.snapshot = await resumed({ "snapshot-2": none }, undefined);
  alone["snapshot-2"] = await resumed({ snapshot: none }, undefined);
  const [newer, older] =
    alone.snapshot < alone["snapshot-2"]
      ? (["snapshot", "snapshot-2"] as const)
      : (["snapshot-2", "snapshot"] as const);
  assert.equal(alone[newer], served);
  assert.equal(alone[older], served + 3);
  let tries = 0;
  for (let at = 1; at < kept[newer].length; at += 307, tries++) {
    const changed = kept[newer].slice();
    changed[at]! ^= 1 << (at % 8);
    for (const bad of [kept[newer].subarray(0, at), changed]) {
      const turns = await resumed({ [newer]: bad }, /^the snapshot.* of memory .*: it is ignored\.$/);
      assert.equal(turns, alone[older]);
      if (tries % 5 !== 0) continue;
      const both = { [newer]: bad, [older]: kept[older].subarray(0, at) };
      assert.equal(await resumed(both, /ignored\.\n.*ignored\.\nmemory is replayed whole\.$/), rounds);
    }
  }
  t.diagnostic(`${2 * tries} times the older one served`);

  const strange = { snapshot: other.parts.snapshot, "snapshot-2": other.parts["snapshot-2"] };
  assert.equal(
    await resumed(strange, /the snapshot of memory belongs to another journal: it is ignored/),
    rounds,
  );
  const early = { snapshot: ahead.parts.snapshot, "snapshot-2": ahead.parts["snapshot-2"] };
  assert.equal(await resumed(early, /is of a round that it does not have: it is ignored/), rounds);
  const swapped = { snapshot: kept["snapshot-2"], "snapshot-2": kept.snapshot };
  assert.equal(await resumed(swapped, undefined), served);
});

test("another method of the same name is found out by the rounds after a snapshot, or at the door, and nothing is asked", async (t) => {
  hurry(t);
  const store = memory();
  await sitting({ store, method: METHODS.relizo, maxSteps: 30 });
  for (const method of [METHODS["relizo with momentum"], METHODS.slopes, relizo({ radius: 2e-3 })])
    await assert.rejects(sitting({ store: memory(store.parts), method }), {
      code: "JOURNAL",
      message: /the journal asked for other points/,
    });
});

test("a run that others follow takes no snapshot, and goes on in the same bits", async (t) => {
  hurry(t);
  const { end } = await sitting({ store: memory() });
  const store = memory();
  let updates = 0;
  const updated = (): void => {
    updates++;
  };
  await sitting({ store, updated, maxSteps: 30 });
  assert.deepEqual([store.parts.snapshot.length, store.parts["snapshot-2"].length], [0, 0]);
  const before = updates;
  assert.deepEqual((await sitting({ store, updated })).end, end);
  assert.ok(updates > 2 * before, `${before}, ${updates}`); // whoever follows is told all of them again
});

test("a disk without room for a snapshot is said once, and the run goes on", async (t) => {
  hurry(t);
  const store = memory();
  const full = {
    ...store,
    async replace() {
      throw new Error("disk full");
    },
  };
  const { said, end } = await sitting({ store: full });
  assert.deepEqual(said, ["No snapshot was taken: disk full"]);
  assert.deepEqual(end.hashes, (await sitting({ store: memory() })).end.hashes);
});
