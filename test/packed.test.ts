/** The package as a stranger gets it: packed, installed into an empty project, imported by name. Needs `npm run build`. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { succeeds } from "./command.ts";

/** The core, minified and compressed, is promised to fit in this [bytes]. */
const MOST = 12_000;

const root = process.cwd();
const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as { exports: Record<string, unknown> };
const entries = Object.keys(exports).filter((name) => name !== "./package.json");
const tool = (name: string): string => join(root, "node_modules", ".bin", name);

const folder = mkdtempSync(join(tmpdir(), "relizo-packed-"));
const project = join(folder, "stranger");
let files: readonly string[] = [];
let tarball = "";

before(() => {
  assert.ok(existsSync("dist/src/index.js"), "dist is missing: npm run build comes first");
  const printed = succeeds("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], root);
  const [packed] = JSON.parse(printed) as { filename: string; files: { path: string }[] }[];
  assert.ok(packed !== undefined, printed);
  files = packed.files.map((file) => file.path);
  tarball = resolve(folder, packed.filename);
  mkdirSync(project);
  write("package.json", JSON.stringify({ name: "stranger", private: true, type: "module" }));
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
  succeeds("npm", ["install", tarball, ...quiet], project);
});

after(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  writeFileSync(join(project, name), text);
  return name;
}

test("the tarball holds what a user needs, and nothing that only we need", () => {
  for (const needed of ["README.md", "LICENSE", "CHANGELOG.md", "package.json", "dist/src/index.d.ts"]) {
    assert.ok(files.includes(needed), `${needed} is missing`);
  }
  const alien = files.filter((path) => !/^(dist|docs)\/|^[^/]+\.(md|json|cff)$|^LICENSE$/.test(path));
  assert.deepEqual(alien, []);
  assert.deepEqual(
    files.filter((path) => /\.test\.|^docs\/api|\.tsbuildinfo$/.test(path)),
    [],
  );
});

test("every entry point can be imported without the optional peers", () => {
  for (const entry of entries) {
    const name = entry.replace(/^\./, "relizo");
    const script = write(
      "entry.js",
      `const found = await import("${name}"); console.log(Object.keys(found).length);`,
    );
    assert.ok(Number(succeeds(process.execPath, [script], project)) > 0, `${name} exports nothing`);
  }
});

test("a stranger's script minimizes a function", () => {
  const script = write(
    "script.js",
    `import { LIZO, minimize } from "relizo";
     import { openKernels } from "relizo/kernels";
     import * as problems from "relizo/problems";
     const { backend } = await openKernels();
     console.log(typeof LIZO, typeof minimize, Object.keys(problems).length > 0, backend);`,
  );
  assert.equal(succeeds(process.execPath, [script], project), "function function true wasm\n");
});

test("a stranger's TypeScript objective is answered by threads", () => {
  write("sum.ts", "export const sum = (x: Float64Array): number => x.reduce((a, b) => a + b, 0);");
  write(
    "objective.ts",
    `import { relizo } from "relizo";
     import * as problems from "relizo/problems";
     import { sum } from "./sum.ts";
     export const objective = (x: Float64Array): number => sum(x.map((v) => v * v)) + relizo().name.length - 6;
     export const x0: readonly number[] = [3, 4];
     if (Object.keys(problems).length === 0) throw new Error("no problems");`,
  );
  const script = write(
    "threads.js",
    `import { minimize } from "relizo";
     import { askBy, byTasks } from "relizo/workers";
     import { loadObjective, threads } from "relizo/workers/node";
     const { objective, x0 } = await loadObjective("objective.ts");
     const evaluator = threads({ module: "objective.ts", threads: 2 });
     const there = await minimize(byTasks(askBy(evaluator)), x0, { seed: 1, maxQueries: 60 });
     await evaluator.close();
     const here = await minimize(objective, x0, { seed: 1, maxQueries: 60 });
     console.log(there.value < 25, there.value === here.value, there.queries === here.queries);`,
  );
  assert.equal(succeeds(process.execPath, [script], project), "true true true\n");
});

test("a stranger's TypeScript checks, with our declarations checked as well", () => {
  write(
    "script.ts",
    `import { LIZO, minimize } from "relizo";
     import { openKernels } from "relizo/kernels";
     import { decodeSafetensors, Parameters } from "relizo/parameters";
     import * as problems from "relizo/problems";
     export const all: readonly unknown[] = [LIZO, minimize, problems, openKernels, decodeSafetensors, Parameters];
     // @ts-expect-error: a name that is not exported must not be any
     import { noSuchName } from "relizo";
     export const none: unknown = noSuchName;`,
  );
  for (const [module, moduleResolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ] as const) {
    const lib = ["es2023", "dom"];
    const strict = { strict: true, skipLibCheck: false, noEmit: true, target: "es2022", lib, types: [] };
    const compilerOptions = { ...strict, module, moduleResolution };
    write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["script.ts"] }));
    succeeds(tool("tsc"), ["-p", "tsconfig.json"], project);
  }
});

test("the terminal program answers", () => {
  assert.match(succeeds("npx", ["relizo", "--help"], project), /Usage: relizo/);
});

test("publint finds nothing to mend", () => {
  succeeds(tool("publint"), ["run", tarball, "--strict"], root);
});

test("the types resolve as the code does", () => {
  succeeds(tool("attw"), [tarball, "--profile", "esm-only", "--no-emoji"], root);
});

test("the core is small and brings nothing with it", async (t) => {
  const bundle = await build({
    stdin: { contents: 'export { LIZO, minimize } from "relizo";', resolveDir: project },
    absWorkingDir: project,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const [output, ...others] = Object.values(bundle.metafile.outputs);
  assert.ok(output !== undefined && others.length === 0);
  assert.deepEqual(output.imports, []);
  const strangers = Object.keys(output.inputs).filter(
    (path) => !/^(<stdin>|node_modules\/relizo\/)/.test(path),
  );
  assert.deepEqual(strangers, [], "the core pulls in another package");
  const size = gzipSync(bundle.outputFiles[0]!.contents, { level: 9 }).length;
  t.diagnostic(
    `LIZO and minimize: ${output.bytes} bytes minified, ${size} compressed, at most ${MOST} allowed`,
  );
  assert.ok(size <= MOST, `${size} bytes are more than ${MOST}`);
});
