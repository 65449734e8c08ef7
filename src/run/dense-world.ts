/** Rows of numbers, and the parameters they move: float32 where all arrays are, else float64. */
import { finite } from "../kernel/js/gram.ts";
import { jsKernels } from "../kernel/js/index.ts";
import type { Reals } from "../kernel/kernels.ts";
import type { RelizoState } from "../method/relizo-state.ts";
import { has, need } from "../option.ts";
import { gather, isReals, type PackedGroup, type Packing } from "../point/packing.ts";
import { reflectOrthonormal } from "../sample/householder.ts";
import { orthonormalize } from "../sample/orthogonal.ts";
import { denseSpace } from "../space/dense.ts";
import type { Space, Terms } from "../space/space.ts";
import type { LizoOptions } from "./lizo-options.ts";
import type { World } from "./world.ts";

export function denseWorld({ make, dimension, pieces, groups }: Packing, options: LizoOptions): World<Reals> {
  const space = denseSpace(dimension, make, true);
  const x = make(dimension);
  const place = (terms: Terms<Reals>): void => {
    for (const { array, begin, end } of pieces) {
      const part = (v: Reals): Reals => v.subarray(begin, end);
      jsKernels.perturb(
        array,
        part(x),
        terms.map(([c, v]) => [c, part(v)]),
      );
    }
  };
  const adopt = (): boolean => gather(x, pieces);
  return {
    space,
    model: x,
    place,
    adopt,
    restore() {
      place([]);
      adopt(); // float32 parameters beside float64 ones hold x rounded
    },
    move(terms) {
      place(terms);
      const fits = pieces.every(({ array }) => finite(array));
      if (fits) adopt();
      return fits;
    },
    settle: (state) => space.keepOnly(held(state)),
    fresh: (count, state, kept) => freshSamples(space, options, count, state, kept),
    shape: (g) => shaped(groups, x, g),
  };
}

/** Every array in plain data. */
function held(value: unknown): Reals[] {
  if (isReals(value)) return [value];
  return has(value) ? Object.values(value).flatMap(held) : [];
}

/**
 * Noise, about the mean that momentum gives, at right angles to each other and to the rows kept where asked.
 *
 * @throws RelizoError SHAPE when the caller's noise has another length
 */
function freshSamples(
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

/**
 * g <- (lr_i / lr_0) (g_i + weightDecay_i x_i) group by group, and its product with the g that was; undefined where that
 * changes nothing.
 */
function shaped(
  groups: readonly PackedGroup[],
  flat: Reals,
  g: Reals,
): { readonly p: Reals; readonly product: number } | undefined {
  if (groups.length === 1 && groups[0]!.rates.weightDecay === 0) return undefined;
  let product = 0;
  for (const { begin, end, rates } of groups) {
    const { lr, weightDecay } = rates;
    const part = g.subarray(begin, end);
    const x = flat.subarray(begin, end);
    const rate = lr / groups[0]!.rates.lr;
    product += rate * (jsKernels.dot(part, part) + weightDecay * jsKernels.dot(part, x));
    jsKernels.combine(part, [
      [rate, part],
      [rate * weightDecay, x],
    ]);
  }
  return { p: g, product };
}
