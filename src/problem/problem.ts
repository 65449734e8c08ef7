/** What a test problem says about itself: where it comes from, where it starts, what it is worth. */
export interface Problem {
  /** The name the literature uses, in capitals: "SROSENBR". */
  readonly name: string;
  /** Author, year and collection; the closed formula in words a reader can check. */
  readonly source: string;
  /** Dimensions the literature runs it at; the first one is the default. */
  readonly dimensions: readonly number[];
  /** Undefined where dimension `d` is possible, else a sentence saying which are. */
  refuses?(d: number): string | undefined;
  /** The standard starting point: length d, fresh on every call. */
  start(d: number): Float64Array;
  /** Other published starting points, by name. */
  readonly otherStarts?: Readonly<Record<string, (d: number) => Float64Array>>;
  /** f(x), for x of any possible length. */
  value(x: Float64Array): number;
  /** The gradient, length d. No method may ask for it: it serves the check against outside values alone. */
  gradient(x: Float64Array): Float64Array;
}
