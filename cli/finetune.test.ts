/** What `relizo finetune` refuses, each in a clear sentence with nothing left half-written, and what it does where all is well. */
import assert from "node:assert/strict";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { TensorProto_DataType, TensorProtoSchema } from "onnx-buf";
import { readJournal } from "../src/journal/index.ts";
import { copyModel, encodeModel, graphOf, parseModel } from "../src/onnx/model.ts";
import { node } from "../src/onnx/node.ts";
import { floatTensor, intTensor } from "../src/onnx/tensor.ts";
import { dataFolder } from "../test/data-folder.ts";
import { bundled, type Ended, ended } from "../test/program.ts";

const data = dataFolder();
const skip = data === undefined ? "there is no folder of data: RELIZO_DATA names it" : false;
const stories = join(data ?? "", "stories260k");
const MODEL = join(stories, "model.onnx");
const TABLE = join(data ?? "", "sst2", "dev.tsv");

let folder: string;
let script: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "relizo-finetune-"));
  script = await bundled("cli/relizo.ts", folder);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** As a call has it; `undefined` leaves one out. */
type Options = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

const WELL: Options = {
  model: MODEL,
  data: TABLE,
  template: "{sentence} It was",
  words: "bad,good",
  "train-size": "16",
  "validation-size": "8",
  "batch-size": "4",
  steps: "4",
  "evaluate-every": "2",
  threads: "1",
};

let runs = 0;

/** Runs the program with other options than those that are well. */
async function relizo(
  own: Options,
  out: string = join(folder, `out-${runs++}`),
): Promise<Ended & { readonly folder: string }> {
  const args = Object.entries({ ...WELL, out, ...own }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, ...(typeof value === "boolean" ? [] : [value].flat())],
  );
  const found = await ended([script, "finetune", ...args]);
  return { ...found, folder: out };
}

/** A file of the folder of this test. */
function file(name: string, contents: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, contents);
  return path;
}

/** The model's folder with one file another. */
function beside(name: string, changed: string, contents: string | Uint8Array | undefined): string {
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  for (const one of ["config.json", "model.onnx", "tokenizer.bin"])
    if (one !== changed) copyFileSync(join(stories, one), join(own, one));
  if (contents !== undefined) writeFileSync(join(own, changed), contents);
  return join(own, "model.onnx");
}

/** All matrices as whole numbers of 8 bits and a scale. */
function quantized(): Uint8Array {
  const model = copyModel(parseModel(readFileSync(MODEL)));
  const graph = graphOf(model);
  const floats = graph.initializer.filter(
    ({ dims, dataType }) => dims.length === 2 && dataType === TensorProto_DataType.FLOAT,
  );
  for (const { name, dims } of floats) {
    graph.initializer = graph.initializer.filter((one) => one.name !== name);
    const count = Number(dims[0]! * dims[1]!);
    graph.initializer.push(
      create(TensorProtoSchema, {
        name: `${name}_quantized`,
        dims,
        dataType: TensorProto_DataType.INT8,
        rawData: Uint8Array.from({ length: count }, (_, i) => (37 * i) & 127),
      }),
      floatTensor(`${name}_scale`, [], Float32Array.of(1e-3)),
    );
    graph.node.unshift(node("DequantizeLinear", [`${name}_quantized`, `${name}_scale`], name));
  }
  return encodeModel(model);
}

/** The model asks for one more input. */
function withUnknownInput(): Uint8Array {
  const model = copyModel(parseModel(readFileSync(MODEL)));
  const graph = graphOf(model);
  const [ids] = graph.input;
  graph.input = [...graph.input, { ...ids!, name: "speaker" }];
  return encodeModel(model);
}

interface Refusal {
  readonly options: () => Options;
  readonly said: RegExp;
  readonly code?: number;
}

const REFUSED: Readonly<Record<string, Refusal>> = {
  "no ONNX file": {
    options: () => ({ model: file("text.onnx", "no model at all"), tokenizer: stories }),
    said: /text\.onnx" is not an ONNX model/,
  },
  "a model that is not there": {
    options: () => ({ model: "nowhere.onnx" }),
    said: /"nowhere\.onnx" is not there/,
  },
  "a pattern of targets that names none": {
    options: () => ({ targets: "q_prj" }),
    said: /q_prj.*q_proj/s,
  },
  "a pattern of weights that names none": {
    options: () => ({ method: "full", weights: "embed_token.weight" }),
    said: /embed_token\.weight" matches none.*"embed_tokens\.weight"/,
  },
  "weights that are quantized": {
    options: () => ({
      method: "full",
      model: beside("quantized", "model.onnx", quantized()),
      weights: "onnx::MatMul_1152.weight",
    }),
    said: /MatMul_1152.* cannot train: quantized \(int8/,
  },
  "a tokenizer of more words than the model has": {
    options: () => ({ tokenizer: join(data ?? "", "imdb-lm", "vocab.txt") }),
    said: /takes row \d+ of a table of 512 rows.*the tokenizer is not the model's/,
  },
  "a class without an example": {
    options: () => ({
      data: file("one.tsv", `sentence\tlabel\n${"fine\t1\n".repeat(30)}bad\t0\n`),
      "train-size": "6",
      "validation-size": "2",
    }),
    said: /the class "0" has no example/,
  },
  "no column of labels": {
    options: () => ({ label: "stars" }),
    said: /no column "stars".*"sentence", "label"/s,
  },
  "a column that a template names and there is not": {
    options: () => ({ template: "{text} It was" }),
    said: /text.*sentence/s,
  },
  "words of which two are the same": {
    options: () => ({ words: "good,good" }),
    said: /words? for "0"|good/,
  },
  "fewer words than classes": { options: () => ({ words: "good" }), said: /word/ },
  "lengths that leave no room": { options: () => ({ "max-length": "3" }), said: /3/ },
  "a folder that cannot be made": {
    options: () => ({ out: join(file("file", "a file"), "inside") }),
    said: /--out must be a folder/,
  },
  "a tokenizer.json that is damaged": {
    options: () => ({ tokenizer: file("broken/tokenizer.json", '{"model": {') }),
    said: /tokenizer\.json" is not JSON/,
  },
  "a tokenizer.json of something else": {
    options: () => ({ tokenizer: file("other/tokenizer.json", '{"name": "other"}') }),
    said: /tokenizer\.json/,
  },
  "no tokenizer": {
    options: () => ({ model: beside("bare", "tokenizer.bin", undefined) }),
    said: /none of the tokenizer files/,
  },
  "an option that the optimizer has not": { options: () => ({ set: "learning=1" }), said: /learning/ },
  "an optimizer that there is not": { options: () => ({ optimizer: "adam" }), said: /adam/ },
  "a model with inputs that nobody feeds": {
    options: () => ({ model: beside("speaker", "model.onnx", withUnknownInput()) }),
    said: /speaker/,
  },
  "more examples than there are": { options: () => ({ "train-size": "100000" }), said: /872/ },
  "a configuration that is no JSON": {
    options: () => ({ model: beside("config", "config.json", "{") }),
    said: /config\.json" is no JSON/,
  },
  "options of another method": {
    options: () => ({ tokens: "4" }),
    said: /--tokens does not go with --method lora/,
  },
};

describe("relizo finetune refuses, in a sentence and with nothing left half-written:", {
  skip,
  concurrency: 2,
}, () => {
  for (const [name, { options, said, code = 2 }] of Object.entries(REFUSED))
    test(name, async () => {
      const given = options();
      const found = await relizo(given);
      if (process.env.SHOW) console.error(`## ${name}: ${found.code}\n${found.err.trim()}`);
      assert.equal(found.code, code, found.err);
      assert.match(found.err, said);
      assert.doesNotMatch(found.err, /\n\s+at /); // no stack
      const left = existsSync(found.folder) ? readdirSync(found.folder) : [];
      assert.deepEqual(
        left.filter((one) => one !== "run.journal.lock"),
        [],
      );
    });
});

/** A text of more than 40 tokens makes the model ask for 8 TB. */
function hungry(): Uint8Array {
  const model = copyModel(parseModel(readFileSync(MODEL)));
  const graph = graphOf(model);
  const { INT64 } = TensorProto_DataType;
  for (const one of graph.node)
    one.output = one.output.map((name) => (name === "logits" ? "fed_logits" : name));
  graph.initializer.push(
    intTensor("one", [1]),
    intTensor("forty", [40]),
    intTensor("many", [2 ** 41]),
    floatTensor("nothing", [], Float32Array.of(0)),
  );
  graph.node.push(
    node("Shape", ["input_ids"], "ids_shape"),
    node("Gather", ["ids_shape", "one"], "length"),
    node("Greater", ["length", "forty"], "is_long"),
    node("Cast", ["is_long"], "is_long_number", { to: INT64 }),
    node("Mul", ["is_long_number", "many"], "all"),
    node("Add", ["all", "one"], "size"),
    node("ConstantOfShape", ["size"], "huge"),
    node("ReduceSum", ["huge"], "sum", { keepdims: 0 }),
    node("Mul", ["sum", "nothing"], "zero"),
    node("Add", ["fed_logits", "zero"], "logits"),
  );
  return encodeModel(model);
}

/** The rounds of a journal that is whole. */
function roundsOf(out: string): number {
  const bytes = readFileSync(join(out, "run.journal"));
  const { rounds, tail } = readJournal(bytes);
  assert.equal(tail.state, "whole");
  return rounds.length;
}

describe("what ends a run of relizo finetune leaves the journal up to there:", {
  skip,
  concurrency: 2,
}, () => {
  test("losses that are no numbers", async () => {
    const found = await relizo({ method: "full", optimizer: "mezo", set: "lr=1e9", steps: "8" });
    assert.equal(found.code, 1, found.err);
    assert.match(found.out, /gave no finite value/);
    assert.ok(roundsOf(found.folder) >= 2);
  });

  test("a batch that takes more memory than there is", async () => {
    const rows = Array.from({ length: 12 }, (_, i) => `${"word ".repeat(i === 7 ? 60 : 3)}\t${i % 2}`);
    const found = await relizo({
      model: beside("hungry", "model.onnx", hungry()),
      data: file("long.tsv", `sentence\tlabel\n${rows.join("\n")}\n`),
      "train-size": "12",
      "validation-size": "0",
      "batch-size": "1",
      steps: "12",
      seed: "3",
    });
    assert.equal(found.code, 1, found.err);
    assert.match(found.err, /there is not enough memory .*Make the batch or the sequences smaller/s);
    assert.ok(roundsOf(found.folder) >= 1);
  });

  test("options and data that are not those of the run, and a run that is there already", async () => {
    const first = await relizo({});
    assert.equal(first.code, 0, first.err);
    const bytes = readFileSync(join(first.folder, "run.journal"));
    const others: readonly (readonly [Options, RegExp, number])[] = [
      [{}, /--resume goes on with it/, 2],
      [{ resume: true, seed: "9" }, /another tuning .*"seed":9/, 1],
      [{ resume: true, "batch-size": "2" }, /another batch size/, 1],
      [{ resume: true, "train-size": "14" }, /another training data/, 1],
      [{ resume: true, set: "samples=3" }, /settings|options|method/, 1],
      [{ resume: true, rank: "2" }, /another tuning .*"rank":2/, 1],
    ];
    for (const [options, said, code] of others) {
      const found = await relizo(options, first.folder);
      if (process.env.SHOW)
        console.error(`## ${JSON.stringify(options)}: ${found.code}\n${found.err.trim()}`);
      assert.equal(found.code, code, found.err);
      assert.match(found.err, said);
      assert.ok(readFileSync(join(first.folder, "run.journal")).equals(bytes));
    }
  });
});

const WELL_DONE: Readonly<Record<string, Options>> = {
  "a prompt": { method: "lora", optimizer: "relizo" },
  "a head": { template: undefined, words: undefined, task: "head", method: "prompt", optimizer: "mezo" },
  language: { template: undefined, words: undefined, task: "lm", method: "full", "max-length": "24" },
};

describe("relizo finetune runs", { skip, concurrency: 2 }, () => {
  for (const [name, options] of Object.entries(WELL_DONE))
    test(name, async () => {
      const found = await relizo({ ...options, merge: true, json: true });
      assert.equal(found.code, 0, found.err);
      const { outcome, steps, queries, best, files, hash } = JSON.parse(found.out);
      assert.deepEqual([outcome, steps], ["steps", 4]);
      assert.ok(queries >= 8 && Number.isFinite(best.figures.loss));
      for (const path of Object.values<string>(files)) assert.ok(existsSync(path), path);
      parseModel(readFileSync(join(found.folder, "model.onnx")));
      assert.ok(roundsOf(found.folder) >= 4);
      const journal = join(found.folder, "run.journal");
      const exported = (...own: readonly string[]): Promise<Ended> =>
        ended([
          script,
          "journal",
          "export",
          journal,
          "--model",
          MODEL,
          "--out",
          `${journal}.safetensors`,
          ...own,
        ]);
      const [whole, part] = [await exported(), await exported("--at", "2")];
      assert.equal(whole.code, 0, whole.err);
      assert.ok(whole.out.includes(`sha256 of x ${hash.x}`), whole.out);
      assert.match(part.out, /after 2 rounds; sha256 of x (?!0000)/);
      assert.ok(!part.out.includes(hash.x));
    });
});
