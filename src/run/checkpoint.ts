/** A state as text, for a file or a wire: JSON with every bit of every number. */
import { RelizoError } from "../error.ts";
import { stir } from "../kernel/seeds.ts";
import { show } from "../option.ts";

/** Marks what JSON has no word for. */
const KIND = "$relizo";
const VERSION = 1;

const ARRAYS = { Float32Array, Float64Array, Int32Array, Uint32Array, Uint8Array } as const;

/**
 * Plain data as text: objects, lists, strings, numbers (NaN, the infinities and -0 included) and typed arrays, whose bytes
 * stand as base64 in little-endian order. What is there twice comes back as one. Fields that are undefined are left out.
 *
 * @throws RelizoError STATE for anything else, such as a function: a stored run must not lose a part of itself; and where the text would
 *   be longer than a string may be, from some 1e8 numbers on
 */
export function encode(state: unknown): string {
  try {
    const text = JSON.stringify(writer(state)(state, "state"));
    return `{"${KIND}":${VERSION},"check":${checkOf(text)},"state":${text}}`;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RelizoError("STATE", "encode: the state is too long for one string; store its parts.", {
      cause,
    });
  }
}

/**
 * What `encode` was given. `minimize` and `LIZO.loadStateDict` check that it is theirs.
 *
 * @throws RelizoError DATA when the text was not made by `encode`, or is not what it was then
 */
export function decode<T>(text: string): T {
  if (typeof text !== "string")
    throw new RelizoError("DATA", `decode: a text made by encode is needed, got ${show(text)}.`);
  let outer: unknown;
  try {
    outer = JSON.parse(text);
  } catch (cause) {
    throw new RelizoError("DATA", "decode: the text is not whole JSON; it may have been cut off.", { cause });
  }
  if (!(isPlain(outer) && outer[KIND] === VERSION && Object.hasOwn(outer, "state")))
    throw new RelizoError("DATA", `decode: a text made by encode, version ${VERSION}, is needed.`);
  if (outer.check !== checkOf(JSON.stringify(outer.state)))
    throw new RelizoError("DATA", "decode: the text is not what encode made; something in it was changed.");
  const found: unknown[] = [];
  return fromJson(outer.state, found) as T;
}

/** A number of 53 bits that another text has by accident only. */
function checkOf(text: string): number {
  let [low, high] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    low = stir(low, text.charCodeAt(i));
    high = stir(high ^ low, i);
  }
  return (low >>> 0) + 2 ** 32 * (high & 0x1fffff);
}

/** Writes plain data as JSON: the first time whole what is there more than once, then by its number. */
function writer(state: unknown): (value: unknown, where: string) => unknown {
  const seen = new Set<object>();
  const shared = new Map<object, number | undefined>();
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (seen.has(value)) shared.set(value, undefined);
    else {
      seen.add(value);
      if (!ArrayBuffer.isView(value)) Object.values(value).forEach(look);
    }
  };
  look(state);
  let count = 0;
  const open = new Set<object>();

  function write(value: unknown, where: string): unknown {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number")
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { [KIND]: "number", data: Object.is(value, -0) ? "-0" : String(value) };
    if (typeof value !== "object") throw unstorable(value, where);
    if (open.has(value))
      throw new RelizoError("STATE", `encode: ${where} cannot be stored: it holds itself.`);
    const number = shared.get(value);
    if (number !== undefined) return { [KIND]: "again", data: number };
    open.add(value);
    const written = writeObject(value, where);
    open.delete(value);
    if (!shared.has(value)) return written;
    shared.set(value, count);
    return { [KIND]: "shared", number: count++, data: written };
  }

  function writeObject(value: object, where: string): unknown {
    if (ArrayBuffer.isView(value)) {
      const kind = value.constructor.name;
      if (!Object.hasOwn(ARRAYS, kind)) throw unstorable(value, where);
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      return { [KIND]: kind, data: toBase64(bytes) };
    }
    if (Array.isArray(value)) return value.map((entry, i) => write(entry, `${where}[${i}]`));
    if (!isPlain(value) || Object.hasOwn(value, KIND)) throw unstorable(value, where);
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
    return Object.fromEntries(entries.map(([key, entry]) => [key, write(entry, `${where}.${key}`)]));
  }

  return write;
}

/** @param found  what was there more than once, by number: a first one stands before all others */
function fromJson(value: unknown, found: unknown[]): unknown {
  if (Array.isArray(value)) return value.map((entry) => fromJson(entry, found));
  if (!isPlain(value)) return value;
  const { [KIND]: kind, data } = value;
  if (kind === undefined)
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, fromJson(entry, found)]));
  if (kind === "shared") {
    const first = fromJson(data, found);
    found[Number(value.number)] = first;
    return first;
  }
  if (kind === "again" && found[Number(data)] !== undefined) return found[Number(data)];
  if (kind === "number" && typeof data === "string") return Number(data);
  if (isArrayName(kind) && typeof data === "string") {
    const bytes = fromBase64(data);
    const make = ARRAYS[kind];
    if (bytes.byteLength % make.BYTES_PER_ELEMENT === 0) return new make(bytes.buffer);
  }
  throw new RelizoError("DATA", `decode: a damaged ${show(kind)} in the text.`);
}

function isArrayName(kind: unknown): kind is keyof typeof ARRAYS {
  return typeof kind === "string" && Object.hasOwn(ARRAYS, kind);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function unstorable(value: unknown, where: string): RelizoError {
  return new RelizoError("STATE", `encode: ${where} cannot be stored: it is ${show(value)}.`);
}

/** Bytes turned into text at a time: a multiple of 3, and few enough to be arguments. */
const CHUNK = 3 * 8192;

function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK)
    parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + CHUNK))));
  return parts.join("");
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  let bytes: string;
  try {
    bytes = atob(text);
  } catch (cause) {
    throw new RelizoError("DATA", "decode: the bytes of an array are not base64.", { cause });
  }
  return Uint8Array.from(bytes, (letter) => letter.charCodeAt(0));
}
