import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { dataFolder } from "../../../test/data-folder.ts";
import { countClasses, readExamples, refuseEmptyClass } from "./examples.ts";
import { loadTable } from "./load-table.ts";
import { readTable } from "./table.ts";

const data = dataFolder();
const skip = data === undefined && "no data folder with the text tasks";

test("the text tasks have the rows, columns and classes that their page states", { skip }, () => {
  const read = (path: string) => readExamples(loadTable(join(data ?? "", path)), { label: "label" });
  const train = read("sst2/train.tsv");
  assert.equal(train.examples.length, 67_349);
  assert.deepEqual(train.classes, ["0", "1"]);
  assert.deepEqual(countClasses(read("sst2/test.tsv")), [912, 909]);
  assert.deepEqual(read("sst2/dev.tsv").examples[1], {
    fields: { sentence: "unflinchingly bleak and desperate " },
    label: 0,
  });
  const rte = read("rte/train.tsv");
  assert.equal(rte.examples.length, 2490);
  assert.deepEqual(rte.classes, ["entailment", "not_entailment"]);
  assert.deepEqual(Object.keys(rte.examples[0]!.fields), ["index", "sentence1", "sentence2"]);
  assert.equal(rte.examples[0]!.fields.sentence2, "Weapons of Mass Destruction Found in Iraq.");
  assert.equal(read("subj/train.tsv").examples.length + read("subj/dev.tsv").examples.length, 10_000);
});

test("tabs alone part the values of TSV; quotation marks are text", () => {
  const table = readTable('\uFEFFa\tb\r\n"x\ty"\r\n\t\r\n\r\n', "tsv");
  assert.deepEqual(table.columns, ["a", "b"]);
  assert.deepEqual(table.rows, [
    ['"x', 'y"'],
    ["", ""],
  ]);
  assert.deepEqual(table.lines, [2, 3]);
});

test("CSV has quoted values with commas, quotation marks and line ends, and rows keep their lines", () => {
  const table = readTable('a,b\n"one, ""two""\nthree",1\nplain,2\n', "csv");
  assert.deepEqual(table.rows, [
    ['one, "two"\nthree', "1"],
    ["plain", "2"],
  ]);
  assert.deepEqual(table.lines, [2, 4]);
});

test("JSON lines make a table by the keys of the first", () => {
  const table = readTable('{"t": "a\\n\\u00e9", "n": 1}\n\n{"n": 2.5, "t": "", "more": true}\n', "jsonl");
  assert.deepEqual(table.columns, ["t", "n"]);
  assert.deepEqual(table.rows, [
    ["a\né", "1"],
    ["", "2.5"],
  ]);
  assert.deepEqual(table.lines, [1, 3]);
});

test("a table that is wrong is refused with the line and what is there", () => {
  const refuses = (text: string, format: "tsv" | "csv" | "jsonl", message: RegExp): void =>
    assert.throws(() => readTable(text, format, `in.${format}`), { code: "DATA", message });
  refuses("", "tsv", /in\.tsv has no rows below/);
  refuses("a\tb\n", "tsv", /in\.tsv has no rows below its columns "a", "b"/);
  refuses("a\ta\n1\t2\n", "tsv", /line 1: the column "a" stands there twice/);
  refuses(
    "a\tb\n1\t2\n3\n",
    "tsv",
    /in\.tsv, line 3: 2 values are needed, one for each of "a", "b"; found 1 \("3"/,
  );
  refuses("a\tb\n\n1\t2\n", "tsv", /line 2: 2 values are needed.*found nothing/);
  refuses('a,b\n"1\n",2\n3,4,5\n', "csv", /in\.csv, line 4: 2 values.*found 3 \("3"/);
  refuses('a,b\n"1,2\n', "csv", /in\.csv: Quote Not Closed.*line 2/);
  refuses('{"a": 1}\n{a}\n', "jsonl", /in\.jsonl, line 2 is not JSON; found "\{a\}"/);
  refuses("[1]", "jsonl", /line 1: an object is needed; found "\[1\]"/);
  refuses('{"a": {"b": 1}}', "jsonl", /line 1: "a" must be a text or a number; found \{"b":1\}/);
  refuses('{"a": 1}\n{"b": 1}', "jsonl", /line 2: the key "a" of the first line is missing; found "b"/);
  assert.throws(() => loadTable("x.parquet"), {
    code: "OPTION",
    message: /"x\.parquet".*"\.tsv", "\.csv", "\.jsonl"/,
  });
});

const table = readTable("id\ttext\tkind\n1\tone\t10\n2\ttwo\t9\n3\tthree\t10\n", "tsv", "in.tsv");

test("columns are chosen by name, and whole-numbered classes stand by size", () => {
  const { examples, classes } = readExamples(table, { label: "kind", fields: ["text"] });
  assert.deepEqual(classes, ["9", "10"]);
  assert.deepEqual(examples[0], { fields: { text: "one" }, label: 1 });
  const plain = readExamples(table, { fields: ["text"] });
  assert.deepEqual(plain.classes, []);
  assert.equal(plain.examples[0]!.label, undefined);
});

test("columns, labels and classes that are not there are refused by name, an empty class too", () => {
  assert.throws(() => readExamples(table, { label: "label" }), {
    code: "DATA",
    message: /in\.tsv has no column "label"; its columns are "id", "text", "kind"/,
  });
  assert.throws(() => readExamples(table, { label: "kind", fields: ["sentence"] }), {
    message: /no column "sentence"/,
  });
  assert.throws(() => readExamples(table, { label: "kind", classes: ["8", "10"] }), {
    code: "DATA",
    message: /in\.tsv, line 3: the label must be one of "8", "10"; found "9"/,
  });
  assert.throws(() => readExamples(readTable("a\tb\nx\t1\n", "tsv"), { label: "b" }), {
    message: /column "b": at least two classes are needed/,
  });
  const three = readExamples(table, { label: "kind", classes: ["8", "9", "10"] });
  assert.deepEqual(countClasses(three), [0, 1, 2]);
  assert.throws(() => refuseEmptyClass(three), {
    code: "DATA",
    message: /in\.tsv: the class "8" has no example among 3/,
  });
});
