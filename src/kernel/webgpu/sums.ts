/** Numbers from vectors and directions: float32 sums of short blocks in the device, added in float64 here. */
import type { Seed, SeedKind } from "../seeds.ts";
import { type Engine, type Job, listOf, type Shader } from "./engine.ts";
import {
  alongShader,
  DOT,
  FINITE,
  MULTIPLIED,
  productShader,
  SAME,
  SEEDS,
  SUMMED,
  TILE,
  UNIT,
} from "./shaders.ts";
import { bind, type DeviceVector, type Piece, pieces, type Range } from "./vector.ts";

/** Bytes of sums that are read at once. */
const ANSWER = 2 ** 24;
/** Products of a tile. */
const PAIRS = TILE * TILE;

export async function gram(
  engine: Engine,
  kind: SeedKind,
  d: number,
  rows: readonly Seed[],
  others: readonly Seed[],
): Promise<Float64Array> {
  const out = new Float64Array(rows.length * others.length);
  if (out.length === 0) return out;
  const signs = kind === "rademacher";
  const tiles = tilesOf(rows, others);
  const list = listOf(tiles.flatMap(([i, j]) => [...tile(rows, i), ...tile(others, j)]));
  const per = MULTIPLIED[kind];
  const most =
    per * Math.min(engine.groups, signs ? Infinity : Math.ceil(ANSWER / (4 * PAIRS * tiles.length)));
  for (let at = 0; at < d; at += most) {
    const length = Math.min(most, d - at);
    const groups = Math.ceil(length / per);
    const sums = signs ? 1 : groups; // for every pair
    const job = {
      shader: { name: `gram ${kind}`, code: () => productShader(kind) },
      groups: [groups, tiles.length],
      numbers: [length, 0, at / UNIT[kind]],
      usesList: true,
      usesTable: !signs,
    } as const;
    const answer = await engine.ask(
      4 * PAIRS * tiles.length * sums,
      (o) => [{ ...job, operands: [o] }],
      list,
    );
    const found = signs ? new Uint32Array(answer) : new Float32Array(answer);
    tiles.forEach(([i, j], t) => {
      for (let k = PAIRS * sums * t; k < PAIRS * sums * (t + 1); k++) {
        const [row, other] = [i + Math.floor((k % PAIRS) / TILE), j + (k % TILE)];
        if (row >= rows.length || other >= others.length) continue;
        out[row * others.length + other]! += signs ? length - 2 * found[k]! : found[k]!;
      }
    });
  }
  if (rows === others) mirror(out, rows.length);
  return out;
}

/** The first row and the first column of every tile; of a symmetric matrix those on and above the diagonal. */
function tilesOf(rows: readonly Seed[], others: readonly Seed[]): (readonly [number, number])[] {
  const tiles: (readonly [number, number])[] = [];
  for (let i = 0; i < rows.length; i += TILE)
    for (let j = rows === others ? i : 0; j < others.length; j += TILE) tiles.push([i, j]);
  return tiles;
}

/** Seeds from one on, with any beyond the last. */
const tile = (seeds: readonly Seed[], from: number, length: number = TILE): Seed[] =>
  Array.from({ length }, (_, k) => seeds[from + k] ?? [0, 0, 0, 0]);

/** The lower triangle from the upper one. */
function mirror(products: Float64Array, width: number): void {
  for (let i = 0; i < width; i++)
    for (let j = 0; j < i; j++) products[i * width + j] = products[j * width + i]!;
}

export async function along(
  engine: Engine,
  kind: SeedKind,
  seeds: readonly Seed[],
  v: DeviceVector,
): Promise<Float64Array> {
  const out = new Float64Array(seeds.length);
  const tiles = Math.ceil(seeds.length / SEEDS);
  const parts = pieces("along", [v], engine.most(1, SUMMED) - UNIT[kind]);
  const groups = parts.map(({ begin, length }) => Math.ceil(((begin % UNIT[kind]) + length) / SUMMED));
  const firsts = offsets(groups.map((count) => count * tiles * SEEDS));
  if (firsts.at(-1) === 0) return out;
  const shader = { name: `along ${kind}`, code: () => alongShader(kind) };
  const jobs = (answer: Range): Job[] =>
    parts.map(({ begin, length, places }, k) => {
      const { ranges, firsts: at } = bind("along", places, length, engine.alignment);
      const skip = begin % UNIT[kind];
      return {
        shader,
        groups: [groups[k]!, tiles],
        numbers: [length, skip, (begin - skip) / UNIT[kind], seeds.length, firsts[k]! / SEEDS, ...at],
        operands: [answer, ...ranges],
        usesList: true,
        usesTable: kind === "gaussian",
      };
    });
  const list = listOf(Array.from({ length: tiles }, (_, t) => tile(seeds, SEEDS * t, SEEDS)).flat());
  const found = new Float32Array(await engine.ask(4 * firsts.at(-1)!, jobs, list));
  groups.forEach((count, part) => {
    for (let k = 0; k < count * tiles * SEEDS; k++) {
      const seed = SEEDS * Math.floor(k / (count * SEEDS)) + (k % SEEDS);
      if (seed < seeds.length) out[seed]! += found[firsts[part]! + k]!;
    }
  });
  return out;
}

export async function dot(engine: Engine, a: DeviceVector, b: DeviceVector): Promise<number> {
  const parts = pieces("dot", [a, b], engine.most(1, SUMMED));
  const firsts = offsets(parts.map(({ length }) => Math.ceil(length / SUMMED)));
  if (parts.length === 0) return 0;
  const answer = await engine.ask(4 * firsts.at(-1)!, (out) =>
    parts.map((piece, k) => blocks(engine, dotShader, piece, out, firsts[k]!)),
  );
  return new Float32Array(answer).reduce((sum, part) => sum + part, 0);
}

export const finite = (engine: Engine, v: DeviceVector): Promise<boolean> =>
  nowhere(engine, finiteShader, [v]);

export const same = (engine: Engine, a: DeviceVector, b: DeviceVector): Promise<boolean> =>
  nowhere(engine, sameShader, [a, b]);

/** Whether the shader found nothing in any element. */
async function nowhere(engine: Engine, shader: Shader, vectors: readonly DeviceVector[]): Promise<boolean> {
  const parts = pieces(shader.name, vectors, engine.most(1, SUMMED));
  if (parts.length === 0) return true;
  const answer = await engine.ask(4, (out) => parts.map((piece) => blocks(engine, shader, piece, out, 0)));
  return new Uint32Array(answer)[0] === 0;
}

const dotShader: Shader = { name: "dot", code: () => DOT };
const finiteShader: Shader = { name: "finite", code: () => FINITE };
const sameShader: Shader = { name: "same", code: () => SAME };

/** A job that reads a piece, SUMMED elements to a workgroup. */
function blocks(engine: Engine, shader: Shader, piece: Piece, answer: Range, first: number): Job {
  const bound = piece.places.map((place) => bind("dot", [place], piece.length, engine.alignment));
  return {
    shader,
    groups: [Math.ceil(piece.length / SUMMED), 1],
    numbers: [piece.length, 0, 0, 0, first, ...bound.map(({ firsts }) => firsts[0]!)],
    operands: [answer, ...bound.map(({ ranges }) => ranges[0]!)],
  };
}

/** Where each of some lists begins that lie one behind the other, and where the last one ends. */
function offsets(lengths: readonly number[]): number[] {
  const out = [0];
  for (const length of lengths) out.push(out.at(-1)! + length);
  return out;
}
