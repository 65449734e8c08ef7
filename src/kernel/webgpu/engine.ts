/** A device at work: its buffers are counted, its errors kept, its answers read; what is computed is none of its business. */
import { RelizoError } from "../../error.ts";
import type { Seed } from "../seeds.ts";
import type { GpuBuffer, GpuDevice, GpuEncoder, GpuPipeline } from "./gpu.ts";
import { said } from "./open.ts";
import { JOB, LIST, OPERANDS, TABLE } from "./shaders.ts";
import type { Range } from "./vector.ts";

/** WGSL by a name of its own. */
export interface Shader {
  readonly name: string;
  code(): string;
}

/** One dispatch of a shader. */
export interface Job {
  readonly shader: Shader;
  /** Workgroups in x and y. */
  readonly groups: readonly [number, number];
  /** c of the shader's `Job`, and the members after it. */
  readonly c?: number;
  readonly numbers: readonly number[];
  /** What is read and written, from binding OPERANDS on. */
  readonly operands: readonly Range[];
  readonly usesList?: boolean;
  readonly usesTable?: boolean;
}

/** Buffer usages of WebGPU. */
const MAP_READ = 1;
const COPY_SRC = 4;
const COPY_DST = 8;
const STORAGE = 128;
/** Errors that a device tells of by scope. */
const MODES = ["out-of-memory", "internal", "validation"];
/** Bytes of a shader's `Job`. */
const NUMBERS = 4 * 11;
/** Words of a shader's `Term`. */
const TERM = 8;

/** What shaders read seeds and coefficients from: at least one term, since no binding is empty. */
export function listOf(seeds: readonly Seed[], coefficients: readonly number[] = []): Uint32Array {
  const list = new Uint32Array(TERM * Math.max(1, seeds.length));
  const floats = new Float32Array(list.buffer);
  seeds.forEach((seed, k) => {
    list.set(seed, TERM * k);
    floats[TERM * k + seed.length] = coefficients[k] ?? 0;
  });
  return list;
}

export class Engine {
  readonly device: GpuDevice;
  readonly #table: () => Float32Array;
  readonly #isOwn: boolean;
  readonly #made = new Set<GpuBuffer>();
  readonly #pipelines = new Map<string, GpuPipeline>();
  #arguments: GpuBuffer | undefined;
  #tableBuffer: GpuBuffer | undefined;
  #failure: RelizoError | undefined;
  #checks: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /**
   * @param isOwn  it is destroyed on `close`, and when Node ends
   * @param table  what shaders with `usesTable` read
   */
  constructor(device: GpuDevice, isOwn: boolean, table: () => Float32Array) {
    this.device = device;
    this.#isOwn = isOwn;
    this.#table = table;
    device.lost.then(({ message }) => {
      this.#failure ??= failure(
        `the device was lost: ${message || "no reason given"}. Load the kernels anew; results of calls under way are gone`,
      );
    });
    if (isOwn && typeof process !== "undefined") process.once?.("exit", this.#end);
  }

  /** What the first byte of a binding must be a multiple of. */
  get alignment(): number {
    return this.device.limits.minStorageBufferOffsetAlignment;
  }

  /** Workgroups of a dispatch, at most. */
  get groups(): number {
    return this.device.limits.maxComputeWorkgroupsPerDimension;
  }

  /**
   * Elements of a piece, so that one dispatch does it and any `operands` of it can be bound, even as one range.
   *
   * @param per  elements of a workgroup
   */
  most(operands: number, per: number): number {
    const bytes = this.device.limits.maxStorageBufferBindingSize / operands - this.alignment;
    return Math.min(Math.floor(bytes / 4), per * this.groups);
  }

  /** Buffers that were made here and not destroyed yet. */
  get live(): number {
    return this.#made.size;
  }

  /** A buffer of zeros for the shaders. */
  make(size: number): GpuBuffer {
    return this.#make(size, STORAGE | COPY_SRC | COPY_DST);
  }

  free(buffer: GpuBuffer): void {
    if (this.#made.delete(buffer)) buffer.destroy();
  }

  /** Runs what cannot be answered at once: an error of the device is thrown by the next call, or by one that waits. */
  checked<T>(work: () => T): T {
    if (this.#failure) throw this.#failure;
    for (const mode of MODES) this.device.pushErrorScope(mode);
    try {
      return work();
    } finally {
      const answers = MODES.map(() => this.device.popErrorScope());
      const all = Promise.all(answers).then(
        (errors) => {
          const error = errors.find((one) => one !== null);
          if (error) this.#failure ??= failure(`the device reports an error: ${said(error)}`);
        },
        () => {}, // a lost device answers nothing: see the constructor
      );
      this.#checks = this.#wait(Promise.all([this.#checks, all]));
    }
  }

  /** Submits commands that an encoder takes. */
  submit(encode: (encoder: GpuEncoder) => void): void {
    this.checked(() => this.#submit(encode));
  }

  /**
   * Submits these jobs, which run in order.
   *
   * @param list  for those that use it: see `listOf`
   */
  run(jobs: readonly Job[], list?: Uint32Array): void {
    if (jobs.length > 0) this.checked(() => this.#submit((encoder) => this.#encode(encoder, jobs, list)));
  }

  /** Runs jobs that write into a buffer of so many zeros [bytes], and resolves to what is in it then. */
  async ask(size: number, jobs: (out: Range) => readonly Job[], list?: Uint32Array): Promise<ArrayBuffer> {
    const [out, staging] = this.checked(() => {
      const buffer = this.#make(size, STORAGE | COPY_SRC);
      const mapped = this.#make(size, MAP_READ | COPY_DST);
      this.#submit((encoder) => {
        this.#encode(encoder, jobs({ buffer, offset: 0, size }), list);
        encoder.copyBufferToBuffer(buffer, 0, mapped, 0, size);
      });
      return [buffer, mapped];
    });
    try {
      return await this.#contents(staging);
    } finally {
      this.free(out);
    }
  }

  /** What a range holds when all that was submitted so far is done. */
  async read({ buffer, offset, size }: Range): Promise<ArrayBuffer> {
    const staging = this.checked(() => {
      const mapped = this.#make(size, MAP_READ | COPY_DST);
      this.#submit((encoder) => encoder.copyBufferToBuffer(buffer, offset, mapped, 0, size));
      return mapped;
    });
    return this.#contents(staging);
  }

  /** Resolves when all that was submitted is done, and rejects if some of it failed. */
  async done(): Promise<void> {
    await this.#wait(this.device.queue.onSubmittedWorkDone().catch(() => {}));
    await this.#checks;
    if (this.#failure) throw this.#failure;
  }

  close(): void {
    this.#failure = failure("the kernels were closed");
    for (const buffer of this.#made) this.free(buffer);
    this.#pipelines.clear();
    if (!this.#isOwn) return;
    this.#end();
    if (typeof process !== "undefined") process.off?.("exit", this.#end);
  }

  readonly #end = (): void => this.device.destroy();

  #make(size: number, usage: number): GpuBuffer {
    const buffer = this.device.createBuffer({ size, usage });
    this.#made.add(buffer);
    return buffer;
  }

  #submit(encode: (encoder: GpuEncoder) => void): void {
    const encoder = this.device.createCommandEncoder();
    encode(encoder);
    this.device.queue.submit([encoder.finish()]);
  }

  #encode(encoder: GpuEncoder, jobs: readonly Job[], list: Uint32Array = listOf([])): void {
    const bind = this.#write(jobs, list);
    const pass = encoder.beginComputePass();
    for (const [k, job] of jobs.entries()) {
      const pipeline = this.#pipeline(job.shader);
      const entries = [...bind(k)].map(([binding, resource]) => ({ binding, resource }));
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, this.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
      pass.dispatchWorkgroups(...job.groups);
    }
    pass.end();
  }

  /** Writes what jobs are told into one buffer: the list first, then each job's numbers; returns what each is bound to. */
  #write(jobs: readonly Job[], list: Uint32Array): (k: number) => Iterable<[number, Range]> {
    const { alignment } = this;
    const stride = alignment * Math.ceil(NUMBERS / alignment);
    const start = alignment * Math.ceil(list.byteLength / alignment);
    const all = new Uint32Array((start + stride * jobs.length) / 4);
    all.set(list);
    jobs.forEach(({ numbers, c = 0 }, k) => {
      const at = (start + stride * k) / 4;
      new Float32Array(all.buffer)[at] = c;
      all.set(numbers, at + 1);
    });
    const buffer = this.#room(all.byteLength);
    this.device.queue.writeBuffer(buffer, 0, all);
    return (k) => {
      const { operands, usesList, usesTable } = jobs[k]!;
      const bound = new Map<number, Range>(operands.map((range, j) => [OPERANDS + j, range]));
      bound.set(JOB, { buffer, offset: start + stride * k, size: NUMBERS });
      if (usesList) bound.set(LIST, { buffer, offset: 0, size: list.byteLength });
      if (usesTable) bound.set(TABLE, this.#tableRange());
      return bound;
    };
  }

  /** The buffer for what jobs are told: what is submitted later waits its turn, so one will do. */
  #room(size: number): GpuBuffer {
    if (this.#arguments && this.#arguments.size >= size) return this.#arguments;
    if (this.#arguments) this.free(this.#arguments);
    this.#arguments = this.#make(2 * size, STORAGE | COPY_DST);
    return this.#arguments;
  }

  #tableRange(): Range {
    if (!this.#tableBuffer) {
      const table = this.#table();
      this.#tableBuffer = this.#make(table.byteLength, STORAGE | COPY_DST);
      this.device.queue.writeBuffer(this.#tableBuffer, 0, table);
    }
    return { buffer: this.#tableBuffer, offset: 0, size: this.#tableBuffer.size };
  }

  #pipeline(shader: Shader): GpuPipeline {
    let pipeline = this.#pipelines.get(shader.name);
    if (!pipeline) {
      const module = this.device.createShaderModule({ code: shader.code() });
      pipeline = this.device.createComputePipeline({ layout: "auto", compute: { module } });
      this.#pipelines.set(shader.name, pipeline);
    }
    return pipeline;
  }

  /** What a buffer to read from holds; it is destroyed then. */
  async #contents(staging: GpuBuffer): Promise<ArrayBuffer> {
    try {
      await this.#wait(staging.mapAsync(MAP_READ));
      await this.#checks;
      if (this.#failure) throw this.#failure;
      return staging.getMappedRange().slice(0);
    } catch (cause) {
      await this.#checks;
      throw this.#failure ?? failure(`the device gave no answer: ${said(cause)}`, cause);
    } finally {
      this.free(staging);
    }
  }

  /** Node ends where nothing is left but promises, and those of a device are no more than that. */
  async #wait<T>(promise: Promise<T>): Promise<T> {
    if (this.#waiting++ === 0) this.#timer = setInterval(() => {}, 1000);
    try {
      return await promise;
    } finally {
      if (--this.#waiting === 0) clearInterval(this.#timer);
    }
  }
}

const failure = (message: string, cause?: unknown): RelizoError =>
  new RelizoError("BACKEND", `webgpu: ${message}.`, { cause });
