/**
 * Who may import whom, so that the folders keep telling the story in its order. Run by `npm run lint`; prints every import
 * that breaks a rule and exits 1.
 *
 * In `src/` a folder imports only from itself, from the folders before it in ORDER and from the files right under `src/`,
 * such as `error.ts`, which come before all; `index.ts` may import all of `src/`. `apps/` sees the public API and other apps, `cli/` sees the public API, the apps and itself. The
 * core (all of `src/` but problems, journal, workers and onnx) imports no package and no Node module. What apps and
 * cli import by name must be a dependency that users get. Files named `*.test.ts` are exempt.
 */
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** A direction is drawn before a space can be made of directions, so `sample` comes before `space`. */
export const ORDER: readonly string[] = [
  "point",
  "parameters",
  "kernel",
  "sample",
  "space",
  "problem",
  "reuse",
  "evaluate",
  "estimate",
  "step",
  "method",
  "run",
  "journal",
  "workers",
  "onnx",
];

const PUBLIC = [
  "src/index.ts",
  "src/journal/file/index.ts",
  "src/journal/index.ts",
  "src/onnx/file/index.ts",
  "src/onnx/index.ts",
  "src/onnx/session/node.ts",
  "src/parameters/index.ts",
  "src/problem/index.ts",
  "src/run/kernels.ts",
  "src/workers/index.ts",
  "src/workers/node.ts",
];

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** One import as it stands in a file; `target` is a path from the root, undefined where a package is named. */
interface Import {
  readonly file: string;
  readonly line: number;
  readonly specifier: string;
  readonly target: string | undefined;
}

/** Every import under `root` that breaks a rule, as "file:line imports "x": why". */
export function violations(root: string): string[] {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
  const imports = ["src", "apps", "cli"]
    .flatMap((folder) => sources(root, folder))
    .flatMap((file) => importsOf(root, file));
  const core = coreFiles(imports);
  return imports.flatMap((one) => {
    const why = one.target === undefined ? packageRule(one, manifest, core) : pathRule(one.file, one.target);
    return why === undefined ? [] : [`${one.file}:${one.line} imports "${one.specifier}": ${why}`];
  });
}

function sources(root: string, folder: string): string[] {
  let entries: string[];
  try {
    entries = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  } catch {
    return []; // the folder does not exist yet
  }
  return entries
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => posix.join(folder, name.replaceAll("\\", "/")))
    .sort();
}

function importsOf(root: string, file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName: specifier, pos }) => ({
    file,
    line: text.slice(0, pos).split("\n").length,
    specifier,
    target: specifier.startsWith(".")
      ? posix.join(posix.dirname(file), specifier).replace(/\.js$/, ".ts")
      : undefined,
  }));
}

/** What stands on packages and on Node, beside the core. */
const OUTSIDE = ["src/problem/", "src/journal/", "src/workers/", "src/onnx/"];

/** All of `src/` but what is outside, and whatever of that `index.ts` reaches all the same. */
function coreFiles(imports: readonly Import[]): Set<string> {
  const core = new Set(["src/index.ts"]);
  for (const file of core) {
    for (const one of imports) if (one.file === file && one.target !== undefined) core.add(one.target);
  }
  for (const { file } of imports) {
    if (file.startsWith("src/") && !OUTSIDE.some((folder) => file.startsWith(folder))) core.add(file);
  }
  return core;
}

function packageRule({ file, specifier }: Import, manifest: Manifest, core: Set<string>): string | undefined {
  if (core.has(file)) return "the core imports no package and no Node module";
  if (specifier.startsWith("node:")) return undefined;
  if (builtinModules.includes(specifier)) return `write "node:${specifier}"`;
  const parts = specifier.split("/");
  const name = specifier.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0]!;
  if (name === manifest.name) return "inside the package, import by path; the name means the last build";
  if (name in { ...manifest.dependencies, ...manifest.peerDependencies }) return undefined;
  return "it is neither in dependencies nor in peerDependencies, so users may not have it";
}

function pathRule(file: string, target: string): string | undefined {
  const [zone] = file.split("/");
  if (zone === "src") return sourceRule(file, target);
  if (target.startsWith("apps/") || PUBLIC.includes(target)) return undefined;
  if (zone === "cli" && target.startsWith("cli/")) return undefined;
  const own = zone === "cli" ? "cli/ and apps/" : "apps/";
  return `${zone}/ sees only ${own} and the public API, that is ${PUBLIC.join(" and ")}`;
}

function sourceRule(file: string, target: string): string | undefined {
  if (!target.startsWith("src/")) return "src/ imports nothing outside src/";
  if (file === "src/index.ts") return undefined;
  if (target === "src/index.ts") return "index.ts gathers the folders; a folder does not import it";
  const [from, to] = [folderOf(file), folderOf(target)];
  if (to === "" || from === to) return undefined; // what lies right under src/ comes before every folder
  if (from === "") return `${file} comes before every folder`;
  const [own, other] = [ORDER.indexOf(from), ORDER.indexOf(to)];
  if (own === -1) return `src/${from} has no place in ORDER`;
  if (other === -1) return `src/${to} has no place in ORDER`;
  return other < own ? undefined : `${from} comes before ${to}`;
}

/** "point" for "src/point/vector.ts", "" for a file right under src/. */
function folderOf(path: string): string {
  const parts = path.split("/");
  return parts.length > 2 ? parts[1]! : "";
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = violations(process.cwd());
  for (const line of found) console.error(line);
  if (found.length > 0) process.exitCode = 1;
  console.log(
    found.length === 0 ? "The import order holds." : `${found.length} imports break the import order.`,
  );
}
