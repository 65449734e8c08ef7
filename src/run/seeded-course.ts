/** What every `LIZO` over seeds has in common, wherever its vectors lie. */
import type { Term } from "../kernel/kernels.ts";
import type { RelizoSetting } from "../method/relizo-state.ts";
import { need } from "../option.ts";
import type { PackedGroup } from "../point/packing.ts";
import type { Stretch } from "../space/seeded-world.ts";
import type { Space } from "../space/space.ts";
import type { LizoOptions } from "./lizo-options.ts";

/** @throws RelizoError OPTION for options that need rows of numbers */
export function refuseDense(where: string, { noise, compatibility }: LizoOptions): void {
  need(noise === null, "OPTION", `${where} needs noise null`, noise);
  need(compatibility === "corrected", "OPTION", `${where} needs compatibility "corrected"`, compatibility);
}

/** Fresh displacements: seeds, about the mean that momentum gives. */
export function freshSeeds<V>(
  space: Space<V>,
  { sampleNorm: scale, sampleMomentum }: LizoOptions,
): RelizoSetting<V>["fresh"] {
  return (count, { seed, step, last }) => {
    const rows = space.draw(count, { seed, step }, { kind: "gaussian", scale }); // of the space's kind
    if (!last) return rows;
    const mean: Term<V> = [sampleMomentum * last.t, last.p];
    return rows.map((row) => space.shift(row, [mean]));
  };
}

/**
 * The step direction of groups and of weight decay, written out as `writeOut` does: scale (g + decay x), stretch by stretch; of
 * one group without decay it is the estimate.
 */
export function shapeSeeds<V>(
  groups: readonly PackedGroup[],
  space: Space<V>,
  writeOut: (g: V, stretches: readonly Stretch[]) => V,
): NonNullable<RelizoSetting<V>["shape"]> {
  return (g) => {
    const [first] = groups;
    if (groups.length === 1 && first!.rates.weightDecay === 0) return undefined;
    const p = writeOut(
      g,
      groups.map(({ begin, end, rates }) => {
        return { begin, end, scale: rates.lr / first!.rates.lr, decay: rates.weightDecay };
      }),
    );
    return { p, product: space.dot(g, p) };
  };
}
