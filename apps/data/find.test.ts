import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { findAll, findData } from "./find.ts";
import { SOURCES } from "./sources.ts";

const FILE = "vision/cifar10-resnet20.onnx";
const before = process.env.RELIZO_DATA;
const root = mkdtempSync(join(tmpdir(), "relizo-data-"));

afterEach(() => {
  if (before === undefined) delete process.env.RELIZO_DATA;
  else process.env.RELIZO_DATA = before;
});
after(() => rmSync(root, { recursive: true, force: true }));

function filled(name: string): string {
  mkdirSync(join(root, name, "vision"), { recursive: true });
  writeFileSync(join(root, name, FILE), "");
  return join(root, name);
}

test("the folder named comes first, then the one of the environment", () => {
  const [named, environment] = [filled("named"), filled("environment")];
  process.env.RELIZO_DATA = environment;
  assert.equal(findData(FILE), join(environment, FILE));
  assert.equal(findData(FILE, { data: named }), join(named, FILE));
});

test("a folder that was named and lacks the file does not lead to another", () => {
  process.env.RELIZO_DATA = filled("environment");
  const data = join(root, "nowhere");
  assert.throws(() => findData(FILE, { data }), {
    name: "RelizoError",
    code: "DATA",
    message: new RegExp(`"${FILE}" is missing; looked in "${data}"`),
  });
});

test("several missing files are named together, and a folder that is not there is said to be so", () => {
  const data = filled("half");
  assert.deepEqual(findAll([FILE], { data }), [join(data, FILE)]);
  const files = Object.keys(SOURCES);
  assert.throws(
    () => findAll(files, { data: join(root, "nowhere") }),
    ({ code, message }: { code: string; message: string }) => {
      assert.equal(code, "DATA");
      for (const file of files) assert.ok(message.includes(`"${file}" is missing`), file);
      assert.match(message, /nowhere" \(which is not there\)/);
      return true;
    },
  );
});

test("the page on data says of every file what it is and where to put it", () => {
  const page = readFileSync("docs/data.md", "utf8");
  const cutest = ["cutest-reference", "paper-problems-reference", "dfo-mgh-reference"];
  const ofTests = ["reference-traces/relizo-traces.json", ...cutest.map((name) => `cutest/${name}.json`)];
  for (const file of [...Object.keys(SOURCES), ...ofTests]) assert.ok(page.includes(`| \`${file}\` `), file);
});

test("what is missing is named with its source and its place", () => {
  process.env.RELIZO_DATA = join(root, "nowhere");
  for (const [file, source] of Object.entries(SOURCES))
    assert.throws(
      () => findData(file),
      (error: Error) => {
        assert.ok(error.message.includes(file) && error.message.includes(source));
        assert.ok(error.message.includes(`Where to put it: "${join(root, "nowhere", file)}"`));
        return true;
      },
    );
  assert.throws(() => findData("other.csv"), { code: "DATA", message: /"other\.csv" is missing/ });
});
