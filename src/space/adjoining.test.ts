import assert from "node:assert/strict";
import { test } from "node:test";
import { mezo } from "../method/mezo.ts";
import { Parameters } from "../parameters/index.ts";
import { openKernels } from "../run/kernels.ts";
import { adjoining } from "./adjoining.ts";

test("arrays back to back, in memory and in the directions, become one; others stay apart", () => {
  const flat = new Float32Array(100);
  const part = (from: number, to: number, begin: number) => ({ array: flat.subarray(from, to), begin });
  const found = adjoining([
    part(0, 10, 0),
    part(10, 30, 10),
    part(40, 50, 30),
    part(50, 60, 45),
    part(60, 70, 55),
  ]);
  assert.deepEqual(
    found.map(({ array, begin }) => [array.byteOffset / 4, array.length, begin]),
    [
      [0, 30, 0],
      [40, 10, 30],
      [50, 20, 45],
    ],
  );
  const others = [
    { array: new Float32Array(3), begin: 0 },
    { array: new Float32Array(3), begin: 3 },
  ];
  assert.deepEqual(adjoining(others), others);
});

for (const copy of [true, false])
  test(`parameters move in the same bits whether they lie together or not, with${copy ? "" : "out"} a copy`, async () => {
    const shapes = new Map([
      ["a", [7, 41]],
      ["b", [300_001]],
      ["c", [3]],
    ]);
    const together = Parameters.zeros(shapes);
    for (const { data } of together) for (let i = 0; i < data.length; i++) data[i] = Math.sin(i);
    const apart = Parameters.from(
      Object.fromEntries([...together].map(({ name, shape, data }) => [name, { shape, data: data.slice() }])),
    );
    const kernels = await openKernels();
    const run = (x: Parameters) =>
      kernels
        .seeded({ copy })
        .minimize(
          (all: Parameters) => all.arrays.reduce((sum, [first = 0]) => sum + (first - 1) ** 2, 0),
          x,
          { method: mezo({ lr: 1e-4, radius: 1e-3 }), maxSteps: 5, seed: 2 },
        );
    const [one, other] = [await run(together), await run(apart)];
    assert.equal(one.value, other.value);
    assert.notEqual(together.get("b").data[0], 0);
    for (const { name, data } of together) assert.deepEqual(data, apart.get(name).data);
  });
