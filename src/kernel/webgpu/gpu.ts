/**
 * The part of WebGPU that the kernels use, as types of our own: a `GPUDevice` and its buffers fit them, and declarations
 * need neither a recent DOM library nor another package.
 */
import { custom, has, type Rule } from "../../option.ts";
import type { DeviceBuffer } from "../../point/device.ts";

export type GpuBuffer = DeviceBuffer;

export interface GpuDevice {
  readonly limits: GpuLimits;
  readonly lost: Promise<{ readonly message: string }>;
  readonly queue: GpuQueue;
  createBuffer(descriptor: { readonly size: number; readonly usage: number }): GpuBuffer;
  createShaderModule(descriptor: { readonly code: string }): object;
  createComputePipeline(descriptor: {
    readonly layout: "auto" | object;
    readonly compute: { readonly module: object };
  }): GpuPipeline;
  createBindGroup(descriptor: { readonly layout: object; readonly entries: Iterable<GpuEntry> }): object;
  createCommandEncoder(): GpuEncoder;
  pushErrorScope(filter: string): void;
  popErrorScope(): Promise<{ readonly message: string } | null>;
  destroy(): void;
}

export const deviceRule: Rule<GpuDevice | null> = custom<GpuDevice | null>(
  null,
  "a GPUDevice or null",
  (value): value is GpuDevice | null => value === null || has(value, "queue", "limits", "lost"),
);

export interface GpuLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly minStorageBufferOffsetAlignment: number;
  readonly maxComputeWorkgroupsPerDimension: number;
}

export interface GpuQueue {
  submit(commands: Iterable<object>): void;
  writeBuffer(buffer: GpuBuffer, offset: number, data: Float32Array | Uint32Array): void;
  onSubmittedWorkDone(): Promise<unknown>;
}

export interface GpuEncoder {
  beginComputePass(): GpuPass;
  copyBufferToBuffer(from: GpuBuffer, fromAt: number, to: GpuBuffer, toAt: number, size: number): void;
  clearBuffer(buffer: GpuBuffer, offset: number, size: number): void;
  finish(): object;
}

export interface GpuPass {
  setPipeline(pipeline: GpuPipeline): void;
  setBindGroup(index: number, group: object | null): void;
  dispatchWorkgroups(x: number, y: number): void;
  end(): void;
}

export interface GpuPipeline {
  getBindGroupLayout(index: number): object;
}

export interface GpuEntry {
  readonly binding: number;
  readonly resource: unknown;
}

/** What finds devices: `navigator.gpu`. */
export interface Gpu {
  requestAdapter(options: { readonly powerPreference: "high-performance" }): Promise<GpuAdapter | null>;
}

export interface GpuAdapter {
  /** Older browsers have none. */
  readonly info?: {
    readonly vendor?: string;
    readonly architecture?: string;
    readonly description?: string;
  };
  readonly limits: GpuLimits;
  requestDevice(descriptor: { readonly requiredLimits: Record<string, number> }): Promise<GpuDevice>;
}
