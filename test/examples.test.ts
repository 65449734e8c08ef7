/**
 * Every program in examples/ ends well, and prints what it says it prints: the lines of the comment block at its end that
 * opens with `// prints:`. They import "relizo" by name, so this needs `npm run build`.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { succeeds } from "./command.ts";

const examples = readdirSync("examples")
  .filter((name) => name.endsWith(".ts"))
  .sort();

test("there are examples", () => assert.ok(examples.length > 0, "examples/*.ts matches nothing"));

for (const name of examples) {
  test(`examples/${name}`, () => {
    const printed = succeeds(process.execPath, ["--import", "tsx", `examples/${name}`], process.cwd());
    const promised = promise(readFileSync(`examples/${name}`, "utf8"));
    if (promised !== undefined) assert.equal(printed.trimEnd(), promised);
  });
}

/** The text after `// prints:`, without its comment marks; undefined where an example promises nothing. */
function promise(source: string): string | undefined {
  const lines = source.trimEnd().split("\n");
  const start = lines.findLastIndex((line) => /^\/\/ prints:\s*$/.test(line));
  if (start === -1) {
    assert.ok(!/^\s*\/\/\s*prints\b/im.test(source), 'write "// prints:" on a line of its own');
    return undefined;
  }
  const block = lines.slice(start + 1);
  assert.ok(
    block.length > 0 && block.every((line) => line.startsWith("//")),
    "the prints block ends the file",
  );
  return block.map((line) => line.replace(/^\/\/ ?/, "")).join("\n");
}
