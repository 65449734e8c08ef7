/** One suite for every backend of seeded directions: the numbers of the reference, every bit of them unless they are sums of a device's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectSame } from "../../test/expect-close.ts";
import { backends } from "../../test/kernels/backends.ts";
import { compare, hostCases, seedCases } from "../../test/kernels/cases.ts";
import { jsSeeds } from "./js/seeds.ts";
import { threefry, type Words } from "./random/threefry.ts";

const cases = [...seedCases()];
const onHosts = [...hostCases()];
const groupsOf = (list: readonly { readonly group: string }[]): Set<string> =>
  new Set(list.map(({ group }) => group));

for (const { name: backend, isHost, asked, host, skip } of await backends()) {
  for (const group of groupsOf(cases))
    test(`${backend}, ${group}: the numbers of the reference`, { skip }, async (t) => {
      assert.ok(asked);
      const ours = cases.filter((one) => one.group === group);
      let [count, largest, bounded] = [0, 0, false];
      for (const { name, ask, allowed } of ours) {
        const [answer, reference] = [await ask(asked), await ask(jsSeeds)];
        const tolerance = isHost ? undefined : allowed?.();
        const { worst, wrong } = compare(answer, reference, tolerance);
        assert.equal(wrong, "", name);
        count += reference.length;
        largest = Math.max(largest, worst);
        bounded ||= tolerance !== undefined;
      }
      const how = bounded
        ? `within bounds, the largest error ${largest.toPrecision(2)} of its own`
        : "bit for bit";
      t.diagnostic(`${ours.length} questions, ${count} numbers, ${how}`);
    });

  if (isHost)
    for (const group of groupsOf(onHosts))
      test(`${backend}, ${group}: the bits of the reference`, { skip }, () => {
        assert.ok(host);
        for (const { name, ask } of onHosts.filter((one) => one.group === group))
          expectSame(ask(host), ask(jsSeeds), `${name}: entry`);
      });

  test(`${backend}: signs are the bits of the published generator`, { skip }, async () => {
    assert.ok(asked);
    const words = async (seed: Words, block: number): Promise<number[]> => {
      const z = new Float32Array(128);
      await asked.perturb("rademacher", z, z, 128 * block, [[1, seed]]);
      return Array.from({ length: 4 }, (_, j) =>
        z.subarray(32 * j, 32 * j + 32).reduce((word, sign, b) => word + (sign < 0 ? 2 ** b : 0), 0),
      );
    };
    // Random123, tests/kat_vectors: threefry4x32, 13 rounds, key and counter 0.
    assert.deepEqual(await words([0, 0, 0, 0], 0), [0x531c7e4f, 0x39491ee5, 0x2c855a92, 0x3d6abf9a]);
    for (const key of [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89],
    ] as const)
      for (const block of [0, 1, 5, 0x7fffffff, 0x80000000, 0xffffffff])
        assert.deepEqual(await words(key, block), threefry(key, [block, 0, 0, 0]));
  });
}
