/** Files, wherever they are: bytes in memory, a `Blob` of a browser, a `FileHandle` of Node. */
import { need } from "../option.ts";
import { bad } from "./header.ts";

/** A file that is read piece by piece: what Node's `open` from `node:fs/promises` gives is one. */
export interface ReadableFile {
  stat(): Promise<{ readonly size: number }>;
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
}

/** A file that is written piece by piece: `open(path, "w")` from `node:fs/promises` gives one. */
export interface WritableFile {
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
}

export type Source = Uint8Array | ArrayBuffer | Blob | ReadableFile;

/** A source of known size. */
export interface Opened {
  readonly size: number;
  /** Fills `out` with the bytes from `begin` on; there are as many. */
  readonly fill: (out: Uint8Array, begin: number) => Promise<void>;
}

/** Most bytes asked for at once: more than 2 GiB cannot be, and a `Blob` hands out copies. */
const STRETCH = 2 ** 26;

/** @throws RelizoError OPTION for what is no source */
export async function openSource(where: string, source: Source): Promise<Opened> {
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
    const bytes = bytesOf(source);
    const fill: Opened["fill"] = async (out, begin) => out.set(bytes.subarray(begin, begin + out.length));
    return { size: bytes.length, fill };
  }
  if (source instanceof Blob) {
    const part = async (out: Uint8Array, begin: number): Promise<number> => {
      out.set(new Uint8Array(await source.slice(begin, begin + out.length).arrayBuffer()));
      return out.length;
    };
    return { size: source.size, fill: stretches(where, part) };
  }
  const what = "bytes, a Blob or a file handle";
  need(typeof source?.stat === "function", "OPTION", `${where}: the source must be ${what}`, source);
  const part = async (out: Uint8Array, begin: number): Promise<number> =>
    (await source.read(out, 0, out.length, begin)).bytesRead;
  return { size: (await source.stat()).size, fill: stretches(where, part) };
}

/** The same memory as a plain array of bytes: the `slice` of Node's `Buffer` is no copy. */
export function bytesOf(source: Uint8Array | ArrayBuffer): Uint8Array {
  return source instanceof Uint8Array
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

export async function writeAll(file: WritableFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(STRETCH, bytes.length - done);
    done += (await file.write(bytes, done, length, position + done)).bytesWritten;
  }
}

/** A file may hand out less than it was asked for. */
function stretches(where: string, part: (out: Uint8Array, begin: number) => Promise<number>): Opened["fill"] {
  return async (out, begin) => {
    for (let done = 0; done < out.length; ) {
      const count = await part(out.subarray(done, done + STRETCH), begin + done);
      if (count === 0) throw bad(where, `the file ended at byte ${begin + done} while it was read`);
      done += count;
    }
  };
}

/** Numbers are stored little-endian, and so they are in memory wherever JavaScript runs today. */
export function bytesUnder(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
