/**
 * What one step of `LIZO` over seeds costs beside the objective, a look-up in a table, and what it adds to the memory of the
 * process: in turn with a copy of the parameters, whose time for each of n candidates and the update is the floor, and with
 * the published PyTorch optimizer where `--reference PATH/relizo.py` or `RELIZO_REFERENCE` names its file, once as it runs and
 * once with freed pages kept. `--large` adds d = 1e8, `--only 1e7` takes one dimension and n = 8 alone, `--memory` memory alone. Ends with the tables
 * of docs/performance.md.
 */
import os from "node:os";
import { LIZO, uniforms } from "../src/index.ts";
import { type Backend, type Kernels, openKernels, type SeedKind } from "../src/run/kernels.ts";
import {
  agree,
  clocked,
  machine,
  row,
  type Stopwatch,
  type Times,
  timeInTurn,
  type Variant,
} from "./compare.ts";
import { keepToOneCore } from "./one-core.ts";
import { peakOf, weights } from "./peak.ts";
import { PAGES_KEPT, type Reference, referencePath, startReference } from "./peers/reference.ts";

/** Milliseconds for each row of a table, the floor's too. */
const BUDGET = 400;
/** The plain backend takes minutes beyond, the reference 36 numbers for each parameter. */
const LARGEST = { js: 1e6, reference: 1e7 } as const;
/** For d = 1e7 and n = 8, Rademacher with a copy on wasm: so many times faster, and at most so many times the floor. */
const GOALS = { "as it runs": 20, "pages kept": 7, floor: 2.5, "pages kept, gaussian": 2.5 } as const;
const MEMORY_GOAL = 8e6;

interface Way {
  readonly backend: Backend;
  readonly directions: SeedKind;
  readonly copy: boolean;
}

const WAYS: readonly Way[] = (["wasm", "js"] as const).flatMap((backend) =>
  (["rademacher", "gaussian"] as const).flatMap((directions) =>
    [true, false].map((copy) => ({ backend, directions, copy })),
  ),
);

const nameOf = ({ backend, directions, copy }: Way): string =>
  `${backend}, ${directions}, ${copy ? "a copy" : "in place"}`;

const kernels: Readonly<Record<Backend, Kernels>> = {
  wasm: await openKernels({ prefer: ["wasm"] }),
  js: await openKernels({ prefer: ["js"] }),
};

/** Values that cost nothing and differ from each other, the same in every run. */
const TABLE = uniforms({ seed: 42, step: 0 }, 0, 4096);

function stopwatch({ backend, directions, copy }: Way, x: Float32Array, n: number): Stopwatch {
  const space = kernels[backend].seeded({ directions, copy });
  const lizo = new LIZO(x, { lr: 1e-12, numSamplePerStep: n, sampleNorm: 1e-5, seed: 1, space });
  let calls = 0;
  return clocked(() => lizo.step(() => TABLE[++calls & 4095]!));
}

/** Where six steps down a bowl end, samples reused and parameters in two arrays: the same bits in every way. */
async function prove(): Promise<void> {
  for (const kind of ["rademacher", "gaussian"] as const) {
    const ways = WAYS.filter(({ directions }) => directions === kind);
    const variants = Object.fromEntries(
      ways.map((way) => [nameOf(way), () => end(way)] as [string, Variant]),
    );
    await agree(kind, variants, 0);
    console.log(`${kind}: wasm and js, with a copy and in place, end at the same bits`);
  }
}

function end({ backend, directions, copy }: Way): Float32Array {
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

type References = Readonly<Record<"as it runs" | "pages kept", Reference>>;

async function time(d: number, n: number, references: References | undefined): Promise<void> {
  const x = weights(d);
  const other = new Float32Array(d).fill(1);
  const ways = WAYS.filter(({ backend }) => backend === "wasm" || d <= LARGEST.js);
  const theirs = d <= LARGEST.reference ? Object.entries(references ?? {}) : [];
  const load = loadNow();
  const measured = await timeInTurn(
    {
      floor: copies(other, x, n + 1),
      ...Object.fromEntries(ways.map((way) => [nameOf(way), stopwatch(way, x, n)])),
      ...Object.fromEntries(theirs.map(([name, one]) => [name, one.stopwatch("no reuse", d, n)])),
    },
    BUDGET,
  );
  const times: typeof measured = { ...measured, floor: shared(measured.floor!, goesOf(d)) };
  const floor = times.floor!.median;
  const rate = (8 * d * (n + 1)) / floor / 1e6;
  console.log(
    `\nLIZO.step over seeds, d = ${d}, n = ${n}; ${n + 1} copies at ${rate.toPrecision(3)} GB/s are the floor; ` +
      `load ${load} to ${loadNow()}`,
  );
  const columns = (t: Times): Record<string, number> => ({
    ...row(t),
    "x floor": short(t.median / floor),
    ...Object.fromEntries(
      theirs.map(([name]) => [`${name} takes x`, short(times[name]!.median / t.median)] as const),
    ),
  });
  console.table(Object.fromEntries(Object.entries(times).map(([name, t]) => [name, columns(t)])));
  for (const [name, t] of Object.entries(times)) {
    const ratios = theirs.map(([their]) => `${short(times[their]!.median / t.median)} x`);
    const cells = [power(d), n, name, short(t.median), short(t.min), short(t.median / floor), ...ratios];
    lines.push(`| ${[...cells, ...(theirs.length > 0 ? [] : ["", ""])].join(" | ")} |`);
  }
  if (d === 1e7 && n === 8) judge(times, floor);
}

/** How often the copies are made in one go, where once is too short for the clock. */
const goesOf = (d: number): number => Math.ceil(1e6 / d);

function copies(out: Float32Array, x: Float32Array, count: number): Stopwatch {
  return clocked(() => {
    for (let copy = 0; copy < goesOf(x.length) * count; copy++) out.set(x);
  });
}

function shared({ median, low, high, min, runs }: Times, goes: number): Times {
  return { median: median / goes, low: low / goes, high: high / goes, min: min / goes, runs };
}

function judge(times: Readonly<Record<string, Times>>, floor: number): void {
  const fast = times["wasm, rademacher, a copy"]!.median;
  const normal = times["wasm, gaussian, a copy"]!.median;
  const [asIs, kept] = [times["as it runs"]?.median, times["pages kept"]?.median];
  const say = (what: string, found: number, goal: string, met: boolean): void =>
    console.log(`${what}: ${short(found)}, goal ${goal}: ${met ? "met" : "missed"}`);
  say("rademacher, times the floor", fast / floor, `<= ${GOALS.floor}`, fast / floor <= GOALS.floor);
  for (const [what, theirs, ours, goal] of [
    ["rademacher, times as fast as the reference as it runs", asIs, fast, GOALS["as it runs"]],
    ["rademacher, ... with freed pages kept", kept, fast, GOALS["pages kept"]],
    ["gaussian, ... with freed pages kept", kept, normal, GOALS["pages kept, gaussian"]],
  ] as const)
    if (theirs !== undefined) say(what, theirs / ours, `>= ${goal}`, theirs / ours >= goal);
}

/** Peaks of ten steps in place. */
function printMemory(dimensions: readonly number[]): void {
  const secant = { reuseDistanceBound: { steps: 3 }, maxReuseRate: 1 / 8 };
  const cases = {
    "fresh samples": { sampleNorm: 1e-5 },
    "the last iterate reused": { sampleNorm: 1e-5, ...secant },
    "all within 3 steps reused": { sampleNorm: 1e-5, reuseDistanceBound: { steps: 3 } },
    "fresh samples, 1e-3 away": { sampleNorm: 1e-3 },
  };
  lines.push("", "| d | directions | samples | peak, MB | vectors of length d allowed | beside them, MB |");
  lines.push("| --- | --- | --- | --- | --- | --- |");
  for (const d of dimensions) {
    const table: Record<string, Record<string, number | string>> = {};
    for (const [name, own] of Object.entries(cases).slice(0, d > 1e7 ? 2 : undefined))
      for (const directions of ["rademacher", "gaussian"] as const) {
        const more = { lr: 1e-3, strictLr: true, ...own };
        const vectors = "reuseDistanceBound" in own ? 1 : 0;
        const bytes = peakOf({ d, n: 8, directions, copy: false, steps: 10, own: more });
        const beside = bytes - vectors * 4 * d;
        table[`${name}, ${directions}`] = {
          "peak MB": short(bytes / 1e6),
          "vectors allowed": vectors,
          "beside MB": short(beside / 1e6),
          "<= 8 MB": beside <= MEMORY_GOAL ? "met" : "missed",
        };
        lines.push(
          `| ${power(d)} | ${directions} | ${name} | ${short(bytes / 1e6)} | ${vectors} | ${short(beside / 1e6)} |`,
        );
      }
    console.log(
      `\nPeak memory beyond the parameters, in place, n = 8, d = ${d} (${(4 * d) / 1e6} MB of parameters)`,
    );
    console.table(table);
  }
}

/** The page's tables, in Markdown. */
const lines: string[] = [
  "| d | n | way | ms | the least | times the floor | reference as it runs takes | with pages kept |",
  "| --- | --- | --- | --- | --- | --- | --- | --- |",
];
const power = (d: number): string => `1e${Math.log10(d)}`;
const short = (value: number): number => Number(value.toPrecision(3));
const loadNow = (): string => os.loadavg()[0]!.toFixed(1);
const given = (name: string): boolean => process.argv.includes(name);

console.log(`${machine()}; ${keepToOneCore()}`);
await prove();
const large = given("--large") ? [1e8] : [];
if (!given("--memory")) {
  const path = referencePath();
  const references =
    path === undefined
      ? undefined
      : { "as it runs": startReference(path), "pages kept": startReference(path, PAGES_KEPT) };
  const only = process.argv[process.argv.indexOf("--only") + 1];
  const sizes: readonly (readonly [d: number, n: number])[] = given("--only")
    ? [[Number(only), 8]]
    : [...[1e3, 1e4, 1e5, 1e6, 1e7, ...large].map((d) => [d, 8] as const), [1e6, 2], [1e6, 32]];
  for (const [d, n] of sizes) await time(d, n, references);
  for (const one of Object.values(references ?? {})) one.close();
}
if (given("--memory") || !given("--only")) printMemory([1e7, ...large]);
console.log(`\n${machine()}\n\n${lines.join("\n")}`);
