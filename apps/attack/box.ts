/** Where the perturbation may lie, so that attacked pictures are pictures. */
import type { Box } from "../../src/index.ts";

/**
 * - `clip`: every attacked picture is clipped to valid pixels by itself. The perturbation is bounded only where more of
 *   it would change no picture at all.
 * - `intersection`: x_i + delta is valid for every picture without clipping. With 100 pictures there is one near 0 and
 *   one near 255 at almost every pixel, so hardly any room is left.
 */
export type BoxKind = "clip" | "intersection";

/**
 * Bounds of delta, length d.
 *
 * @param pixels  n * d numbers in [-0.5, 0.5]
 */
export function boxFor(kind: BoxKind, pixels: Float32Array, d: number): Box {
  const least = new Float64Array(d).fill(Number.POSITIVE_INFINITY);
  const most = new Float64Array(d).fill(Number.NEGATIVE_INFINITY);
  pixels.forEach((pixel, i) => {
    const j = i % d;
    least[j] = Math.min(least[j] ?? pixel, pixel);
    most[j] = Math.max(most[j] ?? pixel, pixel);
  });
  const [low, high] = kind === "clip" ? [most, least] : [least, most];
  return { lower: low.map((pixel) => -0.5 - pixel), upper: high.map((pixel) => 0.5 - pixel) };
}
