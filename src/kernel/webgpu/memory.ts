/** Vectors made, filled, copied and read back. */
import { need } from "../../option.ts";
import type { Engine } from "./engine.ts";
import type { GpuBuffer } from "./gpu.ts";
import { checkParts, type DevicePart, type DeviceVector, pieces } from "./vector.ts";

export function make(engine: Engine, length: number, begin: number): DeviceVector {
  for (const count of [length, begin])
    need(Number.isSafeInteger(count) && count >= 0, "SHAPE", "vector: it takes whole numbers", count);
  const most = Math.floor(engine.device.limits.maxBufferSize / 4);
  const parts: DevicePart[] = [];
  engine.checked(() => {
    for (let at = 0; at < length; at += most) {
      const count = Math.min(most, length - at);
      parts.push({ buffer: engine.make(4 * count), offset: 0, length: count, begin: begin + at });
    }
  });
  return parts;
}

export function free(engine: Engine, v: DeviceVector): void {
  for (const { buffer } of v) engine.free(buffer);
}

export function upload(engine: Engine, v: DeviceVector, values: Float32Array): void {
  checkParts("upload", v);
  need(values.length === lengthOf(v), "SHAPE", `upload: it takes ${lengthOf(v)} numbers`, values);
  let at = 0;
  engine.checked(() => {
    for (const { buffer, offset, length } of v) {
      engine.device.queue.writeBuffer(buffer, offset, values.subarray(at, at + length));
      at += length;
    }
  });
}

export async function download(engine: Engine, v: DeviceVector): Promise<Float32Array> {
  checkParts("download", v);
  const out = new Float32Array(lengthOf(v));
  const parts = v.filter(({ length }) => length > 0);
  let at = 0;
  for (const bytes of await Promise.all(
    parts.map(({ buffer, offset, length }) => engine.read({ buffer, offset, size: 4 * length })),
  )) {
    out.set(new Float32Array(bytes), at);
    at += bytes.byteLength / 4;
  }
  return out;
}

export function copy(engine: Engine, out: DeviceVector, x: DeviceVector): void {
  const all = pieces("copy", [out, x]);
  const between: GpuBuffer[] = []; // within a buffer nothing can be copied at once
  engine.submit((encoder) => {
    for (const { length, places } of all) {
      const [to, from] = [places[0]!, places[1]!];
      const size = 4 * length;
      if (to.buffer !== from.buffer)
        encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, size);
      else if (to.offset !== from.offset) {
        const buffer = engine.make(size);
        between.push(buffer);
        encoder.copyBufferToBuffer(from.buffer, from.offset, buffer, 0, size);
        encoder.copyBufferToBuffer(buffer, 0, to.buffer, to.offset, size);
      }
    }
  });
  for (const buffer of between) engine.free(buffer);
}

export function clear(engine: Engine, v: DeviceVector): void {
  checkParts("clear", v);
  engine.submit((encoder) => {
    for (const { buffer, offset, length } of v) encoder.clearBuffer(buffer, offset, 4 * length);
  });
}

const lengthOf = (v: DeviceVector): number => v.reduce((sum, { length }) => sum + length, 0);
