import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { violations } from "./import-order.ts";

/** What the check says about a tree with these files, without the line "file:line imports". */
function check(files: Readonly<Record<string, string>>): string[] {
  const root = mkdtempSync(join(tmpdir(), "relizo-order-"));
  try {
    const manifest = {
      name: "relizo",
      dependencies: { "fast-png": "1.0.0" },
      peerDependencies: { "@a/b": "1.0.0" },
    };
    for (const [path, text] of Object.entries({ "package.json": JSON.stringify(manifest), ...files })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return violations(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

test("what the rules allow passes", () => {
  const found = check({
    "src/index.ts": 'export * from "./run/minimize.ts";\nexport * from "./error.ts";',
    "src/error.ts": "export class RelizoError extends Error {}",
    "src/option.ts": 'import "./error.ts";',
    "src/run/minimize.ts":
      'import type { V } from "../point/vector.ts";\nimport "../error.ts";\nimport "./outcome.ts";',
    "src/run/outcome.ts": "// import x from 'node:fs'\nexport const text = 'import \"node:fs\"';",
    "src/point/vector.ts": "export type V = Float64Array;",
    "src/point/vector.test.ts": 'import "node:test"; import "../run/minimize.ts"; import "fast-check";',
    "src/problem/data.ts": 'import "node:fs";',
    "apps/attack/index.ts":
      'import "../../src/index.ts"; import "../paper/index.ts"; import "fast-png"; import "@a/b/deep";',
    "cli/relizo.ts":
      'import "../src/problem/index.ts"; import "../apps/attack/index.ts"; import "./text.ts"; import "node:fs";',
  });
  assert.deepEqual(found, []);
});

const planted: readonly [what: string, files: Record<string, string>, expected: RegExp][] = [
  ["an import against the order", { "src/point/a.ts": 'import "../run/b.ts";' }, /point comes before run/],
  [
    "a type import against the order",
    { "src/sample/a.ts": 'import type { S } from "../space/b.ts";' },
    /sample comes before space/,
  ],
  [
    "a re-export against the order",
    { "src/point/a.ts": 'export * from "../kernel/b.ts";' },
    /point comes before kernel/,
  ],
  [
    "a dynamic import against the order",
    { "src/point/a.ts": 'await import("../kernel/b.ts");' },
    /point comes before kernel/,
  ],
  [
    "a type taken by import()",
    { "src/point/a.ts": 'type T = import("../kernel/b.ts").T;' },
    /point comes before kernel/,
  ],
  ["a folder nobody placed", { "src/extra/a.ts": 'import "../point/b.ts";' }, /src\/extra has no place/],
  ["the index, imported from within", { "src/run/a.ts": 'import "../index.ts";' }, /index.ts gathers/],
  [
    "an import by error.ts",
    { "src/error.ts": 'import "./point/a.ts";' },
    /error.ts comes before every folder/,
  ],
  [
    "an app, imported by the core",
    { "src/run/a.ts": 'import "../../apps/attack/index.ts";' },
    /nothing outside src/,
  ],
  [
    "a test helper, imported by the core",
    { "src/run/a.ts": 'import "../../test/data-folder.ts";' },
    /nothing outside src/,
  ],
  ["a Node module in the core", { "src/run/a.ts": 'import "node:fs";' }, /core imports no package/],
  ["a package in the core", { "src/run/a.ts": 'import "fast-png";' }, /core imports no package/],
  [
    "a Node module in a problem that index.ts reaches",
    {
      "src/index.ts": 'import "./problem/a.ts";',
      "src/problem/a.ts": 'import "./b.ts";',
      "src/problem/b.ts": 'import "node:fs";',
    },
    /core imports no package/,
  ],
  [
    "an inner file, imported by an app",
    { "apps/attack/index.ts": 'import "../../src/run/minimize.ts";' },
    /only apps\//,
  ],
  [
    "the terminal, imported by an app",
    { "apps/attack/index.ts": 'import "../../cli/text.ts";' },
    /only apps\//,
  ],
  [
    "an inner file, imported by the terminal",
    { "cli/relizo.ts": 'import "../src/error.ts";' },
    /only cli\/ and apps\//,
  ],
  ["the package by its own name", { "apps/attack/index.ts": 'import "relizo";' }, /import by path/],
  ["a package users do not get", { "cli/relizo.ts": 'import "tsx";' }, /neither in dependencies/],
];

for (const [what, files, expected] of planted) {
  test(`found: ${what}`, () => {
    const found = check(files);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0]!, expected);
  });
}
