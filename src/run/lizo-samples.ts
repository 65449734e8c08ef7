/** Where a `LIZO` looks: fresh displacements of the parameters. */
import { jsKernels } from "../kernel/js/index.ts";
import type { Reals } from "../kernel/kernels.ts";
import type { RelizoState } from "../method/relizo-state.ts";
import { need } from "../option.ts";
import { reflectOrthonormal } from "../sample/householder.ts";
import { orthonormalize } from "../sample/orthogonal.ts";
import type { Space } from "../space/space.ts";
import type { LizoOptions } from "./lizo-options.ts";

/**
 * Noise, about the mean that momentum gives, at right angles to each other and to the rows kept where asked.
 *
 * @throws RelizoError SHAPE when the caller's noise has another length
 */
export function freshSamples(
  space: Space<Reals>,
  options: LizoOptions,
  count: number,
  { seed, step, last }: RelizoState<Reals>,
  kept: readonly Reals[],
): Reals[] {
  if (count === 0) return [];
  const { noise, sampleNorm, sampleMomentum, orthogonalSample, compatibility } = options;
  const rows = noise
    ? noiseRows(space, noise, count)
    : space.draw(count, { seed, step }, { kind: "gaussian", scale: sampleNorm });
  if (last) for (const row of rows) space.shift(row, [[sampleMomentum * last.t, last.p]]);
  if (!orthogonalSample) return rows;
  const reference = compatibility === "reference";
  (reference ? reflectOrthonormal : orthonormalize)(kept, rows);
  const length = reference ? 1 / Math.sqrt(count) : Math.sqrt(space.dimension);
  for (const row of rows) jsKernels.combine(row, [[sampleNorm * length, row]]);
  return rows;
}

function noiseRows(space: Space<Reals>, noise: NonNullable<LizoOptions["noise"]>, count: number): Reals[] {
  const d = space.dimension;
  const drawn = noise(count, d);
  need(drawn?.length === count * d, "SHAPE", `LIZO: noise must give ${count} x ${d} numbers`, drawn);
  return Array.from({ length: count }, (_, i) => space.combine([[1, drawn.slice(i * d, (i + 1) * d)]]));
}
