/** A run whose candidates others answer, who hold the same parameters by its updates alone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ask } from "../evaluate/task.ts";
import type { Method } from "../method/method.ts";
import { mezo } from "../method/mezo.ts";
import { relizo } from "../method/relizo-method.ts";
import { zoSgd } from "../method/zo-sgd.ts";
import { Parameters } from "../parameters/parameters.ts";
import { slopes } from "../reuse/slopes.ts";
import type { Candidate, Replica, Update } from "../space/replica.ts";
import { openKernels } from "./kernels.ts";
import { minimize } from "./minimize.ts";

const SHAPES = { a: [40, 30], b: [17], c: [8, 9, 5] } as const;

function start(): Parameters {
  const parameters = Parameters.zeros(SHAPES);
  for (const { data } of parameters) for (let i = 0; i < data.length; i++) data[i] = 0.1 * Math.sin(i);
  return parameters;
}

function bowl(parameters: Parameters): number {
  let sum = 0;
  for (const { data } of parameters)
    for (let i = 0; i < data.length; i++) sum += (1 + (i % 3)) * (data[i]! - 0.05) ** 2;
  return sum;
}

const radius = 1e-3;
const METHODS: Readonly<Record<string, Method>> = {
  relizo: relizo({ radius }),
  "relizo with slopes": relizo({ radius, reuse: slopes() }),
  "relizo with momentum": relizo({ radius, momentum: 0.5, lineSearch: "none", lr: 0.02 }),
  "zo-sgd with momentum": zoSgd({ radius, lr: 1e-4, momentum: 0.9 }),
  mezo: mezo({ radius, lr: 1e-5, samples: 4 }),
};
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value));

for (const [name, method] of Object.entries(METHODS))
  for (const directions of ["rademacher", "gaussian", "low-rank"] as const)
    test(`${name}, ${directions}: replicas that follow the updates answer as the run itself does, one that joins late as well`, async () => {
      const space = (await openKernels()).seeded({ directions });
      const other = (await openKernels({ prefer: ["js"] })).seeded({ directions, copy: false });
      const own = { method, maxSteps: 45, maxQueries: 1e6, seed: 5 };
      const alone = start();
      const values: number[] = [];
      const expected = await minimize((x) => values[values.push(bowl(x)) - 1]!, alone, { space, ...own });

      const [x, y] = [start(), start()];
      const first = { replica: other.replica(y), y };
      const log: Update[] = [];
      let late: { readonly replica: Replica; readonly y: Parameters } | undefined;
      const told: number[] = [];
      const ask: Ask<Candidate> = async (tasks, { began, answered }) => {
        for (const { index, step, candidate } of plain(tasks)) {
          for (const update of log.splice(0)) for (const one of [first, late]) one?.replica.apply(update);
          if (step === 20 && !late) {
            first.replica.restore();
            const copy = first.y.clone();
            late = { replica: space.replica(copy, first.replica.vectors), y: copy };
          }
          began();
          const found = [first, ...(late ? [late] : [])].map((one) => {
            one.replica.place(candidate);
            return bowl(one.y);
          });
          assert.equal(new Set(found).size, 1);
          told.push(found[0]!);
          answered(index, found[0]!);
        }
      };
      const updated = (update: Update): void => void log.push(plain(update));
      const solution = await space.minimize({ ask: () => ask, updated }, x, own);
      for (const update of log.splice(0)) for (const one of [first, late]) one?.replica.apply(update);
      assert.deepEqual(told, values);
      assert.deepEqual([solution.value, solution.queries], [expected.value, expected.queries]);
      for (const found of [x, first.y, late!.y]) {
        assert.deepEqual(found.flat, alone.flat);
      }
      assert.deepEqual(first.replica.stamp(), late!.replica.stamp());
      y.flat![3]! += 1e-6;
      assert.notDeepEqual(other.replica(y).stamp(), late!.replica.stamp());
    });
