/** A long vector. Numbers are stored in its precision; sums are formed in float64 and rounded once when stored. */
export type Reals = Float32Array | Float64Array;
