/** Peaks of ten steps in place, n = 8: what a run adds to the memory of its process, the parameters aside. */
import type { LizoOptions } from "../../src/index.ts";
import type { SeedKind } from "../../src/run/kernels.ts";
import { peakOf } from "../peak.ts";
import { LARGE, N, power } from "./plan.ts";
import type { Finding } from "./results.ts";
import { short } from "./tables.ts";

interface Case {
  readonly own: Partial<LizoOptions>;
  /** Vectors of length d that it may keep. */
  readonly vectors: number;
  /** Not at the largest d, where displacements so long against the parameters take a minute, and tell nothing new. */
  readonly small?: true;
  /** Reuse by `slopes()`. */
  readonly slopes?: true;
}

const secant = { reuseDistanceBound: { steps: 3 }, maxReuseRate: 1 / 8 };

export const CASES: Readonly<Record<string, Case>> = {
  "fresh samples": { own: { sampleNorm: 1e-5 }, vectors: 0 },
  "the last iterate reused": { own: { sampleNorm: 1e-5, ...secant }, vectors: 1 },
  "slopes, half of them reused": { own: { sampleNorm: 1e-5 }, vectors: 1, slopes: true },
  "all within 3 steps reused": {
    own: { sampleNorm: 1e-5, reuseDistanceBound: { steps: 3 } },
    vectors: 1,
    small: true,
  },
  "fresh samples, 1e-3 away": { own: { sampleNorm: 1e-3 }, vectors: 0, small: true },
};

/** Most bytes beside the vectors. */
export const MEMORY_GOAL = 8e6;

export const caseName = (name: string, directions: SeedKind): string => `${directions}, ${name}`;

export function measureMemory({ d }: { readonly d: number }): Finding {
  const bytes: Record<string, number> = {};
  const table: Record<string, Record<string, number | string>> = {};
  for (const [name, { own, vectors, small, slopes = false }] of Object.entries(CASES))
    for (const directions of ["rademacher", "gaussian"] as const) {
      if (d > LARGE && (small || directions === "gaussian")) continue;
      const peak = peakOf({
        d,
        n: N,
        directions,
        copy: false,
        steps: 10,
        own: { lr: 1e-3, strictLr: true, ...own },
        slopes,
      });
      const beside = peak - vectors * 4 * d;
      bytes[caseName(name, directions)] = peak;
      table[caseName(name, directions)] = {
        "peak MB": short(peak / 1e6),
        "vectors allowed": vectors,
        "beside MB": short(beside / 1e6),
        "<= 8 MB": beside <= MEMORY_GOAL ? "met" : "missed",
      };
    }
  console.log(`\nPeak beyond the parameters, in place, n = ${N}, d = ${power(d)} (${(4 * d) / 1e6} MB)`);
  console.table(table);
  return { bytes };
}
