/** What is measured: which questions at which sizes. */

/** All of one cell is timed in turn, in one process. */
export type Cell =
  | { readonly kind: "step"; readonly d: number; readonly n: number }
  | { readonly kind: "kernels"; readonly d: number }
  | { readonly kind: "mezo"; readonly d: number }
  | { readonly kind: "memory"; readonly d: number };

/** Parameters. */
export const DIMENSIONS = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8] as const;
/** Samples a step. */
export const SAMPLES = [2, 8, 32] as const;
/** Those of the chart and of the goals. */
export const N = 8;
export const LARGE = 1e7;

export const power = (d: number): string => `1e${Math.log10(d)}`;

export function nameOf(cell: Cell): string {
  return `${cell.kind} d=${power(cell.d)}${cell.kind === "step" ? ` n=${cell.n}` : ""}`;
}

/** Everything, what the goals are about first: a run that is stopped has it. */
export const PLAN: readonly Cell[] = [
  { kind: "step", d: LARGE, n: N },
  ...[N, ...SAMPLES.filter((n) => n !== N)].flatMap((n) =>
    DIMENSIONS.filter((d) => d !== LARGE || n !== N).map((d): Cell => ({ kind: "step", d, n })),
  ),
  ...DIMENSIONS.map((d): Cell => ({ kind: "mezo", d })),
  ...DIMENSIONS.map((d): Cell => ({ kind: "kernels", d })),
  { kind: "memory", d: LARGE },
  { kind: "memory", d: 1e8 },
];

/** What needs no patience. */
export const isQuick = (cell: Cell): boolean =>
  cell.kind !== "memory" && cell.d <= 1e5 && (cell.kind !== "step" || cell.n === N);
