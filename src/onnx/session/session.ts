/**
 * One session, whichever runtime serves it: onnxruntime-node, or onnxruntime-web on WebAssembly or WebGPU. What trains is bound once;
 * the arrays, or buffers, behind it are changed in place between runs, and each run sees them as they stand.
 */
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { RelizoError } from "../../error.ts";
import { has, need } from "../../option.ts";
import { Parameters } from "../../parameters/index.ts";
import type { GpuDevice, Uploaded } from "../../run/kernels.ts";
import { encodeModel, type OnnxModel } from "../model.ts";

/** What ONNX Runtime's packages have in common; `import * as ort from "onnxruntime-web/wasm"` is one. */
export interface Runtime {
  readonly InferenceSession: Pick<typeof InferenceSession, "create">;
  readonly Tensor: typeof Tensor;
  /** Of onnxruntime-web: the device that its sessions on WebGPU share. */
  readonly env?: { readonly webgpu?: { readonly device?: unknown } };
}

/** Numbers in and out of a model; whole numbers of 64 bits are a `BigInt64Array`. */
export interface Value {
  readonly type: "float32" | "float64" | "float16" | "int64" | "int32" | "uint8" | "int8" | "bool";
  readonly shape: readonly number[];
  readonly data:
    | Float32Array
    | Float64Array
    | Uint16Array
    | BigInt64Array
    | Int32Array
    | Uint8Array
    | Int8Array;
}

export type Feeds = Readonly<Record<string, Value>>;

/** What is known of an input before a run. */
export interface InputInfo {
  readonly name: string;
  /** "float32", "int64" and so on. */
  readonly type: string;
  /** A text is the name of a dimension that is open. */
  readonly shape: readonly (number | string)[];
}

export interface SessionOptions {
  /** Where the model runs: "cpu" of onnxruntime-node; "wasm" or "webgpu" of onnxruntime-web. */
  readonly provider: "cpu" | "wasm" | "webgpu";
  /** Threads of one run; 0 for as many as there are cores. Default 0. */
  readonly threads?: number;
  /** What the runtime takes beside that, as it names it: `graphOptimizationLevel`, `extra`. */
  readonly runtime?: InferenceSession.SessionOptions;
}

/** A model ready to run. One run at a time. */
export interface Session {
  readonly provider: SessionOptions["provider"];
  /** Inputs that each run must bring: those of the model that are not bound. */
  readonly inputs: readonly InputInfo[];
  readonly outputs: readonly string[];
  /** What is bound, as it was given; none before `bind`. */
  readonly parameters: Parameters;
  /** Of onnxruntime-web on WebGPU: where it computes, for kernels that share it: `openKernels({ prefer: ["webgpu"], device })`. */
  readonly device?: GpuDevice | undefined;
  /** Where in the device the parameters lie, if they were bound there. */
  readonly uploaded?: Uploaded | undefined;
  /**
   * Has inputs of these names be the tensors of `parameters` from now on: no copy of them is made in Node, and whoever changes
   * their numbers changes what the model computes. In browsers each run copies them. On WebGPU, `uploaded` says in which buffers they
   * lie, and nothing is copied: `kernels.upload(parameters)`, of kernels on the session's own device.
   *
   * @throws RelizoError SHAPE for a tensor whose shape the model does not take, OPTION for one that is no input, and for buffers
   *   where the session is not on WebGPU
   */
  bind(parameters: Parameters, uploaded?: Uploaded): void;
  /**
   * One forward pass.
   *
   * @param outputs  what is wanted of it; what is not is not copied out. Default: all
   * @returns fresh arrays
   * @throws RelizoError DATA where the model cannot be run on that, BACKEND where the memory does not suffice
   */
  run(feeds: Feeds, outputs?: readonly string[]): Promise<Readonly<Record<string, Value>>>;
  close(): Promise<void>;
}

/**
 * Opens a model with a runtime of yours. `openNodeSession` of "relizo/onnx/node" has onnxruntime-node do it.
 *
 * @throws RelizoError DATA when the runtime does not take the model
 */
export async function openSession(
  runtime: Runtime,
  model: OnnxModel,
  options: SessionOptions,
): Promise<Session> {
  const { provider, threads = 0, runtime: own } = options;
  const session = await runtime.InferenceSession.create(encodeModel(model), {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    logSeverityLevel: 4, // what fails is thrown, and says why
    ...own,
  }).catch((cause: unknown) => {
    throw failure("the model cannot be opened", cause);
  });
  const { Tensor } = runtime;
  const device = provider === "webgpu" ? await deviceOf(runtime) : undefined;
  const stated = new Map(session.inputMetadata.map((about) => [about.name, about]));
  let parameters = Parameters.from({});
  let uploaded: Uploaded | undefined;
  let bound: Record<string, Tensor> = {};
  let busy = false;

  function bind(given: Parameters, there?: Uploaded): void {
    const named: Record<string, Tensor> = {};
    const trained = [...given].filter(({ frozen }) => !frozen);
    need(
      !there || provider === "webgpu",
      "OPTION",
      'bind: buffers need a session on "webgpu"; bind arrays alone',
      provider,
    );
    need(
      !there || there.tensors.length === trained.length,
      "SHAPE",
      `bind: uploaded must be the upload of these ${trained.length} tensors`,
      there?.tensors.length,
    );
    for (const { name, shape, data } of given) {
      const about = stated.get(name);
      if (!about)
        throw new RelizoError(
          "OPTION",
          `bind: "${name}" is no input of the model; its inputs are ${list(session.inputNames)}. Cut the model first: expose, addLora, addPrompt or addPrefix make them.`,
        );
      const takes = about.isTensor ? about.shape : [];
      const fits =
        takes.length === shape.length &&
        takes.every((extent, i) => typeof extent !== "number" || extent < 0 || extent === shape[i]);
      need(fits, "SHAPE", `bind: "${name}" must have shape [${takes.join(", ")}]`, shape);
      const piece = there?.tensors[trained.findIndex((tensor) => tensor.name === name)];
      if (!piece) named[name] = new Tensor("float32", data, [...shape]);
      else {
        need(
          piece.offset === 0,
          "SHAPE",
          `bind: "${name}" must have a buffer of its own on the device`,
          piece.offset,
        );
        named[name] = Tensor.fromGpuBuffer(piece.buffer as never, { dataType: "float32", dims: [...shape] });
      }
    }
    parameters = given;
    uploaded = there;
    bound = named;
  }

  async function run(feeds: Feeds, outputs: readonly string[] = session.outputNames) {
    need(!busy, "STATE", "run: one run at a time; await the one before, or open another session", "a second");
    const missing = session.inputNames.filter((name) => !(name in feeds || name in bound));
    if (missing.length > 0)
      throw new RelizoError(
        "DATA",
        `run: the model needs ${list(missing)}; got ${list(Object.keys(feeds))}${Object.keys(bound).length ? ` beside ${Object.keys(bound).length} bound tensors` : ""}.`,
      );
    const entries = Object.entries(feeds).map(([name, { type, shape, data }]) => [
      name,
      new Tensor(type as "float32", data as Float32Array, [...shape]),
    ]);
    busy = true;
    try {
      const found = await session.run({ ...bound, ...Object.fromEntries(entries) }, [...outputs]);
      return Object.fromEntries(
        await Promise.all(outputs.map(async (name) => [name, await toValue(found[name])] as const)),
      );
    } catch (cause) {
      throw failure("the model cannot be run", cause);
    } finally {
      busy = false;
    }
  }

  return {
    provider,
    get inputs() {
      return session.inputMetadata
        .filter(({ name }) => !(name in bound))
        .map((about) => ({
          name: about.name,
          type: about.isTensor ? about.type : "no tensor",
          shape: about.isTensor ? about.shape : [],
        }));
    },
    outputs: session.outputNames,
    get parameters() {
      return parameters;
    },
    device,
    get uploaded() {
      return uploaded;
    },
    bind,
    run,
    close: () => session.release(),
  };
}

/** Undefined where the runtime keeps it to itself, as onnxruntime-node does. */
async function deviceOf({ env }: Runtime): Promise<GpuDevice | undefined> {
  const device = await env?.webgpu?.device;
  return isDevice(device) ? device : undefined;
}

const isDevice = (value: unknown): value is GpuDevice => has(value, "queue", "limits", "lost");

async function toValue(tensor: Tensor | undefined): Promise<Value> {
  need(tensor !== undefined, "DATA", "run: the model must put out what was asked for", tensor);
  const data = (tensor.location === "cpu" ? tensor.data : await tensor.getData(true)) as Value["data"];
  return { type: tensor.type as Value["type"], shape: tensor.dims, data };
}

const list = (names: readonly string[]): string =>
  names.length === 0 ? "nothing" : `"${names.join('", "')}"`;

/** How ONNX Runtime says that a Gather was asked for a row that there is not. */
const OUTSIDE = /Name:'([^']*)'.*idx=(-?\d+) must be within the inclusive range \[-\d+,(\d+)\]/s;

/** What the runtime says, in a sentence that begins with what failed. */
function failure(what: string, cause: unknown): RelizoError {
  if (cause instanceof RelizoError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  const [, at, index, last] = OUTSIDE.exec(why) ?? [];
  if (last !== undefined)
    return new RelizoError(
      "DATA",
      `${what}: ${at} takes row ${index} of a table of ${Number(last) + 1} rows. Where rows are tokens, the tokenizer is not the model's: give the one that came with it; where they are positions, the texts are too long.`,
      { cause },
    );
  const memory = /bad_alloc|out of memory|allocat|Array buffer|memory access out of bounds/i.test(why);
  return memory
    ? new RelizoError(
        "BACKEND",
        `${what}: there is not enough memory (${why.trim()}). Make the batch or the sequences smaller, or train fewer tensors.`,
        { cause },
      )
    : new RelizoError("DATA", `${what}: ${why.trim()}`, { cause });
}
