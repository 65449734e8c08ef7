/**
 * A step of `LIZO` over seeds beside the objective, a look-up in a table: in turn with copies of the parameters, one for
 * each candidate and one for the update, and with the published PyTorch optimizer, once as it runs and once with freed pages kept.
 */
import { LIZO, uniforms } from "../../src/index.ts";
import { type Backend, type Kernels, openKernels, type SeedKind } from "../../src/run/kernels.ts";
import { BYTES, copies } from "../bandwidth.ts";
import { agree, clocked, type Stopwatch, timeInTurn, type Variant } from "../compare.ts";
import { PAGES_KEPT } from "../peers/python.ts";
import { startReference } from "../peers/reference.ts";
import { weights } from "../weights.ts";
import { goals } from "./goals.ts";
import { choose, type Maker } from "./patience.ts";
import { LARGE, N, power } from "./plan.ts";
import type { Finding } from "./results.ts";
import { FLOOR, goesOf, PUBLISHED, printTimes, shared } from "./tables.ts";

/** Milliseconds for each way. */
const BUDGET = 400;
/** Most milliseconds of one step. */
const LIMIT = 10_000;
/** Parameters beyond which only WebAssembly is asked, and why the others are not. */
const LARGEST = 1e7;
const TOO_SLOW = {
  js: "it would take up to a minute a step",
  published: "it would take up to minutes a step, and 36 numbers for each parameter at n = 8",
} as const;

export interface Way {
  readonly backend: Backend;
  readonly directions: SeedKind;
  readonly copy: boolean;
}

export const WAYS: readonly Way[] = (["wasm", "js"] as const).flatMap((backend) =>
  (["rademacher", "gaussian"] as const).flatMap((directions) =>
    [true, false].map((copy) => ({ backend, directions, copy })),
  ),
);

export const nameOfWay = ({ backend, directions, copy }: Way): string =>
  `${backend}, ${directions}, ${copy ? "a copy" : "in place"}`;

type Open = Readonly<Record<Backend, Kernels>>;

export async function openBoth(): Promise<Open> {
  return { wasm: await openKernels({ prefer: ["wasm"] }), js: await openKernels({ prefer: ["js"] }) };
}

export async function measureStep(
  { d, n }: { readonly d: number; readonly n: number },
  path: string | undefined,
): Promise<Finding> {
  const kernels = await openBoth();
  await prove(kernels);
  const away: Record<string, string> = {};
  const makers: Record<string, Maker> = {};
  for (const way of WAYS) {
    const name = nameOfWay(way);
    if (way.backend === "js" && d > LARGEST) away[name] = TOO_SLOW.js;
    else makers[name] = (size) => stopwatch(kernels, way, size, n);
  }
  for (const [name, environment] of [
    [PUBLISHED[0], {}],
    [PUBLISHED[1], PAGES_KEPT],
  ] as const) {
    if (d > LARGEST) away[name] = TOO_SLOW.published;
    else if (path === undefined) away[name] = "its file was not given: --reference PATH/relizo.py";
    else {
      const theirs = startReference(path, environment);
      makers[name] = (size) => theirs.stopwatch("no reuse", size, n);
    }
  }
  const { watches, left } = await choose(makers, d, LIMIT);
  const floor = copies(new Float32Array(d).fill(1), weights(d), goesOf(d) * (n + 1));
  const times = await timeInTurn({ [FLOOR]: floor, ...watches }, BUDGET);
  const finding = { times: shared(times, [FLOOR], d), left: { ...away, ...left } };
  const rate = ((BYTES.copy * d * (n + 1)) / finding.times[FLOOR]!.median / 1e6).toPrecision(3);
  printTimes(`A step over seeds, d = ${power(d)}, n = ${n}; ${n + 1} copies at ${rate} GB/s`, finding, FLOOR);
  if (d === LARGE && n === N) for (const line of goals(finding)) console.log(line);
  return finding;
}

/** Values that cost nothing and differ from each other, the same in every run. */
export function lookUp(): () => number {
  const table = uniforms({ seed: 42, step: 0 }, 0, 4096);
  let calls = 0;
  return () => table[++calls & 4095]!;
}

/** Each way has parameters of its own: none finds them changed by another. */
function stopwatch(kernels: Open, { backend, directions, copy }: Way, d: number, n: number): Stopwatch {
  const space = kernels[backend].seeded({ directions, copy });
  const lizo = new LIZO(weights(d), { lr: 1e-12, numSamplePerStep: n, sampleNorm: 1e-5, seed: 1, space });
  const f = lookUp();
  return clocked(() => lizo.step(f));
}

/** Where six steps down a bowl end, samples reused and parameters in two arrays: the same bits in every way. */
async function prove(kernels: Open): Promise<void> {
  for (const kind of ["rademacher", "gaussian"] as const) {
    const ways = WAYS.filter(({ directions }) => directions === kind);
    const variants = ways.map((way): [string, Variant] => [nameOfWay(way), () => end(kernels, way)]);
    await agree(kind, Object.fromEntries(variants), 0);
  }
}

function end(kernels: Open, { backend, directions, copy }: Way): Float32Array {
  const parts = [new Float32Array(1001), new Float32Array(40_000)];
  const space = kernels[backend].seeded({ directions, copy });
  const reuse = { reuseDistanceBound: { steps: 3 }, maxReuseRate: 0.5 };
  const lizo = new LIZO(parts, { lr: 0.1, sampleNorm: 1e-3, seed: 1, ...reuse, space });
  for (let step = 0; step < 6; step++)
    lizo.step(() => {
      let sum = 0;
      for (const part of parts)
        for (let i = 0; i < part.length; i++) sum += (1 + (i % 5)) * (part[i]! - 1) ** 2;
      return sum;
    });
  return Float32Array.from(parts.flatMap((part) => [...part]));
}
