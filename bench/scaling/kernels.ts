/**
 * Every kernel on directions that nobody stores, on WebAssembly, in turn with what memory gives: a copy, and a triad. First it is
 * shown to give the bits of the plain backend, which is timed too where it is not slow.
 */
import {
  jsSeeds,
  loadWasm,
  type Seed,
  type SeedKernels,
  type SeedKind,
  type Term,
} from "../../src/kernel/index.ts";
import { keyOf } from "../../src/sample/stream.ts";
import { BYTES, C, copies, triad } from "../bandwidth.ts";
import { agree, clocked, timeInTurn } from "../compare.ts";
import { weight, weights } from "../weights.ts";
import { choose, type Maker } from "./patience.ts";
import { power, SAMPLES } from "./plan.ts";
import type { Finding } from "./results.ts";
import { goesOf, printTimes, shared, short } from "./tables.ts";

/** Milliseconds for each kernel. */
const BUDGET = 200;
/** Most milliseconds of one call. */
const LIMIT = 5000;
/** Parameters up to which the backends are compared, bit for bit, and the plain one is timed. */
const PROVEN = 1e5;

export const COPY = "copy";
export const TRIAD = "triad";
export const KINDS: readonly SeedKind[] = ["rademacher", "gaussian"];

/** Vectors of length d that all questions to one backend share. */
interface Room {
  readonly kernels: SeedKernels;
  readonly x: Float32Array;
  /** The same, where the backend reads it soonest. */
  readonly held: Float32Array;
  readonly s: Float32Array;
  readonly out: Float32Array;
}

/** A call of one kernel. */
type Question = (room: Room) => ArrayLike<number>;

const seeds = Array.from(
  { length: Math.max(...SAMPLES) },
  (_, row): Seed => keyOf({ seed: 42, step: 0 }, row),
);
const terms = seeds.map((z, i): Term<Seed> => [2 ** -10 * Math.cos(i), z]);
const few = new Uint32Array(16);

/** Each kernel by its name on the page. */
export const QUESTIONS: Readonly<Record<string, Question>> = {
  "a stored term": ({ kernels, x, s, out }) => {
    kernels.perturb("rademacher", out, x, 0, [], [C, s]);
    return out;
  },
  differences: ({ kernels, x, held }) => [kernels.differences(x, held, few)],
  stamp: ({ kernels, x }) => [kernels.stamp(x)],
  ...Object.assign({}, ...KINDS.flatMap((kind) => SAMPLES.map((n) => drawing(kind, n)))),
};

/** Those that draw n directions. */
function drawing(kind: SeedKind, n: number): Readonly<Record<string, Question>> {
  const rows = seeds.slice(0, n);
  const moves = terms.slice(0, n);
  return {
    [`perturb, ${kind}, ${n}`]: ({ kernels, held, out }) => {
      kernels.perturb(kind, out, held, 0, moves);
      return out;
    },
    [`perturb in place, ${kind}, ${n}`]: ({ kernels, out }) => {
      kernels.perturb(kind, out, out, 0, moves);
      return out;
    },
    [`along, ${kind}, ${n}`]: ({ kernels, x }) => kernels.along(kind, rows, x, 0),
    [`gram, ${kind}, ${n}`]: ({ kernels, x }) => kernels.gram(kind, x.length, rows, rows),
  };
}

function roomFor(kernels: SeedKernels, d: number): Room {
  const [x, held] = [weights(d), kernels.vector(d)];
  held.set(x);
  return { kernels, x, held, s: x.slice().reverse(), out: new Float32Array(d).fill(1) };
}

const plain = (name: string): string => `${name}, js`;

export async function measureKernels({ d }: { readonly d: number }): Promise<Finding> {
  const wasm = await loadWasm();
  const small = Math.min(d, PROVEN);
  const room = roomFor(wasm, d);
  await prove(wasm, small);
  const sum = await triad(d, weight, goesOf(d));
  if (d === small)
    await agree("triad", { stored: () => QUESTIONS["a stored term"]!(room), triad: sum.run }, 0);
  const less = d > small ? roomFor(wasm, d / 10) : room; // for a look at a tenth of the size
  const plainRoom = roomFor(jsSeeds, small);
  const makers: Record<string, Maker> = {};
  for (const [name, ask] of Object.entries(QUESTIONS)) {
    makers[name] = (size) => {
      const own = size === d ? room : less;
      return clocked(() => ask(own));
    };
    if (d === small) makers[plain(name)] = () => clocked(() => ask(plainRoom));
  }
  const { watches, left } = await choose(makers, d, LIMIT);
  const copy = copies(room.out, room.x, goesOf(d));
  const times = await timeInTurn({ [COPY]: copy, [TRIAD]: sum.watch, ...watches }, BUDGET);
  const finding = { times: shared(times, [COPY, TRIAD], d), left };
  const rate = (name: string, bytes: number): number =>
    short((bytes * d) / finding.times[name]!.median / 1e6);
  printTimes(
    `Kernels, d = ${power(d)}; copy ${rate(COPY, BYTES.copy)} GB/s, triad ${rate(TRIAD, BYTES.triad)} GB/s`,
    finding,
    COPY,
  );
  return finding;
}

async function prove(wasm: SeedKernels, d: number): Promise<void> {
  const [ours, theirs] = [roomFor(wasm, d), roomFor(jsSeeds, d)];
  for (const [name, ask] of Object.entries(QUESTIONS))
    await agree(`${name}, d = ${power(d)}`, { js: () => ask(theirs), wasm: () => ask(ours) }, 0);
}
