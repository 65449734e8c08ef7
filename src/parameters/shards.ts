/** Models in several safetensors files, with an index that says which tensor is where. */
import { readOptions } from "../option.ts";
import { bad, isTexts, parseObject, quote } from "./header.ts";
import { type Loaded, type LoadOptions, load, loadRules, openFile, type TensorFile } from "./load.ts";
import type { Source } from "./source.ts";

/**
 * The parameters of a model that is stored in several files.
 *
 * @param index    the text of its `model.safetensors.index.json`
 * @param openOne  opens the file of this name, which stands beside the index; what it gives is closed, where it has `close`
 * @throws RelizoError as `readSafetensors`; DATA where the index and a file do not agree on what is in it
 */
export async function readShards(
  index: string,
  openOne: (file: string) => Source | Promise<Source>,
  options: Partial<LoadOptions> = {},
): Promise<Loaded> {
  const where = "readShards";
  const read = readOptions(where, options, loadRules);
  return withShards(where, index, openOne, (files) => load(where, files, read));
}

/** What is made of the files that an index names; they are open until it is made. @throws RelizoError as `readShards` */
export async function withShards<T>(
  where: string,
  index: string,
  openOne: (file: string) => Source | Promise<Source>,
  make: (files: readonly (TensorFile & { readonly name: string })[]) => Promise<T>,
): Promise<T> {
  const shards = shardsOf(where, index);
  const sources: Source[] = [];
  try {
    const files: (TensorFile & { readonly name: string })[] = [];
    for (const [name, tensors] of shards) {
      const source = await openOne(name);
      sources.push(source);
      const file = await openFile(`${where}: ${quote(name)}`, source);
      needAgreed(file, tensors);
      files.push({ ...file, name });
    }
    return await make(files);
  } finally {
    for (const source of sources)
      if (source && "close" in source && typeof source.close === "function") await source.close();
  }
}

/** The names of the tensors of each file. */
function shardsOf(where: string, index: string): ReadonlyMap<string, ReadonlySet<string>> {
  const { weight_map: places } = parseObject(where, "the index", index);
  if (!isTexts(places)) throw bad(where, "the index must have a weight_map from tensor names to file names");
  const shards = new Map<string, Set<string>>();
  for (const [name, file] of Object.entries(places)) {
    if (/[/\\]|^\.*$/.test(file))
      throw bad(where, `the index names a file ${quote(file)}, which is not beside it`);
    shards.set(file, (shards.get(file) ?? new Set()).add(name));
  }
  return shards;
}

function needAgreed({ where, entries }: TensorFile, tensors: ReadonlySet<string>): void {
  const there = new Set(entries.map(({ name }) => name));
  const missing = [...tensors].find((name) => !there.has(name));
  if (missing !== undefined)
    throw bad(where, `the index places ${quote(missing)} here, but the file lacks it`);
  const extra = [...there].find((name) => !tensors.has(name));
  if (extra !== undefined)
    throw bad(where, `the file holds ${quote(extra)}, which the index does not place here`);
}
