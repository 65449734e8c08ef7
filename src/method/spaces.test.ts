/** The same method over written-out directions and over seeds: the same run, to rounding. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { jsKernels } from "../kernel/js/index.ts";
import { jsSeeds } from "../kernel/js/seeds.ts";
import { slopes } from "../reuse/slopes.ts";
import { denseSpace } from "../space/dense.ts";
import type { Iterate } from "../space/iterate.ts";
import { elementwise } from "../space/seeded-directions.ts";
import { seededWorld } from "../space/seeded-world.ts";
import type { Method } from "./method.ts";
import { mezo } from "./mezo.ts";
import { prgf } from "./prgf.ts";
import { relizo } from "./relizo-method.ts";
import type { Walk, WalkState } from "./walk.ts";
import { zoSgd } from "./zo-sgd.ts";

const D = 200;
const START = Float32Array.from({ length: D }, (_, i) => Math.sin(i));

function f(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < D; i++) sum += (1 + (i % 5)) * (x[i]! - 0.3) ** 2 + 0.1 * x[i]! * x[(i + 1) % D]!;
  return sum;
}

/** Every value asked, in order, over some turns. */
function drive<V>(
  walk: Walk<V, WalkState>,
  iterate: Iterate<V>,
  x: ArrayLike<number>,
  turns: number,
  settle: (state: object) => void = () => {},
): number[] {
  const ground = {
    get x(): never {
      throw new Error("a walk over any space asked for the iterate");
    },
    land: <M>(move: M): M => move,
  };
  const seen: number[] = [];
  let state = walk.init(5);
  while (state.step < turns) {
    const asked = walk.ask(state, 0);
    const values = asked.map((terms) => {
      iterate.place(terms);
      return f(x);
    });
    iterate.restore();
    seen.push(...values);
    const told = walk.tell(state, asked, values, ground, 0);
    state = told.state;
    if (told.move) iterate.move(told.move);
    settle(state);
  }
  return seen;
}

function dense(method: Method, turns: number): number[] {
  const x = Float64Array.from(START);
  const here = x.slice();
  const iterate: Iterate<Float64Array> = {
    place: (terms) => jsKernels.perturb(x, here, terms),
    restore: () => x.set(here),
    move(terms) {
      jsKernels.perturb(here, here, terms);
      x.set(here);
      return true;
    },
    adopt: () => false,
  };
  const space = denseSpace<Float64Array>(D, (length) => new Float64Array(length), false);
  return drive(method.over!(space), iterate, x, turns);
}

function seeded(method: Method, kind: "gaussian" | "rademacher", turns: number, copy: boolean): number[] {
  const array = START.slice();
  const world = seededWorld([{ array, begin: 0 }], elementwise(kind, D, jsSeeds), copy);
  return drive(method.over!(world.space), world.iterate, array, turns, world.settle);
}

const radius = 1e-2; // float32 rounds x + dx
for (const directions of ["gaussian", "rademacher"] as const)
  for (const [name, method, turns] of [
    ["relizo", relizo({ directions, radius, samples: 6 }), 60],
    ["relizo, momentum", relizo({ directions, radius, momentum: 0.5, lineSearch: "none", lr: 0.01 }), 40],
    [
      "relizo, samples reused",
      relizo({ directions, radius, reuse: "samples", lineSearch: "none", lr: 0.02 }),
      6,
    ],
    ["relizo, slopes", relizo({ directions, radius, reuse: slopes(), lineSearch: "none", lr: 0.02 }), 30],
    ["relizo, slopes and line search", relizo({ directions, radius, reuse: slopes() }), 8],
    ["zo-sgd", zoSgd({ directions, radius, lr: 1e-3 }), 40],
    ["zo-sgd, momentum", zoSgd({ directions, radius, lr: 1e-3, momentum: 0.8 }), 40],
    ["mezo", mezo({ directions, radius, lr: 1e-3 }), 40],
    ["prgf", prgf({ directions, radius, lr: 0.02 }), 25],
  ] as const)
    test(`${name}, ${directions}: over seeds as over written-out directions`, () => {
      const expected = dense(method, turns);
      const found = seeded(method, directions, turns, true);
      assert.deepEqual(seeded(method, directions, turns, false), found, "in place");
      assert.ok(expected.at(-1)! < 0.96 * expected[0]!, `${expected[0]} to ${expected.at(-1)}`);
      assert.equal(found.length, expected.length);
      found.forEach((value, i) => {
        assert.ok(
          Math.abs(value - expected[i]!) <= 2e-3 * expected[i]!,
          `query ${i}: ${value} for ${expected[i]}`,
        );
      });
    });
