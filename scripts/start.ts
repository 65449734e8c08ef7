/** `npm start`: a short tour on the built package, which is built first where it is missing or older than its sources. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { node, TSX } from "./run.ts";

const PROGRAM = "dist/cli/relizo.js";
const TOUR = [
  ["bench", "paper", "--quick"],
  ["attack", "universal", "--quick"],
];

/** Whether a source, or a setting that shapes the build, changed after the program was written. */
function stale(): boolean {
  if (!existsSync(PROGRAM)) return true;
  const built = statSync(PROGRAM).mtimeMs;
  const sources = ["src", "apps", "cli"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => !name.endsWith(".test.ts"))
      .map((name) => join(folder, name)),
  );
  const settings = ["package.json", "tsconfig.json", "tsconfig.build.json"];
  return [...sources, ...settings].some((path) => statSync(path).mtimeMs > built); // folders too: a removed file counts
}

if (stale()) {
  console.log("Building first: dist is missing or older than its sources.");
  process.exitCode = await node(...TSX, "scripts/build.ts");
}
for (const command of TOUR) {
  if (process.exitCode) break;
  console.log(`\n$ relizo ${command.join(" ")}`);
  process.exitCode = await node(PROGRAM, ...command);
}
