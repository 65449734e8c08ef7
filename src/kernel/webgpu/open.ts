/** Where a device comes from: the browser's, the caller's, or in Node that of the optional package "webgpu". */
import { RelizoError } from "../../error.ts";
import { has } from "../../option.ts";
import type { Gpu, GpuAdapter, GpuDevice } from "./gpu.ts";

export interface Opened {
  readonly device: GpuDevice;
  /** What computes, in the driver's words; empty for a device of the caller's. */
  readonly adapter: string;
}

const PACKAGE = "webgpu";
const ELSE = "The kernels for WebAssembly and plain JavaScript need neither.";

/**
 * A device with the adapter's own limits of buffers, for large parameters.
 *
 * @throws RelizoError BACKEND with what is missing and what to do about it
 */
export async function openDevice(): Promise<Opened> {
  const adapter = await findAdapter(await findGpu());
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const { vendor = "", architecture = "", description = "" } = adapter.info ?? {};
  const name = [vendor, architecture, description].filter((word) => word !== "").join(" ");
  try {
    const device = await adapter.requestDevice({
      requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
    });
    return { device, adapter: name };
  } catch (cause) {
    throw refusal(`the adapter ${name} gives no device: ${said(cause)}. ${ELSE}`, cause);
  }
}

async function findAdapter(gpu: Gpu): Promise<GpuAdapter> {
  const where = isNode
    ? "Node finds GPUs by Vulkan on Linux, where libvulkan.so.1 and a driver must be there (VK_DRIVER_FILES names one), by Metal on macOS and by Direct3D 12 on Windows"
    : "chrome://gpu says why in Chromium, about:support in Firefox";
  const adapter = await gpu
    .requestAdapter({ powerPreference: "high-performance" })
    .catch((cause: unknown) => {
      throw refusal(`no adapter was found: ${said(cause)}. ${where}. ${ELSE}`, cause);
    });
  if (adapter) return adapter;
  throw refusal(`there is no adapter, that is no GPU with a driver for WebGPU. ${where}. ${ELSE}`);
}

const isNode = typeof process !== "undefined" && typeof process.versions?.node === "string";

/** The package's own object, made once: when it is collected, a device that it made takes the process down. */
let packaged: Gpu | undefined;

async function findGpu(): Promise<Gpu> {
  const gpu: unknown = typeof navigator === "undefined" ? undefined : Reflect.get(navigator, "gpu");
  if (isGpu(gpu)) return gpu;
  if (!isNode)
    throw refusal(
      `there is no navigator.gpu: it takes Chrome or Edge 113, Safari 26, Firefox 141 on Windows or later, and a page from https or localhost. ${ELSE}`,
    );
  if (packaged) return packaged;
  try {
    const name = PACKAGE; // bundlers are to leave it alone: browsers need none
    const found: unknown = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
    const made: unknown = packaged ?? (hasCreate(found) && found.create([]));
    if (!isGpu(made)) throw new TypeError("it has no create() that gives a GPU");
    packaged = made;
    return made;
  } catch (cause) {
    throw refusal(
      `Node needs the optional package "${PACKAGE}" for a GPU, which does not load: ${said(cause)}. Run: npm install ${PACKAGE}. ${ELSE}`,
      cause,
    );
  }
}

const isGpu = (value: unknown): value is Gpu => has(value, "requestAdapter");
const hasCreate = (value: unknown): value is { create(options: readonly string[]): unknown } =>
  has(value, "create") && typeof value.create === "function";

const refusal = (message: string, cause?: unknown): RelizoError =>
  new RelizoError("BACKEND", `loadWebgpu: ${message}`, { cause });

/** In one line. */
export const said = (cause: unknown): string =>
  String(has(cause, "message") ? cause.message : cause)
    .trim()
    .replace(/\s+/g, " ");
