/**
 * The user's own objective, from a module of theirs: JavaScript as Node loads it, TypeScript through jiti. Whoever answers queries loads
 * it by name on its own machine; no code travels.
 */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createJiti } from "jiti";
import { RelizoError } from "../error.ts";
import type { Objective } from "../evaluate/evaluate.ts";
import { has, need, show } from "../option.ts";
import { type Bounds, boxOf } from "../point/bounds.ts";
import { finitePoint } from "../point/finite.ts";
import { pack } from "../point/packing.ts";
import type { HostParameters } from "../run/device.ts";
import type { InPlaceObjective } from "../run/seeded-minimize.ts";

/** What a module of the user's exports: `objective`, or the same as its default, and where to start and to stay. */
export interface ObjectiveModule {
  readonly objective: Objective & InPlaceObjective<HostParameters>;
  readonly x0?: Float64Array;
  readonly bounds?: Bounds;
  /** In place of x0: float32 parameters that move in place, which `objective` gets as they are. */
  readonly parameters?: HostParameters;
}

/**
 * Loads the module; what it does while it loads, it does here.
 *
 * @param path  a path, from the current folder on, or a file: URL; .ts, .mts and .cts are compiled, their types unchecked
 * @throws RelizoError DATA where there is no such file, where it does not load, where it exports no objective, or where x0 or bounds are
 *   not what `minimize` takes
 */
export async function loadObjective(path: string | URL): Promise<ObjectiveModule> {
  const file = fileOf(path);
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile())
    throw new RelizoError(
      "DATA",
      `There is no file ${file}; name the module that exports the objective, such as ./objective.ts.`,
    );
  const exported = exportsOf(await load(file));
  const objective = exported.get("objective") ?? exported.get("default");
  if (!isObjective(objective))
    throw new RelizoError(
      "DATA",
      `${file} must export a function, as in "export const objective = (x) => ...", or have one as its default; it exports ${[...exported].map(([name, value]) => `${name} (${show(value)})`).join(", ") || "nothing"}.`,
    );
  return { objective, ...startOf(file, exported) };
}

function fileOf(path: string | URL): string {
  const text = String(path);
  return text.startsWith("file:") ? fileURLToPath(text) : resolve(text);
}

async function load(file: string): Promise<unknown> {
  const url = pathToFileURL(file).href;
  try {
    if (!/\.[cm]?tsx?$/.test(file)) return await import(url);
    return await createJiti(url, { fsCache: false }).import(file);
  } catch (error) {
    const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new RelizoError("DATA", `${file} could not be loaded. ${said}`, { cause: error });
  }
}

/** By name; those of a CommonJS module, or of an object that is the default, as if they were exported one by one. */
function exportsOf(module: unknown): Map<string, unknown> {
  const named = has(module) ? Object.entries(module) : [];
  const whole: unknown = has(module, "default") ? module.default : undefined;
  const within = typeof whole === "object" && whole !== null ? Object.entries(whole) : [];
  return new Map(
    [...within, ...named].filter(([name]) => name !== "__esModule" && name !== "module.exports"),
  );
}

function isObjective(value: unknown): value is ObjectiveModule["objective"] {
  return typeof value === "function";
}

function startOf(file: string, exported: Map<string, unknown>): Partial<ObjectiveModule> {
  const [x0, bounds, parameters] = ["x0", "bounds", "parameters"].map((name) => exported.get(name));
  try {
    if (parameters !== undefined) return { parameters: parametersIn(file, parameters, { x0, bounds }) };
    const start = x0 === undefined ? undefined : finitePoint(file, x0 as ArrayLike<number>);
    if (bounds === undefined) return start ? { x0: start } : {};
    if (start) boxOf(bounds as Bounds, start.length);
    return { ...(start && { x0: start }), bounds: bounds as Bounds };
  } catch (error) {
    if (!(error instanceof RelizoError)) throw error;
    const { message } = error;
    throw new RelizoError("DATA", message.startsWith(file) ? message : `${file}: ${message}`, {
      cause: error,
    });
  }
}

function parametersIn(file: string, value: unknown, others: object): HostParameters {
  for (const [name, other] of Object.entries(others))
    need(other === undefined, "DATA", `${file}: beside parameters, ${name} must be left out`, other);
  need(
    isHostParameters(value),
    "DATA",
    `${file}: parameters must be a Float32Array, a list of them or a Parameters`,
    value,
  );
  pack(file, [{ parameters: value }], { lr: 1, weightDecay: 0 }); // finite, and apart from each other
  return value;
}

function isHostParameters(value: unknown): value is HostParameters {
  return [has(value, "arrays") ? value.arrays : value].flat().every((one) => one instanceof Float32Array);
}
