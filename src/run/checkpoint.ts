/** A state as text, for a file or a wire: JSON with every bit of every number. */
import { RelizoError } from "../error.ts";
import { show } from "../option.ts";

/** Marks what JSON has no word for. */
const KIND = "$relizo";
const VERSION = 1;

const ARRAYS = { Float32Array, Float64Array, Int32Array, Uint32Array, Uint8Array } as const;

/**
 * Plain data as text: objects, lists, strings, numbers (NaN, the infinities and -0 included) and typed arrays, whose bytes
 * stand as base64 in little-endian order. Fields that are undefined are left out.
 *
 * @throws RelizoError STATE for anything else, such as a function: a stored run must not lose a part of itself
 */
export function encode(state: unknown): string {
  return JSON.stringify({ [KIND]: VERSION, state: toJson(state, "state") });
}

/**
 * What `encode` was given. `minimize` and `LIZO.loadStateDict` check that it is theirs.
 *
 * @throws RelizoError DATA when the text was not made by `encode`, or is not whole
 */
export function decode<T>(text: string): T {
  if (typeof text !== "string")
    throw new RelizoError("DATA", `decode: a text made by encode is needed, got ${show(text)}.`);
  let outer: unknown;
  try {
    outer = JSON.parse(text, (_, value: unknown) => fromJson(value));
  } catch (cause) {
    if (cause instanceof RelizoError) throw cause;
    throw new RelizoError("DATA", "decode: the text is not whole JSON; it may have been cut off.", { cause });
  }
  if (!isStored<T>(outer))
    throw new RelizoError("DATA", `decode: a text made by encode, version ${VERSION}, is needed.`);
  return outer.state;
}

function isStored<T>(value: unknown): value is { readonly state: T } {
  return isPlain(value) && value[KIND] === VERSION && Object.hasOwn(value, "state");
}

function toJson(value: unknown, where: string): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number")
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { [KIND]: "number", data: Object.is(value, -0) ? "-0" : String(value) };
  if (ArrayBuffer.isView(value)) {
    const kind = value.constructor.name;
    if (!Object.hasOwn(ARRAYS, kind)) throw unstorable(value, where);
    return {
      [KIND]: kind,
      data: toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)),
    };
  }
  if (Array.isArray(value)) return value.map((entry, i) => toJson(entry, `${where}[${i}]`));
  if (!isPlain(value) || Object.hasOwn(value, KIND)) throw unstorable(value, where);
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries.map(([key, entry]) => [key, toJson(entry, `${where}.${key}`)]));
}

function fromJson(value: unknown): unknown {
  if (!isPlain(value) || typeof value[KIND] !== "string") return value;
  const { [KIND]: kind, data } = value;
  if (typeof data === "string" && kind === "number") return Number(data);
  if (typeof data === "string" && isArrayName(kind)) {
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
