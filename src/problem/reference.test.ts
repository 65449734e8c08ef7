/** Every problem against values that were not derived from this code: those of the data folder, and some by hand. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dataFolder } from "../../test/data-folder.ts";
import { moreWild, type Problem, problemNamed, problems } from "./index.ts";

interface At {
  readonly f: number;
  readonly g8: readonly number[];
  readonly gLast: number;
  readonly gNorm2: number;
  readonly gSum: number;
}

interface CutestRow {
  readonly name: string;
  readonly n: number;
  /** A pattern repeated to length n, or all entries, plain or under `values`. */
  readonly x0:
    | { readonly repeat?: readonly number[]; readonly values?: readonly number[] }
    | readonly number[];
  readonly atX0: At;
  readonly atPerturbed: At;
}

interface MghRow {
  readonly row: number;
  readonly name: string;
  readonly n: number;
  readonly m: number;
  readonly ns: number;
  readonly x0: readonly number[];
  readonly f0: number;
  readonly g0: readonly number[];
  readonly fPerturbed: number;
  readonly gPerturbed: readonly number[];
}

const folder = dataFolder();
const missing = ["cutest-reference.json", "paper-problems-reference.json", "dfo-mgh-reference.json"].filter(
  (file) => folder === undefined || !existsSync(join(folder, "cutest", file)),
);

function rowsOf<Row>(file: string): readonly Row[] {
  if (folder === undefined || missing.length > 0) return [];
  return JSON.parse(readFileSync(join(folder, "cutest", file), "utf8")).rows;
}

const cutestRows = [
  ...rowsOf<CutestRow>("cutest-reference.json"),
  ...rowsOf<CutestRow>("paper-problems-reference.json"),
];
const mghRows = rowsOf<MghRow>("dfo-mgh-reference.json");

const TOLERANCE = 1e-10;
const U = 2 ** -53;

/** |got - wanted| is at most TOLERANCE times |wanted|, or times a scale above it where terms cancel, or `allowance`. */
function expectClose(
  what: string,
  got: number,
  wanted: number,
  scale = Math.abs(wanted),
  allowance = 0,
): void {
  const error = Math.abs(got - wanted);
  if (!(error <= TOLERANCE * scale + allowance)) {
    assert.fail(
      `${what}: got ${got}, wanted ${wanted}; off by ${error}, allowed ${TOLERANCE * scale + allowance}`,
    );
  }
}

/** x0[i] + 0.01 cos(i + 1), i from 0: where the reference values were taken a second time. */
function perturbed(x: Float64Array): Float64Array {
  return x.map((xi, i) => xi + 0.01 * Math.cos(i + 1));
}

/**
 * What rounding alone may do to a gradient entry. MOREBV only: its residuals are second differences of x, computed on
 * either side from four terms of at most 2 max|x| with at most 6 roundings, each within 6 u 4 max|x|; an entry takes 2 (2 + 1 + 1)
 * residuals of either side, which makes 2 * 8 * 24 u max|x|, while the entry itself goes to 0 like n^-4.
 */
function rounding(name: string, x: Float64Array): number {
  return name === "MOREBV" ? 384 * U * x.reduce((most, xi) => Math.max(most, Math.abs(xi)), 0) : 0;
}

function checkCutest(problem: Problem, where: string, x: Float64Array, wanted: At): void {
  expectClose(`f at ${where}`, problem.value(x), wanted.f);
  const g = problem.gradient(x);
  assert.equal(g.length, x.length);
  const allowance = rounding(problem.name, x);
  wanted.g8.forEach((gi, i) => {
    expectClose(`g[${i}] at ${where}`, g[i]!, gi, Math.abs(gi), allowance);
  });
  expectClose(`last of g at ${where}`, g[g.length - 1]!, wanted.gLast, Math.abs(wanted.gLast), allowance);
  expectClose(`|g| at ${where}`, Math.hypot(...g), wanted.gNorm2);
  // The entries cancel in their sum: the scale is the sum of their sizes.
  let sum = 0;
  let sizes = 0;
  for (const gi of g) {
    sum += gi;
    sizes += Math.abs(gi);
  }
  expectClose(`sum of g at ${where}`, sum, wanted.gSum, sizes);
}

function startOf({ x0, n }: CutestRow): readonly number[] {
  const { repeat, values } = "length" in x0 ? { values: x0 } : x0;
  return values ?? Array.from({ length: n }, (_, i) => repeat![i % repeat!.length]!);
}

if (missing.length > 0) {
  test("reference values of the test problems", {
    skip: `no ${missing.join(", ")} in a data folder`,
  }, () => {});
} else {
  for (const row of cutestRows) {
    test(`${row.name}, d = ${row.n}: start, values and gradients are the reference's`, () => {
      const problem = problemNamed(row.name);
      assert.equal(problem.refuses?.(row.n), undefined);
      const x = problem.start(row.n);
      assert.equal(x.length, row.n);
      startOf(row).forEach((xi, i) => {
        expectClose(`start[${i}]`, x[i]!, xi);
      });
      checkCutest(problem, "the start", x, row.atX0);
      checkCutest(problem, "the perturbed start", perturbed(x), row.atPerturbed);
    });
  }

  for (const row of mghRows) {
    const problem = moreWild[row.row - 1]!;
    test(`${problem.name} ${row.name}, d = ${row.n}: start, values and gradients are the reference's`, () => {
      assert.deepEqual(
        [problem.title, problem.m, problem.startFactor, ...problem.dimensions],
        [row.name, row.m, 10 ** row.ns, row.n],
      );
      const x = problem.start(row.n);
      const y = perturbed(x);
      const [gx, gy] = [problem.gradient(x), problem.gradient(y)];
      assert.deepEqual([x.length, gx.length, gy.length], [row.n, row.n, row.n]);
      expectClose("f at the start", problem.value(x), row.f0);
      expectClose("f at the perturbed start", problem.value(y), row.fPerturbed);
      for (let i = 0; i < row.n; i++) {
        expectClose(`start[${i}]`, x[i]!, row.x0[i]!);
        expectClose(`g[${i}] at the start`, gx[i]!, row.g0[i]!);
        expectClose(`g[${i}] at the perturbed start`, gy[i]!, row.gPerturbed[i]!);
      }
    });
  }

  test("every problem has a reference row, every row a problem, at each dimension a problem names but the large ones", () => {
    const rows = new Set([
      ...cutestRows.map(({ name, n }) => `${name} ${n}`),
      ...mghRows.map(({ row, n }) => `${moreWild[row - 1]!.name} ${n}`),
    ]);
    const without = problems.filter(
      ({ name, dimensions }) => !dimensions.some((d) => rows.has(`${name} ${d}`)),
    );
    assert.deepEqual(without, []);
    assert.equal(mghRows.length, moreWild.length);
    assert.deepEqual(
      cutestRows.filter(({ name, n }) => !problemNamed(name).dimensions.includes(n)),
      [],
    );
  });
}

const ones = (d: number) => new Float64Array(d).fill(1);
const zeros = (d: number) => new Float64Array(d);

/** Name, point, value, and how a reader finds it on paper. */
const ANCHORS: readonly (readonly [string, Float64Array, number, string])[] = [
  ["SROSENBR", at("SROSENBR", 500), 4850, "250 pairs of 100 (1 - 1.44)^2 + 0.2^2 = 19.4"],
  ["SROSENBR", at("SROSENBR", 500, "CUTEst 2024"), 6050, "12.1 d: pairs of 100 * 0.44^2 + 2.2^2 = 24.2"],
  ["SROSENBR", at("SROSENBR", 500, "first pair only"), 268.4, "one pair of 19.4, 249 of 1"],
  ["ROSENBR", at("ROSENBR", 2), 24.2, "100 * 0.44^2 + 2.2^2"],
  ["BOXPOWER", at("BOXPOWER", 1000), 0.9801 + 998 * 8.8209 + 0.99 ** 20, "0.99^2 + 998 * 2.97^2 + 0.99^20"],
  ["BROYDNBDLS", at("BROYDNBDLS", 50), 1154, "25 + 9 + 1 + 1 + 9, 44 rows of 25, 9"],
  ["BRYBND", zeros(50), 0, "no constant term"],
  ["CHNROSNB", ones(50), 0, "the minimum"],
  ["COATING", at("COATING", 134), 14981.0545839833, "printed to these digits with MINPACK-2's data"],
  ["ARGTRIGLS", zeros(200), 0, "the minimum: cosines 1, sines 0"],
  ["ARWHEAD", at("ARWHEAD", 100), 297, "99 of (1 + 1)^2 - 4 + 3"],
  ["DQDRTIC", at("DQDRTIC", 50), 86832, "48 of 9 (1 + 100 + 100)"],
  ["DIXON3DQ", at("DIXON3DQ", 100), 8, "(-2)^2 at either end"],
  ["DIXMAANA1", zeros(90), 1, "the minimum"],
  ["FMINSURF", zeros(64), 1, "the flat unit square has area 1"],
  ["ENGVAL1", at("ENGVAL1", 50), 2891, "49 of 64 - 8 + 3"],
  ["WOODS", ones(100), 0, "the minimum"],
  ["POWER", at("POWER", 50), 1275 ** 2, "(1 + 2 + ... + 50)^2"],
  ["BROWNAL", ones(200), 0, "the minimum: every factor and every sum is right"],
  ["MW-07", at("MW-07", 2), 24.2, "Rosenbrock's start"],
  ["MW-09", at("MW-09", 3), 2500, "half a turn: (10 * 10 / 2)^2"],
  ["MW-11", at("MW-11", 4), 215, "49 + 5 + 1 + 160"],
  ["MW-13", at("MW-13", 2), 400.5, "19.5^2 + 4.5^2"],
];

function at(name: string, d: number, start?: string): Float64Array {
  const problem = problemNamed(name);
  return start === undefined ? problem.start(d) : problem.otherStarts![start]!(d);
}

for (const [name, x, value, from] of ANCHORS) {
  test(`${name}, d = ${x.length}: ${value} by hand, ${from}`, () => {
    expectClose("f", problemNamed(name).value(x), value, Math.max(1, Math.abs(value)));
  });
}
