/** `npm run build`: JavaScript and types of src, apps and cli into an emptied `dist`. */
import { rmSync } from "node:fs";
import { node } from "./run.ts";

rmSync("dist", { recursive: true, force: true }); // what lost its source must not ship
process.exitCode = await node("node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");
