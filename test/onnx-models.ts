/** Exported models for tests, what they are fed, and one run of them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cut } from "../src/onnx/cut.ts";
import { graphOf, type OnnxModel, parseModel } from "../src/onnx/model.ts";
import { statedShape } from "../src/onnx/node.ts";
import { openNodeSession } from "../src/onnx/session/node.ts";
import type { Feeds, Value } from "../src/onnx/session/session.ts";
import type { Parameters } from "../src/parameters/index.ts";
import { dataFolder } from "./data-folder.ts";

const folder = dataFolder();

/** Why a test of an exported model is skipped; false where the models are there. */
export const noModels: string | false =
  folder === undefined && "no data folder: exported models are looked for in ../shared/data";

export function modelOf(name: string): OnnxModel {
  const path = join(folder ?? "", name.endsWith(".onnx") ? name : `${name}/model.onnx`);
  return parseModel(readFileSync(path), name);
}

export const ints = (values: readonly number[], shape: readonly number[] = [1, values.length]): Value => ({
  type: "int64",
  shape,
  data: BigInt64Array.from(values, BigInt),
});

export const floats = (data: Float32Array, shape: readonly number[]): Value => ({
  type: "float32",
  shape,
  data,
});

/** A past as a run gave it: `present.*` by the names of the inputs. */
export type Past = Readonly<Record<string, Value>>;

/** Rows of ids of one length, with all inputs that a text model's export asks for; what comes before them is none, or a past. */
export function textFeeds(
  model: OnnxModel,
  rows: readonly (readonly number[])[],
  {
    past = {},
    from,
    mask,
  }: { readonly past?: Past; readonly from?: number; readonly mask?: readonly number[] } = {},
): Feeds {
  const length = rows[0]?.length ?? 0;
  const before = Object.values(past)[0]?.shape[2] ?? 0;
  const shape = [rows.length, length];
  const feeds: Record<string, Value> = {};
  for (const input of graphOf(model).input) {
    const { name } = input;
    if (name === "input_ids") feeds[name] = ints(rows.flat(), shape);
    if (name === "token_type_ids")
      feeds[name] = ints(
        rows.flatMap((row) => row.map(() => 0)),
        shape,
      );
    if (name === "attention_mask")
      feeds[name] = ints(mask ?? new Array<number>(rows.length * (before + length)).fill(1), [
        rows.length,
        before + length,
      ]);
    if (name === "position_ids")
      feeds[name] = ints(
        rows.flatMap((row) => row.map((_, i) => (from ?? before) + i)),
        shape,
      );
    if (!name.startsWith("past_key_values")) continue;
    const [, heads = 1, , size = 1] = statedShape(input) ?? [];
    feeds[name] = past[name] ?? floats(new Float32Array(0), [rows.length, Number(heads), 0, Number(size)]);
  }
  return feeds;
}

/** What came out, as what goes in. */
export function pastOf(outputs: Readonly<Record<string, Value>>): Past {
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([name, value]) =>
      name.startsWith("present.") ? [[name.replace("present.", "past_key_values."), value]] : [],
    ),
  );
}

/** One run of a model, or of a cut one with its own parameters or others. */
export async function runOnce(
  what: OnnxModel | Cut,
  feeds: Feeds,
  values?: Parameters,
): Promise<Readonly<Record<string, Value>>> {
  const cut = "proto" in what ? undefined : what;
  const session = await openNodeSession("proto" in what ? what : what.model, { threads: 1 });
  try {
    const bound = values ?? cut?.parameters;
    if (bound) session.bind(bound);
    return await session.run(feeds);
  } finally {
    await session.close();
  }
}

/** An output's numbers. */
export function numbers(outputs: Readonly<Record<string, Value>>, name = "logits"): Float32Array {
  const data = outputs[name]?.data;
  if (data instanceof Float32Array) return data;
  throw new Error(`no float32 output "${name}" among ${Object.keys(outputs).join(", ")}`);
}

/** The largest absolute value. */
export function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
