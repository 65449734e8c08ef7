/** The small parts most test problems share: starting points written as patterns, and which dimensions are possible. */

/** `pattern` over and over: repeated(1.2, 1)(5) = (1.2, 1, 1.2, 1, 1.2). */
export function repeated(...pattern: readonly number[]): (d: number) => Float64Array {
  return (d) => numbered((i) => pattern[(i - 1) % pattern.length]!)(d);
}

/** Entry i, counted from 1 as in the literature's formulas, is entry(i, d). */
export function numbered(entry: (i: number, d: number) => number): (d: number) => Float64Array {
  return (d) => {
    const x = new Float64Array(d);
    for (let i = 1; i <= d; i++) x[i - 1] = entry(i, d);
    return x;
  };
}

/** Whole dimensions of `least` or more that are multiples of `step`. */
export function atLeast(least: number, step = 1): (d: number) => string | undefined {
  const multiple = step === 1 ? "a whole number" : `a multiple of ${step}`;
  return (d) =>
    Number.isInteger(d / step) && d >= least
      ? undefined
      : `the dimension must be ${multiple}, ${least} or more; got ${d}.`;
}

/** One dimension alone. */
export function exactly(only: number): (d: number) => string | undefined {
  return (d) => (d === only ? undefined : `the dimension must be ${only}; got ${d}.`);
}

/** Whole dimensions from `least` to `most`. */
export function between(least: number, most: number): (d: number) => string | undefined {
  return (d) =>
    Number.isInteger(d) && d >= least && d <= most
      ? undefined
      : `the dimension must be a whole number from ${least} to ${most}; got ${d}.`;
}
