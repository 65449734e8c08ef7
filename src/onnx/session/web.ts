/** Sessions of onnxruntime-web, whose build the page brings: `import * as ort from "onnxruntime-web/wasm"`, or `.../webgpu`. */
import { RelizoError } from "../../error.ts";
import { has, need } from "../../option.ts";
import type { OnnxModel } from "../model.ts";
import { openSession, type Runtime, type Session, type SessionOptions } from "./session.ts";

/** `import * as ort from "onnxruntime-web/wasm"` is one. */
export interface WebRuntime extends Runtime {
  readonly env: {
    readonly wasm: { numThreads?: number; wasmPaths?: unknown };
    readonly webgpu?: { readonly device?: unknown };
  };
}

export interface WebSessionOptions {
  /** Where the model runs. Default "wasm". */
  readonly provider?: "wasm" | "webgpu";
  /**
   * Where the `.wasm` and `.mjs` files of the build lie: a folder's address with its slash, or the address of each. Default: beside
   * the script. What the first session of a page says holds for all.
   */
  readonly wasmPaths?: string | { readonly wasm?: string; readonly mjs?: string };
  /** Threads of one run, which take a cross-origin isolated page; the first session's hold for all. Default 1. */
  readonly threads?: number;
  /** What the runtime takes beside that, as it names it. */
  readonly runtime?: NonNullable<SessionOptions["runtime"]>;
}

/**
 * Opens a model in this page or worker. On "wasm" each run copies the parameters that are bound; on "webgpu" they are copied once, where
 * kernels on `session.device` move them.
 *
 * @throws RelizoError BACKEND where there is no WebGPU, or the build has none; DATA for a model that it does not take
 */
export async function openWebSession(
  ort: WebRuntime,
  model: OnnxModel,
  { provider = "wasm", wasmPaths, threads = 1, runtime }: WebSessionOptions = {},
): Promise<Session> {
  need(
    provider === "wasm" || provider === "webgpu",
    "OPTION",
    'openWebSession: provider must be "wasm" or "webgpu"',
    provider,
  );
  if (provider === "webgpu") await needWebgpu();
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  ort.env.wasm.numThreads = threads;
  try {
    return await openSession(ort, model, { provider, ...(runtime && { runtime }) });
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : "";
    if (!/backend not found|no available backend/i.test(said)) throw cause;
    throw new RelizoError(
      "BACKEND",
      `openWebSession: this build of onnxruntime-web does not start ${provider} here (${said}). Import "onnxruntime-web/${provider}", and give wasmPaths where its files lie elsewhere.`,
      { cause },
    );
  }
}

async function needWebgpu(): Promise<void> {
  const { gpu }: { gpu?: unknown } = typeof navigator === "undefined" ? {} : navigator;
  const adapter = has(gpu, "requestAdapter") ? await requestAdapter(gpu) : undefined;
  if (adapter) return;
  throw new RelizoError(
    "BACKEND",
    adapter === null
      ? "openWebSession: this browser has WebGPU, but no adapter for it; open with provider wasm."
      : "openWebSession: there is no WebGPU here; browsers have it on pages of https or of this machine. Open with provider wasm.",
  );
}

async function requestAdapter(gpu: { readonly requestAdapter: unknown }): Promise<unknown> {
  return typeof gpu.requestAdapter === "function" ? await gpu.requestAdapter() : undefined;
}
