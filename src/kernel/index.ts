/** Kernels for directions that nobody stores. */
export { jsSeeds } from "./js/seeds.ts";
export type { Term } from "./kernels.ts";
export type { Seed, SeedKernels, SeedKind } from "./seeds.ts";
export { coresHere, loadThreadedWasm, type ThreadedSeeds, whyNoThreads } from "./threads/index.ts";
export { loadWasm } from "./wasm/index.ts";
export { type DevicePart, type DeviceSeeds, type DeviceVector, loadWebgpu } from "./webgpu/index.ts";
