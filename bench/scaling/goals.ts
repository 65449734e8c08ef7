/** What is asked of the cell d = 1e7, n = 8. */
import type { Finding } from "./results.ts";
import { FLOOR, PUBLISHED, short } from "./tables.ts";

const RADEMACHER = "wasm, rademacher, a copy";
const GAUSSIAN = "wasm, gaussian, a copy";

interface Goal {
  readonly what: string;
  readonly of: string;
  readonly over: string;
  readonly bound: readonly ["at most" | "at least", number];
}

const GOALS: readonly Goal[] = [
  { what: "Rademacher with a copy, times the floor", of: RADEMACHER, over: FLOOR, bound: ["at most", 2.5] },
  {
    what: "the published step as it runs, times that",
    of: PUBLISHED[0],
    over: RADEMACHER,
    bound: ["at least", 20],
  },
  { what: "... with freed pages kept", of: PUBLISHED[1], over: RADEMACHER, bound: ["at least", 7] },
  { what: "... times gaussian with a copy", of: PUBLISHED[1], over: GAUSSIAN, bound: ["at least", 2.5] },
];

/** A line for each goal that can be judged. */
export function goals({ times = {} }: Finding): string[] {
  return GOALS.flatMap(({ what, of, over, bound: [word, bound] }) => {
    const [top, bottom] = [times[of], times[over]];
    if (!top || !bottom) return [];
    const found = top.median / bottom.median;
    const met = word === "at most" ? found <= bound : found >= bound;
    return [`${what}: ${short(found)}, goal ${word} ${bound}: ${met ? "met" : "missed"}`];
  });
}
