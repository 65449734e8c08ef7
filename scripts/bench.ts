/**
 * `npm run bench`, or `npm run bench -- kernels` for some: each bench/*.bench.ts in a process of its own, one after another. What
 * follows the first option goes to them: `npm run bench -- step --reference PATH/relizo.py`.
 */
import { readdirSync } from "node:fs";
import { node, TSX } from "./run.ts";
import { makeWasm } from "./wasm.ts";

const given = process.argv.slice(2);
const options = given.findIndex((word) => word.startsWith("-"));
const wanted = options < 0 ? given : given.slice(0, options);
const passed = options < 0 ? [] : given.slice(options);
const files = readdirSync("bench")
  .filter((name) => name.endsWith(".bench.ts"))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .sort();

if (files.length === 0) {
  console.error(
    `bench: no bench/*.bench.ts ${wanted.length === 0 ? "yet" : `has "${wanted.join('" or "')}" in its name`}.`,
  );
  process.exitCode = 1;
}
process.exitCode ||= await makeWasm();
for (const file of files) {
  console.log(`\n== ${file}`);
  if ((await node(...TSX, `bench/${file}`, ...passed)) !== 0) process.exitCode = 1;
}
