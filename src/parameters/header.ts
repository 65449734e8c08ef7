/**
 * The header of a safetensors file: 8 bytes with its length, little-endian, then JSON; the numbers come after it. The format
 * stands in the README of github.com/huggingface/safetensors; what its own reader refuses is refused here.
 */
import { RelizoError } from "../error.ts";
import { has } from "../option.ts";
import { numbersOf } from "./parameters.ts";

/** One tensor of a file, of whichever type. */
export interface Entry {
  readonly name: string;
  /** As the file spells it: "F32", "BF16", "I64". */
  readonly type: string;
  readonly shape: readonly number[];
  /** First byte, and the one after the last; from the start of the file. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** In the order of their places in the file. */
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes before the JSON. */
export const PREFIX = 8;

/** Longest JSON that the format's own reader takes [bytes]. */
const LONGEST = 100_000_000;

/** Bits of one number. Types that are not here may come; their tensors can be skipped, not checked. */
const BITS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    4: ["F4"],
    6: ["F6_E2M3", "F6_E3M2"],
    8: ["BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0"],
    16: ["I16", "U16", "F16", "BF16"],
    32: ["I32", "U32", "F32"],
    64: ["I64", "U64", "F64", "C64"],
  }).flatMap(([bits, types]) => types.map((type) => [type, Number(bits)])),
);

/**
 * Where the JSON ends and the numbers begin.
 *
 * @param prefix  the first 8 bytes of the file, or all of it where it is shorter
 * @param size    of the file [bytes]
 * @throws RelizoError DATA when the file cannot be that long
 */
export function headerEnd(where: string, prefix: Uint8Array, size: number): number {
  if (prefix.length < PREFIX)
    throw bad(where, `the file has ${size} bytes; its header alone takes 8 and more`);
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.max(size - PREFIX, 0))) {
    throw bad(
      where,
      `the header claims ${length} bytes, but the file has only ${size - PREFIX} after the first 8`,
    );
  }
  if (length > LONGEST)
    throw bad(where, `the header claims ${length} bytes, more than the ${LONGEST} allowed`);
  return PREFIX + Number(length);
}

/**
 * What the JSON says, once it is certain that every tensor lies in the file, has the length its shape takes, and that none
 * overlaps another and no byte is left over.
 *
 * @param json  the bytes between the prefix and the numbers
 * @param size  of the file [bytes]
 * @throws RelizoError DATA, naming the tensor, where something of this is not so
 */
export function readHeader(where: string, json: Uint8Array, size: number): Header {
  const { __metadata__: metadata = {}, ...tensors } = parse(where, json);
  const start = PREFIX + json.length;
  const entries = Object.entries(tensors)
    .map(([name, info]) => entryOf(`${where}: tensor ${quote(name)}`, name, info, start, size))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  needTiled(where, entries, start, size);
  if (!isTexts(metadata)) throw bad(where, "__metadata__ must be an object of texts");
  return { entries, metadata };
}

export function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((text) => typeof text === "string");
}

/** The length and the JSON, with blanks at its end so that the numbers begin at a multiple of 8. */
export function writeHeader(
  entries: readonly Entry[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const texts = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const members = entries.map(({ name, type, shape, begin, end }) =>
    member(name, JSON.stringify({ dtype: type, shape, data_offsets: [begin, end] })),
  );
  if (texts.length > 0) {
    members.unshift(
      member("__metadata__", `{${texts.map(([key, text]) => member(key, JSON.stringify(text)))}}`),
    );
  }
  const json = new TextEncoder().encode(`{${members}}`);
  const out = new Uint8Array(PREFIX + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(out.buffer).setBigUint64(0, BigInt(out.length - PREFIX), true);
  out.set(json, PREFIX);
  return out;
}

export function bad(where: string, what: string, options?: ErrorOptions): RelizoError {
  return new RelizoError("DATA", `${where}: ${what}.`, options);
}

/** A name from a file, however long. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}...` : name);
}

/** The object that this JSON is, each key once: `JSON.parse` alone would keep the last of two and lose the other in silence. */
export function parseObject(where: string, what: string, text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw bad(where, `${what} is not JSON: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  if (!isObject(value)) throw bad(where, `${what} must be an object`);
  const doubled = doubledKey(text);
  if (doubled !== undefined) throw bad(where, `${what} has ${quote(doubled)} twice`);
  return value;
}

function parse(where: string, json: Uint8Array): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json);
  } catch (cause) {
    throw bad(where, "the header is not UTF-8", { cause });
  }
  if (!text.startsWith("{")) throw bad(where, "the header must begin with {: this is no safetensors file");
  return parseObject(where, "the header", text);
}

/** The first key that some object in this JSON has twice. */
function doubledKey(text: string): string | undefined {
  const colon = /\s*:/y;
  const open: Set<unknown>[] = [];
  for (let i = 0; i < text.length; i++) {
    const sign = text[i];
    if (sign === "{" || sign === "[") open.push(new Set());
    else if (sign === "}" || sign === "]") open.pop();
    else if (sign === '"') {
      const begin = i;
      for (i++; text[i] !== '"'; i++) if (text[i] === "\\") i++;
      colon.lastIndex = i + 1;
      if (!colon.test(text)) continue;
      const key: string = JSON.parse(text.slice(begin, i + 1));
      if (open.at(-1)?.has(key)) return key;
      open.at(-1)?.add(key);
    }
  }
  return undefined;
}

function entryOf(where: string, name: string, info: unknown, start: number, size: number): Entry {
  if (name === "") throw bad(where, "a tensor must have a name");
  if (!has(info, "dtype", "shape", "data_offsets"))
    throw bad(where, "must have dtype, shape and data_offsets");
  const { dtype: type, shape, data_offsets: offsets } = info;
  if (typeof type !== "string") throw bad(where, "dtype must be a text");
  if (!isCounts(shape)) throw bad(where, "shape must be a list of whole numbers >= 0");
  if (!isCounts(offsets) || offsets.length !== 2)
    throw bad(where, "data_offsets must be two whole numbers >= 0");
  const [begin, end] = [offsets[0]!, offsets[1]!];
  if (end < begin) throw bad(where, `data_offsets run backwards, from ${begin} to ${end}`);
  if (end > size - start)
    throw bad(where, `its bytes end at ${end}, but the file has ${size - start} of them`);
  const bits = BITS.get(type);
  const needed = bits === undefined ? end - begin : (numbersOf(shape) * bits) / 8;
  if (needed !== end - begin) {
    const brief = shape.length > 16 ? `${shape.slice(0, 16).join(", ")}, ...` : shape.join(", ");
    throw bad(
      where,
      `shape [${brief}] of ${type} takes ${needed} bytes, but data_offsets give it ${end - begin}`,
    );
  }
  return { name, type, shape, begin: start + begin, end: start + end };
}

/** Every byte belongs to one tensor. Entries come sorted. */
function needTiled(where: string, entries: readonly Entry[], start: number, size: number): void {
  let end = start;
  let before = "";
  for (const { name, ...entry } of entries) {
    const gap = `bytes ${end - start} to ${entry.begin - start} belong to no tensor`;
    if (entry.begin > end) throw bad(where, `${gap}, before ${quote(name)}`);
    if (entry.begin < end) throw bad(where, `tensors ${quote(before)} and ${quote(name)} overlap`);
    [end, before] = [entry.end, name];
  }
  if (end < size) throw bad(where, `the last ${size - end} bytes belong to no tensor`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return has(value) && !Array.isArray(value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function member(key: string, json: string): string {
  return `${JSON.stringify(key)}:${json}`;
}
