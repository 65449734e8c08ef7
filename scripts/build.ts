/** `npm run build`: JavaScript and types of src, apps and cli into `dist`; where they do not compile, `dist` stays as it was. */
import { renameSync, rmSync } from "node:fs";
import { node } from "./run.ts";
import { makeWasm } from "./wasm.ts";

const tsc = "node_modules/typescript/bin/tsc";
const fresh = `node_modules/.relizo-${process.pid}`; // on the disk of dist, so that a rename suffices, and out of git's sight
process.exitCode = (await makeWasm()) || (await node(tsc, "-p", "tsconfig.build.json", "--outDir", fresh));
if (process.exitCode === 0) {
  rmSync("dist", { recursive: true, force: true }); // what lost its source must not ship
  renameSync(fresh, "dist");
} else {
  rmSync(fresh, { recursive: true, force: true });
  console.error("build: failed; dist, if there is one, is still that of the last build that succeeded.");
}
