/**
 * A device as a backend whose vectors lie in the host's memory: what a case asks is uploaded, in parts at odd places of
 * several buffers, each vector cut elsewhere, and what it wrote is downloaded. Runs in browsers, so nothing here needs Node.
 */
import type { DeviceSeeds, DeviceVector } from "../../src/kernel/index.ts";
import type { Asked } from "./cases.ts";

export function asked(device: DeviceSeeds): Asked {
  /** Three parts, two of them in one buffer, a gap between them; `salt` says where. */
  function spread(values: Float32Array, begin: number, salt: number): DeviceVector {
    const { length } = values;
    const [first, second] = [Math.floor((length * (3 + salt)) / 11), Math.floor((length * (7 + salt)) / 11)];
    const [one] = device.vector(second + 11 + salt);
    const [other] = device.vector(length - second + 70 * salt + 1);
    if (!one || !other) throw new Error("a vector without a part");
    const parts = [
      { buffer: one.buffer, offset: 4 * (1 + salt), length: first, begin },
      { buffer: one.buffer, offset: 4 * (first + 9 + salt), length: second - first, begin: begin + first },
      { buffer: other.buffer, offset: 4 * 70 * salt, length: length - second, begin: begin + second },
    ];
    device.upload(parts, values);
    return parts;
  }
  /** Destroys the buffers of such a vector. */
  const drop = (v: DeviceVector): void => device.free(v.slice(1));
  return {
    async perturb(kind, out, x, begin, seeds, stored) {
      const s = stored && spread(stored[1], begin, 2);
      const from = stored && x === stored[1] ? s! : spread(x, begin, 0);
      const to = out === x ? from : stored && out === stored[1] ? s! : spread(out, begin, 1);
      device.perturb(kind, to, from, seeds, stored && s && [stored[0], s]);
      out.set(await device.download(to));
      for (const v of new Set([to, from, ...(s ? [s] : [])])) drop(v);
    },
    async outer(out, x, begin, rank, a, b) {
      const first = 1029; // of the matrix, among the elements of vectors
      const from = spread(x, first + begin, 0);
      const to = out === x ? from : spread(out, first + begin, 1);
      const [left, right] = [a, b].map((factors) => {
        const whole = device.vector(factors.length + 3);
        const part = { ...whole[0]!, offset: 12, length: factors.length };
        device.upload([part], factors);
        return part;
      });
      device.outer(to, from, first, rank, left!, right!);
      out.set(await device.download(to));
      for (const v of new Set([to, from])) drop(v);
      device.free([left!, right!]);
    },
    vector: (length) => new Float32Array(length),
    gram: (kind, d, rows, others) => device.gram(kind, d, rows, others),
    async along(kind, seeds, v, begin) {
      const there = spread(v, begin, 1);
      const answer = device.along(kind, seeds, there);
      drop(there);
      return answer;
    },
  };
}
