/** What `relizo minimize` starts from: the module with the objective, or the numbers that the command line gives. */
import { readFile } from "node:fs/promises";
import type { Bounds, Objective } from "../../src/index.ts";
import { loadObjective, type ObjectiveModule } from "../../src/workers/node.ts";
import { wrong } from "../settings.ts";

export interface StartOptions {
  readonly x0?: string;
  readonly lower?: number;
  readonly upper?: number;
}

export interface DenseStart {
  readonly objective?: Objective;
  readonly x0: ArrayLike<number>;
  readonly bounds?: Bounds;
}

export type InPlaceStart = Pick<ObjectiveModule, "objective"> & Required<Pick<ObjectiveModule, "parameters">>;

export type Start = DenseStart | InPlaceStart;

/** @param file  the module, where one is named: what the command line says comes before what it exports */
export async function startOf(
  file: string | undefined,
  { x0: given, lower, upper }: StartOptions,
): Promise<Start> {
  if (lower !== undefined && upper !== undefined && lower > upper)
    throw wrong(`--lower must not be above --upper, got ${lower} and ${upper}.`);
  const module: Partial<ObjectiveModule> = file === undefined ? {} : await loadObjective(file);
  const { objective, bounds: own, parameters } = module;
  if (objective && parameters) {
    for (const [flag, value] of Object.entries({ x0: given, lower, upper }))
      if (value !== undefined)
        throw wrong(`--${flag} is for an x0; ${file} exports parameters, which start where they are.`);
    return { objective, parameters };
  }
  const x0 = given === undefined ? module.x0 : await numbersOf(given);
  if (x0 === undefined)
    throw wrong(
      file === undefined
        ? "where to start is needed: --x0 1,2,3, or --x0 FILE with a JSON array."
        : `${file} exports no x0; export one, or give --x0 1,2,3 or --x0 FILE with a JSON array.`,
    );
  const bounds =
    lower === undefined && upper === undefined
      ? own
      : { ...(lower !== undefined && { lower }), ...(upper !== undefined && { upper }) };
  return { x0, ...(objective && { objective }), ...(bounds && { bounds }) };
}

/** "1,2,3" or the path of a JSON file with an array of numbers. */
async function numbersOf(text: string): Promise<number[]> {
  if (/^[\s\d.,eE+-]+$/.test(text)) {
    const parts = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
    if (parts.every(Number.isFinite)) return parts;
    throw wrong(`--x0 must be numbers with commas between, got ${JSON.stringify(text)}.`);
  }
  let found: unknown;
  try {
    found = JSON.parse(await readFile(text, "utf8"));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw wrong(`--x0 must be numbers with commas between, or a file with a JSON array; ${said}.`);
  }
  const list: unknown = typeof found === "object" && found !== null && "x" in found ? found.x : found; // of --out
  if (Array.isArray(list) && list.length > 0 && list.every((value) => typeof value === "number")) return list;
  throw wrong(`--x0: ${text} must hold a JSON array of numbers, or { "x": [...] } as --out writes it.`);
}
