/**
 * The code blocks of README.md and docs/*.md are code. One marked `ts run` or `js run` is checked by TypeScript, run in Node
 * against the built package, and where a `text` block follows directly, prints exactly that. Needs `npm run build`.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { transformSync } from "esbuild";
import ts from "typescript";
import { succeeds } from "./command.ts";

interface Block {
  /** Where it stands, as "README.md:12". */
  readonly at: string;
  readonly language: "ts" | "js";
  readonly code: string;
  readonly prints: string | undefined;
}

const pages = [
  "README.md",
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];
const blocks = pages
  .filter((page) => existsSync(page))
  .flatMap((page) => runnable(page, readFileSync(page, "utf8")));

test("README.md has code that runs", () => {
  assert.ok(
    blocks.some((block) => block.at.startsWith("README.md:")),
    "no block is marked `ts run`",
  );
});

test("the code of README and docs has no type errors", () => {
  const problems = diagnostics(blocks.filter((block) => block.language === "ts"));
  assert.deepEqual(problems, []);
});

for (const block of blocks) {
  test(`${block.at} runs`, () => {
    const { code } = transformSync(block.code, { loader: block.language, format: "esm", target: "es2022" });
    const printed = succeeds(process.execPath, ["--input-type=module", "-"], process.cwd(), code);
    if (block.prints !== undefined) assert.equal(printed.trimEnd(), block.prints.trimEnd());
  });
}

/** The blocks of a page that are marked to run, each with the `text` block right after it. */
function runnable(page: string, markdown: string): Block[] {
  const fence = /^```(ts|js) run\n([\s\S]*?)^```$(?:\n*^```text\n([\s\S]*?)^```$)?/gm;
  return [...markdown.matchAll(fence)].map((found) => ({
    at: `${page}:${markdown.slice(0, found.index).split("\n").length}`,
    language: found[1] === "ts" ? "ts" : "js",
    code: found[2]!,
    prints: found[3],
  }));
}

/** Type errors under the settings of this package; the blocks stand at its root, but only in memory. */
function diagnostics(blocks: readonly Block[]): string[] {
  const config = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, process.cwd(), {
    noUnusedLocals: false,
  });
  const texts = new Map(blocks.map((block, i) => [resolve(`block-${i}.ts`), `${block.code}\nexport {};`]));
  const host = ts.createCompilerHost(options);
  const fromDisk = {
    fileExists: host.fileExists,
    readFile: host.readFile,
    getSourceFile: host.getSourceFile,
  };
  host.fileExists = (path) => texts.has(path) || fromDisk.fileExists(path);
  host.readFile = (path) => texts.get(path) ?? fromDisk.readFile(path);
  host.getSourceFile = (path, language) => {
    const text = texts.get(path);
    return text === undefined
      ? fromDisk.getSourceFile(path, language)
      : ts.createSourceFile(path, text, language);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line;
    const block = blocks[[...texts.keys()].indexOf(file?.fileName ?? "")];
    const text = ts.flattenDiagnosticMessageText(messageText, "\n");
    return `${block?.at ?? file?.fileName ?? "settings"}, line ${line + 1}: ${text}`;
  });
}
