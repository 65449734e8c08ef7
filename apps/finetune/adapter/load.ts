/** An adapter that was made elsewhere, put into a model: cut as for training, with the adapter's numbers as its parameters. */
import type { RelizoError } from "../../../src/index.ts";
import {
  addHead,
  addLora,
  addPrefix,
  addPrompt,
  type Cut,
  expose,
  type HeadCounts,
  type LinearModule,
  linearModules,
  type OnnxModel,
  type ParameterInfo,
  type Pool,
  parameters,
} from "../../../src/onnx/index.ts";
import { Parameters, type Tensor, type TensorInit } from "../../../src/parameters/index.ts";
import { list, need } from "../check.ts";
import { align, isPaths, type Paths, renamed } from "./paths.ts";
import { type AdapterSource, bad, type LowRank, readAdapter } from "./read.ts";
import { transposed } from "./transposed.ts";

export interface LoadAdapterOptions {
  /** What the export's modules are called in the adapter, where that is not clear from their paths. */
  readonly paths?: Paths;
  /** Which hidden state a head reads that comes with the adapter, where the model has none: it is then added. */
  readonly pool?: Pool;
  /** Of a prefix, where the graph does not tell. */
  readonly heads?: HeadCounts;
}

/** A model with an adapter from files: what `addLora`, `addPrompt` or `addPrefix` gives, its parameters being the adapter's. */
export interface LoadedAdapter extends Cut {
  readonly kind: "lora" | "prompt" | "prefix";
  /** The adapter's modules by those of the model; none of a prompt or a prefix. */
  readonly modules: ReadonlyMap<string, string>;
  /** Of a prompt: its token p has the id `vocabulary + p`. */
  readonly vocabulary?: number;
}

/**
 * Puts an adapter in PEFT's layout into a model. Its modules are those of the same path; or of one that is the same but for parts
 * that exporters leave out, as long as only one is; shapes must fit. Numbers in float16 and bfloat16 are widened, exactly.
 *
 * @throws RelizoError DATA as `readAdapter` does; for a module that the model does not have, with near names, or in another shape;
 *   OPTION and DATA where the model cannot be cut so
 */
export async function loadAdapter(
  model: OnnxModel,
  source: AdapterSource,
  options: LoadAdapterOptions = {},
): Promise<LoadedAdapter> {
  const { paths, heads } = options;
  need(
    paths === undefined || isPaths(paths),
    "OPTION",
    "loadAdapter: paths must be a prefix or pairs",
    paths,
  );
  const content = readAdapter(source);
  const whole = await savedModules(model, content.saved, options);
  if (content.kind === "lora") return lora(whole, content.modules, paths);
  const { rows, layers } = content;
  const tokens = rows.shape[0] ?? 0;
  const init = rows.data.slice();
  if (content.kind === "prompt") {
    const cut = await addPrompt(whole.model, { tokens, init });
    const all = joined([whole.parameters, cut.parameters]);
    return { ...cut, kind: "prompt", modules: new Map(), parameters: all };
  }
  const cut = await addPrefix(whole.model, { tokens, init, ...heads });
  const said = [layers ?? cut.shape.layers, content.heads ?? cut.shape.heads];
  if (said.join() !== [cut.shape.layers, cut.shape.heads].join())
    throw bad(
      `the prefix is of ${said[0]} layers of ${said[1]} heads, the model has ${cut.shape.layers} of ${cut.shape.heads}`,
    );
  return {
    model: cut.model,
    kind: "prefix",
    modules: new Map(),
    parameters: joined([whole.parameters, cut.parameters]),
  };
}

interface Place {
  readonly linear: LinearModule;
  readonly adapter: LowRank;
}

async function lora(
  whole: Cut,
  adapters: readonly LowRank[],
  paths: Paths | undefined,
): Promise<LoadedAdapter> {
  const places = placesOf(linearModules(whole.model), adapters, paths);
  const groups = new Map<string, Place[]>();
  for (const place of places) {
    const { rank, scale } = place.adapter;
    const key = `${rank} ${scale}`;
    groups.set(key, [...(groups.get(key) ?? []), place]);
  }
  let { model } = whole;
  const parts = [whole.parameters];
  for (const group of groups.values()) {
    const { rank, scale } = group[0]!.adapter;
    const targets = group.map(({ linear }) => exactly(linear.module));
    const cut = await addLora(model, { targets, rank, alpha: scale * rank });
    for (const { linear, adapter } of group) {
      cut.parameters.get(`${linear.module}.lora_A.weight`).data.set(adapter.a.data);
      cut.parameters.get(`${linear.module}.lora_B.weight`).data.set(adapter.b.data);
    }
    model = cut.model;
    parts.push(cut.parameters);
  }
  const modules = new Map(places.map(({ linear, adapter }) => [linear.module, adapter.module]));
  return { model, parameters: joined(parts), kind: "lora", modules };
}

function exactly(path: string): RegExp {
  return new RegExp(`^${path.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")}$`);
}

function placesOf(
  linears: readonly LinearModule[],
  adapters: readonly LowRank[],
  paths: Paths | undefined,
): Place[] {
  const own = new Map(linears.map((linear) => [linear.module, linear]));
  const theirs = adapters.map(({ module }) => module);
  const found = matched([...own.keys()], theirs, paths);
  return adapters.map((adapter) => {
    const linear = own.get(found.get(adapter.module) ?? "");
    if (!linear) throw unknown(adapter.module, [...own.keys()]);
    const { inputs, outputs, kernel, module } = linear;
    const a = [adapter.rank, inputs, ...kernel];
    const b = [outputs, adapter.rank, ...kernel.map(() => 1)];
    if (adapter.a.shape.join() !== a.join() || adapter.b.shape.join() !== b.join())
      throw bad(
        `"${adapter.module}" has lora_A [${adapter.a.shape.join(", ")}] and lora_B [${adapter.b.shape.join(", ")}], but the model's "${module}" takes [${a.join(", ")}] and [${b.join(", ")}]; it was made for another model`,
      );
    return { linear, adapter };
  });
}

/** Own paths by theirs. */
function matched(
  own: readonly string[],
  theirs: readonly string[],
  paths: Paths | undefined,
): ReadonlyMap<string, string> {
  const wanted = new Set(theirs);
  const said = new Map(
    own.flatMap((path) => {
      const name = paths === undefined ? undefined : renamed(path, paths);
      return name !== undefined && wanted.has(name) ? [[name, path] as const] : [];
    }),
  );
  const taken = new Set(said.values());
  const rest = align(
    own.filter((path) => !taken.has(path)),
    theirs.filter((path) => !said.has(path)),
  );
  return new Map([...said, ...[...rest].map(([path, name]) => [name, path] as const)]);
}

function unknown(path: string, own: readonly string[]): RelizoError {
  return bad(
    `the adapter has "${path}", which is not clear to be one of the model's ${own.length} modules; near it are ${list(near(own, path))}. Say what these are called in the adapter with paths: [["own path", "${path}"]]`,
  );
}

/** The three paths with the most parts of the one asked for, the first of equals. */
function near(names: readonly string[], path: string): string[] {
  const words = new Set(path.split(/[._]/));
  const shared = (name: string): number => name.split(/[._]/).filter((word) => words.has(word)).length;
  return [...names].sort((a, b) => shared(b) - shared(a)).slice(0, 3);
}

/** Modules that come whole: those of the model get their numbers, and a head that it lacks is added. */
async function savedModules(
  model: OnnxModel,
  saved: ReadonlyMap<string, Tensor>,
  { paths, pool }: LoadAdapterOptions,
): Promise<Cut> {
  if (saved.size === 0) return { model, parameters: Parameters.from({}) };
  const infos = new Map(parameters(model).map((info) => [info.name, info]));
  const found = matched([...infos.keys()], [...saved.keys()], paths);
  const lacking = [...saved.keys()].filter((name) => !found.has(name));
  if (lacking.length > 0) return withHead(model, saved, lacking, pool);
  const cut = await expose(model, [...found.values()]);
  const turned = new Map(linearModules(model).map((linear) => [linear.initializer, linear.inputsFirst]));
  for (const [name, tensor] of saved) {
    const info = infos.get(found.get(name) ?? "")!;
    put(name, tensor, info, cut.parameters.get(info.name).data, turned.get(info.initializer) ?? false);
  }
  return cut;
}

/** Copies a tensor to where the model has it, turned over where the exporter turned it. */
function put(name: string, from: Tensor, to: ParameterInfo, out: Float32Array, inputsFirst: boolean): void {
  const turn = inputsFirst && from.shape.length === 2 && to.name !== to.initializer;
  const shape = turn ? from.shape.toReversed() : from.shape;
  if (shape.join() !== to.shape.join())
    throw bad(
      `"${name}" has shape [${from.shape.join(", ")}], but the model's "${to.name}" takes [${(turn ? to.shape.toReversed() : to.shape).join(", ")}]`,
    );
  out.set(turn ? transposed(from) : from.data);
}

function withHead(
  model: OnnxModel,
  saved: ReadonlyMap<string, Tensor>,
  lacking: readonly string[],
  pool: Pool | undefined,
): Cut {
  const [head = ""] = [...saved.keys()].map((name) => name.split(".")[0] ?? "");
  const weight = saved.get(`${head}.weight`);
  const isOne = [...saved.keys()].every((name) => name === `${head}.weight` || name === `${head}.bias`);
  if (!isOne || weight?.shape.length !== 2)
    throw bad(
      `the adapter has "${lacking[0]}", of a module that was trained whole and that the model has not; export the class that it was made for`,
    );
  if (pool === undefined)
    throw bad(
      `the adapter has a head "${head}" that the model has not; export the class that it was made for, or, where it is one matrix on a hidden state, say on which with pool: "cls", "last" or "mean"`,
    );
  const [classes = 0] = weight.shape;
  const cut = addHead(model, { classes, pool });
  const own = cut.parameters.get("classifier.weight");
  const bias = saved.get(`${head}.bias`);
  if (own.shape.join() !== weight.shape.join() || (bias && bias.shape.join() !== String(classes)))
    throw bad(
      `"${head}" has weight [${weight.shape.join(", ")}], but the model's hidden states take [${own.shape.join(", ")}]`,
    );
  own.data.set(weight.data);
  if (bias) cut.parameters.get("classifier.bias").data.set(bias.data);
  return cut;
}

function joined(parts: readonly Parameters[]): Parameters {
  const tensors = parts.flatMap((part) =>
    [...part].map(({ name, shape, data }): [string, TensorInit] => [name, { shape, data }]),
  );
  return Parameters.from(new Map(tensors));
}
