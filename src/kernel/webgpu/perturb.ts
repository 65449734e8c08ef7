/** Parameters displaced along seeds: every term of an update in one pass. */
import type { Term } from "../kernels.ts";
import type { Seed, SeedKind } from "../seeds.ts";
import { type Engine, type Job, listOf } from "./engine.ts";
import { PERTURBED, perturbShader, UNIT } from "./shaders.ts";
import { bind, type DeviceVector, pieces } from "./vector.ts";

export function perturb(
  engine: Engine,
  kind: SeedKind,
  out: DeviceVector,
  x: DeviceVector,
  seeds: readonly Term<Seed>[],
  stored?: Term<DeviceVector>,
): void {
  const vectors = stored ? [out, x, stored[1]] : [out, x];
  const most = engine.most(vectors.length, PERTURBED[kind]) - UNIT[kind];
  const jobs = pieces("perturb", vectors, most).map(({ begin, length, places }): Job => {
    const { ranges, slots, firsts } = bind("perturb", places, length, engine.alignment);
    const skip = begin % UNIT[kind];
    const access = ranges.map(({ buffer }) => (buffer === places[0]!.buffer ? "read_write" : "read"));
    return {
      shader: {
        name: `perturb ${kind} ${access} ${slots}`,
        code: () => perturbShader(kind, access, slots),
      },
      groups: [Math.ceil((skip + length) / PERTURBED[kind]), 1],
      numbers: [length, skip, (begin - skip) / UNIT[kind], seeds.length, ...firsts],
      c: stored?.[0] ?? 0,
      operands: ranges,
      usesList: true,
      usesTable: kind === "gaussian",
    };
  });
  const keys = seeds.map(([, seed]) => seed);
  engine.run(jobs, listOf(keys, seeds.map(([c]) => c))); // biome-ignore format: one line
}
