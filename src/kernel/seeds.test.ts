/** One suite for every backend of seeded directions: the numbers of the reference, every bit of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectSame } from "../../test/expect-close.ts";
import { backends } from "../../test/kernels/backends.ts";
import { seedCases } from "../../test/kernels/cases.ts";
import { jsSeeds } from "./js/seeds.ts";
import { threefry, type Words } from "./random/threefry.ts";

const cases = [...seedCases()];
const groups = [...new Set(cases.map(({ group }) => group))];

for (const { name: backend, kernels, skip } of await backends()) {
  for (const group of groups)
    test(`${backend}, ${group}: the bits of the reference`, { skip }, () => {
      assert.ok(kernels);
      for (const { name, ask } of cases.filter((one) => one.group === group))
        expectSame(ask(kernels), ask(jsSeeds), `${name}: entry`);
    });

  test(`${backend}: signs are the bits of the published generator`, { skip }, () => {
    assert.ok(kernels);
    const words = (seed: Words, block: number): number[] => {
      const z = new Float32Array(128);
      kernels.perturb("rademacher", z, z, 128 * block, [[1, seed]]);
      return Array.from({ length: 4 }, (_, j) =>
        z.subarray(32 * j, 32 * j + 32).reduce((word, sign, b) => word + (sign < 0 ? 2 ** b : 0), 0),
      );
    };
    // Random123, tests/kat_vectors: threefry4x32, 13 rounds, key and counter 0.
    assert.deepEqual(words([0, 0, 0, 0], 0), [0x531c7e4f, 0x39491ee5, 0x2c855a92, 0x3d6abf9a]);
    for (const key of [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89],
    ] as const)
      for (const block of [0, 1, 5, 0x7fffffff, 0x80000000, 0xffffffff])
        assert.deepEqual(words(key, block), threefry(key, [block, 0, 0, 0]));
  });
}
