/** What is asked of the cell d = 1e7, n = 8. */
import type { Finding } from "./results.ts";
import { FLOOR, PUBLISHED, short } from "./tables.ts";

const RADEMACHER = "wasm, rademacher, a copy";
const GAUSSIAN = "wasm, gaussian, a copy";

interface Goal {
  /** With the figure in the place of #. */
  readonly says: string;
  readonly of: string;
  readonly over: string;
  readonly bound: readonly ["at most" | "at least", number];
}

const GOALS: readonly Goal[] = [
  {
    says: "Rademacher with a copy takes # times the floor",
    of: RADEMACHER,
    over: FLOOR,
    bound: ["at most", 2.5],
  },
  {
    says: "the published step as it runs takes # times as long as that",
    of: PUBLISHED[0],
    over: RADEMACHER,
    bound: ["at least", 20],
  },
  {
    says: "with freed pages kept it takes # times as long",
    of: PUBLISHED[1],
    over: RADEMACHER,
    bound: ["at least", 7],
  },
  {
    says: "and # times as long as gaussian with a copy",
    of: PUBLISHED[1],
    over: GAUSSIAN,
    bound: ["at least", 2.5],
  },
];

/** A line for each goal that can be judged. */
export function goals({ times = {} }: Finding): string[] {
  return GOALS.flatMap(({ says, of, over, bound: [word, bound] }) => {
    const [top, bottom] = [times[of], times[over]];
    if (!top || !bottom) return [];
    const found = top.median / bottom.median;
    const met = word === "at most" ? found <= bound : found >= bound;
    return [
      `${says.replace("#", `${short(found)}`)}; the goal is ${word} ${bound}: ${met ? "met" : "missed"}`,
    ];
  });
}
