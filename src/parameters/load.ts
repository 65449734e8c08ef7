/**
 * Parameters from safetensors, the format that models are shared in. What is read is exact: F32 as it is, F16 and BF16
 * widened; a type that float32 cannot hold is refused or skipped, never rounded.
 */
import { custom, need, oneOf, type Rules, readOptions } from "../option.ts";
import { HALVES, isHalf, STRETCH } from "./half.ts";
import { bad, type Entry, type Header, headerEnd, PREFIX, quote, readHeader } from "./header.ts";
import { Parameters, type TensorInit } from "./parameters.ts";
import { isPattern, matching, type Pattern } from "./select.ts";
import { bytesOf, bytesUnder, type Opened, openSource, type Source } from "./source.ts";

export interface LoadOptions {
  /** Tensors to read. Default "**": all. */
  readonly select: Pattern;
  /** What to do about selected tensors of other types, F64 and integers: "refuse" the file (default), or "skip" them. */
  readonly otherTypes: "refuse" | "skip";
}

/** What a file held. */
export interface Loaded {
  readonly parameters: Parameters;
  readonly metadata: Readonly<Record<string, string>>;
  /** Tensors that were selected and left out for their type. */
  readonly skipped: readonly { readonly name: string; readonly type: string }[];
}

export const loadRules: Rules<LoadOptions> = {
  select: custom<Pattern>("**", "a text, a RegExp or a list of them", isPattern),
  otherTypes: oneOf("refuse", ["refuse", "skip"]),
};

/**
 * The parameters in these bytes. F32 tensors are views on them where they lie at a multiple of 4, as those of most writers
 * do: to train then changes the bytes. Others are fresh.
 *
 * @throws RelizoError DATA, saying what is wrong, for a damaged file and, unless it is to be skipped, for a tensor of another
 *   type; OPTION for options that cannot be, and a `select` that matches none
 */
export function decodeSafetensors(
  source: Uint8Array | ArrayBuffer,
  options: Partial<LoadOptions> = {},
): Loaded {
  const where = "decodeSafetensors";
  const read = readOptions(where, options, loadRules);
  const isBytes = source instanceof Uint8Array || source instanceof ArrayBuffer;
  need(isBytes, "OPTION", `${where}: the source must be a Uint8Array or an ArrayBuffer`, source);
  const bytes = bytesOf(source);
  const end = headerEnd(where, bytes.subarray(0, PREFIX), bytes.length);
  const { entries, metadata } = readHeader(where, bytes.slice(PREFIX, end), bytes.length);
  const { wanted, skipped } = choose(where, entries, read);
  const isView = ({ type, begin }: Entry): boolean => type === "F32" && (bytes.byteOffset + begin) % 4 === 0;
  const fresh = zerosFor(wanted.filter((entry) => !isView(entry)));
  const tensors = wanted.map((entry): [string, TensorInit] => {
    const { name, shape, begin, end } = entry;
    if (isView(entry)) {
      return [
        name,
        { shape, data: new Float32Array(bytes.buffer, bytes.byteOffset + begin, (end - begin) / 4) },
      ];
    }
    const { data } = fresh.get(name);
    // a copy of the bytes lies at a multiple of whatever is needed
    if (isHalf(entry.type)) HALVES[entry.type].widen(data, new Uint16Array(bytes.slice(begin, end).buffer));
    else bytesUnder(data).set(bytes.subarray(begin, end));
    return [name, { shape, data }];
  });
  return { parameters: Parameters.from(new Map(tensors)), metadata, skipped };
}

/**
 * The parameters in a file of any size, read tensor by tensor: beside them, at most 64 MiB are held at once. They lie back to
 * back as `Parameters.zeros` lays them out. The file stays open.
 *
 * @param source  a file handle of Node, a Blob, or bytes (whose tensors are copied)
 * @throws RelizoError as `decodeSafetensors`; and whatever reading throws
 */
export async function readSafetensors(source: Source, options: Partial<LoadOptions> = {}): Promise<Loaded> {
  const where = "readSafetensors";
  const read = readOptions(where, options, loadRules);
  return load(where, [await openFile(where, source)], read);
}

/** A file whose header was read. */
export interface TensorFile extends Header {
  readonly where: string;
  readonly opened: Opened;
}

export async function openFile(where: string, source: Source): Promise<TensorFile> {
  const opened = await openSource(where, source);
  const prefix = await take(opened, 0, Math.min(PREFIX, opened.size));
  const end = headerEnd(where, prefix, opened.size);
  const header = readHeader(where, await take(opened, PREFIX, end), opened.size);
  return { where, opened, ...header };
}

async function take({ fill }: Opened, begin: number, end: number): Promise<Uint8Array> {
  const out = new Uint8Array(end - begin);
  await fill(out, begin);
  return out;
}

export async function load(
  where: string,
  files: readonly TensorFile[],
  options: LoadOptions,
): Promise<Loaded> {
  const all = files.flatMap(({ entries }) => entries);
  const { wanted, skipped } = choose(where, all, options);
  const parameters = zerosFor(wanted);
  for (const { opened, entries } of files) {
    for (const entry of entries) {
      if (parameters.has(entry.name)) await readTensor(opened, entry, parameters.get(entry.name).data);
    }
  }
  const metadata = Object.fromEntries(files.flatMap((file) => Object.entries(file.metadata)));
  return { parameters, metadata, skipped };
}

/** Selected entries of types that float32 holds, and the others. */
function choose(
  where: string,
  entries: readonly Entry[],
  { select, otherTypes }: LoadOptions,
): { readonly wanted: readonly Entry[]; readonly skipped: Loaded["skipped"] } {
  const names = entries.map(({ name }) => name);
  const chosen = new Set(matching(`${where}: select`, names, select));
  const selected = entries.filter(({ name }) => chosen.has(name));
  const isFloat = ({ type }: Entry): boolean => type === "F32" || isHalf(type);
  const others = selected.filter((entry) => !isFloat(entry));
  const [first] = others;
  if (first !== undefined && otherTypes === "refuse") {
    const advice =
      'needed is F32, F16 or BF16; convert it, or leave it out with otherTypes: "skip" or select';
    throw bad(where, `tensor ${quote(first.name)} is of type ${quote(first.type)}; ${advice}`);
  }
  return {
    wanted: selected.filter(isFloat),
    skipped: others.map(({ name, type }) => ({ name, type })),
  };
}

function zerosFor(entries: readonly Entry[]): Parameters {
  return Parameters.zeros(new Map(entries.map(({ name, shape }) => [name, shape])));
}

async function readTensor(opened: Opened, { type, begin }: Entry, data: Float32Array): Promise<void> {
  if (!isHalf(type)) return opened.fill(bytesUnder(data), begin);
  const numbers = new Uint16Array(Math.min(STRETCH, data.length));
  for (let done = 0; done < data.length; done += numbers.length) {
    const out = data.subarray(done, done + numbers.length);
    const part = numbers.subarray(0, out.length);
    await opened.fill(new Uint8Array(part.buffer, 0, part.byteLength), begin + 2 * done);
    HALVES[type].widen(out, part);
  }
}
