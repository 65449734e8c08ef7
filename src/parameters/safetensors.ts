/**
 * Parameters to and from safetensors, the format that models are shared in. What is read is exact: F32 as it is, F16 and BF16
 * widened; a type that float32 cannot hold is refused or skipped, never rounded.
 */
import { RelizoError } from "../error.ts";
import { custom, oneOf, type Rules, readOptions } from "../option.ts";
import { type Narrow, narrowBF16, narrowF16, type Widen, widenBF16, widenF16 } from "./half.ts";
import {
  bad,
  type Entry,
  type Header,
  headerEnd,
  isTexts,
  PREFIX,
  parseObject,
  quote,
  readHeader,
  writeHeader,
} from "./header.ts";
import { Parameters, type TensorInit } from "./parameters.ts";
import { isPattern, matching, type Pattern } from "./select.ts";
import { bytesOf, type Opened, openSource, type Source, type WritableFile, writeAll } from "./source.ts";

/** The types that become float32 without loss. */
export type FloatType = "F32" | "F16" | "BF16";

export interface LoadOptions {
  /** Tensors to read. Default "**": all. */
  readonly select: Pattern;
  /** What to do about selected tensors of other types, F64 and integers: "refuse" the file (default), or "skip" them. */
  readonly otherTypes: "refuse" | "skip";
}

export interface SaveOptions {
  /** Type of the numbers in the file: F32, exact (default), or F16 or BF16, rounded to the nearest, ties to even. */
  readonly type: FloatType;
  /** Texts to store beside the tensors. Default: none. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a file held. */
export interface Loaded {
  readonly parameters: Parameters;
  readonly metadata: Readonly<Record<string, string>>;
  /** Tensors that were selected and left out for their type. */
  readonly skipped: readonly { readonly name: string; readonly type: string }[];
}

const loadRules: Rules<LoadOptions> = {
  select: custom<Pattern>("**", "a text, a RegExp or a list of them", isPattern),
  otherTypes: oneOf("refuse", ["refuse", "skip"]),
};

const saveRules: Rules<SaveOptions> = {
  type: oneOf<FloatType>("F32", ["F32", "F16", "BF16"]),
  metadata: custom<SaveOptions["metadata"]>({}, "an object of texts", isTexts),
};

interface Half {
  readonly widen: Widen;
  readonly narrow: Narrow;
  /** The least size that rounds to infinity. */
  readonly overflow: number;
}

const HALVES: Readonly<Record<"F16" | "BF16", Half>> = {
  F16: { widen: widenF16, narrow: narrowF16, overflow: 65_520 },
  BF16: { widen: widenBF16, narrow: narrowBF16, overflow: 2 ** 128 - 2 ** 119 },
};

/** Numbers converted at once. */
const STRETCH = 2 ** 20;

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
  const bytes = bytesOf(source);
  const end = headerEnd(where, bytes.subarray(0, PREFIX), bytes.length);
  const { entries, metadata } = readHeader(where, bytes.subarray(PREFIX, end), bytes.length);
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
  const shards = shardsOf(where, index);
  const sources: Source[] = [];
  try {
    const files: File[] = [];
    for (const [name, tensors] of shards) {
      const source = await openOne(name);
      sources.push(source);
      const file = await openFile(`${where}: ${quote(name)}`, source);
      needAgreed(file, tensors);
      files.push(file);
    }
    return await load(where, files, read);
  } finally {
    for (const source of sources)
      if ("close" in source && typeof source.close === "function") await source.close();
  }
}

/**
 * The bytes of a safetensors file: tensors by name, numbers at a multiple of 8, so that equal parameters give equal bytes.
 *
 * @throws RelizoError VALUE when a finite number is too large for the type, naming the tensor; OPTION for options that cannot be
 */
export function encodeSafetensors(
  parameters: Parameters,
  options: Partial<SaveOptions> = {},
): Uint8Array<ArrayBuffer> {
  const { header, size, pieces } = plan("encodeSafetensors", parameters, options);
  const out = new Uint8Array(size);
  out.set(header);
  let end = header.length;
  for (const piece of pieces()) {
    out.set(piece, end);
    end += piece.length;
  }
  return out;
}

/**
 * Writes the same bytes to a file piece by piece, from its start; the file stays open, and is not made shorter.
 *
 * @param file  a file handle of Node, opened with "w"
 * @throws RelizoError as `encodeSafetensors`, before anything is written; and whatever writing throws
 */
export async function writeSafetensors(
  file: WritableFile,
  parameters: Parameters,
  options: Partial<SaveOptions> = {},
): Promise<void> {
  const { header, pieces } = plan("writeSafetensors", parameters, options);
  await writeAll(file, header, 0);
  let end = header.length;
  for (const piece of pieces()) {
    await writeAll(file, piece, end);
    end += piece.length;
  }
}

/** A file whose header was read. */
interface File extends Header {
  readonly where: string;
  readonly opened: Opened;
}

async function openFile(where: string, source: Source): Promise<File> {
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

async function load(where: string, files: readonly File[], options: LoadOptions): Promise<Loaded> {
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

function isHalf(type: string): type is "F16" | "BF16" {
  return type === "F16" || type === "BF16";
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

function needAgreed({ where, entries }: File, tensors: ReadonlySet<string>): void {
  const there = new Set(entries.map(({ name }) => name));
  const missing = [...tensors].find((name) => !there.has(name));
  if (missing !== undefined)
    throw bad(where, `the index places ${quote(missing)} here, but the file lacks it`);
  const extra = [...there].find((name) => !tensors.has(name));
  if (extra !== undefined)
    throw bad(where, `the file holds ${quote(extra)}, which the index does not place here`);
}

interface Plan {
  readonly header: Uint8Array<ArrayBuffer>;
  /** Of the file [bytes]. */
  readonly size: number;
  /** What follows the header; each piece is good until the next one is asked for. */
  readonly pieces: () => Iterable<Uint8Array>;
}

function plan(where: string, parameters: Parameters, options: Partial<SaveOptions>): Plan {
  const { type, metadata } = readOptions(where, options, saveRules);
  const half = isHalf(type) ? HALVES[type] : undefined;
  const bytes = half === undefined ? 4 : 2;
  let end = 0;
  const entries = [...parameters].map(({ name, shape, data }): Entry => {
    if (half !== undefined) needFits(`${where}: tensor ${quote(name)}`, type, half.overflow, data);
    const begin = end;
    end += bytes * data.length;
    return { name, type, shape, begin, end };
  });
  const header = writeHeader(entries, metadata);
  return { header, size: header.length + end, pieces: () => piecesOf(parameters, half) };
}

function needFits(where: string, type: FloatType, overflow: number, data: Float32Array): void {
  const bad = data.findIndex((number) => Math.abs(number) >= overflow && Number.isFinite(number));
  if (bad < 0) return;
  throw new RelizoError(
    "VALUE",
    `${where}: number ${bad} is ${data[bad]}, too large for ${type}; save it as F32.`,
  );
}

function* piecesOf(parameters: Parameters, half: Half | undefined): Iterable<Uint8Array> {
  for (const { data } of parameters) {
    if (half === undefined) yield bytesUnder(data);
    else {
      const out = new Uint16Array(Math.min(STRETCH, data.length));
      for (let done = 0; done < data.length; done += out.length) {
        const part = data.subarray(done, done + out.length);
        half.narrow(out, part);
        yield new Uint8Array(out.buffer, 0, 2 * part.length);
      }
    }
  }
}

/** Numbers are stored little-endian, and so they are in memory wherever JavaScript runs today. */
function bytesUnder(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
