/**
 * What threads bring: calls of the WebAssembly kernels on one thread, on two, on four, up to as many as there are cores,
 * after all were shown to give the same bits, beside a copy of x by the caller alone. Arrays as a step has them (x a vector
 * of the kernels', the parameters plain), and both on shared memory. Threads need cores to themselves: the load says whether
 * they had them, and "at best" is what the runs came to in which they did.
 */
import { availableParallelism } from "node:os";
import {
  loadThreadedWasm,
  type Seed,
  type SeedKernels,
  type SeedKind,
  type Term,
  type ThreadedSeeds,
} from "../src/kernel/index.ts";
import { keyOf } from "../src/sample/stream.ts";
import { agree, clocked, machine, type Times, timeInTurn } from "./compare.ts";

const SIZES = [1e6, 1e7];
const KINDS: readonly SeedKind[] = ["rademacher", "gaussian"];
/** Milliseconds for each variant of a question. */
const BUDGET = 400;

const cores = availableParallelism();
const counts = [1, 2, 4, 8, 16].filter((count) => count <= Math.max(cores, 2));
const team: ThreadedSeeds[] = [];
for (const threads of counts) team.push(await loadThreadedWasm({ threads }));

const seeds = Array.from({ length: 8 }, (_, row): Seed => keyOf({ seed: 42, step: 0 }, row));
const terms = seeds.map((z, i): Term<Seed> => [1e-3 * Math.cos(i), z]);

/** What one question asks of kernels: they give an answer, and may be asked again. */
interface Question {
  readonly title: string;
  readonly ask: (kernels: SeedKernels) => () => ArrayLike<number>;
}

function questions(kind: SeedKind, x: Float32Array): Question[] {
  const d = x.length;
  const onShared = (): Float32Array => new Float32Array(new SharedArrayBuffer(4 * d));
  const perturb = (
    count: number,
    where: string,
    arrays: (kernels: SeedKernels) => Float32Array[],
  ): Question => ({
    title: `${kind}: perturb, ${count} ${count > 1 ? "terms" : "term"}, ${where}, d = ${d}`,
    ask(kernels) {
      const [from, out] = arrays(kernels);
      from!.set(x);
      return () => {
        kernels.perturb(kind, out!, from!, 0, terms.slice(0, count));
        return out!;
      };
    },
  });
  return [
    ...[1, 8].flatMap((count) => [
      perturb(count, "as in a step", ({ vector }) => [vector(d), new Float32Array(d)]),
      perturb(count, "shared arrays", () => [onShared(), onShared()]),
    ]),
    { title: `${kind}: gram of 8, d = ${d}`, ask: (kernels) => () => kernels.gram(kind, d, seeds, seeds) },
  ];
}

/** Proves that every number of threads gives the same bits, then times them and a copy in turn. */
async function answer({ title, ask }: Question, x: Float32Array): Promise<Times[]> {
  const runs = team.map((kernels) => [named(kernels.threads), ask(kernels)] as const);
  await agree(title, Object.fromEntries(runs), 0);
  const copied = x.slice();
  const watches = Object.fromEntries(runs.map(([name, run]) => [name, clocked(run)]));
  const times = await timeInTurn({ "copy of x": clocked(() => copied.set(x)), ...watches }, BUDGET);
  const one = times[named(1)]!;
  console.log(`\n${title}: the same bits`);
  console.table(Object.fromEntries(Object.entries(times).map(([name, t]) => [name, line(t, one)])));
  return team.map(({ threads }) => times[named(threads)]!);
}

const named = (threads: number): string => `${threads} ${threads > 1 ? "threads" : "thread"}`;
const short = (value: number): number => Number(value.toPrecision(3));

function line({ median, min, runs }: Times, one: Times): Record<string, number> {
  return {
    "median ms": short(median),
    "min ms": short(min),
    runs,
    "times as fast": short(one.median / median),
    "at best": short(one.min / min),
  };
}

console.log(`${machine()}; ${cores} to use`);
const summary: Record<string, Record<string, string>> = {};
for (const d of SIZES) {
  const x = Float32Array.from({ length: d }, (_, i) => ((i * 0.6180339887) % 1) - 0.5);
  for (const question of KINDS.flatMap((kind) => questions(kind, x))) {
    const [one, ...others] = await answer(question, x);
    summary[question.title] = Object.fromEntries(
      others.map((t, i) => [
        named(counts[i + 1]!),
        `${short(one!.median / t.median)}, at best ${short(one!.min / t.min)}`,
      ]),
    );
  }
}
console.log("\nTimes as fast as one thread, by the medians and by the shortest runs:");
console.table(summary);
console.log(machine());
for (const { close } of team) close();
