/** Pictures of an attack as PNG files. */
import { encode } from "fast-png";
import { type PictureShape, pixelsIn } from "./images.ts";
import type { Victims } from "./objective.ts";

/** How many times larger than it is a perturbation is shown. */
export const MAGNIFIED = 10;

/** The clean picture with this number: C x H x W in [-0.5, 0.5]. */
export function cleanPicture({ pixels }: Victims, shape: PictureShape, index: number): Float32Array {
  const d = pixelsIn(shape);
  return pixels.slice(index * d, (index + 1) * d);
}

/** A perturbation as a picture: gray is 0, ten times as strong as it is, cut off at black and white. */
export function perturbationPicture(delta: Float64Array): Float32Array {
  return Float32Array.from(delta, (value) => Math.min(Math.max(MAGNIFIED * value, -0.5), 0.5));
}

/** A picture as a PNG data URI: colour where it has three planes, else its first plane in gray. */
export function dataUri(picture: Float32Array, shape: PictureShape): string {
  const { width, height } = shape;
  const channels = planesShown(shape);
  const png = encode({ width, height, channels, depth: 8, data: interleaved(picture, shape) });
  return `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
}

/** Pictures in rows as one PNG file, each pixel `scale` wide, white between the pictures. */
export function sheet(
  rows: readonly (readonly Float32Array[])[],
  shape: PictureShape,
  scale: number,
): Uint8Array {
  const gap = scale;
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const channels = planesShown(shape);
  const width = columns * (shape.width * scale + gap) + gap;
  const height = rows.length * (shape.height * scale + gap) + gap;
  const data = new Uint8Array(width * height * channels).fill(255);
  rows.forEach((row, r) => {
    row.forEach((picture, c) => {
      const left = gap + c * (shape.width * scale + gap);
      const top = gap + r * (shape.height * scale + gap);
      const bytes = interleaved(picture, shape);
      for (let y = 0; y < shape.height * scale; y++)
        for (let x = 0; x < shape.width * scale; x++) {
          const from = (Math.floor(y / scale) * shape.width + Math.floor(x / scale)) * channels;
          data.set(bytes.subarray(from, from + channels), ((top + y) * width + left + x) * channels);
        }
    });
  });
  return encode({ width, height, channels, depth: 8, data });
}

const planesShown = ({ channels }: PictureShape): 1 | 3 => (channels === 3 ? 3 : 1);

/** Planes to pixels of bytes. */
function interleaved(picture: Float32Array, shape: PictureShape): Uint8Array {
  const area = shape.width * shape.height;
  const channels = planesShown(shape);
  return Uint8Array.from({ length: area * channels }, (_, i) => {
    const value = picture[(i % channels) * area + Math.floor(i / channels)] ?? 0;
    return Math.round(Math.min(Math.max(value + 0.5, 0), 1) * 255);
  });
}
