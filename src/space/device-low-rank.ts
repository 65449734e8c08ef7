/** Directions of low rank in a device: the same as `lowRank` has, their factors drawn there for every sum, none of them kept. */
import { jsSeeds } from "../kernel/js/seeds.ts";
import type { Term } from "../kernel/kernels.ts";
import type { Seed } from "../kernel/seeds.ts";
import type { DevicePart, DeviceSeeds, DeviceVector } from "../kernel/webgpu/index.ts";
import { need } from "../option.ts";
import type { DevicePiece } from "../point/device.ts";
import { type DeviceDirections, partOf } from "./device-directions.ts";
import { lowRankFactors } from "./low-rank-factors.ts";
import { isMatrix, type LowRankOptions, layOut, periodsOf } from "./low-rank-layout.ts";

/**
 * @param pieces  all tensors of the parameters, in the order of their elements; one without a shape is a vector
 * @throws RelizoError SHAPE where a device has no buffer for the factors of one direction
 * @cost  to write a sum: 2 r operations an element and a pass over memory for each V that its terms have; r numbers for each
 *   row and column of all matrices, in the device, while it is written. A product of directions: as `lowRank`, here. <z, v>: z
 *   is written out, into a vector that is given back, 4 d bytes
 */
export function deviceLowRank(
  pieces: readonly DevicePiece[],
  { rank, lazy }: LowRankOptions,
  kernels: DeviceSeeds,
): DeviceDirections {
  const parts = pieces.map((piece) => ({ array: piece, begin: piece.begin, shape: piece.shape }));
  const { dimension, tensors, plain } = layOut(parts, rank);
  const matrices = tensors.filter(isMatrix);
  const { largest, addProducts } = lowRankFactors(matrices, { rank, lazy }, jsSeeds);
  const rows = rank * matrices.reduce((sum, matrix) => sum + matrix.rows, 0);
  const columns = rank * matrices.reduce((sum, matrix) => sum + matrix.columns, 0);
  const { maxBufferSize, maxStorageBufferBindingSize } = kernels.device.limits;
  const room = Math.floor(Math.min(maxBufferSize, maxStorageBufferBindingSize) / 4);
  need(
    Math.max(rows, columns) <= room,
    "SHAPE",
    `seeded: the factors of a direction must fit in a buffer of this device, ${room} numbers; lower rank`,
    `${rows} numbers for rows and ${columns} for columns`,
  );

  /** u and v of these directions, all matrices' one behind the other as in the streams. */
  function drawn(
    own: readonly Term<Seed>[],
    key: Seed,
  ): { readonly u: DeviceVector; readonly v: DeviceVector } {
    const [u, v] = [kernels.vector(rows, plain), kernels.vector(columns)];
    kernels.perturb("gaussian", u, u, own);
    kernels.perturb("gaussian", v, v, [[1, key]]);
    return { u, v };
  }

  function add(
    out: DeviceVector,
    x: DeviceVector,
    terms: readonly Term<Seed>[],
    stored?: Term<DeviceVector>,
  ): void {
    const scaled = terms.map(([c, seed]): Term<Seed> => [c / Math.sqrt(rank), seed]);
    const periods = periodsOf(
      terms.map(([, seed]) => seed),
      lazy,
    ).map(({ key, members }) => drawn(members.map((i) => scaled[i]!), key)); // biome-ignore format: one line
    for (const tensor of tensors) {
      const within = (v: DeviceVector): DeviceVector => partOf(v, tensor.begin, tensor.end);
      const [o, s] = [within(out), within(x)];
      if (o.length === 0) continue;
      const kept = stored && ([stored[0], within(stored[1])] as const);
      if (!isMatrix(tensor)) {
        const moved = (v: DeviceVector): DeviceVector =>
          v.map((part) => ({ ...part, begin: part.begin - tensor.begin + tensor.at }));
        kernels.perturb("gaussian", moved(o), moved(s), terms, kept && [kept[0], moved(kept[1])]);
        continue;
      }
      if (kept || periods.length === 0) kernels.perturb("gaussian", o, s, [], kept);
      periods.forEach(({ u, v }, p) => {
        const a = only(partOf(u, tensor.u, tensor.u + rank * tensor.rows));
        const b = only(partOf(v, tensor.v, tensor.v + rank * tensor.columns));
        kernels.outer(o, kept || p > 0 ? o : s, tensor.begin, rank, a, b);
      });
    }
    for (const { u, v } of periods) for (const one of [u, v]) kernels.free(one);
  }

  return {
    dimension,
    kernels,
    largest,
    async gram(rows, others) {
      const out = await kernels.gram("gaussian", plain, rows, others);
      addProducts(out, rows, others);
      return out;
    },
    async along(seeds, v) {
      const row = kernels.vector(dimension);
      const products = seeds.map((seed) => {
        kernels.clear(row);
        add(row, row, [[1, seed]]);
        return kernels.dot(row, v);
      });
      kernels.free(row);
      return Float64Array.from(await Promise.all(products));
    },
    dot: kernels.dot,
    add,
  };
}

/** Of what lies in one buffer, as was checked. */
function only([part]: DeviceVector): DevicePart {
  return part!;
}
