/**
 * What one step of `LIZO` costs beside the objective: float32, n = 8, the objective a look-up in a table. Three kinds of
 * step at four dimensions, against the published PyTorch optimizer: in turn with it where `--reference PATH/relizo.py` or
 * `RELIZO_REFERENCE` names its file, else against figures recorded on another machine. Then the memory that a step holds.
 */
import { LIZO, type LizoOptions, uniforms } from "../src/index.ts";
import { agree, clocked, machine, row, type Stopwatch, timeInTurn } from "./compare.ts";
import { printMemory } from "./memory.ts";
import { MODES, type Mode, RECORDED, referencePath, startReference } from "./peers/reference.ts";

const N = 8;
const DIMENSIONS = [1e3, 1e4, 1e5, 1e6];
/** Milliseconds for each row of a table. */
const BUDGET = 3000;
/** What the steps without reuse shall cost at most, in steps of the reference. */
const GOALS: Readonly<Record<number, number>> = { 1e3: 0.5, 1e5: 1, 1e6: 1.5 };

const OPTIONS: Readonly<Record<Mode, Partial<LizoOptions>>> = {
  "no reuse": { reuseDistanceBound: 0, orthogonalSample: false },
  "reuse 50 %": { reuseDistanceBound: 1e9, maxReuseRate: 0.5, orthogonalSample: false },
  orthogonal: { reuseDistanceBound: 0, orthogonalSample: true },
};

/** Values that cost nothing and differ from each other, the same in every run. */
const TABLE = uniforms({ seed: 42, step: 0 }, 0, 4096);

function objective(): () => number {
  let calls = 0;
  return () => TABLE[++calls & 4095]!;
}

function optimizer(x: Float32Array, mode: Mode, more: Partial<LizoOptions> = {}): LIZO {
  return new LIZO(x, {
    lr: 1e-12,
    numSamplePerStep: N,
    sampleNorm: 1e-5,
    seed: 1,
    ...OPTIONS[mode],
    ...more,
  });
}

/**
 * Where ten steps down a quadratic end, the Gram matrix followed in O(n^2) or formed afresh. Entries of x are below 1 and
 * stored to 2^-24, displacements 1e-2: a roundoff of x is 6e-6 of a difference of values, and ten steps add up.
 */
const AGREE = 10 * (2 ** -24 / 1e-2);

function end(mode: Mode, d: number, fastAlg: boolean): Float32Array {
  const x = new Float32Array(d);
  const lizo = optimizer(x, mode, { fastAlg, lr: 1, sampleNorm: 1e-2 });
  const f = (): number => x.reduce((sum, entry, i) => sum + ((1 + (i % 5)) / 10) * (entry - 1) ** 2, 0);
  for (let step = 0; step < 10; step++) lizo.step(f);
  return x;
}

function stopwatch(mode: Mode, d: number): Stopwatch {
  const lizo = optimizer(new Float32Array(d), mode);
  const f = objective();
  return clocked(() => lizo.step(f));
}

console.log(machine());
const path = referencePath();
const reference = path === undefined ? undefined : startReference(path);
const against = reference ? "reference, same run" : "reference, recorded on another machine";
for (const mode of MODES) {
  const variants = { fast: () => end(mode, 1e3, true), afresh: () => end(mode, 1e3, false) };
  const error = await agree(`${mode}, d = 1e3`, variants, AGREE);
  console.log(
    `${mode}: fastAlg true and false end at the same x, difference ${error.toExponential(1)} <= ${AGREE.toExponential(1)}`,
  );
}
await printMemory(N, 1e5);
for (const d of DIMENSIONS) {
  const table: Record<string, Record<string, number | string>> = {};
  for (const mode of MODES) {
    const times = await timeInTurn(
      { ours: stopwatch(mode, d), ...(reference && { theirs: reference.stopwatch(mode, d, N) }) },
      BUDGET,
    );
    const ours = times.ours!;
    const theirs = times.theirs?.median ?? RECORDED[mode][d]!;
    const goal = mode === "no reuse" ? GOALS[d] : undefined;
    const ratio = ours.median / theirs;
    table[mode] = {
      ...row(ours),
      reference: Number(theirs.toPrecision(3)),
      ...(times.theirs && { "its min": Number(times.theirs.min.toPrecision(3)) }),
      ratio: Number(ratio.toPrecision(3)),
      ...(goal !== undefined && { goal: `<= ${goal}: ${ratio <= goal ? "met" : "missed"}` }),
    };
  }
  console.log(`\nLIZO.step, d = ${d}, n = ${N}, float32; ${against}`);
  console.table(table);
}
reference?.close();
console.log(machine());
