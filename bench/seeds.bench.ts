/**
 * Directions drawn again where they are needed, at the sizes of an attack, an architecture search and a fine-tuning: the
 * plain reference against WebAssembly, and both against what memory gives in the same run, a copy and one stored term.
 */
import {
  jsSeeds,
  loadWasm,
  type Seed,
  type SeedKernels,
  type SeedKind,
  type Term,
} from "../src/kernel/index.ts";
import { keyOf } from "../src/sample/stream.ts";
import { agree, clocked, machine, type Times, timeInTurn, type Variant } from "./compare.ts";

const SIZES = [1e5, 1e6, 1e7];
const KINDS: readonly SeedKind[] = ["rademacher", "gaussian"];
/** Milliseconds for each variant of a question, and as many again for the copy. */
const BUDGET = 300;

/** One question: what it asks of a backend, the bytes it must move at least, and how many elements it draws or multiplies. */
interface Question {
  readonly title: string;
  readonly run: (kernels: SeedKernels) => ArrayLike<number>;
  readonly bytes: number;
  readonly elements: number;
}

const seed = (row: number): Seed => keyOf({ seed: 42, step: 0 }, row);
const seeds = Array.from({ length: 8 }, (_, row) => seed(row));

function questions(kind: SeedKind, x: Float32Array, out: Float32Array): Question[] {
  const d = x.length;
  const moved = (terms: readonly Term<Seed>[]) => (kernels: SeedKernels) => {
    kernels.perturb(kind, out, x, 0, terms);
    return out;
  };
  const terms = seeds.map((z, i): Term<Seed> => [1e-3 * Math.cos(i), z]);
  return [
    { title: `${kind}: perturb, 1 term, d = ${d}`, run: moved(terms.slice(0, 1)), bytes: 8 * d, elements: d },
    { title: `${kind}: perturb, 8 terms, d = ${d}`, run: moved(terms), bytes: 8 * d, elements: 8 * d },
    {
      title: `${kind}: gram of 8, d = ${d}`,
      run: (kernels) => kernels.gram(kind, d, seeds, seeds),
      bytes: 0,
      elements: 36 * d,
    },
    {
      title: `${kind}: along 8, d = ${d}`,
      run: (kernels) => kernels.along(kind, seeds, x, 0),
      bytes: 4 * d,
      elements: 8 * d,
    },
  ];
}

/** Proves that the backends agree bit for bit, then times them and a copy of x in turn. */
async function ask(question: Question, x: Float32Array, out: Float32Array): Promise<void> {
  const { title, run } = question;
  const js: Variant = () => run(jsSeeds);
  const wasm: Variant = () => run(wasmSeeds);
  await agree(title, { js, wasm }, 0);
  const copy = (): void => out.set(x);
  const times = await timeInTurn({ copy: clocked(copy), js: clocked(js), wasm: clocked(wasm) }, BUDGET);
  const first = times.copy!;
  const copied = { bytes: 8 * x.length, elements: x.length };
  console.log(`\n${title}: the same bits`);
  console.table(
    Object.fromEntries(
      Object.entries(times).map(([name, t]) => [name, rates(t, name === "copy" ? copied : question, first)]),
    ),
  );
}

function rates(t: Times, work: Pick<Question, "bytes" | "elements">, copy: Times): Record<string, number> {
  const short = (value: number): number => Number(value.toPrecision(3));
  return {
    "median ms": short(t.median),
    "min ms": short(t.min),
    runs: t.runs,
    "G elements/s": short(work.elements / t.median / 1e6),
    "G elements/s at best": short(work.elements / t.min / 1e6),
    "GB/s": short(work.bytes / t.median / 1e6),
    "x copy": short(t.median / copy.median),
  };
}

const wasmSeeds = await loadWasm();
console.log(machine());
for (const d of SIZES) {
  const x = Float32Array.from({ length: d }, (_, i) => ((i * 0.6180339887) % 1) - 0.5);
  const s = x.slice().reverse();
  const out = new Float32Array(d);
  const stored = (kernels: SeedKernels): Float32Array => {
    kernels.perturb("rademacher", out, x, 0, [], [1e-3, s]);
    return out;
  };
  const triad = { title: `x + c s, d = ${d}`, run: stored, bytes: 12 * d, elements: d };
  for (const question of [triad, ...KINDS.flatMap((kind) => questions(kind, x, out))])
    await ask(question, x, out);
}
