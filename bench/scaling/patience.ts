/** Leaves out what would take too long, by a look at a tenth of the size. */
import type { Stopwatch } from "../compare.ts";

/** Makes the stopwatch of one way for vectors of length d. */
export type Maker = (d: number) => Stopwatch;

interface Chosen {
  readonly watches: Readonly<Record<string, Stopwatch>>;
  /** Why not, of those left out. */
  readonly left: Readonly<Record<string, string>>;
}

/** Below so many parameters nothing takes long. */
const LOOK = 1e7;

/** @param limit  most milliseconds of one run */
export async function choose(
  makers: Readonly<Record<string, Maker>>,
  d: number,
  limit: number,
): Promise<Chosen> {
  const watches: Record<string, Stopwatch> = {};
  const left: Record<string, string> = {};
  for (const [name, make] of Object.entries(makers)) {
    const expected = d < LOOK ? 0 : 10 * Math.min(...(await make(d / 10)(2)));
    if (expected <= limit) watches[name] = make(d);
    else left[name] = `once would take about ${Number((expected / 1e3).toPrecision(2))} s`;
  }
  return { watches, left };
}
