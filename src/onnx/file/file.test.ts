/** Models in files: read back as they were, numbers beside them, and nothing half written. */
import assert from "node:assert/strict";
import {
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { StringStringEntryProtoSchema, TensorProto_DataLocation } from "onnx-buf";
import { expectSame } from "../../../test/expect-close.ts";
import { expectChecked } from "../../../test/onnx-checker.ts";
import { runExactly } from "../../../test/onnx-exact.ts";
import { floats, modelOf, noModels, numbers, textFeeds } from "../../../test/onnx-models.ts";
import { bake } from "../bake.ts";
import { expose } from "../expose.ts";
import { addLora } from "../lora.ts";
import { copyModel, encodeModel, graphOf, type OnnxModel, parseModel } from "../model.ts";
import { floatTensor } from "../tensor.ts";
import { isOutside } from "../tensors.ts";
import { readApart, readModel } from "./read.ts";
import { writeModel } from "./write.ts";

const folder = mkdtempSync(join(tmpdir(), "relizo-onnx-file-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const forms = fileURLToPath(new URL("../../../test/onnx-forms/", import.meta.url));
const feeds = {
  x: floats(
    Float32Array.from({ length: 16 }, (_, i) => Math.sin(i)),
    [2, 8],
  ),
};
const logits = async (model: OnnxModel): Promise<Float32Array> => numbers(await runExactly(model, feeds));

/** A model's tensors, said to lie elsewhere. */
function placed(model: OnnxModel, place: Readonly<Record<string, string>>): OnnxModel {
  const copy = copyModel(model);
  const entries = Object.entries(place).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  );
  for (const tensor of graphOf(copy).initializer.slice(0, 1)) {
    const outside = floatTensor(tensor.name, tensor.dims.map(Number), new Float32Array(0));
    outside.externalData = entries;
    outside.dataLocation = TensorProto_DataLocation.EXTERNAL;
    graphOf(copy).initializer[0] = outside;
  }
  return copy;
}

test("numbers beside a model, as onnx writes them, are read, run, exposed and merged", async () => {
  const inside = await readModel(join(forms, "classifier.onnx"));
  const model = await readModel(join(forms, "external.onnx"));
  assert.equal(inside.external, undefined);
  const expected = await logits(inside);
  expectSame(await logits(model), expected);
  const [a, b] = [await expose(inside), await expose(model)];
  assert.deepEqual(b.parameters.flat, a.parameters.flat);
  expectSame(await logits(await bake(b.model, b.parameters)), expected);
  const lora = await addLora(model, { targets: "**" });
  expectSame(await logits(await bake(lora.model, lora.parameters)), expected);
});

test("a model is written and read back, its numbers inside or beside it", async () => {
  const source = await readModel(join(forms, "gpt2.onnx"));
  const path = join(folder, "gpt2.onnx");
  await writeModel(source, path);
  assert.deepEqual(new Uint8Array(readFileSync(path)), encodeModel(source));
  await writeModel(source, path, { external: true });
  await expectChecked(path);
  const beside = await readModel(path);
  assert.ok(statSync(path).size < statSync(join(forms, "gpt2.onnx")).size);
  assert.ok(existsSync(`${path}_data`));
  const [before, after] = [await expose(source), await expose(beside)];
  assert.deepEqual(after.parameters.flat, before.parameters.flat);
  await writeModel(beside, join(folder, "back.onnx"));
  assert.deepEqual(
    (await expose(await readModel(join(folder, "back.onnx")))).parameters.flat,
    before.parameters.flat,
  );
});

test("numbers as another exporter laid them out go inside, and beside again", async () => {
  const model = await readModel(join(forms, "external.onnx"));
  const expected = await logits(model);
  const [one, two] = [join(folder, "one.onnx"), join(folder, "two.onnx")];
  await writeModel(model, one);
  expectSame(await logits(await readModel(one)), expected);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith("one")),
    ["one.onnx"],
  );
  await writeModel(model, two, { external: true });
  expectSame(await logits(await readModel(two)), expected);
});

test("a model that was changed takes the place of the one it was read from", async () => {
  const path = join(folder, "again.onnx");
  const model = await readModel(join(forms, "gpt2.onnx"));
  await writeModel(model, path, { external: true });
  for (const name of ["again.onnx_data_1", "again.onnx_data"]) {
    const cut = await expose(await readModel(path), "**.c_fc");
    for (const { data } of cut.parameters) for (let i = 0; i < data.length; i++) data[i]! *= 2;
    await writeModel(await bake(cut.model, cut.parameters), path, { external: true });
    const own = readdirSync(folder).filter((file) => file.startsWith("again"));
    assert.deepEqual(own.sort(), ["again.onnx", name].sort(), "the numbers of the one before are gone");
  }
  const doubled = (await expose(await readModel(path), "h.0.c_fc.weight")).parameters.flat!;
  const first = (await expose(model, "h.0.c_fc.weight")).parameters.flat!;
  assert.deepEqual(
    doubled,
    first.map((x) => 4 * x),
  );
});

test("where writing fails, what was there stays, and nothing is left over", async () => {
  const path = join(folder, "kept.onnx");
  copyFileSync(join(forms, "external.onnx"), path);
  copyFileSync(join(forms, "external.bin"), join(folder, "external.bin"));
  const before = readFileSync(path);
  const model = await readModel(path);
  const broken: OnnxModel = {
    ...model,
    external: { ...model.external!, read: async () => Promise.reject(new Error("the disk is gone")) },
  };
  const there = readdirSync(folder);
  for (const external of [true, false])
    await assert.rejects(writeModel(broken, path, { external }), /the disk is gone/);
  assert.deepEqual(readFileSync(path), before);
  assert.deepEqual(readdirSync(folder), there);
});

test("a file outside of the model's folder is not opened", async () => {
  const home = join(folder, "home");
  mkdirSync(home);
  writeFileSync(join(folder, "secret.bin"), new Uint8Array(4096));
  const model = parseModel(readFileSync(join(forms, "classifier.onnx")));
  for (const location of [
    "../secret.bin",
    "a/../../secret.bin",
    join(folder, "secret.bin"),
    "..",
    ".",
    "",
    "..\\secret.bin",
    "C:secret.bin",
  ]) {
    const path = join(home, "model.onnx");
    writeFileSync(path, encodeModel(placed(model, { location })));
    await assert.rejects(
      readModel(path),
      { code: "DATA", message: /not a file in its own folder/ },
      location,
    );
  }
});

test("numbers that are missing, short or elsewhere are refused by name", async () => {
  const path = join(folder, "short.onnx");
  copyFileSync(join(forms, "external.onnx"), path);
  rmSync(join(folder, "external.bin"), { force: true });
  await assert.rejects(readModel(path), { code: "DATA", message: /"external\.bin", which is not there/ });
  copyFileSync(join(forms, "external.bin"), join(folder, "external.bin"));
  truncateSync(join(folder, "external.bin"), 100);
  await assert.rejects(readModel(path), { code: "DATA", message: /cut short/ });
  const model = parseModel(readFileSync(join(forms, "classifier.onnx")));
  for (const place of [{ offset: "-8" }, { offset: "x" }, { length: "-1" }, { offset: "1e99" }] as Record<
    string,
    string
  >[]) {
    writeFileSync(path, encodeModel(placed(model, { location: "external.bin", ...place })));
    await assert.rejects(readModel(path), { code: "DATA" }, JSON.stringify(place));
  }
  writeFileSync(path, encodeModel(placed(model, { location: "external.bin", length: "8" })));
  await assert.rejects(
    readModel(path).then((one) => expose(one)),
    { code: "DATA", message: /takes 512 bytes.*holds 8/ },
  );
});

test("what is no model is refused by name", async () => {
  await assert.rejects(readModel(join(folder, "none.onnx")), {
    code: "DATA",
    message: /none\.onnx": there is no such file/,
  });
  await assert.rejects(readModel(folder), { code: "DATA", message: /a folder or a device/ });
  const path = join(folder, "huge.onnx");
  closeSync(openSync(path, "w"));
  truncateSync(path, 2 ** 31);
  await assert.rejects(readModel(path), {
    code: "DATA",
    message: /2147483648 bytes, the format ends at 2147483647/,
  });
  rmSync(path);
});

test("a tensor of 2.5 GiB beside a model: found, read in part, and not squeezed into one file", async () => {
  const path = join(folder, "large.onnx");
  const file = openSync(join(folder, "large.bin"), "w");
  const at = 2.5 * 2 ** 30;
  ftruncateSync(file, at + 512); // a hole but for the last tensor
  const weight = Float32Array.from({ length: 128 }, (_, i) => i);
  writeSync(file, new Uint8Array(weight.buffer), 0, 512, at);
  closeSync(file);
  const model = parseModel(readFileSync(join(forms, "classifier.onnx")));
  const large = placed(model, { location: "large.bin", offset: String(at), length: "512" });
  const rows = 5 * 2 ** 17;
  const ballast = floatTensor("ballast", [rows, 1024], new Float32Array(0));
  ballast.externalData = graphOf(placed(model, { location: "large.bin", offset: "0", length: String(at) }))
    .initializer[0]!.externalData;
  ballast.dataLocation = TensorProto_DataLocation.EXTERNAL;
  graphOf(large).initializer.push(ballast);
  writeFileSync(path, encodeModel(large));
  const opened = await readModel(path);
  const cut = await expose(opened, "dense.weight");
  assert.deepEqual(cut.parameters.get("dense.weight").data, weight);
  await assert.rejects(writeModel(opened, join(folder, "no.onnx"), { external: false }), {
    code: "OPTION",
    message: /one file of the format 2147483647 at most/,
  });
  assert.ok(!existsSync(join(folder, "no.onnx")));
  rmSync(join(folder, "large.bin"));
});

test("a cut language model goes through a file", { skip: noModels }, async () => {
  const model = modelOf("stories260k");
  const ids = textFeeds(model, [[5, 6, 7]]);
  const cut = await addLora(model, { targets: ["q_proj"], rank: 2 });
  const path = join(folder, "cut.onnx");
  await writeModel(cut.model, path, { external: true });
  await expectChecked(path);
  const again = await readModel(path);
  const expected = numbers(await runExactly(model, ids));
  expectSame(numbers(await runExactly({ model: again, parameters: cut.parameters }, ids)), expected);
  expectSame(numbers(await runExactly(await bake(again, cut.parameters), ids)), expected);
});

test("large numbers stay in the model's own file, and are the same from there", async () => {
  for (const name of ["gpt2", "classifier", "float16", "constants", "pixels", "quantized", "external"]) {
    const path = join(forms, `${name}.onnx`);
    const [whole, sparse] = [parseModel(readFileSync(path)), await readApart(path, 0, 64)];
    const external = name === "external" ? await readModel(path) : whole;
    const [a, b] = [await expose(external), await expose(sparse)];
    assert.deepEqual(b.parameters.flat, a.parameters.flat, name);
    assert.deepEqual(b.parameters.names, a.parameters.names);
    if (name === "gpt2") assert.ok(graphOf(sparse).initializer.some(isOutside));
    const back = join(folder, `back-${name}.onnx`);
    await writeModel(sparse, back);
    assert.deepEqual((await expose(await readModel(back))).parameters.flat, a.parameters.flat, name);
  }
  const sparse = await readApart(join(forms, "classifier.onnx"), 0, 64);
  expectSame(await logits(sparse), await logits(await readModel(join(forms, "classifier.onnx"))));
});

test("a damaged file is read as a whole, and says why", async () => {
  const bytes = readFileSync(join(forms, "gpt2.onnx"));
  const path = join(folder, "damaged.onnx");
  for (let end = 0; end < bytes.length; end += 4999) {
    writeFileSync(path, bytes.subarray(0, end));
    await assert.rejects(readApart(path, 0, 64), {
      code: "DATA",
      message: /damaged\.onnx" is not an ONNX model/,
    });
  }
});

test("numbers that were changed since a model was opened are refused", async () => {
  const path = join(folder, "changed.onnx");
  copyFileSync(join(forms, "classifier.onnx"), path);
  const model = await readApart(path, 0, 64);
  await expose(model);
  await writeModel(await readModel(join(forms, "gpt2.onnx")), path);
  await assert.rejects(expose(model), { code: "DATA", message: /was changed since the model was opened/ });
});

test("links out of the folder, as caches have them, are followed, for a runtime as well", async () => {
  const cache = join(folder, "cache");
  for (const part of ["blobs", "snapshot"]) mkdirSync(join(cache, part), { recursive: true });
  for (const [name, blob] of [
    ["external.onnx", "a1"],
    ["external.bin", "b2"],
  ] as const) {
    copyFileSync(join(forms, name), join(cache, "blobs", blob));
    symlinkSync(join("..", "blobs", blob), join(cache, "snapshot", name));
  }
  const path = join(cache, "snapshot", "external.onnx");
  const model = await readModel(path);
  expectSame(await logits(model), await logits(await readModel(join(forms, "external.onnx"))));
  const before = readFileSync(join(cache, "blobs", "a1"));
  await writeModel(model, path); // takes the link's place, and leaves the cache alone
  assert.deepEqual(readFileSync(join(cache, "blobs", "a1")), before);
  expectSame(await logits(await readModel(path)), await logits(model));
});

test("large initializers are written piece by piece, in their order, from memory and from a file", async () => {
  const source = parseModel(readFileSync(join(forms, "classifier.onnx")));
  const copy = copyModel(source);
  const ballast = Float32Array.from({ length: 2 ** 18 + 5 }, (_, i) => Math.sin(i)); // 1 MiB and 20 bytes
  graphOf(copy).initializer.splice(1, 0, floatTensor("ballast", [ballast.length], ballast));
  const path = join(folder, "ballast.onnx");
  await writeModel(copy, path);
  await expectChecked(path);
  const whole = parseModel(readFileSync(path));
  const names = graphOf(copy).initializer.map(({ name }) => name);
  assert.deepEqual(
    graphOf(whole).initializer.map(({ name }) => name),
    names,
  );
  assert.deepEqual(new Uint8Array(graphOf(whole).initializer[1]!.rawData), new Uint8Array(ballast.buffer));
  expectSame(await logits(whole), await logits(source));
  const again = join(folder, "ballast-again.onnx");
  await writeModel(await readApart(path, 0, 2 ** 20), again);
  assert.equal(statSync(again).size, statSync(path).size);
  const [first, second] = [path, again].map((one) => graphOf(parseModel(readFileSync(one))).initializer);
  assert.deepEqual(
    second?.map(({ name, dims, rawData }) => [name, dims, new Uint8Array(rawData)]),
    first?.map(({ name, dims, rawData }) => [name, dims, new Uint8Array(rawData)]),
  );
});
