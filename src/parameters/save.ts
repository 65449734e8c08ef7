/** Parameters to safetensors. */
import { RelizoError } from "../error.ts";
import { custom, need, oneOf, type Rules, readOptions } from "../option.ts";
import { type FloatType, HALVES, type Half, isHalf, STRETCH } from "./half.ts";
import { type Entry, isTexts, quote, writeHeader } from "./header.ts";
import { Parameters } from "./parameters.ts";
import { bytesUnder, type WritableFile, writeAll } from "./source.ts";

export interface SaveOptions {
  /** Type of the numbers in the file: F32, exact (default), or F16 or BF16, rounded to the nearest, ties to even. */
  readonly type: FloatType;
  /** Texts to store beside the tensors. Default: none. */
  readonly metadata: Readonly<Record<string, string>>;
}

const saveRules: Rules<SaveOptions> = {
  type: oneOf<FloatType>("F32", ["F32", "F16", "BF16"]),
  metadata: custom<SaveOptions["metadata"]>({}, "an object of texts", isTexts),
};

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

interface Plan {
  readonly header: Uint8Array<ArrayBuffer>;
  /** Of the file [bytes]. */
  readonly size: number;
  /** What follows the header; each piece is good until the next one is asked for. */
  readonly pieces: () => Iterable<Uint8Array>;
}

function plan(where: string, parameters: Parameters, options: Partial<SaveOptions>): Plan {
  need(parameters instanceof Parameters, "OPTION", `${where}: what is saved must be Parameters`, parameters);
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
