/**
 * A large model without its large tensors: the file is walked through, and what is skipped is named by its place in it, as if it
 * lay beside the model. Neither we nor a runtime then hold numbers that nobody asked for.
 */
import type { FileHandle } from "node:fs/promises";
import {
  BYTES,
  DATA_LOCATION,
  EXTERNAL,
  EXTERNAL_DATA,
  enclosed,
  FIXED32,
  FIXED64,
  GRAPH,
  INITIALIZER,
  RAW_DATA,
  utf8,
  VARINT,
  varint,
} from "./wire.ts";

/** Bytes read at once. */
const WINDOW = 2 ** 16;

/**
 * The model's bytes, where tensors of `large` bytes and more are said to lie in `location`, at their places in this very file.
 *
 * @returns undefined for what cannot be walked through: to read it as a whole then says why
 */
export async function sparseBytes(
  file: FileHandle,
  size: number,
  location: string,
  large: number,
): Promise<Uint8Array | undefined> {
  const walk = new Walk(file, size, location, large);
  try {
    return concat(await walk.message(0, size, walk.model));
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

class Malformed extends Error {}

/** What a field becomes: pieces in its place, or undefined to leave it as it is. */
type Field = (number: number, from: number, to: number) => Promise<Uint8Array[] | undefined>;

class Walk {
  readonly #file: FileHandle;
  readonly #size: number;
  readonly #location: string;
  readonly #large: number;
  #window: Uint8Array = new Uint8Array(0);
  #begin = 0;

  constructor(file: FileHandle, size: number, location: string, large: number) {
    this.#file = file;
    this.#size = size;
    this.#location = location;
    this.#large = large;
  }

  /** The fields of a message, those that `field` gives another form in that form. */
  async message(from: number, to: number, field: Field): Promise<Uint8Array[]> {
    const out: Uint8Array[] = [];
    for (let at = from; at < to; ) {
      const [tag, value] = await this.#varint(at, to);
      const [number, kind] = [Math.floor(tag / 8), tag % 8];
      let [begin, end] = [value, value];
      if (kind === VARINT) [, end] = await this.#varint(value, to);
      else if (kind === FIXED64) end += 8;
      else if (kind === FIXED32) end += 4;
      else if (kind === BYTES) {
        const [length, first] = await this.#varint(value, to);
        [begin, end] = [first, first + length];
      } else throw new Malformed();
      if (end > to) throw new Malformed();
      const other = kind === BYTES ? await field(number, begin, end) : undefined;
      out.push(...(other ?? [await this.#take(at, end)]));
      at = end;
    }
    return out;
  }

  readonly model: Field = async (number, from, to) =>
    number === GRAPH ? enclosed(number, await this.message(from, to, this.#graph)) : undefined;

  readonly #graph: Field = async (number, from, to) =>
    number === INITIALIZER && to - from >= this.#large
      ? enclosed(number, await this.message(from, to, this.#tensor))
      : undefined;

  readonly #tensor: Field = async (number, from, to) => {
    if (number !== RAW_DATA || to - from < this.#large) return undefined;
    const place = { location: this.#location, offset: String(from), length: String(to - from) };
    const entries = Object.entries(place).flatMap(([key, value]) =>
      enclosed(EXTERNAL_DATA, [...enclosed(1, [utf8(key)]), ...enclosed(2, [utf8(value)])]),
    );
    return [...entries, varint(8 * DATA_LOCATION + VARINT), varint(EXTERNAL)];
  };

  /** A number, and where it ends. */
  async #varint(at: number, to: number): Promise<[number, number]> {
    let value = 0;
    for (let i = 0; i < 10 && at + i < to; i++) {
      const byte = await this.#byte(at + i);
      value += (byte & 127) * 2 ** (7 * i);
      if (byte < 128) return [value, at + i + 1];
    }
    throw new Malformed();
  }

  async #byte(at: number): Promise<number> {
    if (at < this.#begin || at >= this.#begin + this.#window.length) {
      this.#window = await this.#take(at, Math.min(this.#size, at + WINDOW));
      this.#begin = at;
    }
    return this.#window[at - this.#begin]!;
  }

  async #take(from: number, to: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(to - from);
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await this.#file.read(bytes, done, bytes.length - done, from + done);
      if (bytesRead === 0) throw new Malformed();
      done += bytesRead;
    }
    return bytes;
  }
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
