import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { dataFolder } from "../../test/data-folder.ts";
import { expectSame } from "../../test/expect-close.ts";
import { RelizoError } from "../error.ts";
import { decodeSafetensors, type Loaded, readSafetensors } from "./load.ts";
import { numbersOf, Parameters } from "./parameters.ts";
import { encodeSafetensors, writeSafetensors } from "./save.ts";
import { readShards } from "./shards.ts";

/** A file as its parts say, whether or not they agree. */
function fileOf(header: unknown, data: Uint8Array | number = 0): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = typeof data === "number" ? new Uint8Array(data) : data;
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Uint8Array.from(Buffer.concat([length, json, bytes]));
}

const F32 = (shape: readonly number[], begin: number, end: number): object => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

/** The numbers of a tensor, read one by one from what the format's description says and nothing of ours. */
function numberReader(bytes: Uint8Array): {
  readonly header: Readonly<Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>>;
  readonly numbers: (name: string) => Float64Array;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + view.getUint32(0, true);
  const header = JSON.parse(Buffer.from(bytes.subarray(8, start)).toString("utf8"));
  const half = (bits: number): number => {
    const [sign, exponent, fraction] = [bits >> 15, (bits >> 10) & 31, (bits & 1023) / 1024];
    const size = exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15);
    return sign === 1 ? -size : size;
  };
  const numbers = (name: string): Float64Array => {
    const { dtype, shape, data_offsets } = header[name];
    const at = (i: number): number =>
      dtype === "F32"
        ? view.getFloat32(start + data_offsets[0] + 4 * i, true)
        : half(view.getUint16(start + data_offsets[0] + 2 * i, true));
    return Float64Array.from({ length: shape.reduce((a: number, b: number) => a * b, 1) }, (_, i) => at(i));
  };
  return { header, numbers };
}

const damaged = (bytes: Uint8Array, message: RegExp): void =>
  assert.throws(() => decodeSafetensors(bytes), { code: "DATA", message });

const some = (): Parameters =>
  Parameters.from({
    "b.weight": { shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) },
    "a.bias": { shape: [], data: Float32Array.of(-0) },
    none: { shape: [2, 0], data: new Float32Array() },
  });

// What the format's own library writes, byte for byte: its tests test_serialization, test_empty and
// test_serialization_forced_alignement in huggingface/safetensors, safetensors/src/tensor.rs.
const SIX = Uint8Array.from(Buffer.from("000000000000803f0000004000004040000080400000a040", "hex"));
const RECORDED: readonly [tensors: Parameters, metadata: Record<string, string>, bytes: Uint8Array][] = [
  [
    Parameters.from({ "attn.0": { shape: [1, 2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) } }),
    {},
    fileOf('{"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}}', SIX),
  ],
  [
    Parameters.from({ attn0: { shape: [1, 1, 2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) } }),
    {},
    fileOf('{"attn0":{"dtype":"F32","shape":[1,1,2,3],"data_offsets":[0,24]}}       ', SIX),
  ],
  [Parameters.from({}), {}, fileOf("{}      ")],
  [Parameters.from({}), { framework: "pt" }, fileOf('{"__metadata__":{"framework":"pt"}}     ')],
];

test("the bytes are those of the format's own library, both ways", () => {
  for (const [parameters, metadata, bytes] of RECORDED) {
    assert.deepEqual(encodeSafetensors(parameters, { metadata }), bytes);
    const back = decodeSafetensors(bytes);
    assert.deepEqual(back.metadata, metadata);
    assert.deepEqual([...back.parameters], [...parameters]);
  }
});

const NAME = fc.string({ minLength: 1, unit: "grapheme" }).filter((name) => name !== "__metadata__");
const SHAPE = fc.array(fc.nat(3), { maxLength: 3 });
const TENSORS = fc.dictionary(fc.oneof(NAME, fc.constantFrom("__proto__", "10", "9")), SHAPE, { maxKeys: 5 });
const TEXTS = fc.dictionary(NAME, fc.string({ unit: "grapheme" }));

/** Tensors whose bits are any bits, NaN payloads included. */
function filled(shapes: Readonly<Record<string, readonly number[]>>, words: Uint32Array): Parameters {
  const parameters = Parameters.zeros(new Map(Object.entries(shapes)));
  for (const { data } of parameters) {
    new Uint32Array(data.buffer, data.byteOffset, data.length).forEach((_, i, all) => {
      all[i] = words[i % words.length]!;
    });
  }
  return parameters;
}

function bitsOf(parameters: Parameters): object[] {
  return [...parameters].map(({ name, shape, data }) => ({
    name,
    shape,
    bits: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex"),
  }));
}

test("there and back is the same bit for bit, in memory, from a Blob and where numbers are misaligned", async () => {
  await fc.assert(
    fc.asyncProperty(TENSORS, TEXTS, fc.uint32Array({ minLength: 1 }), async (shapes, metadata, words) => {
      const parameters = filled(shapes, words);
      const bytes = encodeSafetensors(parameters, { metadata });
      const shifted = new Uint8Array(bytes.length + 1).subarray(1);
      shifted.set(bytes);
      const loaded: Loaded[] = [
        decodeSafetensors(bytes),
        decodeSafetensors(shifted),
        decodeSafetensors(Buffer.from(shifted.buffer).subarray(1)),
        await readSafetensors(new Blob([bytes])),
        await readSafetensors(bytes),
      ];
      for (const one of loaded) {
        assert.deepEqual(bitsOf(one.parameters), bitsOf(parameters));
        assert.deepEqual(Object.entries(one.metadata).sort(), Object.entries(metadata).sort());
      }
      assert.deepEqual(encodeSafetensors(loaded[0]!.parameters, { metadata }), bytes);
    }),
    { seed: 11, numRuns: 60 },
  );
});

test("F32 numbers are views on the bytes where they are aligned, and no others are", () => {
  const bytes = encodeSafetensors(some());
  const { parameters } = decodeSafetensors(bytes);
  assert.equal(parameters.get("b.weight").data.buffer, bytes.buffer);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  assert.equal(decodeSafetensors(shared).parameters.get("b.weight").data.buffer, shared.buffer);
  const odd = decodeSafetensors(fileOf(`${JSON.stringify({ a: F32([1], 0, 4) })} `, SIX.slice(4, 8)));
  assert.deepEqual([...odd.parameters.get("a").data], [1]);
});

test("F16 and BF16 are widened, and are the same when saved as they were", async () => {
  for (const type of ["F16", "BF16"] as const) {
    const count = 2 ** 16;
    const numbers = new Uint8Array(Uint16Array.from({ length: count }, (_, i) => i).buffer);
    const bytes = fileOf(
      `${JSON.stringify({ x: { dtype: type, shape: [count], data_offsets: [0, 2 * count] } })}`,
      numbers,
    );
    const { parameters } = decodeSafetensors(bytes);
    assert.equal(parameters.get("x").data[0x3c00], type === "F16" ? 1 : 2 ** -7);
    assert.deepEqual(
      bitsOf((await readSafetensors(new Blob([Buffer.from(bytes)]))).parameters),
      bitsOf(parameters),
    );
    assert.deepEqual(bitsOf(decodeSafetensors(Buffer.from(bytes)).parameters), bitsOf(parameters)); // its slice is a view
    const saved = encodeSafetensors(parameters, { type });
    assert.deepEqual(saved.subarray(saved.length - numbers.length), numbers);
  }
});

test("a number that is finite and too large for the type is refused, by name and place", () => {
  const parameters = Parameters.from({ a: Float32Array.of(1, -65_520), b: Float32Array.of(Infinity) });
  assert.throws(() => encodeSafetensors(parameters, { type: "F16" }), {
    code: "VALUE",
    message: /tensor "a": number 1 is -65520, too large for F16; save it as F32/,
  });
  assert.equal(encodeSafetensors(parameters.select("b"), { type: "F16" }).length % 8, 2);
  assert.equal(encodeSafetensors(parameters, { type: "BF16" }).length % 8, 6);
  const largest = Parameters.from({ a: Float32Array.of(3.4028234663852886e38) });
  assert.throws(() => encodeSafetensors(largest, { type: "BF16" }), { code: "VALUE" });
});

test("another type is refused by name, or skipped, or not selected", async () => {
  const header = {
    ids: { dtype: "I64", shape: [1], data_offsets: [4, 12] },
    wide: { dtype: "F64", shape: [1], data_offsets: [12, 20] },
    later: { dtype: "F1_E1", shape: [7], data_offsets: [20, 21] },
    weight: F32([1], 0, 4),
  };
  const bytes = fileOf(header, 21);
  damaged(bytes, /tensor "ids" is of type "I64"; needed is F32, F16 or BF16; convert it, or leave it out/);
  const { parameters, skipped } = decodeSafetensors(bytes, { otherTypes: "skip" });
  assert.deepEqual(parameters.names, ["weight"]);
  assert.deepEqual(skipped, [
    { name: "ids", type: "I64" },
    { name: "wide", type: "F64" },
    { name: "later", type: "F1_E1" },
  ]);
  const selected = await readSafetensors(bytes, { select: "weight" });
  assert.deepEqual([selected.parameters.names, selected.skipped], [["weight"], []]);
  assert.throws(() => decodeSafetensors(bytes, { select: "wieght" }), {
    code: "OPTION",
    message: /near it "weight"/,
  });
});

test("options are checked", async () => {
  // @ts-expect-error no such type
  assert.throws(() => encodeSafetensors(some(), { type: "F64" }), {
    code: "OPTION",
    message: /type must be one of/,
  });
  // @ts-expect-error a number is no text
  assert.throws(() => encodeSafetensors(some(), { metadata: { a: 1 } }), { code: "OPTION" });
  // @ts-expect-error no such option
  assert.throws(() => decodeSafetensors(new Uint8Array(), { skip: true }), { code: "OPTION" });
  // @ts-expect-error a path is no source
  assert.throws(() => decodeSafetensors("model.safetensors"), {
    code: "OPTION",
    message: /must be a Uint8Array/,
  });
  // @ts-expect-error tensors of one's own are no Parameters
  assert.throws(() => encodeSafetensors([]), { code: "OPTION", message: /must be Parameters/ });
  // @ts-expect-error a path is no source
  await assert.rejects(readSafetensors("model.safetensors"), {
    code: "OPTION",
    message: /must be bytes, a Blob or a file/,
  });
});

test("each way to be damaged is named", () => {
  const a = F32([1], 0, 4);
  damaged(new Uint8Array(), /the file has 0 bytes/);
  damaged(new Uint8Array(7), /the file has 7 bytes/);
  damaged(Uint8Array.of(60, 0, 0, 0, 0, 0, 0, 0), /the header claims 60 bytes, but the file has only 0/);
  damaged(Uint8Array.of(2, 0, 0, 0, 0, 0xff, 0xff, 0xff, 123, 125), /claims 18446742974197923842 bytes/);
  damaged(fileOf(Buffer.from([0xff]).toString("latin1")).fill(0xff, 8), /not UTF-8/);
  damaged(fileOf("\ufeff{}"), /must begin with \{/);
  damaged(fileOf(" {}"), /must begin with \{/);
  damaged(fileOf("NaN"), /must begin with \{/);
  damaged(fileOf("{"), /the header is not JSON/);
  damaged(fileOf('{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}', 4), /the header is not JSON/);
  damaged(fileOf({ a: 1 }), /tensor "a": must have dtype, shape and data_offsets/);
  damaged(fileOf({ a: { ...a, dtype: 32 } }, 4), /tensor "a": dtype must be a text/);
  damaged(fileOf({ a: { ...a, shape: 1 } }, 4), /tensor "a": shape must be a list/);
  damaged(fileOf({ a: F32([-1], 0, 4) }, 4), /tensor "a": shape must be a list of whole numbers/);
  damaged(fileOf({ a: F32([1.5], 0, 6) }, 6), /tensor "a": shape must be/);
  damaged(fileOf({ a: { ...a, data_offsets: [0] } }, 4), /tensor "a": data_offsets must be two/);
  damaged(fileOf({ a: F32([1], -4, 0) }, 4), /tensor "a": data_offsets must be two whole numbers/);
  damaged(fileOf({ a: F32([1], 4, 0) }, 4), /tensor "a": data_offsets run backwards, from 4 to 0/);
  damaged(fileOf({ a }, 3), /tensor "a": its bytes end at 4, but the file has 3 of them/);
  damaged(fileOf({ a: F32([2], 0, 4) }, 4), /shape \[2\] of F32 takes 8 bytes, but data_offsets give it 4/);
  damaged(
    fileOf(`{"a":${JSON.stringify(F32([2], 0, 16)).replace("[2]", "[2,18446744073709551614]")}}`, 16),
    /shape/,
  );
  damaged(fileOf({ a: F32(Array(400).fill(2 ** 50), 0, 4) }, 4), /takes Infinity bytes/);
  damaged(fileOf({ a, b: F32([1], 4, 8) }, 9), /the last 1 bytes belong to no tensor/);
  damaged(fileOf({ a, b: F32([1], 5, 9) }, 9), /bytes 4 to 5 belong to no tensor, before "b"/);
  damaged(fileOf({ a: F32([2], 0, 8), b: F32([1], 4, 8) }, 8), /tensors "a" and "b" overlap/);
  damaged(fileOf({ a, b: a }, 4), /tensors "a" and "b" overlap/);
  damaged(fileOf(`{"a":${JSON.stringify(a)},"a":${JSON.stringify(a)}}`, 4), /has "a" twice/);
  damaged(fileOf(`{"a":${JSON.stringify(a)},"\\u0061" :${JSON.stringify(a)}}`, 4), /has "a" twice/);
  damaged(
    fileOf('{"a":{"dtype":"F32","shape":[0],"shape":[1],"data_offsets":[0,4]}}', 4),
    /has "shape" twice/,
  );
  damaged(fileOf({ __metadata__: { a: 1 } }), /__metadata__ must be an object of texts/);
  damaged(fileOf({ __metadata__: [] }), /__metadata__ must be/);
  damaged(fileOf({ __metadata__: null }), /__metadata__ must be/);
  damaged(fileOf({ "": a }, 4), /a tensor must have a name/);
});

test("a header beyond the longest allowed is refused before it is read", async () => {
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(100_000_001n);
  const file = {
    stat: async () => ({ size: 200_000_000 }),
    read: async (out: Uint8Array, offset: number, length: number) => {
      assert.ok(length <= 8, `${length} bytes were asked for`);
      out.set(prefix.subarray(0, length), offset);
      return { bytesRead: length };
    },
  };
  await assert.rejects(readSafetensors(file), { code: "DATA", message: /more than the 100000000 allowed/ });
});

/** How a call ended: what it gave, or the code and message of a RelizoError; anything else thrown fails the test. */
async function ending(run: () => Loaded | Promise<Loaded>): Promise<object | string> {
  try {
    return bitsOf((await run()).parameters);
  } catch (error) {
    if (!(error instanceof RelizoError)) throw error;
    assert.equal(error.code, "DATA");
    return error.message.replace(/^\w+/, "");
  }
}

const WHOLE = encodeSafetensors(some(), { metadata: { format: "pt" } });

test("cut off anywhere, a file is damaged", async () => {
  for (let length = 0; length < WHOLE.length; length++) {
    assert.equal(
      typeof (await ending(() => decodeSafetensors(WHOLE.slice(0, length)))),
      "string",
      `${length}`,
    );
  }
});

test("whatever the bytes, they are parameters or a RelizoError DATA, and both readers agree", async () => {
  const change = fc.tuple(fc.nat(WHOLE.length - 1), fc.nat(255));
  const flipped = fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const bytes = WHOLE.slice();
    for (const [at, byte] of changes) bytes[at] = byte;
    return bytes;
  });
  const count = fc.oneof(fc.nat(9), fc.constantFrom(-1, 0.5, 2 ** 53, 1e300, null, "4"));
  const info = fc.record(
    {
      dtype: fc.constantFrom("F32", "F16", "BF16", "I8", "?", 7),
      shape: fc.oneof(fc.array(count, { maxLength: 3 }), count),
      data_offsets: fc.oneof(fc.tuple(count, count), fc.array(count), count),
    },
    { requiredKeys: [] },
  );
  const header = fc.dictionary(
    fc.constantFrom("a", "b", "__metadata__", "__proto__", ""),
    fc.oneof(info, fc.jsonValue()),
  );
  const built = fc
    .tuple(fc.oneof(header, fc.jsonValue()), fc.nat(40))
    .map(([json, size]) => fileOf(json, size));
  const anything = fc.oneof(flipped, built, fc.uint8Array({ maxLength: 40 }));
  await fc.assert(
    fc.asyncProperty(anything, async (bytes) => {
      const one = await ending(() => decodeSafetensors(bytes));
      const other = await ending(() => readSafetensors(new Blob([Buffer.from(bytes)])));
      assert.deepEqual(other, one);
    }),
    { seed: 23, numRuns: 1500 },
  );
});

test("a deep, a long and an escaped header are refused or read in no more than their time", () => {
  damaged(fileOf(`{"a":${"[".repeat(1e6)}${"]".repeat(1e6)}}`), /tensor "a": must have dtype/);
  damaged(fileOf(`{"${"\\n".repeat(1e6)}":0}`), /tensor ".*\.\.\.": must have dtype/);
  damaged(
    fileOf(`{"a":${JSON.stringify(F32(Array(1e5).fill(1), 0, 8))}}`, 8),
    /shape \[1(, 1){15}, \.\.\.\] of F32/,
  );
});

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "relizo-safetensors-"));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("what is written to a file is what is encoded, and is read from it", () =>
  inFolder(async (folder) => {
    for (const type of ["F32", "F16", "BF16"] as const) {
      const large = Parameters.zeros({ a: [3], b: [1500, 1001], c: [2] });
      large.flat?.forEach((_, i, all) => {
        all[i] = (i % 251) - 125;
      });
      const file = await open(join(folder, type), "w+");
      try {
        await writeSafetensors(file, large, { type, metadata: { a: "b" } });
        assert.ok(
          readFileSync(join(folder, type)).equals(encodeSafetensors(large, { type, metadata: { a: "b" } })),
        );
        const { parameters, metadata } = await readSafetensors(file);
        expectSame(parameters.flat ?? [], large.flat ?? []);
        assert.deepEqual(metadata, { a: "b" });
      } finally {
        await file.close();
      }
    }
  }));

test("one tensor of a file of more than 4 GiB is read without the rest", () =>
  inFolder(async (folder) => {
    const big = 2 ** 30 + 2;
    const header = fileOf({ big: F32([big], 0, 4 * big), small: F32([2], 4 * big, 4 * big + 8) });
    const file = await open(join(folder, "sparse"), "w+");
    try {
      await file.write(header);
      await file.write(new Uint8Array(Float32Array.of(7, 8).buffer), 0, 8, header.length + 4 * big);
      const { parameters } = await readSafetensors(file, { select: "small" });
      assert.deepEqual(parameters.flat, Float32Array.of(7, 8));
    } finally {
      await file.close();
    }
  }));

test("a file handle that gives little at a time is asked again, and one that ends early is damaged", async () => {
  const slow = {
    stat: async () => ({ size: WHOLE.length }),
    read: async (out: Uint8Array, offset: number, length: number, position: number) => {
      const bytesRead = Math.min(3, length);
      out.set(WHOLE.subarray(position, position + bytesRead), offset);
      return { bytesRead };
    },
  };
  assert.deepEqual(bitsOf((await readSafetensors(slow)).parameters), bitsOf(some()));
  const last = WHOLE.length - 8;
  const short = {
    ...slow,
    read: async (out: Uint8Array, offset: number, length: number, position: number) =>
      slow.read(out, offset, Math.min(length, Math.max(0, last - position)), position),
  };
  await assert.rejects(readSafetensors(short), {
    code: "DATA",
    message: new RegExp(`ended at byte ${last} while`),
  });
  const parts: number[] = [];
  const sink = {
    write: async (bytes: Uint8Array, offset: number, length: number, position: number) => {
      const bytesWritten = Math.min(5, length);
      for (let i = 0; i < bytesWritten; i++) parts[position + i] = bytes[offset + i]!;
      return { bytesWritten };
    },
  };
  await writeSafetensors(sink, some(), { metadata: { format: "pt" } });
  assert.deepEqual(Uint8Array.from(parts), WHOLE);
});

const INDEX = { "a.bias": "2.safetensors", "b.weight": "1.safetensors", none: "1.safetensors" };
const shard = (names: readonly string[]): Uint8Array =>
  encodeSafetensors(some().select(names), { metadata: { format: "pt" } });
const index = (map: unknown): string => JSON.stringify({ metadata: { total_size: 28 }, weight_map: map });

test("a model in several files is read as one, from handles that are closed after", () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, "1.safetensors"), shard(["b.weight", "none"]));
    writeFileSync(join(folder, "2.safetensors"), shard(["a.bias"]));
    const handles: FileHandle[] = [];
    const openOne = async (name: string): Promise<FileHandle> => {
      const file = await open(join(folder, name));
      handles.push(file);
      return file;
    };
    const { parameters, metadata } = await readShards(index(INDEX), openOne);
    assert.deepEqual(bitsOf(parameters), bitsOf(some()));
    assert.equal(parameters.flat?.length, 7);
    assert.deepEqual(metadata, { format: "pt" });
    assert.deepEqual(
      handles.map(({ fd }) => fd),
      [-1, -1],
    );
    const missing = { "a.bias": "2.safetensors", "b.weight": "3.safetensors" };
    await assert.rejects(readShards(index(missing), openOne), { code: "ENOENT" });
    assert.equal(handles.at(-1)?.fd, -1, "what was open is closed");
  }));

test("an index that does not fit its files is named with both", async () => {
  const files: Record<string, Uint8Array> = {
    "1.safetensors": shard(["b.weight", "none"]),
    "2.safetensors": shard(["a.bias"]),
  };
  const refused = (text: string, message: RegExp): Promise<void> =>
    assert.rejects(
      readShards(text, (name) => files[name]!),
      { code: "DATA", message },
    );
  await refused("{", /the index is not JSON/);
  await refused("[]", /the index must be an object/);
  await refused("{}", /must have a weight_map/);
  await refused(index({ a: 1 }), /must have a weight_map/);
  await refused('{"weight_map":{"a":"1","a":"2"}}', /the index has "a" twice/);
  for (const file of ["../1.safetensors", "/etc/passwd", "a\\b", "..", ""]) {
    await refused(index({ a: file }), /which is not beside it/);
  }
  await refused(
    index({ ...INDEX, c: "2.safetensors" }),
    /"2.safetensors": the index places "c" here, but the file lacks/,
  );
  await refused(
    index({ "b.weight": "1.safetensors" }),
    /"1.safetensors": the file holds "none", which the index does/,
  );
  files["2.safetensors"] = files["2.safetensors"]!.slice(0, -1);
  await refused(index(INDEX), /readShards: "2.safetensors": tensor "a.bias": its bytes end at 4/);
});

/** Numbers of the parameters as `README-language-cutest.md` beside the files counts them, where it does. */
const MODELS: Readonly<Record<string, number | undefined>> = {
  "imdb-lm/model.safetensors": 5_310_720,
  "imdb-bert/model.safetensors": 5_364_480,
  "stories260k/model.safetensors": undefined,
  "vision/cifar10-resnet20.safetensors": undefined,
  "vision/mnist-cnn.safetensors": undefined,
};
const folder = dataFolder();

for (const [name, size] of Object.entries(MODELS)) {
  const path = folder === undefined ? name : join(folder, name);
  const skip = existsSync(path) ? false : `no ${name} in a data folder`;
  test(`${name}: every number is what the format's description makes of it, from memory and from disk`, {
    skip,
  }, async () => {
    const bytes = readFileSync(path);
    const { header, numbers } = numberReader(bytes);
    const { __metadata__: texts, ...tensors } = header;
    const file = await open(path);
    const loaded = [decodeSafetensors(bytes), await readSafetensors(file)];
    await file.close();
    for (const { parameters, metadata } of loaded) {
      assert.deepEqual(metadata, texts ?? {});
      assert.deepEqual(parameters.names, Object.keys(tensors).sort());
      if (size !== undefined) assert.equal(parameters.size, size);
      for (const { name, shape, data } of parameters) {
        assert.deepEqual(shape, tensors[name]?.shape);
        assert.equal(data.length, numbersOf(shape));
        expectSame(data, numbers(name), name);
      }
      const type = Object.values(tensors)[0]?.dtype === "F16" ? "F16" : "F32";
      const again = decodeSafetensors(encodeSafetensors(parameters, { type, metadata }));
      assert.deepEqual(again.metadata, metadata);
      assert.deepEqual(bitsOf(again.parameters), bitsOf(parameters));
    }
  });
}
