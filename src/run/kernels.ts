/** Directions that are drawn again wherever they are needed, by the fastest kernels that work here. */
import { RelizoError } from "../error.ts";
import { jsSeeds } from "../kernel/js/seeds.ts";
import type { Seed, SeedKernels } from "../kernel/seeds.ts";
import { deviceRule, type GpuDevice } from "../kernel/webgpu/gpu.ts";
import type { DeviceSeeds } from "../kernel/webgpu/index.ts";
import { custom, need, type Rules, readOptions, whole } from "../option.ts";
import type { DeviceWorld } from "../space/device-world.ts";
import type { DeviceSeeded, HostParameters, Uploaded } from "./device.ts";
import type { DirectionOptions } from "./direction-options.ts";
import { type Seeded, type SeededOptions, seeded } from "./seeded.ts";

export { jsSeeds } from "../kernel/js/seeds.ts";
export type { Seed, SeedKernels, SeedKind } from "../kernel/seeds.ts";
export type { GpuBuffer, GpuDevice } from "../kernel/webgpu/gpu.ts";
export type { DevicePart, DeviceSeeds, DeviceVector } from "../kernel/webgpu/index.ts";
export type { DeviceParameters, DevicePiece, DeviceTensor } from "../point/device.ts";
export type { Candidate, Replica, Update } from "../space/replica.ts";
export type { DeviceSeeded, HostParameters, Uploaded } from "./device.ts";
export type { DirectionOptions } from "./direction-options.ts";
export type { OtherSpace } from "./other-space.ts";
export type { Seeded, SeededOptions } from "./seeded.ts";
export type {
  InPlaceObjective,
  SeededRunOptions,
  SeededSolution,
  SharedObjective,
} from "./seeded-minimize.ts";

/** Threads that "auto" starts at most: one hands the work out, and it is one memory that all read. */
const MOST_THREADS = 8;

export const BACKENDS = ["wasm", "js"] as const;
/** What works on arrays of yours. */
export type Backend = (typeof BACKENDS)[number];
/** What works on GPU buffers. */
export type DeviceBackend = "webgpu";
type AnyBackend = Backend | DeviceBackend;

export interface OpenOptions<B extends AnyBackend = Backend> {
  /** Backends to try, the first that works is taken. Default: wasm, then js. */
  readonly prefer: readonly B[];
  /** The device that webgpu shares with you, and leaves as it is: buffers belong to one. Default null: one of its own. */
  readonly device: GpuDevice | null;
  /**
   * Threads of the wasm backend, yours among them, 1 to 64; or "auto": one for each core, at most 8, and one where there can be
   * no others. Default 1: each of them costs 12 MB, and only idle cores make them pay. The numbers are the same.
   */
  readonly threads: number | "auto";
}

/** Kernels that gave the right answers here. */
export interface Kernels {
  readonly backend: Backend;
  /** Why this backend, in a sentence: what was tried before it, and what came of that. */
  readonly why: string;
  readonly seeds: SeedKernels;
  /** How many threads work on one call. */
  readonly threads: number;
  /** Ends all of them but yours, if there are any. Calls go on. */
  close(): void;
  /**
   * What `LIZO` takes as its `space`.
   *
   * @throws RelizoError OPTION for an unknown option or a value outside its range
   */
  seeded(options?: Partial<SeededOptions>): Seeded;
}

/** Kernels in a device that gave the right answers here: parameters are GPU buffers. */
export interface DeviceKernels extends Pick<Kernels, "why"> {
  readonly backend: DeviceBackend;
  readonly seeds: DeviceSeeds;
  readonly device: GpuDevice;
  /** Destroys every buffer that these kernels made, and the device unless it is yours. */
  close(): void;
  /** Copies of arrays, or of the tensors of a `Parameters` that are not frozen, in the device, as parameters there. */
  upload(parameters: HostParameters): Uploaded;
  /**
   * What `LIZO` takes as its `space` for GPU buffers.
   *
   * @throws RelizoError OPTION for an unknown option or a value outside its range
   */
  seeded(options?: Partial<DirectionOptions>): DeviceSeeded;
}

const ALL: readonly AnyBackend[] = [...BACKENDS, "webgpu"];
const count = whole(1, 1, 64);
const openRules: Rules<OpenOptions<AnyBackend>> = {
  prefer: custom<readonly AnyBackend[]>(
    BACKENDS,
    `a list of "${ALL.join('", "')}"`,
    (value): value is readonly AnyBackend[] =>
      Array.isArray(value) && value.length > 0 && value.every((name) => ALL.includes(name)),
  ),
  device: deviceRule,
  threads: custom<number | "auto">(
    1,
    `${count.range}, or "auto"`,
    (value): value is number | "auto" => value === "auto" || count.accepts(value),
  ),
};

/**
 * The first of the preferred backends that loads and computes what the plain one does: within its bounds, where it is webgpu.
 *
 * @throws RelizoError OPTION for an unknown option or backend; BACKEND where none works, with the reason of each, and where
 *   the number of threads that is asked for cannot be had
 */
export async function openKernels(options?: Partial<OpenOptions>): Promise<Kernels>;
export async function openKernels(options: Partial<OpenOptions<DeviceBackend>>): Promise<DeviceKernels>;
export async function openKernels(
  options: Partial<OpenOptions<Backend | DeviceBackend>>,
): Promise<Kernels | DeviceKernels>;
export async function openKernels(
  options: Partial<OpenOptions<AnyBackend>> = {},
): Promise<Kernels | DeviceKernels> {
  const { prefer, threads, device } = readOptions("openKernels", options, openRules);
  need(
    device === null || prefer.includes("webgpu"),
    "OPTION",
    'openKernels: device needs "webgpu" among those preferred',
    prefer,
  );
  const refused: string[] = [];
  for (const backend of prefer) {
    let single: SeedKernels;
    try {
      if (backend === "webgpu") return await openDevice(device, refused);
      single = await load(backend);
      probe(single);
    } catch (error) {
      refused.push(`${backend} does not work here: ${reason(error)}`);
      continue;
    }
    if (backend === "js" && typeof threads === "number" && threads > 1)
      throw new RelizoError("BACKEND", `openKernels: ${[...refused, "js has one thread."].join(" ")}`);
    const team = backend === "wasm" && threads !== 1 ? await share(single, threads) : alone(single);
    const why = [...refused, `${backend} gives the right answers.`, team.why].join(" ").trim();
    return { ...team, backend, why, seeded: (own = {}) => seeded(team.seeds, own) };
  }
  throw new RelizoError("BACKEND", `openKernels: ${refused.join(" ")}`);
}

/** Rejects where the promise is not settled in half a minute: a driver that hangs says nothing, one in software compiles for seconds. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("it did not answer in 30 seconds.")), 30_000);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** @throws whatever says that there is no WebGPU here, or that it does not give the right answers */
async function openDevice(given: GpuDevice | null, refused: readonly string[]): Promise<DeviceKernels> {
  const [{ loadWebgpu }, { probeDevice }, { deviceSeeded, upload }] = await Promise.all([
    import("../kernel/webgpu/index.ts"),
    import("./probe-device.ts"),
    import("./device.ts"),
  ]);
  const seeds = await loadWebgpu({ device: given });
  const worlds = new Set<DeviceWorld>();
  try {
    await inTime(probeDevice(seeds));
  } catch (error) {
    seeds.close();
    throw error;
  }
  const { device, adapter } = seeds;
  const on = adapter === "" ? "your device" : adapter;
  return {
    backend: "webgpu",
    why: [...refused, `webgpu gives the right answers on ${on}.`].join(" "),
    seeds,
    device,
    close() {
      for (const { iterate } of worlds) iterate.restore(); // buffers of yours are left at the iterate
      worlds.clear();
      seeds.close();
    },
    upload: (parameters) => upload(seeds, parameters),
    seeded: (own = {}) => deviceSeeded(seeds, own, worlds),
  };
}

type Team = Pick<Kernels, "seeds" | "threads" | "close" | "why">;

const alone = (seeds: SeedKernels, why = ""): Team => ({ seeds, threads: 1, close: () => {}, why });
const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\.?$/, ".");

/** As many threads for wasm; "auto" makes do with one, and says why. */
async function share(single: SeedKernels, wanted: number | "auto"): Promise<Team> {
  const { coresHere, loadThreadedWasm } = await import("../kernel/threads/index.ts");
  const threads = wanted === "auto" ? Math.min(coresHere(), MOST_THREADS) : wanted;
  if (threads === 1) return alone(single, "It has one thread: there is one core.");
  let close = (): void => {};
  try {
    const seeds = await loadThreadedWasm({ threads });
    close = seeds.close;
    probe(seeds, single, 200_000);
    return { seeds, threads, close, why: `It has ${threads} threads.` };
  } catch (cause) {
    close();
    if (wanted === "auto") return alone(single, `It has one thread: ${reason(cause)}`);
    throw new RelizoError("BACKEND", `openKernels: ${reason(cause)}`, { cause });
  }
}

async function load(backend: Backend): Promise<SeedKernels> {
  if (backend === "js") return jsSeeds;
  const { loadWasm } = await import("../kernel/wasm/index.ts"); // a bundle loads it only where it is wanted
  return loadWasm();
}

/** Throws unless the kernels give the bits of others: a feature that is announced is not yet one that works. */
function probe(kernels: SeedKernels, reference: SeedKernels = jsSeeds, d = 333): void {
  const seeds = [0, 1, 2].map((row): Seed => [1, 2, 3, row]);
  const x = Float32Array.from({ length: d }, (_, i) => Math.sin(i));
  const answers = ({ perturb, gram, along, outer, differences, stamp }: SeedKernels): number[] =>
    (["rademacher", "gaussian"] as const).flatMap((kind) => {
      const out = new Float32Array(d);
      perturb(
        kind,
        out,
        x,
        5,
        seeds.map((seed, i) => [0.1 - i, seed]),
        [3, x],
      );
      const part = out.subarray(0, 333);
      outer(part, part, 7, 3, x.subarray(30, 60), x.subarray(0, 120));
      const where = new Uint32Array(9);
      const found = differences(part, x.subarray(0, 333), where);
      return [
        ...out,
        ...gram(kind, d, seeds, seeds),
        ...along(kind, seeds, x, 5),
        found,
        ...where,
        stamp(out),
      ];
    });
  const expected = answers(reference);
  if (!answers(kernels).every((answer, i) => Object.is(answer, expected[i])))
    throw new Error(
      `its numbers differ from those of ${reference === jsSeeds ? "plain JavaScript" : "one thread"}.`,
    );
}
