import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { RelizoError } from "../error.ts";
import { loadObjective } from "./load-objective.ts";

const folder = mkdtempSync(join(tmpdir(), "relizo-objective-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const context = { step: 0, batch: 0, signal: new AbortController().signal };
const square = "(x) => x.reduce((sum, v) => sum + v * v, 0)";

file(
  "node_modules/esm-only/package.json",
  '{ "name": "esm-only", "type": "module", "exports": "./index.js" }',
);
file("node_modules/esm-only/index.js", "export const offset = await Promise.resolve(1);");
file("node_modules/old-style/package.json", '{ "name": "old-style" }');
file("node_modules/old-style/index.js", "module.exports = { scale: 2 };");
file("parts/sum.ts", "export const sum = (x: Float64Array): number => x.reduce((a, b) => a + b, 0);");

for (const [name, text] of [
  ["module.mjs", `export const objective = ${square}; export const x0 = [3, 4];`],
  ["default.mjs", `export default ${square}; export const x0 = Float32Array.of(3, 4);`],
  ["whole.mjs", `export default { objective: ${square}, x0: [3, 4] };`],
  ["common.cjs", `exports.objective = ${square}; exports.x0 = [3, 4];`],
  ["function.cjs", `module.exports = ${square}; module.exports.x0 = undefined;`],
  [
    "typed.ts",
    `import { offset } from "esm-only";
     import { scale } from "old-style";
     import { sum } from "./parts/sum.ts";
     const own: number = await Promise.resolve(scale - 1 - offset);
     export const objective = async (x: Float64Array): Promise<number> => sum(x.map((v) => v * v)) + own;
     export const x0: readonly number[] = [3, 4];
     export const bounds = { lower: 0, upper: [5, Infinity] };`,
  ],
  [
    "bare.ts",
    `import { sum } from "./parts/sum"; export default (x: Float64Array) => sum(x.map((v) => v ** 2));`,
  ],
] as const)
  test(`an objective from ${name}`, async () => {
    const path = file(name, text);
    for (const from of [path, pathToFileURL(path)]) {
      const { objective, x0, bounds } = await loadObjective(from);
      assert.equal(await objective(Float64Array.of(3, 4), context), 25);
      const none = name === "function.cjs" || name === "bare.ts";
      assert.deepEqual(x0, none ? undefined : Float64Array.of(3, 4));
      assert.deepEqual(bounds, name === "typed.ts" ? { lower: 0, upper: [5, Infinity] } : undefined);
    }
  });

for (const [name, text, said] of [
  ["missing.ts", undefined, /There is no file .*missing\.ts; name the module that exports the objective/],
  ["broken.ts", "export const objective = (x: => 1;", /broken\.ts could not be loaded\. .*1:29/s],
  ["broken.mjs", "export const objective = (x => 1;", /broken\.mjs could not be loaded\. SyntaxError/],
  [
    "throws.mjs",
    "throw new TypeError('no weights');",
    /throws\.mjs could not be loaded\. TypeError: no weights/,
  ],
  ["lost.ts", 'import "no-such-package";', /lost\.ts could not be loaded\. .*no-such-package/s],
  [
    "other.ts",
    "export const f = () => 1; export const x0 = [1];",
    /it exports f \(a function\), x0 \(Array of 1/,
  ],
  ["empty.mjs", "", /it exports nothing\./],
  ["number.mjs", "export const objective = 3;", /must export a function.*it exports objective \(3\)/s],
  [
    "words.mjs",
    "export default () => 1; export const x0 = ['a'];",
    /words\.mjs: x0\[0\] must be a finite number/,
  ],
  [
    "flat.mjs",
    "export default () => 1; export const x0 = 3;",
    /flat\.mjs: x0 must be a list of at least one/,
  ],
  [
    "box.mjs",
    "export default () => 1; export const x0 = [1, 2]; export const bounds = { lower: [0] };",
    /box\.mjs: bounds: lower must be a number or a list of 2/,
  ],
] as const)
  test(`${name} is refused with what is wrong`, async () => {
    const path = text === undefined ? join(folder, name) : file(name, text);
    await assert.rejects(loadObjective(path), (error) => {
      assert.ok(error instanceof RelizoError && error.code === "DATA");
      assert.match(error.message, said);
      return true;
    });
  });

test("parameters that move in place are given as they are, and what they cannot be is said", async () => {
  const good = file(
    "weights.mjs",
    `export const objective = ${square}; export const parameters = [Float32Array.of(1, 2)];`,
  );
  const { parameters, x0 } = await loadObjective(good);
  assert.deepEqual([parameters, x0], [[Float32Array.of(1, 2)], undefined]);
  const wrong = [
    ["[1, 2]", /parameters must be a Float32Array, a list of them or a Parameters, got Array of 2/],
    ["Float64Array.of(1)", /parameters must be a Float32Array/],
    ["Float32Array.of(1, NaN)", /must be a finite number, got NaN/],
    ["Float32Array.of(1); export const x0 = [1]", /beside parameters, x0 must be left out/],
    ["[]", /must hold at least one number/],
  ] as const;
  for (const [i, [value, message]] of wrong.entries()) {
    const text = `export const objective = ${square}; export const parameters = ${value};`;
    const bad = file(`bad-weights-${i}.mjs`, text);
    await assert.rejects(loadObjective(bad), (error) => {
      assert.ok(error instanceof RelizoError && error.code === "DATA", String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});
