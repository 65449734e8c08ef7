/**
 * What the paper reports, as data.
 *
 * @source Wang, Qin, Yang, Yan, "ReLIZO", NeurIPS 2024, doi:10.52202/079017-0481, tables 6, 7, 8, 10, 11 and figure 2
 */
import type { MethodName } from "../../src/index.ts";

/** The methods of tables 6 and 7 by our names, in the paper's order. */
export const paperMethods: readonly MethodName[] = ["zo-sgd", "zo-sign-sgd", "zo-adamm", "relizo"];

/** A problem at a dimension with N samples a step, and what each of `paperMethods` reached after 500 iterations. */
export interface PublishedCell {
  readonly problem: string;
  readonly d: number;
  readonly samples: number;
  readonly finals: readonly [sgd: number, sign: number, adamm: number, relizo: number];
}

export const table6: readonly PublishedCell[] = [
  { problem: "ARGTRIGLS", d: 200, samples: 2, finals: [6.03, 66.33, 3.27, 2.38] },
  { problem: "CHNROSNB", d: 50, samples: 2, finals: [376.32, 224.94, 50.23, 44.38] },
  { problem: "COATING", d: 134, samples: 2, finals: [2007.45, 1431.66, 994.63, 831.5] },
  { problem: "BOXPOWER", d: 1000, samples: 2, finals: [361.72, 48.85, 33.13, 27.44] },
  { problem: "SROSENBR", d: 500, samples: 2, finals: [2706.39, 1398.44, 355.32, 115.48] },
  { problem: "BROYDNBDLS", d: 50, samples: 2, finals: [116.9, 91.39, 3.83, 0.65] },
];

export const table7: readonly PublishedCell[] = [
  { problem: "SROSENBR", d: 1000, samples: 8, finals: [293.81, 883.52, 47.54, 16.5] },
  { problem: "SROSENBR", d: 5000, samples: 8, finals: [45432.77, 36289.83, 32071.75, 10341.04] },
  { problem: "SROSENBR", d: 10_000, samples: 8, finals: [96988.7, 96749.68, 87781.39, 47120.87] },
  { problem: "BOXPOWER", d: 1000, samples: 8, finals: [11.1, 37.74, 20.88, 8.99] },
  { problem: "BOXPOWER", d: 10_000, samples: 8, finals: [118.05, 325.92, 235.39, 89.92] },
  { problem: "BOXPOWER", d: 20_000, samples: 8, finals: [248.02, 713.91, 471.19, 180.99] },
];

/** ReLIZO with N = 8 over 500 iterations; queries and reused ones make N times T, line searches come on top. */
export interface PublishedCount {
  readonly problem: string;
  readonly d: number;
  readonly searches: number;
  readonly queries: number;
  readonly reused: number;
}

export const table8: readonly PublishedCount[] = [
  { problem: "ARGTRIGLS", d: 200, searches: 115, queries: 3689, reused: 311 },
  { problem: "CHNROSNB", d: 50, searches: 0, queries: 2294, reused: 1706 },
  { problem: "COATING", d: 134, searches: 77, queries: 3780, reused: 220 },
  { problem: "BOXPOWER", d: 1000, searches: 0, queries: 2715, reused: 1285 },
  { problem: "SROSENBR", d: 500, searches: 0, queries: 2526, reused: 1474 },
  { problem: "BROYDNBDLS", d: 50, searches: 90, queries: 1353, reused: 2647 },
];

/** ARGTRIGLS at d = 200 with reuse within `factor` times the learning rate. */
export interface PublishedBound {
  readonly factor: number;
  readonly after500: number;
  readonly after2000: number;
  readonly reuse: number;
}

/** Reuse without a limit. */
export const table10: readonly PublishedBound[] = [
  { factor: 0, after500: 0.133, after2000: 0.053, reuse: 0 },
  { factor: 0.01, after500: 0.162, after2000: 0.063, reuse: 0.166 },
  { factor: 0.05, after500: 0.298, after2000: 0.166, reuse: 0.724 },
  { factor: 0.1, after500: 0.495, after2000: 0.311, reuse: 0.823 },
  { factor: 0.5, after500: 3.768, after2000: 1.834, reuse: 0.947 },
  { factor: 1, after500: 8.158, after2000: 3.825, reuse: 0.968 },
];

/** At most half of the samples reused. */
export const table11: readonly PublishedBound[] = [
  { factor: 0, after500: 0.133, after2000: 0.053, reuse: 0 },
  { factor: 0.01, after500: 0.164, after2000: 0.046, reuse: 0.114 },
  { factor: 0.05, after500: 0.183, after2000: 0.054, reuse: 0.342 },
  { factor: 0.1, after500: 0.255, after2000: 0.063, reuse: 0.419 },
  { factor: 0.5, after500: 0.312, after2000: 0.075, reuse: 0.479 },
  { factor: 1, after500: 0.341, after2000: 0.074, reuse: 0.489 },
];

/** Part of the samples that were reused, with the bound at 1, 2 and 5 learning rates. */
export interface PublishedRate {
  readonly problem: string;
  readonly samples: number;
  readonly rates: readonly [number, number, number];
}

const rates = (
  problem: string,
  rows: readonly (readonly [number, number, number, number])[],
): readonly PublishedRate[] => rows.map(([samples, a, b, c]) => ({ problem, samples, rates: [a, b, c] }));

export const figure2: readonly PublishedRate[] = [
  ...rates("ARGTRIGLS", [
    [6, 0.87, 0.94, 0.98],
    [8, 0.92, 0.96, 0.98],
    [200, 0.98, 0.99, 1],
  ]),
  ...rates("BROYDNBDLS", [
    [6, 0.39, 0.65, 0.76],
    [8, 0.61, 0.74, 0.84],
    [10, 0.72, 0.76, 0.79],
    [20, 0.72, 0.83, 0.91],
    [50, 0.84, 0.89, 0.96],
  ]),
  ...rates("SROSENBR", [
    [6, 0.12, 0.26, 0.42],
    [8, 0.28, 0.38, 0.48],
    [10, 0.42, 0.47, 0.6],
    [20, 0.68, 0.72, 0.78],
    [50, 0.86, 0.87, 0.9],
    [100, 0.93, 0.94, 0.94],
    [200, 0.96, 0.97, 0.97],
  ]),
  ...rates("MANCINO", [
    [6, 0, 0, 0.01],
    [8, 0.11, 0.22, 0.24],
    [10, 0.27, 0.35, 0.41],
    [20, 0.58, 0.65, 0.69],
    [50, 0.82, 0.87, 0.88],
    [100, 0.63, 0.81, 0.79],
  ]),
];
